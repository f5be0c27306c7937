//===- DnnOperations.cpp - What a graph of cuDNN's computes ---------------===//

#include "DnnOperations.h"
#include "../Cuda/Dnn.h"
#include "dtc/runtime/ElementType.h"
#include <algorithm>
#include <cmath>
#include <cstring>

using namespace dtc;
using namespace dtc::runtime::cuda;

namespace dtc::emulated {
namespace {

using Values = std::vector<double>;

int64_t count(const Extents &extents) {
  int64_t all = 1;
  for (int64_t extent : extents)
    all *= extent;
  return all;
}

int64_t elementBytes(int type) {
  return type == kDnnF16 || type == kDnnBf16 ? 2 : type == kDnnBool ? 1 : 4;
}

/// The number as the type holds it.
double rounded(int type, double value) {
  auto single = static_cast<float>(value);
  if (type == kDnnF16)
    return runtime::floatFromF16(runtime::f16FromFloat(single));
  if (type == kDnnBf16)
    return runtime::floatFromBf16(runtime::bf16FromFloat(single));
  return type == kDnnF32 ? single : value;
}

double load(int type, const char *data) {
  if (type == kDnnF32) {
    float value;
    std::memcpy(&value, data, sizeof value);
    return value;
  }
  uint16_t bits;
  std::memcpy(&bits, data, sizeof bits);
  return type == kDnnF16 ? runtime::floatFromF16(bits)
                         : runtime::floatFromBf16(bits);
}

void store(int type, char *data, double value) {
  auto single = static_cast<float>(value);
  if (type == kDnnF32) {
    std::memcpy(data, &single, sizeof single);
    return;
  }
  uint16_t bits = type == kDnnF16 ? runtime::f16FromFloat(single)
                                  : runtime::bf16FromFloat(single);
  std::memcpy(data, &bits, sizeof bits);
}

/// Calls `visit` with each index, the last dimension fastest.
template <typename Visit> void forEach(const Extents &extents, Visit visit) {
  Extents at(extents.size(), 0);
  for (int64_t i = 0, n = count(extents); i < n; ++i) {
    visit(at, i);
    for (size_t dim = extents.size(); dim-- > 0;) {
      if (++at[dim] < extents[dim])
        break;
      at[dim] = 0;
    }
  }
}

/// The place of an index in a dense tensor, of which dimensions of 1 repeat,
/// and others repeat elements in groups (heads that share a key).
int64_t placeIn(const Extents &extents, const Extents &at,
                const Extents &whole) {
  int64_t place = 0;
  for (size_t dim = 0; dim < extents.size(); ++dim)
    place = place * extents[dim] + at[dim] * extents[dim] / whole[dim];
  return place;
}

int64_t offsetOf(const DnnTensor &tensor, const Extents &at) {
  int64_t offset = 0;
  for (size_t dim = 0; dim < at.size(); ++dim)
    offset += at[dim] * tensor.strides[dim];
  return offset * elementBytes(tensor.type);
}

//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

std::string checkConvolution(const DnnOperation &operation) {
  const Extents &x = operation.tensors[0].extents;
  const Extents &w = operation.tensors[1].extents;
  const Extents &y = operation.tensors[2].extents;
  size_t rank = operation.strides.size() + 2;
  if (x.size() != rank || w.size() != rank || y.size() != rank)
    return "tensors of other ranks than the windows";
  if (x[0] != y[0] || w[0] != y[1] || x[1] % w[1] != 0 ||
      w[0] % (x[1] / w[1]) != 0)
    return "channels that do not fit";
  for (size_t dim = 0; dim + 2 < rank; ++dim) {
    int64_t span = operation.dilations[dim] * (w[2 + dim] - 1) + 1;
    int64_t room =
        x[2 + dim] + operation.padsBegin[dim] + operation.padsEnd[dim] - span;
    if (room < 0 || room / operation.strides[dim] + 1 != y[2 + dim])
      return "positions that the windows have not";
  }
  return {};
}

std::string checkMatmul(const DnnOperation &operation) {
  const Extents &a = operation.tensors[0].extents;
  const Extents &b = operation.tensors[1].extents;
  const Extents &c = operation.tensors[2].extents;
  size_t rank = c.size(), row = rank - 2, column = rank - 1;
  if (rank < 3 || a.size() != rank || b.size() != rank)
    return "matrices of other ranks";
  bool fits = a[row] == c[row] && b[column] == c[column] && a[column] == b[row];
  for (size_t dim = 0; dim < row; ++dim)
    fits &= c[dim] % a[dim] == 0 && c[dim] % b[dim] == 0;
  return fits ? "" : "matrices that do not fit";
}

bool repeatsTo(const Extents &small, const Extents &large) {
  if (small.size() != large.size())
    return false;
  for (size_t dim = 0; dim < small.size(); ++dim)
    if (small[dim] != large[dim] && small[dim] != 1)
      return false;
  return true;
}

/// Dimensions of 1 repeat, and others repeat in groups.
bool groupsTo(const Extents &small, const Extents &large) {
  bool fits = small.size() == large.size();
  for (size_t dim = 0; fits && dim < small.size(); ++dim)
    fits = large[dim] % small[dim] == 0;
  return fits;
}

/// The same elements: dimensions in another order.
bool isView(const DnnTensor &from, const DnnTensor &to) {
  auto dimensions = [](const DnnTensor &tensor) {
    std::vector<std::pair<int64_t, int64_t>> all;
    for (size_t dim = 0; dim < tensor.extents.size(); ++dim)
      if (tensor.extents[dim] != 1)
        all.emplace_back(tensor.extents[dim], tensor.strides[dim]);
    std::sort(all.begin(), all.end());
    return all;
  };
  return dimensions(from) == dimensions(to);
}

//===----------------------------------------------------------------------===//
// Operations
//===----------------------------------------------------------------------===//

class Computation {
public:
  Computation(const std::map<int64_t, const void *> &addressesOf)
      : addresses(addressesOf) {}

  void run(const DnnOperation &operation) {
    const DnnTensor &result = operation.result();
    Values values;
    switch (operation.kind) {
    case kDnnMatmulOperation:
      values = multiply(operation);
      break;
    case kDnnPointwiseOperation:
      values = pointwise(operation);
      break;
    case kDnnReductionOperation:
      values = reduce(operation);
      break;
    case kDnnReshapeOperation:
      values = view(operation);
      break;
    default:
      values = convolve(operation);
    }
    for (double &value : values)
      value = rounded(result.type, value);
    if (!result.isVirtual)
      write(result, values);
    known[result.id] = std::move(values);
  }

private:
  const Values &read(const DnnTensor &tensor) {
    auto found = known.find(tensor.id);
    if (found != known.end())
      return found->second;
    auto *data = static_cast<const char *>(addresses.at(tensor.id));
    Values values(static_cast<size_t>(count(tensor.extents)));
    forEach(tensor.extents, [&](const Extents &at, int64_t i) {
      values[size_t(i)] = load(tensor.type, data + offsetOf(tensor, at));
    });
    return known[tensor.id] = std::move(values);
  }

  void write(const DnnTensor &tensor, const Values &values) {
    auto *data =
        static_cast<char *>(const_cast<void *>(addresses.at(tensor.id)));
    forEach(tensor.extents, [&](const Extents &at, int64_t i) {
      store(tensor.type, data + offsetOf(tensor, at), values[size_t(i)]);
    });
  }

  Values convolve(const DnnOperation &operation);
  Values multiply(const DnnOperation &operation);
  Values pointwise(const DnnOperation &operation);
  Values reduce(const DnnOperation &operation);
  Values view(const DnnOperation &operation);

  const std::map<int64_t, const void *> &addresses;
  std::map<int64_t, Values> known;
};

/// All three sides are walked alike: what is computed sums the products of the
/// two others.
Values Computation::convolve(const DnnOperation &operation) {
  const Extents &x = operation.tensors[0].extents;
  const Extents &w = operation.tensors[1].extents;
  const Extents &y = operation.tensors[2].extents;
  Values sums(static_cast<size_t>(count(operation.result().extents)), 0);
  const Values none;
  auto side = [&](size_t i) -> const Values & {
    return i == operation.computed ? none : read(operation.tensors[i]);
  };
  const Values &input = side(0), &weight = side(1), &result = side(2);
  int64_t perGroup = w[0] / (x[1] / w[1]);
  const size_t spatial = x.size() - 2;
  forEach(y, [&](const Extents &at, int64_t to) {
    Extents window(w);
    window[0] = 1;
    forEach(window, [&](const Extents &place, int64_t i) {
      int64_t from = at[0] * x[1] + at[1] / perGroup * w[1] + place[1];
      for (size_t dim = 0; dim < spatial; ++dim) {
        int64_t position = at[2 + dim] * operation.strides[dim] -
                           operation.padsBegin[dim] +
                           place[2 + dim] * operation.dilations[dim];
        if (position < 0 || position >= x[2 + dim])
          return;
        from = from * x[2 + dim] + position;
      }
      int64_t by = at[1] * count(window) + i;
      if (operation.computed == 2)
        sums[size_t(to)] += input[size_t(from)] * weight[size_t(by)];
      else if (operation.computed == 1)
        sums[size_t(by)] += input[size_t(from)] * result[size_t(to)];
      else
        sums[size_t(from)] += result[size_t(to)] * weight[size_t(by)];
    });
  });
  return sums;
}

Values Computation::multiply(const DnnOperation &operation) {
  const Extents &a = operation.tensors[0].extents;
  const Extents &b = operation.tensors[1].extents;
  const Extents &c = operation.tensors[2].extents;
  const Values &left = read(operation.tensors[0]);
  const Values &right = read(operation.tensors[1]);
  const size_t row = c.size() - 2, column = c.size() - 1;
  Values sums(static_cast<size_t>(count(c)), 0);
  forEach(c, [&](const Extents &at, int64_t to) {
    Extents ofLeft(at), ofRight(at), wholeA(c), wholeB(c);
    wholeA[column] = wholeB[row] = a[column];
    for (int64_t k = 0; k < a[column]; ++k) {
      ofLeft[column] = ofRight[row] = k;
      sums[size_t(to)] += left[size_t(placeIn(a, ofLeft, wholeA))] *
                          right[size_t(placeIn(b, ofRight, wholeB))];
    }
  });
  return sums;
}

double pointwiseValue(int mode, double a, double b) {
  switch (mode) {
  case kDnnAdd:
    return a + b;
  case kDnnMultiply:
    return a * b;
  case kDnnDivide:
    return a / b;
  case kDnnSubtract:
    return a - b;
  case kDnnIdentity:
    return a;
  case kDnnExp:
    return std::exp(a);
  case kDnnLog:
    return std::log(a);
  case kDnnRelu:
    return a > 0 || std::isnan(a) ? a : 0;
  case kDnnGreaterEqual:
    return a >= b;
  }
  return std::nan("");
}

Values Computation::pointwise(const DnnOperation &operation) {
  const DnnTensor &result = operation.result();
  Values values(static_cast<size_t>(count(result.extents)));
  std::vector<const Values *> inputs;
  for (size_t k = 0; k < operation.computed && operation.mode != kDnnIndex; ++k)
    inputs.push_back(&read(operation.tensors[k]));
  forEach(result.extents, [&](const Extents &at, int64_t i) {
    if (operation.mode == kDnnIndex) {
      values[size_t(i)] = double(at[size_t(operation.axis)]);
      return;
    }
    double operands[3] = {};
    for (size_t k = 0; k < operation.computed; ++k) {
      const DnnTensor &tensor = operation.tensors[k];
      int64_t place = placeIn(tensor.extents, at, result.extents);
      operands[k] = (*inputs[k])[size_t(place)];
    }
    values[size_t(i)] =
        operation.mode == kDnnSelect
            ? (operands[2] != 0 ? operands[0] : operands[1])
            : pointwiseValue(operation.mode, operands[0], operands[1]);
    bool losesNan = operation.mode == kDnnRelu && !operation.keepsNan;
    if (losesNan && std::isnan(values[size_t(i)]))
      values[size_t(i)] = 0;
  });
  return values;
}

Values Computation::reduce(const DnnOperation &operation) {
  const DnnTensor &from = operation.tensors[0], &result = operation.result();
  const Values &input = read(from);
  bool isSum = operation.mode == kDnnSum;
  Values values(static_cast<size_t>(count(result.extents)),
                isSum ? 0.0 : -HUGE_VAL);
  forEach(from.extents, [&](const Extents &at, int64_t i) {
    double &into = values[size_t(placeIn(result.extents, at, from.extents))];
    into = isSum ? into + input[size_t(i)] : std::max(into, input[size_t(i)]);
  });
  return values;
}

/// Elements by where they lie, under the strides of either side.
Values Computation::view(const DnnOperation &operation) {
  const DnnTensor &from = operation.tensors[0], &result = operation.result();
  const Values &input = read(from);
  std::map<int64_t, double> atOffset;
  auto placeOf = [](const DnnTensor &tensor, const Extents &at) {
    return offsetOf(tensor, at) / elementBytes(tensor.type);
  };
  forEach(from.extents, [&](const Extents &at, int64_t i) {
    atOffset[placeOf(from, at)] = input[size_t(i)];
  });
  Values values(static_cast<size_t>(count(result.extents)));
  forEach(result.extents, [&](const Extents &at, int64_t i) {
    values[size_t(i)] = atOffset.at(placeOf(result, at));
  });
  return values;
}

} // namespace

uint64_t DnnTensor::reach() const {
  int64_t last = 0;
  for (size_t dim = 0; dim < extents.size(); ++dim)
    last += (extents[dim] - 1) * strides[dim];
  return static_cast<uint64_t>((last + 1) * elementBytes(type));
}

std::string checkShapes(const DnnOperation &operation) {
  const Extents &result = operation.result().extents;
  switch (operation.kind) {
  case kDnnMatmulOperation:
    return checkMatmul(operation);
  case kDnnReductionOperation:
    return groupsTo(result, operation.tensors[0].extents)
               ? ""
               : "a result that is no reduction's";
  case kDnnReshapeOperation:
    return isView(operation.tensors[0], operation.result())
               ? ""
               : "a view of other elements";
  case kDnnPointwiseOperation:
    for (const DnnTensor &tensor : operation.tensors)
      if (!repeatsTo(tensor.extents, result))
        return "operands that do not repeat to the result";
    return {};
  }
  return checkConvolution(operation);
}

void compute(const std::vector<DnnOperation> &operations,
             const std::map<int64_t, const void *> &addresses) {
  Computation computation(addresses);
  for (const DnnOperation &operation : operations)
    computation.run(operation);
}

} // namespace dtc::emulated
