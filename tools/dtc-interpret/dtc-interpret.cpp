//===- dtc-interpret.cpp - Run programs on host arrays --------------------===//

#include "dtc/Interpreter/InterpretMain.h"

int main(int argc, char **argv) { return dtc::interpretMain(argc, argv); }
