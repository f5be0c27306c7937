//===- Program.h - Buffers and steps of one rank's program ------*- C++ -*-===//

#ifndef DTC_LIB_TARGET_CPU_PROGRAM_H
#define DTC_LIB_TARGET_CPU_PROGRAM_H

#include "Expression.h"

#include "dtc/runtime/program.h"

#include "llvm/ADT/StringMap.h"

#include <deque>

namespace dtc::cpu {

/// Bytes that the addresses of all buffers are multiples of.
constexpr int64_t kBufferAlignment = 64;

/// Memory that a step reads or writes.
struct Buffer {
  enum class Kind { Input, Output, Parameter, Arena, Packed, Constant };
  Kind kind = Kind::Arena;
  /// Input, Output, Parameter: which.
  int index = 0;
  int64_t bytes = 0;
  /// Arena, Packed: where, after planning.
  int64_t offset = 0;
  mlir::DenseElementsAttr constant;
  /// First and last step that touches it; Arena only.
  int firstStep = -1, lastStep = -1;
};

/// A pointer into a buffer.
struct BufferPointer {
  int buffer = -1;
  int64_t bytes = 0;
};

struct Step {
  enum class Kind {
    Kernel,
    Matmul,
    Convolution,
    Attention,
    Routine,
    Start,
    Wait,
    Loop
  };
  Kind kind = Kind::Kernel;
  /// Kernel: its spec's number, after emitKernels() its function's; Matmul,
  /// Convolution, Attention: the primitive's; Routine: the routine's; Start,
  /// Wait: the collective's.
  int target = 0;
  /// In the order of the callee's parameters; buffer -1 is null. Loop: all of
  /// the body's.
  llvm::SmallVector<BufferPointer, 4> arguments;
  mlir::Location location;
  /// Loop: the extents, outermost first, and what runs each time.
  llvm::SmallVector<int64_t, 3> extents{};
  std::vector<Step> body{};
  /// In a loop's body: bytes that each argument moves with each loop.
  llvm::SmallVector<llvm::SmallVector<int64_t, 3>, 4> moves{};
  /// The part of a training step that it belongs to.
  dtc_phase phase = DTC_FORWARD;
  /// A product's number: the step runs only where the library has left that
  /// much of the product, or more, to the program; -1: always.
  int finishes = -1;
  dtc_left left = DTC_LEFT_NOTHING;
};

struct Primitive {
  enum class Kind {
    Matmul,
    Convolution,
    WeightGradient,
    Attention,
    AttentionGradient
  };
  Kind kind = Kind::Matmul;
  dtc_matmul matmul{};
  /// Convolution and the gradient of its weight.
  dtc_convolution convolution{};
  dtc_attention attention{};
  dtc_attention_gradient attentionGradient{};
  /// A weight that is packed when the primitive is made; buffer -1: none.
  BufferPointer weight;
};

/// A call of a runtime function that keeps nothing between calls.
struct Routine {
  enum class Kind { Scatter, Sort };
  Kind kind = Kind::Scatter;
  /// Without its lists, which are below.
  dtc_scatter scatter{};
  llvm::SmallVector<int64_t, 6> extents, strides;
  llvm::SmallVector<int64_t, 6> indexExtents, indexStrides;
  dtc_sort sort{};
};

struct Collective {
  dtc_collective_kind kind = DTC_ALL_REDUCE;
  dtc_reduce reduce = DTC_SUM;
  DType dtype = DType::F32;
  int64_t axis = 0;
  int64_t fromDim = 0, toDim = 0;
  int64_t outer = 1, extent = 1, inner = 1;
  llvm::SmallVector<int64_t> shape; ///< all_to_all
  std::string module, cause;
  dtc_phase phase = DTC_FORWARD;
};

/// A boundary array: its name and its global placed type.
struct Boundary {
  std::string name;
  mlir::RankedTensorType global;
};

/// What becomes of a parameter across steps; see dtc_parameter_use.
struct ParameterUse {
  dtc_parameter_kind kind = DTC_CONSTANT;
  int output = -1;
  double fill = 0;
};

/// What the target's library of products computes, beside bias, residual and
/// scale.
struct ProductLibrary {
  llvm::SmallVector<DType, 4> types{DType::F32, DType::BF16};
  llvm::SmallVector<dtc_epilogue, 6> epilogues{
      DTC_EPILOGUE_RELU,    DTC_EPILOGUE_GELU_ERF, DTC_EPILOGUE_GELU_TANH,
      DTC_EPILOGUE_SIGMOID, DTC_EPILOGUE_TANH,     DTC_EPILOGUE_SILU};
  /// Of convolutions.
  llvm::SmallVector<DType, 4> convolutionTypes{DType::F32, DType::BF16};
  /// Activations that join a convolution with a bias.
  llvm::SmallVector<dtc_epilogue, 2> convolutionEpilogues;
  /// Whether transposed convolutions take a bias, and whether all take
  /// different paddings at both ends.
  bool joinsTransposedBias = true, padsUnevenly = true;
  /// Of attention that stays one op.
  llvm::SmallVector<DType, 4> attentionTypes;
  /// What the names of the runtime's functions that make and run its calls
  /// begin with.
  llvm::StringRef prefix = "dtc_";
  /// Weights are laid out anew when the product is made.
  bool packsWeights = true;
  /// Sums of an operand's rows or columns come with the product.
  bool sumsOperands = false;
  /// Relu and gelu by tanh keep what their gradients need, and those come with
  /// the product that they multiply.
  bool hasGradients = false;
  /// When the program loads, the library may refuse what joined a product.
  bool mayRefuse = false;
  /// Elements of operands may have any strides; otherwise rows or columns lie
  /// without gaps, and those of results do.
  bool takesStrides = true;
};

struct Program {
  mlir::OwningOpRef<mlir::ModuleOp> kernels;
  /// What the kernels compute, until emitKernels().
  std::deque<KernelSpec> specs;
  int numKernels = 0;
  std::vector<Buffer> buffers;
  std::vector<Step> load, step;
  std::vector<Primitive> primitives;
  std::vector<Routine> routines;
  std::vector<Collective> collectives;
  std::vector<Boundary> inputs, outputs, parameters;
  /// One a parameter; the optimizer's states are parameters too.
  std::vector<ParameterUse> uses;
  /// A step has a backward pass, or changes parameters.
  bool isTraining = false;
  MeshAttr mesh;
  ProductLibrary products;
  /// Set where lines of an order are sorted at once: longer ones than this have
  /// scratch memory each, others none.
  std::optional<int64_t> sortedWithoutScratch;
  uint64_t collectiveHash = 0;
  std::string model;
  int64_t arenaBytes = 0, packedBytes = 0;

  /// True when the output is a parameter's own memory.
  bool isAlias(int output) const {
    return llvm::any_of(
        uses, [&](const ParameterUse &use) { return use.output == output; });
  }
};

/// Makes the buffers and steps of a local module with one function. Kernels are
/// specs still. Errors are diagnostics at the ops.
mlir::LogicalResult readProgram(mlir::ModuleOp local, Program &program);

/// Runs products whose only use is a kernel before another product, as in
/// attention, in blocks that stay in the processor's cache.
void blockSteps(Program &program);

/// Runs the kernels of an optimizer's update in blocks of one pass.
void blockUpdates(Program &program);

/// Emits a function for each kernel that differs from those before it.
void emitKernels(Program &program, int64_t vectorLanes);

/// Gives arena and packed buffers their offsets: lifetimes from first to last
/// step, best fit, 64-byte aligned.
void planMemory(Program &program);

/// What the process of a rank takes beside the program's buffers.
int64_t runtimeMemory(const Program &program);

} // namespace dtc::cpu

#endif // DTC_LIB_TARGET_CPU_PROGRAM_H
