//===- dtc-lsp-server.cpp - Language server for .mlir files with dtc ------===//

#include "dtc/IR/Dtc.h"

#include "mlir/InitAllDialects.h"
#include "mlir/Tools/mlir-lsp-server/MlirLspServerMain.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  mlir::registerAllDialects(registry);
  registry.insert<dtc::DtcDialect>();
  return mlir::failed(mlir::MlirLspServerMain(argc, argv, registry));
}
