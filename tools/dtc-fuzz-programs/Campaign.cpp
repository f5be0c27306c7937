//===- Campaign.cpp - Many random programs --------------------------------===//

#include "Campaign.h"

#include "Counts.h"
#include "Generator.h"
#include "Isolation.h"
#include "Shrink.h"

#include "mlir/Parser/Parser.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

#include <chrono>
#include <sys/wait.h>
#include <unistd.h>

using namespace mlir;
using namespace dtc;
using namespace dtc::fuzz;

static constexpr int64_t groupSize = 16;
/// So many programs have every op.
static constexpr int64_t fullCampaign = 1000;
/// Trials of smaller programs: a trial of a compiled one takes a second.
static constexpr int mostTrials = 600, mostCompiledTrials = 60;

namespace {

class Campaign {
public:
  explicit Campaign(const CampaignOptions &options)
      : options(options), counts(Counts::create()) {}

  int run();

private:
  GeneratorOptions generatorOptions(int64_t index) const;
  void work(int64_t worker, int64_t first);
  void workGroup(int64_t worker, int64_t group, int64_t first);
  pid_t startWorker(int64_t worker, int64_t first);
  void runWorkers();
  void report(const Finding &finding);
  bool outOfTime() const;
  bool isSharp() const;

  const CampaignOptions &options;
  Counts *counts;
  std::chrono::steady_clock::time_point start =
      std::chrono::steady_clock::now();
};

} // namespace

static std::unique_ptr<MLIRContext> makeContext() {
  DialectRegistry registry;
  registry.insert<DtcDialect, func::FuncDialect>();
  auto context =
      std::make_unique<MLIRContext>(registry, MLIRContext::Threading::DISABLED);
  context->loadAllAvailableDialects();
  context->printOpOnDiagnostic(false);
  return context;
}

/// A folder of its own for the files of a compiled batch.
static CompiledOptions compiledOptions(const CampaignOptions &options) {
  SmallString<128> folder;
  (void)llvm::sys::fs::createUniqueDirectory("dtc-fuzz", folder);
  return {options.tools, folder.str().str()};
}

//===----------------------------------------------------------------------===//
// Workers
//===----------------------------------------------------------------------===//

GeneratorOptions Campaign::generatorOptions(int64_t index) const {
  GeneratorOptions result;
  result.seed = options.seed * 1000003 + static_cast<uint64_t>(index);
  result.leastOps = options.leastOps;
  result.mostOps = options.mostOps;
  Random group(options.seed * 7919 + static_cast<uint64_t>(index / groupSize));
  if (group.chance(options.compiledShare)) {
    result.compiled = true;
    result.mesh = randomMesh(group);
    // A launch of eight processes takes longer than what it computes.
    if (result.mesh->numRanks() > 6)
      result.mesh->axes.back().size = result.mesh->rank() == 1 ? 4 : 1;
  }
  return result;
}

bool Campaign::outOfTime() const {
  return options.seconds && std::chrono::steady_clock::now() - start >
                                std::chrono::seconds(options.seconds);
}

static void countResults(Counts &counts, ModuleOp program, uint64_t seed) {
  Expected expected;
  if (expect(program, seed, expected).kind != Outcome::Kind::Agrees)
    return;
  for (const ReferenceValue &result : expected.results) {
    ++counts.results;
    if (result.isExact)
      ++counts.exactResults;
  }
}

void Campaign::workGroup(int64_t worker, int64_t group, int64_t first) {
  auto context = makeContext();
  std::vector<OwningOpRef<ModuleOp>> kept;
  std::vector<SeededProgram> programs;
  std::vector<int64_t> indices;
  int64_t begin = std::max(first, group * groupSize);
  int64_t end = std::min(options.count, (group + 1) * groupSize);
  for (int64_t index = begin; index < end && !outOfTime(); ++index) {
    counts->current[worker] = index;
    alarm(patience);
    GeneratorOptions generator = generatorOptions(index);
    auto program = Generator(context.get(), generator).generate();
    counts->addProgram(*program);
    Outcome outcome = check(*program, generator.seed);
    counts->wishes += outcome.refusals;
    counts->add(index, outcome, false);
    if (outcome.kind != Outcome::Kind::Agrees)
      continue;
    if (options.printCounts)
      countResults(*counts, *program, generator.seed);
    if (!generator.compiled)
      continue;
    programs.push_back({generator.seed, *program});
    kept.push_back(std::move(program));
    indices.push_back(index);
  }
  alarm(0);
  if (programs.empty())
    return;
  CompiledOptions compiled = compiledOptions(options);
  auto outcomes = checkCompiled(programs, compiled);
  for (auto [index, outcome] : llvm::zip(indices, outcomes)) {
    ++counts->compiled;
    counts->add(index, outcome, true);
  }
  (void)llvm::sys::fs::remove_directories(compiled.folder);
}

void Campaign::work(int64_t worker, int64_t first) {
  int64_t groups = (options.count + groupSize - 1) / groupSize;
  for (int64_t group = first / groupSize; group < groups; ++group)
    if (group % options.jobs == worker && !outOfTime())
      workGroup(worker, group, first);
}

pid_t Campaign::startWorker(int64_t worker, int64_t first) {
  pid_t child = fork();
  if (child == 0) {
    work(worker, first);
    _exit(0);
  }
  return child;
}

void Campaign::runWorkers() {
  std::map<pid_t, int64_t> workers;
  for (int64_t worker = 0; worker < options.jobs; ++worker)
    workers[startWorker(worker, 0)] = worker;
  while (!workers.empty()) {
    int status = 0;
    pid_t ended = waitpid(-1, &status, 0);
    auto found = workers.find(ended);
    if (found == workers.end())
      continue;
    int64_t worker = found->second;
    workers.erase(found);
    if (status == 0)
      continue;
    int64_t index = counts->current[worker];
    counts->add(index, crashOutcome(status), false);
    workers[startWorker(worker, index + 1)] = worker;
  }
}

//===----------------------------------------------------------------------===//
// Findings
//===----------------------------------------------------------------------===//

void Campaign::report(const Finding &finding) {
  GeneratorOptions generator = generatorOptions(finding.index);
  auto context = makeContext();
  // What cannot even be made is printed as its number.
  Outcome made = isolated([&] {
    Generator(context.get(), generator).generate();
    return Outcome();
  });
  if (made.fails()) {
    llvm::outs() << "program " << finding.index
                 << " crashes the generator: " << made.message << "\n";
    return;
  }
  auto program = Generator(context.get(), generator).generate();
  CompiledOptions compiled = compiledOptions(options);
  auto stillFails = [&](ModuleOp module) {
    Outcome outcome = isolated([&] {
      if (!finding.compiled)
        return check(module, generator.seed);
      return checkCompiled({{generator.seed, module}}, compiled)[0];
    });
    return outcome.fails() && outcome.stage == finding.stage;
  };
  auto small = shrink(*program, stillFails,
                      finding.compiled ? mostCompiledTrials : mostTrials);
  (void)llvm::sys::fs::remove_directories(compiled.folder);
  std::string file =
      options.failures + "/program" + std::to_string(generator.seed) + ".mlir";
  std::string text;
  llvm::raw_string_ostream os(text);
  os << "// dtc-fuzz-programs --replay " << file << " --seed " << generator.seed
     << (finding.compiled ? " --compiled" : "") << "\n// " << finding.stage
     << ": " << StringRef(finding.message).split('\n').first << "\n";
  small->print(os);
  std::error_code code;
  llvm::raw_fd_ostream out(file, code);
  if (!code)
    out << text;
  llvm::outs() << text << "\n";
  llvm::outs().flush();
}

/// A campaign of refusals, or without some op, would test nothing.
bool Campaign::isSharp() const {
  if (10 * (counts->refused + counts->unfit) >= counts->programs) {
    llvm::outs() << "too few programs were run\n";
    return false;
  }
  for (auto [i, entry] : llvm::enumerate(allOps()))
    if (counts->programs >= fullCampaign && !counts->ofOp[i]) {
      llvm::outs() << "'" << entry.mnemonic << "' came to nothing\n";
      return false;
    }
  return true;
}

int Campaign::run() {
  if (!counts) {
    llvm::errs() << "error: no memory for the workers to share\n";
    return 1;
  }
  std::string missing = findMissingOp(makeContext().get());
  if (!missing.empty()) {
    llvm::errs() << "error: '" << missing
                 << "' is in no random program: add it to a table of "
                    "tools/dtc-fuzz-programs\n";
    return 1;
  }
  llvm::outs().flush();
  runWorkers();
  int64_t left = options.shrinks;
  int64_t numFindings =
      std::min<int64_t>(counts->numFindings, Counts::maxFindings);
  for (int64_t i = 0; i < numFindings; ++i) {
    const Finding &finding = counts->findings[i];
    const char *what = finding.kind == Outcome::Kind::Fails     ? "fails"
                       : finding.kind == Outcome::Kind::Refused ? "refused"
                                                                : "unfit";
    llvm::outs() << "program " << finding.index << ": " << what << " "
                 << finding.stage << ": " << finding.message << "\n";
    // What is not written yet would be written by every child.
    llvm::outs().flush();
    if (finding.kind == Outcome::Kind::Fails && left-- > 0)
      report(finding);
  }
  if (options.printCounts)
    counts->print(llvm::outs());
  llvm::outs() << counts->programs << " programs of " << counts->ops << " ops, "
               << counts->compiled << " also compiled: " << counts->failed
               << " failed, " << counts->refused << " refused, "
               << counts->unfit << " unfit; " << counts->wishes
               << " views got whole operands";
  if (options.printCounts)
    llvm::outs() << "; " << counts->exactResults << " of " << counts->results
                 << " results compared exactly";
  llvm::outs() << "\n";
  return counts->failed || !isSharp() ? 1 : 0;
}

int fuzz::runCampaign(const CampaignOptions &options) {
  return Campaign(options).run();
}

//===----------------------------------------------------------------------===//
// One file
//===----------------------------------------------------------------------===//

int fuzz::replay(const std::string &file, const CampaignOptions &options) {
  auto context = makeContext();
  auto whole = parseSourceFile<ModuleOp>(file, context.get());
  if (!whole)
    return 1;
  int failures = 0, functions = 0;
  for (func::FuncOp function : whole->getOps<func::FuncOp>()) {
    OwningOpRef<ModuleOp> single(whole->cloneWithoutRegions());
    single->getBodyRegion().emplaceBlock();
    OpBuilder::atBlockEnd(single->getBody()).clone(*function);
    Outcome outcome = isolated([&] { return check(*single, options.seed); });
    if (outcome.kind == Outcome::Kind::Agrees && options.compiledShare > 0) {
      CompiledOptions compiled = compiledOptions(options);
      outcome = isolated([&] {
        return checkCompiled({{options.seed, *single}}, compiled)[0];
      });
      (void)llvm::sys::fs::remove_directories(compiled.folder);
    }
    ++functions;
    if (outcome.kind == Outcome::Kind::Agrees)
      continue;
    ++failures;
    llvm::outs() << "@" << function.getName() << ": " << outcome.stage
                 << (outcome.stage.empty() ? "" : ": ") << outcome.message
                 << "\n";
  }
  llvm::outs() << functions - failures << " of " << functions
               << " programs agree\n";
  return failures || !functions ? 1 : 0;
}
