//===- RandomInputs.cpp - Arrays to run programs on -----------------------===//
//
// 1. A generator is seeded by the seed and the array's name (FNV-1a), so order
//    and stage of the program do not matter; its steps are splitmix64.
// 2. Contributions to a partial input are seeded by the coordinates on the
//    partial axes too: ranks that hold the same piece get the same numbers.
//
//===----------------------------------------------------------------------===//

#include "dtc/Interpreter/RandomInputs.h"

using namespace mlir;
using namespace dtc;

namespace {

class Generator {
public:
  Generator(uint64_t seed, StringRef name) : state(14695981039346656037u) {
    for (unsigned char c : name)
      state = (state ^ c) * 1099511628211u;
    state ^= seed * 0x9e3779b97f4a7c15u;
  }

  /// Uniform in [0, count); 0 stands for 2^64.
  uint64_t below(uint64_t count) {
    state += 0x9e3779b97f4a7c15u;
    uint64_t z = state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    z ^= z >> 31;
    return count ? z % count : z;
  }

private:
  uint64_t state;
};

/// Both ends belong to it.
struct Range {
  int64_t low, high;
};

} // namespace

static HostTensor makeArray(RankedTensorType type, Range range,
                            Generator generator) {
  HostTensor array = HostTensor::ofType(type);
  int64_t unit = isFloat(array.type()) ? 64 : 1;
  auto span =
      static_cast<uint64_t>(range.high) - static_cast<uint64_t>(range.low);
  for (int64_t i = 0; i < array.size(); ++i) {
    uint64_t step = generator.below(span * unit + 1);
    if (unit == 1)
      array.setInt(
          i, static_cast<int64_t>(static_cast<uint64_t>(range.low) + step));
    else
      array.setDouble(i, static_cast<double>(range.low) +
                             static_cast<double>(step) / unit);
  }
  return array;
}

static Range defaultRange(RankedTensorType type) {
  DType element = getDType(type.getElementType());
  if (isFloat(element))
    return {-1, 1};
  return {0, element == DType::Bool ? 1 : 7};
}

/// The `dtc.range` of an attribute list, or the element type's default.
static FailureOr<Range> getRange(Operation *op, Attribute attribute,
                                 RankedTensorType type) {
  if (!attribute)
    return defaultRange(type);
  SmallVector<int64_t> ends;
  if (auto array = dyn_cast<ArrayAttr>(attribute)) {
    for (Attribute end : array)
      if (auto integer = dyn_cast<IntegerAttr>(end))
        if (integer.getValue().isSignedIntN(64))
          ends.push_back(integer.getValue().getSExtValue());
  } else if (auto dense = dyn_cast<DenseI64ArrayAttr>(attribute)) {
    ends.assign(dense.asArrayRef().begin(), dense.asArrayRef().end());
  }
  if (ends.size() != 2 || ends[0] > ends[1])
    return op->emitError() << "expected 'dtc.range' of the form [lowest, "
                              "highest], got "
                           << attribute;
  return Range{ends[0], ends[1]};
}

/// Adds `NAME.rankK` for every rank K of a partial input's mesh.
static void addContributions(const std::string &name, RankedTensorType type,
                             Range range, uint64_t seed, NamedTensors &arrays) {
  LayoutAttr layout = getLayout(type);
  ::dtc::Mesh mesh = layout.getMesh().getMesh();
  for (int64_t rank = 0; rank < mesh.numRanks(); ++rank) {
    std::string key = name;
    for (auto [placement, coordinate] :
         llvm::zip(layout.getPlacements(), mesh.coordinates(rank)))
      if (placement.isPartial())
        key += "," + std::to_string(coordinate);
    arrays.try_emplace(name + ".rank" + std::to_string(rank),
                       makeArray(type, range, Generator(seed, key)));
  }
}

static LogicalResult addArgument(func::FuncOp function, unsigned index,
                                 uint64_t seed, NamedTensors &arrays) {
  std::string name = getInputName(function, index);
  RankedTensorType type = getInputType(function, index);
  if (!type)
    return function.emitError()
           << "expected argument " << index << " to be a tensor";
  auto range =
      getRange(function, function.getArgAttr(index, "dtc.range"), type);
  if (failed(range))
    return failure();
  if (arrays.count(name))
    return success();
  arrays.try_emplace(name, makeArray(type, *range, Generator(seed, name)));
  LayoutAttr layout = getLayout(type);
  if (layout && llvm::any_of(layout.getPlacements(),
                             [](const Placement &p) { return p.isPartial(); }))
    addContributions(name, type, *range, seed, arrays);
  return success();
}

static LogicalResult addParameter(ParameterOp op, uint64_t seed,
                                  NamedTensors &arrays) {
  std::string name = op.getName().str();
  if (arrays.count(name))
    return success();
  auto type = dyn_cast<RankedTensorType>(
      op.getGlobal() ? *op.getGlobal() : Type(op.getResult().getType()));
  if (!type)
    return op.emitOpError() << "expected a tensor type in 'global'";
  if (auto value = op->getAttrOfType<DenseElementsAttr>("dtc.constant")) {
    arrays.try_emplace(name, HostTensor::fromAttribute(value));
    return success();
  }
  auto range = getRange(op, op->getAttr("dtc.range"), type);
  if (failed(range))
    return failure();
  arrays.try_emplace(name, makeArray(type, *range, Generator(seed, name)));
  return success();
}

LogicalResult dtc::addRandomInputs(func::FuncOp function, uint64_t seed,
                                   ProgramInputs &inputs) {
  for (unsigned i = 0; i < function.getNumArguments(); ++i)
    if (failed(addArgument(function, i, seed, inputs.inputs)))
      return failure();
  WalkResult result = function.walk([&](ParameterOp op) {
    return failed(addParameter(op, seed, inputs.parameters))
               ? WalkResult::interrupt()
               : WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}
