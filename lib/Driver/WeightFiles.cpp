//===- WeightFiles.cpp - Each rank's shards as safetensors ----------------===//
//
// 1. Collect the program's parameters and their placements.
// 2. For each rank take the box that it holds; ranks with equal boxes share.
// 3. Copy the box's runs straight from the mapped model into the new file.
//
//===----------------------------------------------------------------------===//

#include "WeightFiles.h"

#include "dtc/Interpreter/HostTensor.h"
#include "dtc/runtime/ArrayFile.h"

#include "llvm/Support/FileSystem.h"

#include <map>

using namespace dtc;

namespace {

struct PlacedParameter {
  std::string name;
  llvm::SmallVector<int64_t> shape;
  Placements placements;
  const ParameterData *data = nullptr;
  /// Bytes that the program itself brings.
  std::shared_ptr<HostTensor> own;

  DType type() const { return data ? data->type : own->type(); }
  const char *bytes() const { return data ? data->bytes.data() : own->raw(); }
};

using Box = llvm::SmallVector<Interval, 6>;

} // namespace

/// The values that a program given as text may bring for its parameter.
static std::shared_ptr<HostTensor> constantOf(ParameterOp op) {
  auto value = op->getAttrOfType<mlir::DenseElementsAttr>("dtc.constant");
  auto type = llvm::cast<mlir::RankedTensorType>(op.getType());
  if (!value || value.getElementType() != type.getElementType() ||
      value.getType().getShape() != type.getShape())
    return nullptr;
  return std::make_shared<HostTensor>(HostTensor::fromAttribute(value));
}

static llvm::Expected<std::vector<PlacedParameter>>
collect(mlir::ModuleOp module, const ParameterStore &store) {
  std::vector<PlacedParameter> parameters;
  std::string problem;
  module.walk([&](ParameterOp op) {
    auto type = llvm::cast<mlir::RankedTensorType>(op.getType());
    PlacedParameter parameter;
    parameter.name = op.getName().str();
    llvm::append_range(parameter.shape, type.getShape());
    llvm::append_range(parameter.placements, getLayout(type).getPlacements());
    parameter.data = store.find(op.getName());
    if (!parameter.data)
      parameter.own = constantOf(op);
    if (!parameter.data && !parameter.own && problem.empty())
      problem = "parameter '" + parameter.name +
                "' has no bytes; a model given as text has none, pass "
                "parameters to dtc-run instead";
    parameters.push_back(std::move(parameter));
  });
  if (!problem.empty())
    return llvm::createStringError(problem);
  return parameters;
}

/// Copies a box of a row-major array, innermost runs at once.
static void copyBox(const PlacedParameter &parameter, const Box &box,
                    char *destination) {
  int64_t element = byteWidth(parameter.type());
  llvm::ArrayRef<int64_t> shape = parameter.shape;
  auto strides = rowMajorStrides(shape);
  // Trailing whole dimensions, and the one before, are one run.
  size_t outer = shape.size();
  int64_t run = element;
  while (outer > 0) {
    --outer;
    run *= box[outer].size();
    if (box[outer].size() != shape[outer])
      break;
  }
  llvm::SmallVector<int64_t> sizes;
  for (size_t i = 0; i < outer; ++i)
    sizes.push_back(box[i].size());
  int64_t base = 0;
  for (size_t i = 0; i < shape.size(); ++i)
    base += box[i].begin * strides[i];
  if (run == 0)
    return;
  forEachIndex(sizes, [&](llvm::ArrayRef<int64_t> index, int64_t n) {
    int64_t at = base;
    for (size_t i = 0; i < index.size(); ++i)
      at += index[i] * strides[i];
    std::memcpy(destination + n * run, parameter.bytes() + at * element, run);
  });
}

static llvm::Error writeRank(const std::vector<PlacedParameter> &parameters,
                             const std::vector<Box> &boxes,
                             const std::string &path) {
  std::vector<runtime::ArraySource> sources;
  for (size_t i = 0; i < parameters.size(); ++i) {
    const PlacedParameter &parameter = parameters[i];
    const Box &box = boxes[i];
    runtime::ArraySource source;
    source.name = parameter.name;
    source.dtype = static_cast<int32_t>(parameter.type());
    for (const Interval &interval : box)
      source.shape.push_back(interval.size());
    source.fill = [&parameter, &box](char *destination) -> runtime::Status {
      copyBox(parameter, box, destination);
      return runtime::Done{};
    };
    sources.push_back(std::move(source));
  }
  auto file = runtime::OutputFile::create(path);
  if (!file)
    return llvm::createStringError(file.error().message);
  if (runtime::Status status = runtime::writeSafetensors(*file, sources, {});
      !status)
    return llvm::createStringError(status.error().message);
  if (runtime::Status status = file->commit(); !status)
    return llvm::createStringError(status.error().message);
  return llvm::Error::success();
}

llvm::Error dtc::writeWeightFiles(mlir::ModuleOp module,
                                  const ParameterStore &store,
                                  llvm::StringRef folder) {
  auto parameters = collect(module, store);
  if (!parameters)
    return parameters.takeError();
  Mesh mesh = getMesh(module).getMesh();
  std::map<std::vector<int64_t>, std::string> written;
  for (int64_t rank = 0; rank < mesh.numRanks(); ++rank) {
    std::vector<Box> boxes;
    std::vector<int64_t> key;
    for (const PlacedParameter &parameter : *parameters) {
      boxes.push_back(
          localBox(parameter.shape, parameter.placements, mesh, rank));
      for (const Interval &interval : boxes.back()) {
        key.push_back(interval.begin);
        key.push_back(interval.end);
      }
    }
    std::string path =
        (folder + "/weights.rank" + llvm::Twine(rank) + ".safetensors").str();
    auto [entry, isNew] = written.try_emplace(key, path);
    if (!isNew) {
      if (std::error_code error =
              llvm::sys::fs::create_hard_link(entry->second, path))
        return llvm::createStringError(error, "cannot link '" + path + "'");
      continue;
    }
    if (llvm::Error error = writeRank(*parameters, boxes, path))
      return error;
  }
  return llvm::Error::success();
}
