//===- dtc-opt.cpp - mlir-opt with the dtc dialects and passes ------------===//
//
// `dtc-opt --list-ops` prints the operators that the compiler knows instead.
//
//===----------------------------------------------------------------------===//

#include "ListOps.h"
#include "dtc/IR/Dtc.h"
#include "dtc/Transforms/Passes.h"

#include "mlir/InitAllDialects.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"

int main(int argc, char **argv) {
  if (argc == 2 && llvm::StringRef(argv[1]) == "--list-ops") {
    dtc::listOps(llvm::outs());
    return 0;
  }
  mlir::DialectRegistry registry;
  mlir::registerAllDialects(registry);
  registry.insert<dtc::DtcDialect>();
  mlir::registerAllPasses();
  dtc::registerPasses();
  return mlir::asMainReturnCode(
      mlir::MlirOptMain(argc, argv, "dtc optimizer driver\n", registry));
}
