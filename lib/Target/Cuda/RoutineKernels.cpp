//===- RoutineKernels.cpp - Routines of processors as GPU kernels ---------===//

#include "RoutineKernels.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace dtc;
using namespace dtc::cuda;

SmallVector<LaunchedKernel>
dtc::cuda::emitRoutine(OpBuilder &builder, Location location,
                       llvm::function_ref<std::string()> newName,
                       const cpu::Routine &routine) {
  SmallVector<LaunchedKernel> kernels;
  if (routine.kind == cpu::Routine::Kind::Sort)
    kernels = emitOrder(builder, location, newName, routine.sort);
  else
    kernels.push_back(emitUpdates(builder, location, newName(), routine));
  for (LaunchedKernel &kernel : kernels)
    kernel.description += (", " + Twine(kernel.blocks) + " x " +
                           Twine(kernel.threads) + " threads")
                              .str();
  return kernels;
}

std::string dtc::cuda::routineSignature(const cpu::Routine &routine) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << "routine" << static_cast<int>(routine.kind);
  if (routine.kind == cpu::Routine::Kind::Sort) {
    const dtc_sort &sort = routine.sort;
    os << "," << sort.dtype << "," << sort.descending << "," << sort.outer
       << "," << sort.extent << "," << sort.inner << "," << sort.count;
    return text;
  }
  const dtc_scatter &scatter = routine.scatter;
  os << "," << scatter.dtype << "," << scatter.index_dtype << ","
     << scatter.combine << "," << scatter.row;
  for (const auto *list : {&routine.extents, &routine.strides,
                           &routine.indexExtents, &routine.indexStrides}) {
    os << "|";
    llvm::interleave(*list, os, ",");
  }
  return text;
}
