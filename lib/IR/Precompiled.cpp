//===- Precompiled.cpp - Owner of the precompiled header ------------------===//

#include "dtc/IR/Dtc.h"
