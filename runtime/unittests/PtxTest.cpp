//===- PtxTest.cpp - The PTX emulator -------------------------------------===//

#include "../lib/Emulator/Executor.h"
#include <cstring>
#include <gtest/gtest.h>

using namespace dtc::ptx;

namespace {

constexpr char header[] = ".version 7.8\n.target sm_90\n.address_size 64\n";

/// One kernel that gets one pointer, `%data`, with a thread's number in `%t`.
std::string kernelText(const std::string &body,
                       const std::string &before = "") {
  return header + before +
         ".visible .entry kernel0(.param .u64 .ptr .global .align 16 p)\n{\n"
         ".reg .b64 %data, %at, %wide;\n.reg .b32 %t, %a, %b, %c;\n"
         ".reg .pred %p;\n"
         "ld.param.b64 %data, [p];\nmov.u32 %t, %tid.x;\n"
         "mul.wide.u32 %wide, %t, 4;\nadd.s64 %at, %data, %wide;\n" +
         body + "ret;\n}\n";
}

/// Runs one block over `data`; the error's message, or nothing.
std::string run(const std::string &text, std::vector<uint32_t> &data,
                uint32_t threads) {
  auto module = parseModule(text);
  if (!module)
    return module.error().message;
  DeviceMemory memory;
  void *copy = memory.allocate(data.size() * 4);
  std::memcpy(copy, data.data(), data.size() * 4);
  Launch launch;
  launch.module = module->get();
  launch.kernel = (*module)->find("kernel0");
  launch.threads = threads;
  launch.parameters.resize(8);
  std::memcpy(launch.parameters.data(), &copy, 8);
  auto status = execute(launch, memory);
  std::memcpy(data.data(), copy, data.size() * 4);
  return status ? "" : status.error().message;
}

TEST(Ptx, EachThreadComputesItsElement) {
  std::vector<uint32_t> data(32, 5);
  EXPECT_EQ(
      run(kernelText("ld.global.b32 %a, [%at];\nmad.lo.s32 %b, %a, %t, 1;\n"
                     "st.global.b32 [%at], %b;\n"),
          data, 32),
      "");
  EXPECT_EQ(data[0], 1u);
  EXPECT_EQ(data[31], 156u);
}

TEST(Ptx, ShufflesExchangeAmongTheThreadsOfAWarp) {
  std::vector<uint32_t> data(32, 0);
  EXPECT_EQ(run(kernelText("shfl.sync.bfly.b32 %a, %t, 1, 31, -1;\n"
                           "shfl.sync.up.b32 %b, %t, 1, 0, -1;\n"
                           "shl.b32 %b, %b, 8;\nor.b32 %a, %a, %b;\n"
                           "st.global.b32 [%at], %a;\n"),
                data, 32),
            "");
  EXPECT_EQ(data[0], 1u | 0u << 8);
  EXPECT_EQ(data[5], 4u | 4u << 8);
}

TEST(Ptx, BarriersOrderSharedMemory) {
  std::vector<uint32_t> data(64, 0);
  EXPECT_EQ(
      run(kernelText("mov.b32 %a, row;\nmad.lo.s32 %b, %t, 4, %a;\n"
                     "st.shared.b32 [%b], %t;\nbar.sync 0;\n"
                     "sub.s32 %c, 63, %t;\nmad.lo.s32 %b, %c, 4, %a;\n"
                     "ld.shared.b32 %c, [%b];\nst.global.b32 [%at], %c;\n",
                     ".shared .align 4 .b8 row[256];\n"),
          data, 64),
      "");
  EXPECT_EQ(data[0], 63u);
  EXPECT_EQ(data[63], 0u);
}

TEST(Ptx, CarriesGoFromOneSumToTheNext) {
  // 0xffffffff * 0xffffffff + 0xffffffff, in two words; then 2^32 - 1 + 1.
  std::vector<uint32_t> data(4, 0);
  EXPECT_EQ(run(kernelText("mad.lo.cc.u32 %a, 0xffffffff, 0xffffffff, "
                           "0xffffffff;\n"
                           "madc.hi.u32 %b, 0xffffffff, 0xffffffff, 0;\n"
                           "st.global.b32 [%data], %a;\n"
                           "st.global.b32 [%data+4], %b;\n"
                           "add.cc.u32 %a, 0xffffffff, 1;\n"
                           "addc.u32 %b, 5, 6;\n"
                           "st.global.b32 [%data+8], %a;\n"
                           "st.global.b32 [%data+12], %b;\n"),
                data, 1),
            "");
  EXPECT_EQ(data, (std::vector<uint32_t>{0, 0xffffffff, 0, 12}));
}

TEST(Ptx, FloatsRoundAsTheInstructionSays) {
  std::vector<uint32_t> data(32, 0);
  EXPECT_EQ(
      run(kernelText("fma.rn.f32 %a, 0f3F800001, 0f3F800001, 0f00000000;\n"
                     "cvt.rzi.s32.f32 %b, 0fC0200000;\n"
                     "@%p bra $skip;\nadd.s32 %a, %a, %b;\n$skip:\n"
                     "st.global.b32 [%at], %a;\n"),
          data, 32),
      "");
  EXPECT_EQ(data[0], 0x3f800002u - 2u);
}

TEST(Ptx, MemoryThatNobodyAllocatedIsAnError) {
  std::vector<uint32_t> data(32, 0);
  std::string message =
      run(kernelText("st.global.b32 [%at+4], %t;\n"), data, 32);
  EXPECT_NE(message.find("thread 31: memory that nobody allocated"),
            message.npos)
      << message;
}

TEST(Ptx, AnUnalignedVectorIsAnError) {
  std::vector<uint32_t> data(64, 0);
  std::string message =
      run(kernelText("st.global.v4.b32 [%at], {%t, %t, %t, %t};\n"), data, 32);
  EXPECT_NE(message.find("16 bytes that is not aligned"), message.npos)
      << message;
}

TEST(Ptx, AShuffleThatSomeThreadsMissIsAnError) {
  std::vector<uint32_t> data(32, 0);
  std::string message =
      run(kernelText("setp.eq.b32 %p, %t, 3;\n@%p bra $end;\n"
                     "shfl.sync.idx.b32 %a, %t, 0, 31, -1;\n$end:\n"),
          data, 32);
  EXPECT_NE(message.find("waits for threads that never come"), message.npos)
      << message;
}

TEST(Ptx, AVoteGathersPredicates) {
  std::vector<uint32_t> data(32, 0);
  EXPECT_EQ(run(kernelText("and.b32 %a, %t, 3;\nsetp.eq.b32 %p, %a, 1;\n"
                           "vote.sync.ballot.b32 %b, %p, -1;\n"
                           "st.global.b32 [%at], %b;\n"),
                data, 32),
            "");
  EXPECT_EQ(data, std::vector<uint32_t>(32, 0x22222222));
}

/// Each thread writes its word of shared memory and reads its neighbour's.
std::string neighboursText(const std::string &between) {
  return kernelText(".shared .align 16 .b8 row[256];\n"
                    "mov.b64 %wide, row;\nmul.lo.u32 %a, %t, 4;\n"
                    "cvt.u64.u32 %data, %a;\nadd.s64 %wide, %wide, %data;\n"
                    "st.shared.b32 [%wide], %t;\n" +
                    between +
                    "xor.b32 %a, %a, 4;\ncvt.u64.u32 %data, %a;\n"
                    "mov.b64 %wide, row;\nadd.s64 %wide, %wide, %data;\n"
                    "ld.shared.b32 %b, [%wide];\nst.global.b32 [%at], %b;\n");
}

TEST(Ptx, SharedMemoryWithoutABarrierIsAnError) {
  std::vector<uint32_t> data(64, 0);
  EXPECT_EQ(run(neighboursText("bar.sync 0;\n"), data, 64), "");
  EXPECT_EQ(data[62], 63u);
  std::string message = run(neighboursText(""), data, 64);
  EXPECT_NE(message.find("shared memory"), message.npos) << message;
  message = run(neighboursText("@%p bra $on;\nbar.sync 0;\n$on:\n"
                               "add.s64 %wide, %wide, 128;\n"
                               "st.shared.b32 [%wide], %t;\n"),
                data, 32);
  EXPECT_EQ(message, "");
}

TEST(Ptx, SharedMemoryThatNobodyWroteIsAnError) {
  std::vector<uint32_t> data(32, 0);
  std::string message =
      run(kernelText(".shared .align 16 .b8 row[256];\n"
                     "ld.shared.b32 %a, [row];\nst.global.b32 [%at], %a;\n"),
          data, 32);
  EXPECT_NE(message.find("shared memory that nobody wrote"), message.npos)
      << message;
}

TEST(Ptx, UnknownInstructionsAreNamedWithTheirLine) {
  std::vector<uint32_t> data(32, 0);
  std::string message =
      run(kernelText("wgmma.fence.sync.aligned;\n"), data, 32);
  EXPECT_NE(message.find("line "), message.npos) << message;
  EXPECT_NE(message.find("'wgmma.fence.sync.aligned' is not known"),
            message.npos)
      << message;
}

TEST(Ptx, LaunchesMustHaveTheThreadsThatTheKernelWants) {
  std::vector<uint32_t> data(32, 0);
  std::string text = kernelText("");
  text.replace(text.find(")\n{"), 1, ")\n.reqntid 64");
  EXPECT_EQ(run(text, data, 32), "'kernel0' wants 64 threads a block, got 32");
}

} // namespace
