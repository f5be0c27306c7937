//===- StreamsTest.cpp - The emulated GPU's streams and graphs ------------===//

#include "../lib/Emulator/Streams.h"
#include <gtest/gtest.h>
#include <string>

using namespace dtc::emulated;

namespace {

/// Streams whose operations write letters.
struct Letters {
  std::string text;

  void put(Stream &stream, const std::string &letters) {
    stream.add({[this, letters] {
                  text += letters;
                  return kSuccess;
                },
                nullptr, nullptr});
  }
};

TEST(Streams, NothingRunsBeforeSomebodyWaits) {
  Letters letters;
  Stream one, two;
  letters.put(one, "a");
  letters.put(two, "b");
  EXPECT_EQ(letters.text, "");
  EXPECT_EQ(two.synchronize(), kSuccess);
  EXPECT_EQ(letters.text, "b");
  EXPECT_EQ(one.synchronize(), kSuccess);
  EXPECT_EQ(letters.text, "ba");
}

TEST(Streams, AnEventBringsWhatIsBeforeItAndNoMore) {
  Letters letters;
  Stream one, two;
  Event event;
  letters.put(one, "a");
  one.record(event);
  letters.put(one, "late");
  EXPECT_EQ(two.waitFor(event), kSuccess);
  letters.put(two, "b");
  EXPECT_EQ(two.synchronize(), kSuccess);
  EXPECT_EQ(letters.text, "ab");
}

TEST(Streams, AnErrorStays) {
  Stream stream;
  stream.add({[] { return 719; }, nullptr, nullptr});
  EXPECT_EQ(stream.synchronize(), 719);
  EXPECT_EQ(stream.synchronize(), 719);
}

TEST(Streams, AGraphRunsWhatWasCapturedEachTime) {
  Letters letters;
  Stream one, two;
  Event ready, done;
  one.beginCapture();
  EXPECT_TRUE(isAnyCapturing());
  EXPECT_EQ(one.synchronize(), kCaptureUnsupported);
  letters.put(one, "a");
  one.record(ready);
  EXPECT_EQ(two.waitFor(ready), kSuccess);
  letters.put(two, "x");
  two.record(done);
  letters.put(one, "b");
  EXPECT_EQ(one.waitFor(done), kSuccess);
  letters.put(one, "c");
  Code code;
  std::unique_ptr<Graph> graph(one.endCapture(code));
  ASSERT_EQ(code, kSuccess);
  EXPECT_FALSE(isAnyCapturing());
  EXPECT_EQ(letters.text, "");
  one.launch(*graph);
  one.launch(*graph);
  EXPECT_EQ(one.synchronize(), kSuccess);
  EXPECT_EQ(letters.text, "abxcabxc");
  letters.put(two, "free");
  EXPECT_EQ(two.synchronize(), kSuccess);
}

TEST(Streams, AStreamThatIsNotJoinedMakesNoGraph) {
  Letters letters;
  Stream one, two;
  Event ready;
  one.beginCapture();
  one.record(ready);
  EXPECT_EQ(two.waitFor(ready), kSuccess);
  letters.put(two, "x");
  Code code;
  EXPECT_EQ(one.endCapture(code), nullptr);
  EXPECT_EQ(code, kCaptureUnjoined);
}

TEST(Streams, TimesAreTakenInGraphsToo) {
  Stream stream;
  Event timer;
  stream.beginCapture();
  stream.recordExternally(timer);
  Code code;
  std::unique_ptr<Graph> graph(stream.endCapture(code));
  ASSERT_NE(graph, nullptr);
  EXPECT_EQ(timer.mark, nullptr);
  stream.launch(*graph);
  EXPECT_EQ(stream.synchronize(), kSuccess);
  ASSERT_NE(timer.mark, nullptr);
  EXPECT_TRUE(timer.mark->isSet);
}

} // namespace
