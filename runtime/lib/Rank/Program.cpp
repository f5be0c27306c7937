//===- Program.cpp - The compiled program as the runtime sees it ----------===//
//
// A program of another compiler version, or one that was damaged, is refused
// here rather than executed.
//===----------------------------------------------------------------------===//

#include "Program.h"
#include "dtc/runtime/ElementType.h"

namespace dtc::runtime {
namespace {

Result<BoundaryTensor> readTensor(const dtc_tensor &table,
                                  const RankProgram &program) {
  BoundaryTensor tensor;
  tensor.name = table.name;
  tensor.dtype = table.dtype;
  tensor.shape.assign(table.shape, table.shape + table.rank);
  tensor.placements.assign(table.placements,
                           table.placements + program.meshSizes.size());
  if (!byteCount(tensor.dtype, tensor.shape))
    return Error{"'" + tensor.name + "' has an invalid type or shape " +
                 shapeText(tensor.shape)};
  for (const dtc_placement &placement : tensor.placements)
    if (placement.kind == DTC_SHARD &&
        (placement.dim < 0 || placement.dim >= table.rank))
      return Error{"'" + tensor.name + "' is sharded on dimension " +
                   std::to_string(placement.dim) + " of shape " +
                   shapeText(tensor.shape)};
  tensor.local = program.regionOf(tensor, program.rank);
  return tensor;
}

Status readTensors(const dtc_tensor *tables, int32_t count,
                   const RankProgram &program,
                   std::vector<BoundaryTensor> &tensors) {
  for (int32_t i = 0; i < count; ++i) {
    auto tensor = readTensor(tables[i], program);
    if (!tensor)
      return tensor.error();
    tensors.push_back(std::move(*tensor));
  }
  return Done{};
}

/// Outputs that are parameters are held as these are.
Status readUses(const dtc_program &table, RankProgram &program) {
  program.uses.assign(program.parameters.size(), {DTC_CONSTANT, -1, 0});
  if (!table.parameter_uses)
    return Done{};
  for (size_t i = 0; i < program.uses.size(); ++i) {
    const dtc_parameter_use &use = program.uses[i] = table.parameter_uses[i];
    const BoundaryTensor &tensor = program.parameters[i];
    if (use.kind < DTC_CONSTANT || use.kind > DTC_STATE ||
        use.output >= table.num_outputs)
      return Error{"'" + tensor.name + "' has an invalid use"};
    if (use.output >= 0 &&
        program.outputs[size_t(use.output)].localBytes() != tensor.localBytes())
      return Error{"'" + tensor.name + "' is no memory for output '" +
                   program.outputs[size_t(use.output)].name + "'"};
  }
  return Done{};
}

} // namespace

int64_t BoundaryTensor::globalBytes() const { return *byteCount(dtype, shape); }

int64_t BoundaryTensor::localBytes() const {
  return local.count() * elementSize(dtype);
}

bool BoundaryTensor::isPartial() const {
  for (const dtc_placement &placement : placements)
    if (placement.kind == DTC_PARTIAL)
      return true;
  return false;
}

Region RankProgram::regionOf(const BoundaryTensor &tensor, int64_t rank) const {
  return localRegion(tensor.shape, meshSizes, tensor.placements.data(),
                     meshCoordinates(meshSizes, rank));
}

Result<RankProgram> readProgram(const dtc_program &table, int64_t rank) {
  RankProgram program;
  program.table = &table;
  if (table.abi != DTC_PROGRAM_ABI)
    return Error{"the program was compiled for runtime interface " +
                 std::to_string(table.abi) + ", expected " +
                 std::to_string(DTC_PROGRAM_ABI) + ": compile it again"};
  if (rank < 0 || rank >= table.world_size)
    return Error{"expected a rank below " + std::to_string(table.world_size) +
                 " (the bundle's mesh), got " + std::to_string(rank)};
  program.model = table.model ? table.model : "";
  program.rank = rank;
  int64_t product = 1;
  for (int32_t axis = 0; axis < table.mesh_rank; ++axis) {
    program.meshNames.push_back(table.mesh[axis].name);
    program.meshSizes.push_back(table.mesh[axis].size);
    product *= table.mesh[axis].size;
  }
  if (product != table.world_size)
    return Error{"the program's mesh has " + std::to_string(product) +
                 " ranks, expected " + std::to_string(table.world_size)};
  program.coordinates = meshCoordinates(program.meshSizes, rank);
  if (auto status =
          readTensors(table.inputs, table.num_inputs, program, program.inputs);
      !status)
    return status.error();
  if (auto status = readTensors(table.outputs, table.num_outputs, program,
                                program.outputs);
      !status)
    return status.error();
  if (auto status = readTensors(table.parameters, table.num_parameters, program,
                                program.parameters);
      !status)
    return status.error();
  if (auto status = readUses(table, program); !status)
    return status.error();
  return program;
}

} // namespace dtc::runtime
