//===- Counts.cpp - What the workers have done ----------------------------===//

#include "Counts.h"

#include "Generator.h"

#include "llvm/Support/Format.h"

#include <sys/mman.h>

using namespace mlir;
using namespace dtc;
using namespace dtc::fuzz;

Counts *Counts::create() {
  void *memory = mmap(nullptr, sizeof(Counts), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  return memory == MAP_FAILED ? nullptr : new (memory) Counts();
}

void Counts::add(int64_t index, const Outcome &outcome, bool isCompiled) {
  switch (outcome.kind) {
  case Outcome::Kind::Agrees:
    return;
  case Outcome::Kind::Refused:
    ++refused;
    break;
  case Outcome::Kind::Unfit:
    ++unfit;
    break;
  case Outcome::Kind::Fails:
    ++failed;
    break;
  }
  int64_t at = numFindings++;
  if (at >= maxFindings)
    return;
  Finding &finding = findings[at];
  finding.index = index;
  finding.kind = outcome.kind;
  finding.compiled = isCompiled;
  snprintf(finding.stage, sizeof(finding.stage), "%s", outcome.stage.c_str());
  snprintf(finding.message, sizeof(finding.message), "%s",
           outcome.message.c_str());
}

void Counts::addProgram(ModuleOp program) {
  ++programs;
  std::string mesh = describe(dtc::getMesh(program).getMesh());
  for (int i = 0; i < maxMeshes; ++i) {
    // Two workers may give one mesh two lines: the printed ones are merged.
    if (meshNames[i][0] == 0)
      snprintf(meshNames[i], sizeof(meshNames[i]), "%s", mesh.c_str());
    if (mesh == meshNames[i]) {
      ++ofMesh[i];
      break;
    }
  }
  for (Operation &op : mainOf(program).getBody().front()) {
    ++ops;
    for (auto [i, entry] : llvm::enumerate(allOps()))
      if (op.getName().stripDialect() == entry.mnemonic)
        ++ofOp[i];
  }
}

void Counts::print(llvm::raw_ostream &os) const {
  os << "programs by mesh:";
  std::map<std::string, int64_t> meshes;
  for (int i = 0; i < maxMeshes && meshNames[i][0]; ++i)
    meshes[meshNames[i]] += ofMesh[i];
  for (const auto &[name, count] : meshes)
    os << ' ' << name << ": " << count << ';';
  os << "\nops:";
  for (auto [i, entry] : llvm::enumerate(allOps()))
    os << ' ' << entry.mnemonic << ": " << ofOp[i].load() << ';';
  os << '\n';
}
