//===- Rematerialize.cpp - Forward values computed again ------------------===//
//
// 1. An op is of a chosen module when a glob matches the first parts of its
//    module path.
// 2. Walk the backward pass in program order. Where an op reads a forward value
//    of a chosen module, a copy of what makes it stands before that op and
//    serves all that follow: the value itself need not be kept.
// 3. The copy's operands are treated alike, so that copies begin at what the
//    chosen modules read from outside. Parameters and constants are there
//    anyway.
//
// Copies are in the phase "backward", which keeps them apart from what they are
// copies of.
//
//===----------------------------------------------------------------------===//

#include "Rematerialize.h"

#include "dtc/Plan/Glob.h"
#include "dtc/Plan/Spelling.h"

#include "llvm/ADT/DenseMap.h"

using namespace mlir;
using namespace dtc;

/// True when the glob names the module `path` or one that it is inside of.
static bool isWithin(const plan::ModuleGlob &glob, StringRef path) {
  SmallVector<StringRef> parts;
  if (!path.empty())
    path.split(parts, '.');
  if (glob.parts().size() > parts.size())
    return false;
  for (auto [own, part] : llvm::zip(glob.parts(), parts))
    if (!own.matches(part))
      return false;
  return true;
}

namespace {

class Rematerialization {
public:
  Rematerialization(Block &block, llvm::DenseSet<Operation *> chosen)
      : block(block), chosen(std::move(chosen)) {}

  void run();

private:
  Value copyOf(Value value, OpBuilder &builder);

  Block &block;
  llvm::DenseSet<Operation *> chosen;
  DenseMap<Value, Value> copies;
};

} // namespace

/// The value as the backward pass reads it.
Value Rematerialization::copyOf(Value value, OpBuilder &builder) {
  Operation *op = value.getDefiningOp();
  if (!op || !chosen.contains(op))
    return value;
  if (Value known = copies.lookup(value))
    return known;
  SmallVector<Value> operands;
  for (Value operand : op->getOperands())
    operands.push_back(copyOf(operand, builder));
  Operation *copy = builder.clone(*op);
  copy->setOperands(operands);
  setPhase(copy, "backward");
  for (auto [from, to] : llvm::zip(op->getResults(), copy->getResults()))
    copies[from] = to;
  return copies.lookup(value);
}

void Rematerialization::run() {
  SmallVector<Operation *> readers;
  for (Operation &op : block)
    if (getPhase(&op) == "backward")
      readers.push_back(&op);
  for (Operation *reader : readers) {
    OpBuilder builder(reader);
    for (OpOperand &operand : reader->getOpOperands()) {
      // A target's placement is known without its value.
      bool isTarget =
          isa<PlaceLikeOp>(reader) && operand.getOperandNumber() == 1;
      if (!isTarget)
        operand.set(copyOf(operand.get(), builder));
    }
  }
}

void dtc::rematerialize(Block &block, ArrayRef<plan::LocatedGlob> globs,
                        plan::DiagnosticList &diagnostics) {
  llvm::DenseSet<Operation *> chosen;
  for (const plan::LocatedGlob &located : globs) {
    plan::ModuleGlob glob(located.pattern);
    bool matches = false;
    for (Operation &op : block) {
      if (getPhase(&op) != "forward" || op.getNumResults() == 0 ||
          isa<ParameterOp, ConstantOp>(op) ||
          !isWithin(glob, getModulePath(op.getLoc())))
        continue;
      chosen.insert(&op);
      matches = true;
    }
    if (!matches)
      diagnostics.warning(located.at, "remat " +
                                          plan::inQuotes(located.pattern) +
                                          " matches no module of the model");
  }
  if (!chosen.empty())
    Rematerialization(block, std::move(chosen)).run();
}
