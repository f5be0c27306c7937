//===- ListOps.cpp - What the compiler knows about operators --------------===//
//
// One line each: first the ops of the dialect with the interfaces that they
// implement, then the operators that importers know, with their op family.
//
//===----------------------------------------------------------------------===//

#include "ListOps.h"

#include "dtc/IR/Dtc.h"
#include "dtc/Import/OnnxNode.h"
#include "dtc/Import/TorchNode.h"

#include "mlir/IR/MLIRContext.h"

using namespace mlir;
using namespace dtc;

static void listDialect(raw_ostream &os) {
  MLIRContext context(MLIRContext::Threading::DISABLED);
  context.loadDialect<DtcDialect>();
  for (RegisteredOperationName op : context.getRegisteredOperations()) {
    if (op.getDialectNamespace() != DtcDialect::getDialectNamespace())
      continue;
    os << op.getStringRef();
    if (op.hasInterface<ShardingRuleInterface>())
      os << " rule";
    if (op.hasInterface<LocalizeInterface>())
      os << " localize";
    if (op.hasInterface<EvaluateInterface>())
      os << " eval";
    os << "\n";
  }
}

/// The names of a table of importers in order.
template <typename Table>
static std::vector<StringRef> sorted(const Table &table) {
  std::vector<StringRef> names;
  for (const auto &entry : table)
    names.push_back(entry.first());
  llvm::sort(names);
  return names;
}

static void listOnnx(raw_ostream &os) {
  for (StringRef name : sorted(OnnxImporters::get().all()))
    os << name << " onnx\n";
}

static void listTorch(raw_ostream &os) {
  const TorchImporters &importers = TorchImporters::get();
  for (StringRef name : sorted(importers.all())) {
    const TorchImporters::Entry *entry = importers.find(name);
    os << name << " torch " << entry->family;
    if (entry->alias != TorchAlias::None)
      os << (entry->writeBack ? " view" : " view-read-only");
    os << "\n";
  }
}

void dtc::listOps(raw_ostream &os) {
  listDialect(os);
  listOnnx(os);
  listTorch(os);
}
