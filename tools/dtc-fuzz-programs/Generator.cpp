//===- Generator.cpp - One random program ---------------------------------===//

#include "Generator.h"

#include "mlir/AsmParser/AsmParser.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace dtc;
using namespace dtc::fuzz;

/// No tensor has more elements than this.
static constexpr int64_t mostElements = 3000;
static constexpr int64_t mostRank = 5;

std::string fuzz::arrayText(ArrayRef<int64_t> values) {
  return "array<i64" + std::string(values.empty() ? "" : ": ") +
         llvm::join(llvm::map_range(
                        values, [](int64_t v) { return std::to_string(v); }),
                    ", ") +
         ">";
}

//===----------------------------------------------------------------------===//
// Meshes, sizes, types
//===----------------------------------------------------------------------===//

std::string fuzz::describe(const ::dtc::Mesh &mesh) {
  std::string text;
  for (const MeshAxis &axis : mesh.axes)
    text +=
        (text.empty() ? "" : ",") + axis.name + "=" + std::to_string(axis.size);
  return text;
}

::dtc::Mesh fuzz::randomMesh(Random &random) {
  static const std::vector<std::vector<int64_t>> grids = {
      {2}, {3}, {4}, {5}, {8}, {2, 2}, {2, 3}, {3, 2}, {2, 2, 2}, {4, 1}};
  static const char *names[] = {"dp", "sp", "tp"};
  std::vector<int64_t> grid = grids[random.below(grids.size())];
  ::dtc::Mesh mesh;
  for (size_t i = 0; i < grid.size(); ++i)
    mesh.axes.push_back({names[3 - grid.size() + i], grid[i]});
  return mesh;
}

int64_t Generator::size() {
  if (random.chance(0.004))
    return 0;
  if (random.chance(0.15))
    return random.between(1, 17);
  return random.pick(sizes);
}

Shape Generator::shape(int64_t rank) {
  Shape result;
  int64_t elements = 1;
  for (int64_t i = 0; i < rank; ++i) {
    int64_t extent = size();
    if (elements * extent > mostElements / 4)
      extent = 1;
    elements *= std::max<int64_t>(extent, 1);
    result.push_back(extent);
  }
  return result;
}

Type Generator::boolType() { return builder.getI1Type(); }

Type Generator::floatType() {
  if (random.chance(0.85))
    return mainFloat;
  Type types[] = {builder.getF32Type(), builder.getF16Type(),
                  builder.getBF16Type(), builder.getF64Type()};
  return random.pick(types);
}

Type Generator::integerType() {
  if (random.chance(0.5))
    return builder.getI64Type();
  Type types[] = {builder.getI32Type(),
                  builder.getIntegerType(8),
                  builder.getIntegerType(16),
                  builder.getIntegerType(8, false),
                  builder.getIntegerType(16, false),
                  builder.getIntegerType(32, false),
                  builder.getIntegerType(64, false)};
  return random.pick(types);
}

Type Generator::numberType() {
  return random.chance(0.75) ? floatType() : integerType();
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

Value Generator::find(function_ref<bool(Value)> fits) {
  std::vector<Value> fitting;
  for (Value value : pool)
    if (fits(value))
      fitting.push_back(value);
  if (fitting.empty())
    return {};
  // Late values make deep programs.
  size_t late = std::min<size_t>(fitting.size(), 4);
  if (random.chance(0.7))
    return fitting[fitting.size() - 1 - random.below(late)];
  return random.pick(fitting);
}

Value Generator::findOrMake(RankedTensorType type) {
  if (random.chance(0.6))
    if (Value found = find([&](Value v) { return v.getType() == type; }))
      return found;
  return input(type);
}

Value Generator::floats(int64_t rank) {
  if (!random.chance(0.12))
    if (Value found = find([&](Value v) {
          return isa<FloatType>(elementOf(v)) &&
                 static_cast<int64_t>(shapeOf(v).size()) >= rank;
        }))
      return found;
  return input(tensorOf(shape(random.between(rank, std::max<int64_t>(rank, 4))),
                        floatType()));
}

Value Generator::numbers(int64_t rank) {
  if (!random.chance(0.12))
    if (Value found = find([&](Value v) {
          return !elementOf(v).isInteger(1) &&
                 static_cast<int64_t>(shapeOf(v).size()) >= rank;
        }))
      return found;
  return input(tensorOf(shape(random.between(rank, std::max<int64_t>(rank, 4))),
                        numberType()));
}

Value Generator::within(RankedTensorType type, int64_t low, int64_t high) {
  if (random.chance(0.6))
    if (Value found = find([&](Value v) {
          return v.getType() == type &&
                 seen(v).lowest >= static_cast<double>(low) &&
                 seen(v).highest <= static_cast<double>(high) &&
                 // Bounds of no elements hold, of integers must be exact.
                 seen(v).isExact;
        }))
      return found;
  return input(type, std::make_pair(low, high));
}

Shape Generator::broadcastable(ArrayRef<int64_t> shape) {
  Shape result(shape.drop_front(
      random.chance(0.4) ? random.below(shape.size() + 1) : 0));
  for (int64_t &extent : result)
    if (random.chance(0.2))
      extent = 1;
  return result;
}

LayoutAttr Generator::layout(RankedTensorType type, bool mayBePartial) {
  // One kind a tensor: sums of maxima are not maxima of sums.
  ReduceKind kinds[] = {ReduceKind::Sum, ReduceKind::Sum,     ReduceKind::Max,
                        ReduceKind::Min, ReduceKind::Product, ReduceKind::Avg};
  bool isWhole = !isa<FloatType>(type.getElementType());
  ReduceKind kind = kinds[random.below(isWhole ? 5 : 6)];
  mayBePartial = mayBePartial && !type.getElementType().isInteger(1);
  Placements placements;
  for (int64_t axis = 0; axis < mesh.rank(); ++axis) {
    double draw = random.unit();
    if (draw < 0.55 && type.getRank())
      placements.push_back(Placement::shard(random.below(type.getRank())));
    else if (draw < 0.65 && mayBePartial)
      placements.push_back(Placement::partial(kind));
    else
      placements.push_back(Placement::replicate());
  }
  return LayoutAttr::get(context, meshAttr, placements);
}

Value Generator::parameter(RankedTensorType type) {
  auto op = ParameterOp::create(
      builder, builder.getUnknownLoc(), type,
      builder.getStringAttr("w" + std::to_string(numInputs++)),
      DictionaryAttr(), layout(type, false), TypeAttr());
  if (failed(addParameter(op, options.seed, arrays)))
    return {};
  reference.bind(op.getResult(), arrays.plain.parameters[op.getName().str()]);
  pool.push_back(op.getResult());
  return op.getResult();
}

Value Generator::constant(const HostTensor &array) {
  auto attribute = array.toAttribute(context);
  auto op = ConstantOp::create(builder, builder.getUnknownLoc(),
                               attribute.getType(), attribute);
  reference.bind(op.getResult(), array);
  pool.push_back(op.getResult());
  return op.getResult();
}

Value Generator::scalar(double number, Type element) {
  HostTensor array = HostTensor::ofType(RankedTensorType::get({}, element));
  if (isFloat(array.type()))
    array.setDouble(0, number);
  else
    array.setInt(0, static_cast<int64_t>(number));
  return constant(array);
}

Value Generator::randomConstant(RankedTensorType type) {
  HostTensor array = HostTensor::ofType(type);
  bool whole = !isFloat(array.type());
  for (int64_t i = 0; i < array.size(); ++i)
    if (whole)
      array.setInt(i, random.below(array.type() == DType::Bool ? 2 : 6));
    else
      array.setDouble(i, static_cast<double>(random.between(-64, 64)) / 32);
  return constant(array);
}

Value Generator::input(RankedTensorType type,
                       std::optional<std::pair<int64_t, int64_t>> range) {
  if (!range && !options.compiled && random.chance(0.2))
    return parameter(type);
  if (!range && random.chance(0.08))
    return randomConstant(type);
  SmallVector<NamedAttribute> attributes;
  auto set = [&](StringRef name, Attribute value) {
    attributes.push_back(builder.getNamedAttr(name, value));
  };
  set("dtc.name", builder.getStringAttr("x" + std::to_string(numInputs++)));
  auto integer = dyn_cast<IntegerType>(type.getElementType());
  if (!range && integer && integer.getWidth() > 1 && random.chance(0.7))
    range = integer.isUnsigned() ? std::make_pair<int64_t, int64_t>(0, 200)
                                 : std::make_pair<int64_t, int64_t>(-9, 9);
  if (!range && !integer && random.chance(0.2))
    range = {-3, 3};
  if (range)
    set("dtc.range", builder.getI64ArrayAttr({range->first, range->second}));
  // Contributions to a value with bounds have none.
  bool bounded = range && integer;
  if (random.chance(0.9))
    set("dtc.layout", layout(type, !options.compiled && !bounded));
  unsigned index = function.getNumArguments();
  (void)function.insertArgument(index, type,
                                builder.getDictionaryAttr(attributes),
                                builder.getUnknownLoc());
  Value value = function.getArgument(index);
  if (failed(addArgument(function, index, options.seed, arrays)))
    return {};
  reference.bind(value, arrays.plain.inputs[getInputName(function, index)],
                 accuracyOf(function, index, mesh));
  pool.push_back(value);
  return value;
}

//===----------------------------------------------------------------------===//
// Ops
//===----------------------------------------------------------------------===//

bool Generator::accept(Operation *op) {
  if (failed(verify(op)) || !reference.evaluate(op).empty()) {
    op->erase();
    return false;
  }
  for (Value result : op->getResults())
    pool.push_back(result);
  return true;
}

static DictionaryAttr parsed(MLIRContext *context, StringRef attributes) {
  auto dictionary =
      dyn_cast_or_null<DictionaryAttr>(parseAttribute(attributes, context));
  if (!dictionary)
    llvm::report_fatal_error("table entry with malformed attributes");
  return dictionary;
}

/// The types that an op infers for its results; none when it refuses.
static SmallVector<RankedTensorType> inferTypes(OperationName name,
                                                ArrayRef<Value> operands,
                                                DictionaryAttr attributes) {
  auto *infer = name.getInterface<InferTypeOpInterface>();
  if (!infer)
    llvm::report_fatal_error("table entry of an op that infers no types");
  MLIRContext *context = attributes.getContext();
  std::vector<uint64_t> storage(name.getOpPropertyByteSize() / 8 + 1);
  OpaqueProperties properties(storage.data());
  name.initOpProperties(properties, OpaqueProperties(nullptr));
  auto silent = [&] { return emitError(UnknownLoc::get(context)); };
  SmallVector<Type> types;
  if ((name.getOpPropertyByteSize() &&
       failed(name.setOpPropertiesFromAttribute(name, properties, attributes,
                                                silent))) ||
      failed(infer->inferReturnTypes(context, UnknownLoc::get(context),
                                     operands, attributes, properties, {},
                                     types)))
    types.clear();
  name.destroyOpProperties(properties);
  return llvm::map_to_vector(types, llvm::CastTo<RankedTensorType>);
}

Generator::Values Generator::add(StringRef mnemonic, ArrayRef<Value> operands,
                                 StringRef attributes) {
  if (!llvm::all_of(operands, [](Value value) { return !!value; }))
    return {};
  OperationName name("dtc." + mnemonic.str(), context);
  auto types = inferTypes(name, operands, parsed(context, attributes));
  if (types.empty())
    return {};
  return add(mnemonic, operands, types, attributes);
}

Generator::Values Generator::add(StringRef mnemonic, ArrayRef<Value> operands,
                                 ArrayRef<RankedTensorType> results,
                                 StringRef attributes) {
  if (!llvm::all_of(operands, [](Value value) { return !!value; }))
    return {};
  for (RankedTensorType type : results)
    if (type.getNumElements() > mostElements || type.getRank() > mostRank)
      return {};
  OperationState state(builder.getUnknownLoc(), "dtc." + mnemonic.str());
  state.addOperands(operands);
  for (RankedTensorType type : results)
    state.addTypes(type);
  state.addAttributes(parsed(context, attributes).getValue());
  Operation *op = builder.create(state);
  return accept(op) ? Values(op->getResults()) : Values();
}

Value Generator::make(StringRef mnemonic, ArrayRef<Value> operands,
                      StringRef attributes) {
  Values results = add(mnemonic, operands, attributes);
  if (results.empty())
    return {};
  return random.chance(0.06) ? constrain(results.front()) : results.front();
}

Value Generator::reshape(Value value, ArrayRef<int64_t> shape) {
  if (!value)
    return {};
  Values results = add("reshape", value, tensorOf(shape, elementOf(value)));
  return results.empty() ? Value() : results.front();
}

Value Generator::constrain(Value value) {
  auto op = ConstrainOp::create(
      builder, builder.getUnknownLoc(), value.getType(), value,
      layout(cast<RankedTensorType>(value.getType()), false),
      builder.getStringAttr("random"), DenseI64ArrayAttr());
  if (mesh.rank() > 1 && random.chance(0.5))
    op.setAxes(ArrayRef<int64_t>{random.below(mesh.rank())});
  return accept(op) ? op.getResult() : Value();
}

void Generator::addOne() {
  static const int64_t total = [] {
    int64_t sum = 0;
    for (const OpEntry &entry : allOps())
      sum += entry.weight;
    for (const PatternEntry &entry : patterns())
      sum += entry.weight;
    return sum;
  }();
  if (!pool.empty() && random.chance(0.08)) {
    constrain(random.pick(pool));
    return;
  }
  int64_t draw = random.below(total);
  for (const OpEntry &entry : allOps()) {
    if (draw < entry.weight)
      return entry.make(*this, entry);
    draw -= entry.weight;
  }
  for (const PatternEntry &entry : patterns()) {
    if (draw < entry.weight)
      return entry.make(*this);
    draw -= entry.weight;
  }
}

/// Unused values, and now and then a used one.
void Generator::addResults() {
  SmallVector<Value> results;
  for (Value value : pool)
    if (value.getDefiningOp() && !isa<ParameterOp>(value.getDefiningOp()) &&
        (value.use_empty() || random.chance(0.1)))
      results.push_back(value);
  if (results.empty())
    results.push_back(pool.back());
  func::ReturnOp::create(builder, builder.getUnknownLoc(), results);
  function.setType(builder.getFunctionType(function.getArgumentTypes(),
                                           ValueRange(results).getTypes()));
  for (auto [i, value] : llvm::enumerate(results)) {
    function.setResultAttr(i, "dtc.name",
                           builder.getStringAttr("y" + std::to_string(i)));
    auto type = cast<RankedTensorType>(value.getType());
    if (!options.compiled && random.chance(0.5))
      function.setResultAttr(i, "dtc.as_is", builder.getUnitAttr());
    else if (random.chance(0.7))
      function.setResultAttr(i, "dtc.layout", layout(type, false));
  }
}

Generator::Generator(MLIRContext *context, const GeneratorOptions &options)
    : random(options.seed * 2 + 1), context(context), options(options),
      mesh(options.mesh ? *options.mesh : randomMesh(random)),
      meshAttr(MeshAttr::get(context, mesh)), reference(context, mesh),
      builder(context) {
  Type types[] = {builder.getF32Type(),  builder.getF32Type(),
                  builder.getF32Type(),  builder.getF16Type(),
                  builder.getBF16Type(), builder.getF64Type()};
  mainFloat = random.pick(types);
  // Few sizes, so that values fit each other.
  static const int64_t all[] = {1, 2, 3, 4, 5, 6, 7, 8, 12, 13, 16};
  for (int i = 0; i < 3; ++i)
    sizes.push_back(random.pick(all));
}

OwningOpRef<ModuleOp> Generator::generate() {
  module = ModuleOp::create(builder.getUnknownLoc());
  (*module)->setAttr("dtc.mesh", meshAttr);
  builder.setInsertionPointToEnd(module->getBody());
  function = func::FuncOp::create(builder, builder.getUnknownLoc(), "main",
                                  builder.getFunctionType({}, {}));
  builder.setInsertionPointToEnd(function.addEntryBlock());
  ScopedDiagnosticHandler silent(context,
                                 [](Diagnostic &) { return success(); });
  int64_t wanted = random.between(options.leastOps, options.mostOps);
  Block &body = function.getBody().front();
  auto numOps = [&] {
    return llvm::count_if(
        body, [](Operation &op) { return !isa<ParameterOp, ConstantOp>(op); });
  };
  for (int attempt = 0; attempt < 20 * wanted && numOps() < wanted; ++attempt)
    addOne();
  addResults();
  return std::move(module);
}
