//===- KernelLowering.cpp - From fused kernels to LLVM's dialect ----------===//
//
// Math functions, in this order:
//
// 1. f32: MLIR's polynomial approximations, as on processors.
// 2. What is an instruction or a few of PTX: LLVM's intrinsics.
// 3. The rest, among it all of f64: libdevice.
//
//===----------------------------------------------------------------------===//

#include "CudaProgram.h"

#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/GPUToNVVM/GPUToNVVMPass.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/DialectConversion.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace dtc::cuda;

namespace {

struct CallLibdevice
    : public PassWrapper<CallLibdevice, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(CallLibdevice)

  void getDependentDialects(DialectRegistry &registry) const override {
    registry.insert<LLVM::LLVMDialect, vector::VectorDialect>();
  }

  void runOnOperation() override {
    MLIRContext *context = &getContext();
    LLVMTypeConverter converter(context);
    RewritePatternSet patterns(context);
    populateLibDeviceConversionPatterns(converter, patterns);
    ConversionTarget target(*context);
    target.markUnknownOpDynamicallyLegal([](Operation *) { return true; });
    target.addIllegalDialect<math::MathDialect>();
    target.addIllegalOp<arith::RemFOp>();
    target.addLegalOp<
        math::AbsFOp, math::AbsIOp, math::CeilOp, math::CopySignOp,
        math::CountLeadingZerosOp, math::CountTrailingZerosOp, math::CtPopOp,
        math::FloorOp, math::FmaOp, math::RoundEvenOp, math::SqrtOp,
        math::TruncOp, math::IsNaNOp, math::IsInfOp, math::IsFiniteOp>();
    if (failed(applyPartialConversion(getOperation(), target,
                                      std::move(patterns))))
      signalPassFailure();
  }
};

/// Maxima and minima stay as they are: they are instructions.
struct ExpandDivisions
    : public PassWrapper<ExpandDivisions, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(ExpandDivisions)
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    arith::populateCeilFloorDivExpandOpsPatterns(patterns);
    (void)applyPatternsGreedily(getOperation(), std::move(patterns));
  }
};

} // namespace

/// Makes entries of the functions that are launched.
static void markKernels(ModuleOp kernels, const CudaProgram &cuda) {
  Builder builder(kernels.getContext());
  for (auto [number, kernel] : llvm::enumerate(cuda.kernels)) {
    auto function = kernels.lookupSymbol<LLVM::LLVMFuncOp>(
        "kernel" + std::to_string(number));
    function->setAttr(NVVM::NVVMDialect::getKernelFuncAttrName(),
                      builder.getUnitAttr());
    function->setAttr(
        NVVM::NVVMDialect::getReqntidAttrName(),
        builder.getDenseI32ArrayAttr({static_cast<int32_t>(kernel.threads)}));
  }
}

LogicalResult dtc::cuda::lowerKernels(const CudaProgram &cuda) {
  ModuleOp kernels = *cuda.program.kernels;
  PassManager manager(kernels.getContext());
  manager.enableVerifier(false);
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
  cpu::addMathApproximations(manager);
  manager.addPass(std::make_unique<CallLibdevice>());
  manager.addPass(createSCFToControlFlowPass());
  manager.addPass(createConvertMathToLLVMPass());
  manager.addPass(createConvertVectorToLLVMPass());
  manager.addPass(std::make_unique<ExpandDivisions>());
  manager.addPass(createArithToLLVMConversionPass());
  manager.addPass(createConvertIndexToLLVMPass());
  manager.addPass(createConvertControlFlowToLLVMPass());
  manager.addPass(createConvertFuncToLLVMPass());
  manager.addPass(createReconcileUnrealizedCastsPass());
  if (failed(manager.run(kernels)))
    return failure();
  markKernels(kernels, cuda);
  return success();
}
