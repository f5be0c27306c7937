//===- ManifestTest.cpp - Manifests, whole and hostile --------------------===//

#include "../lib/Launcher/Manifest.h"
#include "../lib/Launcher/CommandLine.h"
#include "../lib/Launcher/Processors.h"
#include "dtc/runtime/program.h"
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

using namespace dtc::runtime;
using Json = nlohmann::json;

namespace {

Json goodManifest() {
  return {{"dtc_version", "0.1.0"},
          {"abi", DTC_PROGRAM_ABI},
          {"model", "m"},
          {"target", "cpu"},
          {"mesh", {{{"name", "tp"}, {"size", 2}}}},
          {"ranks",
           {{{"executable", "rank0"}, {"weights", "w0"}},
            {{"executable", "rank1"}}}},
          {"files",
           {{{"name", "rank0"}, {"size", 1}, {"dtc64", "0123456789abcdef"}},
            {{"name", "rank1"}, {"size", 1}, {"dtc64", "0123456789abcdef"}},
            {{"name", "w0"}, {"size", 0}, {"dtc64", "0123456789abcdef"}}}}};
}

/// The error of a manifest with the value at `pointer` replaced.
std::string errorWith(const char *pointer, const Json &value) {
  Json manifest = goodManifest();
  manifest[Json::json_pointer(pointer)] = value;
  auto parsed = parseManifest(manifest.dump());
  return parsed ? "" : parsed.error().message;
}

TEST(Manifest, a_good_one_is_read) {
  auto manifest = parseManifest(goodManifest().dump());
  ASSERT_TRUE(bool(manifest)) << manifest.error().message;
  EXPECT_EQ(manifest->ranks.size(), 2u);
  EXPECT_EQ(manifest->ranks[0].weights, "w0");
  EXPECT_EQ(manifest->ranks[1].weights, "");
  EXPECT_EQ(manifest->files[2].name, "w0");
}

TEST(Manifest, names_stay_in_the_bundle) {
  for (const char *name : {"../rank0", "/bin/sh", "", ".", "..", "a/b"}) {
    EXPECT_NE(errorWith("/ranks/0/executable", name).find("plain file name"),
              std::string::npos)
        << name;
    EXPECT_NE(errorWith("/files/0/name", name), "") << name;
    EXPECT_NE(errorWith("/ranks/0/weights", name), "") << name;
  }
  EXPECT_NE(errorWith("/ranks/0/executable", std::string("a\0b", 3)), "");
}

TEST(Manifest, numbers_are_checked) {
  EXPECT_NE(errorWith("/abi", DTC_PROGRAM_ABI + 1).find("expected"),
            std::string::npos);
  for (const Json &size : {Json(0), Json(-1), Json(3), Json(1e30), Json("2"),
                           Json(INT64_MAX), Json(UINT64_MAX), Json(nullptr)})
    EXPECT_NE(errorWith("/mesh/0/size", size), "") << size;
  EXPECT_NE(errorWith("/files/0/size", -1), "");
  EXPECT_NE(errorWith("/files/0/size", UINT64_MAX), "");
  EXPECT_NE(errorWith("/files/0/dtc64", "xyz"), "");
}

TEST(Manifest, shapes_are_checked) {
  EXPECT_NE(errorWith("/ranks", 5), "");
  EXPECT_NE(errorWith("/ranks", Json::array()), "");
  EXPECT_NE(errorWith("/files", Json::array()).find("an entry for 'rank0'"),
            std::string::npos);
  EXPECT_NE(errorWith("/files/1/name", "rank0").find("twice"),
            std::string::npos);
  for (const char *text : {"", "[]", "{", "{}", "null", "{\"abi\":{}}"})
    EXPECT_FALSE(bool(parseManifest(text))) << text;
  std::string deep(100000, '[');
  EXPECT_FALSE(bool(parseManifest(deep)));
}

TEST(Manifest, a_missing_bundle_is_an_error) {
  auto manifest = readManifest("/no/such/bundle");
  ASSERT_FALSE(bool(manifest));
  EXPECT_NE(manifest.error().message.find("is no bundle"), std::string::npos);
}

TEST(LauncherCommandLine, options_are_checked_and_passed_on) {
  auto line = parseCommandLine({"--repeat", "3", "b", "--transport=shm"});
  ASSERT_TRUE(bool(line)) << line.error().message;
  EXPECT_EQ(line->bundle, "b");
  EXPECT_EQ(line->rankArguments,
            (std::vector<std::string>{"--repeat", "3", "--transport=shm"}));
  for (const auto &arguments :
       std::vector<std::vector<std::string>>{{},
                                             {"a", "b"},
                                             {"b", "--repeat"},
                                             {"b", "--no-such-option", "3"},
                                             {"b", "--transport", "smoke"}})
    EXPECT_FALSE(bool(parseCommandLine(arguments)));
}

TEST(Processors, are_divided_evenly) {
  std::vector<int> four{2, 3, 6, 7};
  EXPECT_EQ(processorShare(four, 2, 1).processors, (std::vector<int>{6, 7}));
  EXPECT_EQ(processorShare(four, 2, 1).threads, 2);
  EXPECT_EQ(processorShare(four, 3, 2).processors, std::vector<int>{6});
  EXPECT_EQ(processorShare(four, 8, 5).processors, std::vector<int>{3});
  EXPECT_TRUE(processorShare(four, 6, 5).processors.empty());
  EXPECT_EQ(processorShare(four, 1, 0).threads, 4);
}

} // namespace
