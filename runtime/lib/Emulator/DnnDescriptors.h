//===- DnnDescriptors.h - What callers tell cuDNN -------------------------===//
//
// Descriptors are lists of attributes. Which ones a kind has, of what type, and
// which have to be set, is a table.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_LIB_EMULATOR_DNNDESCRIPTORS_H
#define DTC_RUNTIME_LIB_EMULATOR_DNNDESCRIPTORS_H

#include "../Cuda/Dnn.h"
#include "DnnOperations.h"
#include <memory>

namespace dtc::emulated {

struct Descriptor;

/// One of the three, by the attribute's type.
struct AttributeValue {
  std::vector<int64_t> numbers;
  std::vector<const void *> pointers;
  std::vector<std::shared_ptr<Descriptor>> descriptors;
};

struct Descriptor {
  explicit Descriptor(int kindOf) : kind(kindOf) {}

  int64_t number(int attribute) const {
    return attributes.at(attribute).numbers.at(0);
  }
  void setNumber(int attribute, int64_t value) {
    attributes[attribute].numbers = {value};
  }
  const std::shared_ptr<Descriptor> &descriptor(int attribute) const {
    return attributes.at(attribute).descriptors.at(0);
  }

  int kind;
  bool isFinalized = false;
  std::map<int, AttributeValue> attributes;
  DnnTensor tensor;                     ///< of a tensor
  std::vector<DnnOperation> operations; ///< of operations, graphs and plans
};

inline Descriptor &descriptorOf(runtime::cuda::Handle handle) {
  return **static_cast<std::shared_ptr<Descriptor> *>(handle);
}

bool isKnownKind(int kind);

/// Keeps the attribute; else why not.
std::string setAttribute(Descriptor &descriptor, int attribute, int elements,
                         int64_t count, const void *values);

/// Which attribute has to be set and is not; empty when all are.
std::string missingAttribute(const Descriptor &descriptor);

/// Reads tensors, operations and graphs from their attributes; else what is
/// wrong with them.
std::string finalizeDescription(Descriptor &descriptor);

} // namespace dtc::emulated

#endif // DTC_RUNTIME_LIB_EMULATOR_DNNDESCRIPTORS_H
