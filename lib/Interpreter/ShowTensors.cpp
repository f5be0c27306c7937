//===- ShowTensors.cpp - Arrays as text, and how far they differ ----------===//

#include "dtc/Interpreter/InterpretMain.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>
#include <limits>

using namespace dtc;

static void printElement(llvm::raw_ostream &os, const HostTensor &tensor,
                         int64_t i) {
  if (isFloat(tensor.type()))
    os << llvm::format("%.6g", tensor.getDouble(i));
  else if (tensor.type() == DType::Bool)
    os << (tensor.getInt(i) ? "true" : "false");
  else if (tensor.type() == DType::U64)
    os << tensor.data<uint64_t>()[i];
  else
    os << tensor.getInt(i);
}

/// The part from element `begin` on, whose shape is `shape`.
static void printPart(llvm::raw_ostream &os, const HostTensor &tensor,
                      llvm::ArrayRef<int64_t> shape, int64_t begin) {
  if (shape.empty())
    return printElement(os, tensor, begin);
  int64_t step = numElements(shape.drop_front());
  os << '[';
  for (int64_t i = 0; i < shape.front(); ++i) {
    os << (i ? ", " : "");
    printPart(os, tensor, shape.drop_front(), begin + i * step);
  }
  os << ']';
}

void dtc::printElements(llvm::raw_ostream &os, const HostTensor &tensor) {
  printPart(os, tensor, tensor.shape(), 0);
}

double dtc::largestDifference(const HostTensor &a, const HostTensor &b) {
  if (a.type() != b.type() || a.shape() != b.shape())
    return -1;
  double largest = 0;
  for (int64_t i = 0; i < a.size(); ++i) {
    // Integers above 2^53 that differ may be one double.
    if (!isFloat(a.type()) && a.getInt(i) != b.getInt(i))
      largest = std::max(largest, 1.0);
    double x = a.getDouble(i), y = b.getDouble(i);
    if (x == y || (std::isnan(x) && std::isnan(y)))
      continue;
    double difference = std::fabs(x - y);
    largest = std::isnan(difference) ? std::numeric_limits<double>::infinity()
                                     : std::max(largest, difference);
  }
  return largest;
}
