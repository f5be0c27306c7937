//===- Codegen.cpp - From a local program to an executable ----------------===//
//
// 1. The program builder makes buffers, steps and kernels (MLIR functions on
//    memory references).
// 2. Kernels go through MLIR's lowerings to LLVM's dialect and IR, and through
//    LLVM's optimiser for the wanted processor.
// 3. `load`, `step` and the program table join; the object is written.
// 4. The object is linked with the runtime by the C++ compiler at hand.
//
//===----------------------------------------------------------------------===//

#include "dtc/Target/Cpu.h"

#include "HostCode.h"
#include "Linker.h"
#include "ProgramBuilder.h"
#include "StepEmitter.h"

#include "dtc/IR/ShapeInference.h"

#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Dialect/Vector/Transforms/LoweringPatterns.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/TargetParser/Host.h"

using namespace mlir;
using namespace dtc;
using namespace dtc::cpu;

void dtc::registerCpuDialects(DialectRegistry &registry) {
  registry.insert<arith::ArithDialect, func::FuncDialect, LLVM::LLVMDialect,
                  math::MathDialect, memref::MemRefDialect, scf::SCFDialect,
                  vector::VectorDialect>();
  registerBuiltinDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
}

//===----------------------------------------------------------------------===//
// The target
//===----------------------------------------------------------------------===//

llvm::Expected<std::unique_ptr<llvm::TargetMachine>>
dtc::cpu::makeTargetMachine(StringRef cpu) {
  static bool initialized = [] {
    llvm::InitializeNativeTarget();
    llvm::InitializeNativeTargetAsmPrinter();
    return true;
  }();
  (void)initialized;
  llvm::Triple triple(llvm::sys::getProcessTriple());
  std::string error;
  const llvm::Target *target =
      llvm::TargetRegistry::lookupTarget(triple, error);
  if (!target)
    return llvm::createStringError(error);
  std::string name = cpu.str(), features;
  if (cpu == "native") {
    name = llvm::sys::getHostCPUName().str();
    for (const auto &[feature, isOn] : llvm::sys::getHostCPUFeatures())
      features += (features.empty() ? "" : ",") +
                  std::string(isOn ? "+" : "-") + feature.str();
  }
  std::unique_ptr<llvm::MCSubtargetInfo> known(
      target->createMCSubtargetInfo(triple, "", ""));
  if (cpu != "native" && !known->isCPUStringValid(name))
    return llvm::createStringError("unknown processor '" + name +
                                   "', expected a name that clang's -march "
                                   "takes");
  llvm::TargetOptions options;
  options.AllowFPOpFusion = llvm::FPOpFusion::Fast;
  return std::unique_ptr<llvm::TargetMachine>(target->createTargetMachine(
      triple, name, features, options, llvm::Reloc::PIC_, std::nullopt,
      llvm::CodeGenOptLevel::Default));
}

/// f32 elements of a vector register.
static int64_t vectorLanes(const llvm::TargetMachine &machine) {
  const llvm::MCSubtargetInfo &subtarget = *machine.getMCSubtargetInfo();
  if (subtarget.checkFeatures("+avx512f"))
    return 16;
  return subtarget.checkFeatures("+avx2") ? 8 : 4;
}

//===----------------------------------------------------------------------===//
// Steps and kernels
//===----------------------------------------------------------------------===//

static std::string boundaryName(DictionaryAttr attributes,
                                const Twine &fallback) {
  auto name =
      attributes ? attributes.getAs<StringAttr>("dtc.name") : StringAttr();
  return name ? name.str() : fallback.str();
}

/// The global type that a boundary value had before localisation.
static FailureOr<RankedTensorType> globalType(func::FuncOp function,
                                              DictionaryAttr attributes) {
  auto global =
      attributes ? attributes.getAs<TypeAttr>("dtc.global") : TypeAttr();
  auto type = global ? dyn_cast<RankedTensorType>(global.getValue())
                     : RankedTensorType();
  if (!type || !getLayout(type))
    return function.emitOpError()
           << "expected a localised program, run --dtc-localize first";
  return type;
}

static LogicalResult describeBoundaries(func::FuncOp function,
                                        Program &program) {
  for (unsigned i = 0, e = function.getNumArguments(); i < e; ++i) {
    DictionaryAttr attributes = function.getArgAttrDict(i);
    FailureOr<RankedTensorType> type = globalType(function, attributes);
    if (failed(type))
      return failure();
    program.inputs.push_back(
        {boundaryName(attributes, "arg" + Twine(i)), *type});
  }
  for (unsigned i = 0, e = function.getNumResults(); i < e; ++i) {
    DictionaryAttr attributes = function.getResultAttrDict(i);
    FailureOr<RankedTensorType> type = globalType(function, attributes);
    if (failed(type))
      return failure();
    program.outputs.push_back(
        {boundaryName(attributes, "result" + Twine(i)), *type});
  }
  return success();
}

/// Ops that have no code of their own become others; what several of them have
/// in common is computed once.
static LogicalResult expandOps(ModuleOp local, func::FuncOp function,
                               const ProductLibrary &products) {
  SmallVector<ExpandInterface> ops;
  function.walk([&](ExpandInterface op) { ops.push_back(op); });
  if (ops.empty())
    return success();
  for (ExpandInterface op : ops) {
    OpBuilder builder(op.getOperation());
    Operation *before = op->getPrevNode();
    const LibraryLowering *library = CpuLowerings::get().findLibrary(op);
    SmallVector<Value> values;
    if (library)
      values = (*library)(builder, op, products);
    if (values.empty())
      values = op.expand(builder);
    auto next =
        before ? std::next(before->getIterator()) : op->getBlock()->begin();
    for (; &*next != op.getOperation(); ++next)
      copyPhase(op, &*next);
    op->replaceAllUsesWith(values);
    op->erase();
  }
  PassManager manager(local.getContext());
  manager.addPass(createCSEPass());
  return manager.run(local);
}

LogicalResult dtc::cpu::readProgram(ModuleOp local, Program &program) {
  auto functions = local.getOps<func::FuncOp>();
  if (std::distance(functions.begin(), functions.end()) != 1)
    return local.emitError("expected one function");
  func::FuncOp function = *functions.begin();
  program.mesh = getMesh(local);
  if (!program.mesh)
    return local.emitError("expected a module attribute 'dtc.mesh'");
  if (auto hash = local->getAttrOfType<IntegerAttr>("dtc.collective_hash"))
    program.collectiveHash = hash.getInt();
  if (auto model = local->getAttrOfType<StringAttr>("dtc.model"))
    program.model = model.str();
  if (failed(describeBoundaries(function, program)))
    return failure();
  local.getContext()
      ->loadDialect<arith::ArithDialect, LLVM::LLVMDialect, math::MathDialect,
                    memref::MemRefDialect, scf::SCFDialect,
                    vector::VectorDialect>();
  OpBuilder builder(local.getContext());
  program.kernels = ModuleOp::create(builder.getUnknownLoc());
  builder.setInsertionPointToStart(program.kernels->getBody());
  Type i64 = builder.getI64Type();
  auto failure = func::FuncOp::create(builder, builder.getUnknownLoc(),
                                      "dtc_index_out_of_range",
                                      builder.getFunctionType({i64, i64}, {}));
  failure.setPrivate();
  func::FuncOp::create(builder, builder.getUnknownLoc(), "dtc_division_by_zero",
                       builder.getFunctionType({}, {}))
      .setPrivate();
  if (failed(expandOps(local, function, program.products)))
    return mlir::failure();
  if (program.products.sumsOperands)
    scheduleRowSums(function);
  scheduleUpdates(function);
  return ProgramBuilder(program).run(function);
}

static LogicalResult buildProgram(ModuleOp local, int64_t lanes,
                                  Program &program) {
  if (failed(readProgram(local, program)))
    return failure();
  blockSteps(program);
  blockUpdates(program);
  emitKernels(program, lanes);
  planMemory(program);
  return success();
}

namespace {

/// vector.from_elements, reductions and the like become what the conversion to
/// LLVM's dialect knows.
struct LowerVectors
    : public PassWrapper<LowerVectors, OperationPass<func::FuncOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(LowerVectors)
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    vector::populateVectorBroadcastLoweringPatterns(patterns);
    (void)applyPatternsGreedily(getOperation(), std::move(patterns));
  }
};

} // namespace

static LogicalResult lowerKernels(ModuleOp kernels) {
  PassManager manager(kernels.getContext());
  manager.enableVerifier(false);
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
  addMathApproximations(manager);
  manager.addNestedPass<func::FuncOp>(std::make_unique<LowerVectors>());
  manager.addPass(createSCFToControlFlowPass());
  manager.addPass(createConvertMathToLLVMPass());
  manager.addPass(createConvertMathToLibmPass());
  manager.addPass(createConvertVectorToLLVMPass());
  manager.addPass(memref::createExpandStridedMetadataPass());
  manager.addPass(createFinalizeMemRefToLLVMConversionPass());
  manager.addPass(arith::createArithExpandOpsPass());
  ConvertFuncToLLVMPassOptions functions;
  functions.useBarePtrCallConv = true;
  manager.addPass(createArithToLLVMConversionPass());
  manager.addPass(createConvertIndexToLLVMPass());
  manager.addPass(createConvertControlFlowToLLVMPass());
  manager.addPass(createConvertFuncToLLVMPass(functions));
  manager.addPass(createReconcileUnrealizedCastsPass());
  return manager.run(kernels);
}

void dtc::cpu::optimize(llvm::Module &module, llvm::TargetMachine &machine) {
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager graphs;
  llvm::ModuleAnalysisManager modules;
  llvm::PassBuilder passes(&machine);
  passes.registerModuleAnalyses(modules);
  passes.registerCGSCCAnalyses(graphs);
  passes.registerFunctionAnalyses(functions);
  passes.registerLoopAnalyses(loops);
  passes.crossRegisterProxies(loops, functions, graphs, modules);
  passes.buildPerModuleDefaultPipeline(llvm::OptimizationLevel::O2)
      .run(module, modules);
}

namespace {

/// Everything up to optimised LLVM IR.
struct CompiledProgram {
  Program program;
  std::unique_ptr<llvm::LLVMContext> context;
  std::unique_ptr<llvm::Module> module;
  std::unique_ptr<llvm::TargetMachine> machine;
};

} // namespace

static LogicalResult compileToLlvm(ModuleOp local, const CpuOptions &options,
                                   CompiledProgram &result) {
  auto machine = makeTargetMachine(options.cpu);
  if (!machine)
    return local.emitError() << llvm::toString(machine.takeError());
  result.machine = std::move(*machine);
  if (failed(
          buildProgram(local, vectorLanes(*result.machine), result.program)) ||
      failed(lowerKernels(*result.program.kernels)))
    return failure();
  result.context = std::make_unique<llvm::LLVMContext>();
  result.module =
      translateModuleToLLVMIR(*result.program.kernels, *result.context);
  if (!result.module)
    return local.emitError("kernels do not translate to LLVM IR");
  result.module->setTargetTriple(result.machine->getTargetTriple());
  result.module->setDataLayout(result.machine->createDataLayout());
  emitProgram(*result.module, result.program);
  optimize(*result.module, *result.machine);
  return success();
}

//===----------------------------------------------------------------------===//
// Entry points
//===----------------------------------------------------------------------===//

llvm::Error dtc::checkProcessor(StringRef cpu) {
  return makeTargetMachine(cpu).takeError();
}

LogicalResult dtc::printCpuStage(ModuleOp local, const CpuOptions &options,
                                 CpuStage stage, llvm::raw_ostream &os) {
  if (stage == CpuStage::Llvm) {
    CompiledProgram compiled;
    if (failed(compileToLlvm(local, options, compiled)))
      return failure();
    compiled.module->print(os, nullptr);
    return success();
  }
  auto machine = makeTargetMachine(options.cpu);
  if (!machine)
    return local.emitError() << llvm::toString(machine.takeError());
  Program program;
  if (failed(buildProgram(local, vectorLanes(**machine), program)))
    return failure();
  printSteps(program, os);
  program.kernels->print(os);
  os << "\n";
  return success();
}

LogicalResult dtc::cpu::emitObject(ModuleOp local, llvm::Module &module,
                                   llvm::TargetMachine &machine,
                                   StringRef path) {
  std::error_code code;
  llvm::raw_fd_ostream os(path, code);
  if (code)
    return local.emitError()
           << "cannot write '" << path << "': " << code.message();
  llvm::legacy::PassManager passes;
  if (machine.addPassesToEmitFile(passes, os, nullptr,
                                  llvm::CodeGenFileType::ObjectFile))
    return local.emitError("the target cannot write object files");
  passes.run(module);
  os.close();
  code = os.error();
  // An error that nobody looked at would end the process.
  os.clear_error();
  if (code)
    return local.emitError()
           << "cannot write '" << path << "': " << code.message();
  return success();
}

CpuProgramInfo dtc::cpu::describeMemory(const Program &program) {
  CpuProgramInfo info;
  info.packedBytes = program.packedBytes;
  info.runtimeBytes = runtimeMemory(program);
  info.activationBytes = program.arenaBytes;
  info.stateBytes = program.isTraining ? 0 : -1;
  for (const Buffer &buffer : program.buffers)
    if (buffer.kind == Buffer::Kind::Parameter &&
        program.uses[buffer.index].kind == DTC_STATE)
      info.stateBytes += buffer.bytes;
  for (const Buffer &buffer : program.buffers)
    if (buffer.kind == Buffer::Kind::Input ||
        buffer.kind == Buffer::Kind::Output)
      info.activationBytes += buffer.bytes;
  return info;
}

FailureOr<CpuProgramInfo> dtc::compileToExecutable(ModuleOp local,
                                                   const CpuOptions &options,
                                                   StringRef path) {
  CompiledProgram compiled;
  std::string object = (path + ".o").str();
  if (failed(compileToLlvm(local, options, compiled)) ||
      failed(emitObject(local, *compiled.module, *compiled.machine, object)))
    return failure();
  llvm::Error error = linkExecutable(object, path);
  llvm::sys::fs::remove(object);
  if (error)
    return local.emitError() << llvm::toString(std::move(error));
  return describeMemory(compiled.program);
}
