//===- Layouts.cpp - Tensor types with placements -------------------------===//

#include "dtc/IR/Dtc.h"
#include "dtc/Sharding/Strategy.h"

using namespace mlir;
using namespace dtc;

LayoutAttr dtc::getLayout(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor ? dyn_cast_or_null<LayoutAttr>(tensor.getEncoding())
                : LayoutAttr();
}

LayoutAttr dtc::getLayout(Value value) { return getLayout(value.getType()); }

RankedTensorType dtc::withLayout(RankedTensorType type, LayoutAttr layout) {
  return RankedTensorType::get(type.getShape(), type.getElementType(), layout);
}

RankedTensorType dtc::getLocalType(RankedTensorType type, int64_t rank) {
  LayoutAttr layout = getLayout(type);
  if (!layout)
    return type;
  return RankedTensorType::get(localShape(type.getShape(),
                                          layout.getPlacements(),
                                          layout.getMesh().getMesh(), rank),
                               type.getElementType());
}

int64_t dtc::getElementBytes(Type elementType) {
  return byteWidth(getDType(elementType));
}

TensorSpec dtc::getSpec(Type type) {
  TensorSpec spec;
  auto tensor = cast<RankedTensorType>(type);
  spec.shape.assign(tensor.getShape().begin(), tensor.getShape().end());
  spec.elementBytes = getElementBytes(tensor.getElementType());
  if (LayoutAttr layout = getLayout(type))
    spec.placements.assign(layout.getPlacements().begin(),
                           layout.getPlacements().end());
  return spec;
}

MeshAttr dtc::getMesh(Operation *op) {
  while (op && !isa<ModuleOp>(op))
    op = op->getParentOp();
  return op ? op->getAttrOfType<MeshAttr>("dtc.mesh") : MeshAttr();
}

bool dtc::detail::sameShapesAndElementTypes(TypeRange a, TypeRange b) {
  if (a.size() != b.size())
    return false;
  for (auto [left, right] : llvm::zip(a, b)) {
    auto l = dyn_cast<RankedTensorType>(left);
    auto r = dyn_cast<RankedTensorType>(right);
    if (!l || !r || l.getShape() != r.getShape() ||
        l.getElementType() != r.getElementType())
      return false;
  }
  return true;
}

/// Where the layout of an operand came from, for the notes of an error.
static void noteOrigin(InFlightDiagnostic &diagnostic, Value value,
                       unsigned index) {
  Operation *definition = value.getDefiningOp();
  Diagnostic &note = diagnostic.attachNote(value.getLoc());
  note << "operand " << index << " is " << value.getType();
  if (definition)
    note << ", from this '" << definition->getName() << "'";
  else
    note << ", an argument";
}

LogicalResult dtc::detail::verifyPlacements(Operation *op) {
  MeshAttr mesh;
  unsigned placed = 0, total = 0;
  auto visit = [&](Type type) -> LogicalResult {
    ++total;
    LayoutAttr layout = getLayout(type);
    if (!layout)
      return success();
    ++placed;
    if (mesh && mesh != layout.getMesh())
      return op->emitOpError() << "expected one mesh, got " << mesh << " and "
                               << layout.getMesh();
    mesh = layout.getMesh();
    return success();
  };
  for (Type type : op->getOperandTypes())
    if (failed(visit(type)))
      return failure();
  for (Type type : op->getResultTypes())
    if (failed(visit(type)))
      return failure();
  if (placed == 0)
    return success();
  if (placed != total)
    return op->emitOpError() << "expected placements on all operands and "
                                "results or on none, got them on "
                             << placed << " of " << total;

  // Rules are made for shapes that belong together.
  if (isa<InferTypeOpInterface>(op) &&
      failed(mlir::detail::verifyInferredResultTypes(op)))
    return failure();
  SmallVector<TensorSpec> operands, results;
  for (Type type : op->getOperandTypes())
    operands.push_back(getSpec(type));
  for (Type type : op->getResultTypes())
    results.push_back(getSpec(type));
  ShardingRule rule = cast<ShardingRuleInterface>(op).getShardingRule();
  llvm::Error error = verifyStrategy(rule, operands, results, mesh.getMesh());
  if (!error)
    return success();
  InFlightDiagnostic diagnostic = op->emitOpError()
                                  << llvm::toString(std::move(error));
  for (auto [index, operand] : llvm::enumerate(op->getOperands()))
    noteOrigin(diagnostic, operand, index);
  diagnostic.attachNote() << "insert a 'dtc.redistribute' or run "
                             "--dtc-propagate-placements on the plain program";
  return diagnostic;
}
