//===- Ptx.cpp - From LLVM IR to PTX --------------------------------------===//

#include "CudaProgram.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IRReader/IRReader.h"
#include "llvm/Linker/Linker.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Transforms/IPO/GlobalDCE.h"
#include "llvm/Transforms/IPO/Internalize.h"

using namespace llvm;

//===----------------------------------------------------------------------===//
// The machine
//===----------------------------------------------------------------------===//

/// The 90 of "sm_90" or "sm_90a"; 0 when there is none.
static unsigned architectureNumber(StringRef architecture) {
  unsigned number = 0;
  StringRef rest = architecture;
  if (!rest.consume_front("sm_") || rest.consumeInteger(10, number))
    return 0;
  return rest.empty() || rest == "a" || rest == "f" ? number : 0;
}

Expected<std::unique_ptr<TargetMachine>>
dtc::cuda::makeTargetMachine(StringRef architecture) {
  static bool initialized = [] {
    LLVMInitializeNVPTXTargetInfo();
    LLVMInitializeNVPTXTarget();
    LLVMInitializeNVPTXTargetMC();
    LLVMInitializeNVPTXAsmPrinter();
    return true;
  }();
  (void)initialized;
  Triple triple("nvptx64-nvidia-cuda");
  std::string error;
  const Target *target = TargetRegistry::lookupTarget(triple, error);
  if (!target)
    return createStringError(error);
  std::unique_ptr<MCSubtargetInfo> known(
      target->createMCSubtargetInfo(triple, "", ""));
  unsigned number = architectureNumber(architecture);
  if (number == 0 || !known->isCPUStringValid(architecture))
    return createStringError("unknown GPU architecture '" + architecture.str() +
                             "', expected one as sm_80, sm_90 or sm_120");
  if (number < 80)
    return createStringError("GPU architecture '" + architecture.str() +
                             "' is too old, expected sm_80 or newer");
  TargetOptions options;
  options.AllowFPOpFusion = FPOpFusion::Fast;
  return std::unique_ptr<TargetMachine>(target->createTargetMachine(
      triple, architecture, "", options, Reloc::PIC_, std::nullopt,
      CodeGenOptLevel::Default));
}

//===----------------------------------------------------------------------===//
// libdevice
//===----------------------------------------------------------------------===//

std::string dtc::cuda::findToolkitFile(StringRef relative) {
  SmallVector<std::string> roots;
  for (const char *variable : {"CUDA_HOME", "CUDA_PATH"})
    if (const char *value = std::getenv(variable); value && *value)
      roots.push_back(value);
  if (auto assembler = sys::findProgramByName("ptxas"))
    roots.push_back(
        sys::path::parent_path(sys::path::parent_path(*assembler)).str());
  roots.push_back("/usr/local/cuda");
  for (const std::string &root : roots) {
    SmallString<128> path(root);
    sys::path::append(path, relative);
    if (sys::fs::exists(path))
      return path.str().str();
  }
  return "";
}

/// The first function of libdevice that is called and not there.
static Function *findMissing(Module &module) {
  for (Function &function : module)
    if (function.isDeclaration() && function.getName().starts_with("__nv_") &&
        !function.use_empty())
      return &function;
  return nullptr;
}

Error dtc::cuda::linkLibdevice(Module &module) {
  Function *missing = findMissing(module);
  if (!missing)
    return Error::success();
  std::string path = findToolkitFile("nvvm/libdevice/libdevice.10.bc");
  if (path.empty())
    return createStringError("math function '" + missing->getName().str() +
                             "' needs libdevice of the CUDA Toolkit, which is "
                             "not installed; set CUDA_HOME to a toolkit");
  SMDiagnostic message;
  std::unique_ptr<Module> library =
      parseIRFile(path, message, module.getContext());
  if (!library)
    return createStringError("cannot read '" + path +
                             "': " + message.getMessage().str());
  library->setDataLayout(module.getDataLayout());
  library->setTargetTriple(module.getTargetTriple());
  // Calls between functions of PTX cost more than code.
  for (Function &function : *library)
    if (!function.isDeclaration()) {
      function.removeFnAttr(Attribute::NoInline);
      function.removeFnAttr(Attribute::OptimizeNone);
      function.addFnAttr(Attribute::AlwaysInline);
    }
  if (Linker::linkModules(module, std::move(library),
                          Linker::Flags::LinkOnlyNeeded))
    return createStringError("cannot link '" + path + "'");
  if (Function *still = findMissing(module))
    return createStringError("libdevice has no math function '" +
                             still->getName().str() + "'");
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Failures
//===----------------------------------------------------------------------===//

namespace {
enum FailureKind { IndexOutOfRange = 1, DivisionByZero = 2 };
} // namespace

/// Keeps the first failure of all threads.
static void defineFailure(Module &module, StringRef name, FailureKind kind) {
  Function *function = module.getFunction(name);
  if (!function)
    return;
  LLVMContext &context = module.getContext();
  IRBuilder<> builder(context);
  auto *entry = BasicBlock::Create(context, "entry", function);
  auto *first = BasicBlock::Create(context, "first", function);
  auto *done = BasicBlock::Create(context, "done", function);
  GlobalVariable *record = module.getGlobalVariable("dtc_failure");
  builder.SetInsertPoint(entry);
  auto *exchange = builder.CreateAtomicCmpXchg(
      record, builder.getInt32(0), builder.getInt32(kind), Align(8),
      AtomicOrdering::Monotonic, AtomicOrdering::Monotonic);
  builder.CreateCondBr(builder.CreateExtractValue(exchange, 1), first, done);
  builder.SetInsertPoint(first);
  for (unsigned i = 0; i < function->arg_size(); ++i)
    builder.CreateAlignedStore(
        function->getArg(i),
        builder.CreateConstInBoundsGEP1_64(builder.getInt64Ty(), record, i + 1),
        Align(8));
  builder.CreateBr(done);
  builder.SetInsertPoint(done);
  builder.CreateRetVoid();
  function->setLinkage(GlobalValue::InternalLinkage);
  function->addFnAttr(Attribute::AlwaysInline);
  function->addFnAttr(Attribute::Cold);
}

void dtc::cuda::defineFailures(Module &module) {
  LLVMContext &context = module.getContext();
  auto *type = ArrayType::get(Type::getInt64Ty(context), 3);
  auto *record = new GlobalVariable(
      module, type, false, GlobalValue::ExternalLinkage,
      ConstantAggregateZero::get(type), "dtc_failure", nullptr,
      GlobalValue::NotThreadLocal, /*AddressSpace=*/1, true);
  record->setAlignment(Align(8));
  defineFailure(module, "dtc_index_out_of_range", IndexOutOfRange);
  defineFailure(module, "dtc_division_by_zero", DivisionByZero);
}

//===----------------------------------------------------------------------===//
// Code
//===----------------------------------------------------------------------===//

void dtc::cuda::optimizeKernels(Module &module, TargetMachine &machine) {
  LoopAnalysisManager loops;
  FunctionAnalysisManager functions;
  CGSCCAnalysisManager graphs;
  ModuleAnalysisManager modules;
  PassBuilder passes(&machine);
  passes.registerModuleAnalyses(modules);
  passes.registerCGSCCAnalyses(graphs);
  passes.registerFunctionAnalyses(functions);
  passes.registerLoopAnalyses(loops);
  passes.crossRegisterProxies(loops, functions, graphs, modules);
  ModulePassManager pipeline;
  pipeline.addPass(InternalizePass([](const GlobalValue &value) {
    StringRef name = value.getName();
    return name.starts_with("kernel") || name == "dtc_failure";
  }));
  pipeline.addPass(GlobalDCEPass());
  pipeline.addPass(passes.buildPerModuleDefaultPipeline(OptimizationLevel::O2));
  pipeline.run(module, modules);
}

Expected<std::string> dtc::cuda::emitPtx(Module &module,
                                         TargetMachine &machine) {
  SmallString<0> text;
  raw_svector_ostream os(text);
  legacy::PassManager passes;
  if (machine.addPassesToEmitFile(passes, os, nullptr,
                                  CodeGenFileType::AssemblyFile))
    return createStringError("LLVM's NVPTX backend cannot write PTX");
  passes.run(module);
  return text.str().str();
}
