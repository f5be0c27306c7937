//===- TorchWeights.h - Weights of a torch.export archive -------*- C++ -*-===//

#ifndef DTC_LIB_IMPORT_TORCHWEIGHTS_H
#define DTC_LIB_IMPORT_TORCHWEIGHTS_H

#include "ImportedProgram.h"
#include "TorchArchive.h"
#include "TorchSchema.h"

#include "dtc/Import/Parameters.h"

namespace dtc {

/// Turns weights of the archive into values: known ones where the compiler may
/// compute with them, parameters where they are weights.
class TorchWeights {
public:
  TorchWeights(TorchArchive &archive, ImportedProgram &program,
               ParameterStore &store)
      : archive(archive), program(program), store(store) {}

  /// Reads which weights and constants there are; `model` is the program's
  /// name in the archive.
  llvm::Error readConfigs(llvm::StringRef model);

  /// Notes a graph input's weight; the first of several names of one tensor is
  /// what it is called.
  llvm::Error declare(const TorchInputSpec &spec);
  /// The value of a declared weight at its first use by a node.
  llvm::Expected<mlir::Value> import(llvm::StringRef target, unsigned node);

private:
  /// What makes two weights the same.
  using Place = std::string;
  struct Weight {
    const TorchPayload *payload = nullptr;
    llvm::StringRef folder;
    Place place;
    TorchInputSpec::Kind kind = TorchInputSpec::Parameter;
  };
  llvm::Error readConfig(llvm::StringRef folder, llvm::StringRef model,
                         llvm::StringRef kind);
  llvm::Expected<ParameterData> readBytes(llvm::StringRef name,
                                          const Weight &weight);
  llvm::Expected<llvm::ArrayRef<char>> gather(const TorchTensorMeta &tensor,
                                              const ParameterData &data,
                                              llvm::ArrayRef<char> bytes);
  mlir::Value addKnown(const ParameterData &data, mlir::Location location);
  llvm::Expected<mlir::Value> addParameter(llvm::StringRef name,
                                           const Weight &weight,
                                           const ParameterData &data,
                                           mlir::Location location);

  TorchArchive &archive;
  ImportedProgram &program;
  ParameterStore &store;
  std::vector<std::pair<std::string, TorchPayload>> payloads[2];
  llvm::StringMap<Weight> weights;
  /// Place -> the name that it is called by, and its value once it has one.
  struct Named {
    std::string name;
    mlir::Value value;
  };
  llvm::StringMap<Named> places;
};

} // namespace dtc

#endif // DTC_LIB_IMPORT_TORCHWEIGHTS_H
