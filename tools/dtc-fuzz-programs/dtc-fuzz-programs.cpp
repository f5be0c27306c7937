//===- dtc-fuzz-programs.cpp - Random programs through dtc ----------------===//
//
// Random programs on random layouts, through all passes and, a share of them,
// through code generation; what they give is compared with the plain program.
// docs/testing.md says how it is used.
//
//===----------------------------------------------------------------------===//

#include "Campaign.h"

#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

namespace cl = llvm::cl;

static cl::OptionCategory category("dtc-fuzz-programs options");

namespace {

struct Options {
  cl::opt<uint64_t> seed{
      "seed", cl::init(1), cl::cat(category),
      cl::desc("of the programs; of the arrays with --replay")};
  cl::opt<int64_t> count{"count", cl::init(200), cl::cat(category),
                         cl::desc("programs")};
  cl::opt<int64_t> seconds{"time", cl::init(0), cl::cat(category),
                           cl::desc("begin no program after so many seconds")};
  cl::opt<std::string> ops{"ops", cl::init("5-30"), cl::cat(category),
                           cl::desc("ops of a program, from least to most")};
  cl::opt<double> compiledShare{
      "compiled-share", cl::init(0.0), cl::cat(category),
      cl::desc("share of the programs that also run as generated code")};
  cl::opt<int64_t> jobs{"jobs", cl::init(1), cl::cat(category),
                        cl::desc("processes")};
  cl::opt<int64_t> shrinks{"shrinks", cl::init(10), cl::cat(category),
                           cl::desc("failures to make smaller")};
  cl::opt<std::string> failures{"failures", cl::init("."), cl::cat(category),
                                cl::desc("folder for failing programs")};
  cl::opt<bool> counts{"counts", cl::cat(category),
                       cl::desc("print numbers by op and mesh")};
  cl::opt<std::string> replay{"replay", cl::value_desc("FILE.mlir"),
                              cl::cat(category),
                              cl::desc("check the functions of a file")};
  cl::opt<bool> compiled{"compiled", cl::cat(category),
                         cl::desc("with --replay: also as generated code")};
};

} // namespace

static int fail(const llvm::Twine &message) {
  llvm::errs() << "error: " << message << "\n";
  return 1;
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  Options options;
  cl::HideUnrelatedOptions(category);
  cl::ParseCommandLineOptions(argc, argv, "random programs through dtc\n");
  dtc::fuzz::CampaignOptions campaign;
  auto [least, most] = llvm::StringRef(options.ops).split('-');
  if (least.getAsInteger(10, campaign.leastOps) ||
      (most.empty() ? least : most).getAsInteger(10, campaign.mostOps) ||
      campaign.leastOps < 1 || campaign.mostOps < campaign.leastOps)
    return fail("expected '--ops' of the form 5-30, got '" + options.ops + "'");
  if (options.jobs < 1 || options.jobs > 64)
    return fail("expected '--jobs' from 1 to 64, got " +
                llvm::Twine(options.jobs));
  if (options.count < 1)
    return fail("expected '--count' of 1 or more, got " +
                llvm::Twine(options.count));
  if (!(options.compiledShare >= 0 && options.compiledShare <= 1))
    return fail("expected '--compiled-share' from 0 to 1");
  campaign.seed = options.seed;
  campaign.count = options.count;
  campaign.seconds = options.seconds;
  campaign.compiledShare = options.compiledShare;
  if (options.compiled)
    campaign.compiledShare = 1;
  campaign.jobs = options.jobs;
  campaign.shrinks = options.shrinks;
  campaign.failures = options.failures;
  campaign.printCounts = options.counts;
  std::string self = llvm::sys::fs::getMainExecutable(
      argv[0], reinterpret_cast<void *>(&main));
  campaign.tools = llvm::sys::path::parent_path(self).str();
  if (!options.replay.empty())
    return dtc::fuzz::replay(options.replay, campaign);
  return dtc::fuzz::runCampaign(campaign);
}
