//===- ArrayFileTest.cpp - npz and safetensors files ----------------------===//
//
// Round trips of every type, and every way in which a file may be wrong.
//===----------------------------------------------------------------------===//

#include "dtc/runtime/ArrayFile.h"
#include "dtc/runtime/Checksum.h"
#include "dtc/runtime/ElementType.h"
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <unistd.h>
#include <zip.h>

using namespace dtc::runtime;
namespace fs = std::filesystem;

namespace {

/// A folder of its own for every test.
class ArrayFileTest : public testing::Test {
protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "/dtc-io-XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder = name;
  }
  void TearDown() override { fs::remove_all(folder); }
  std::string at(const std::string &name) const { return folder + "/" + name; }

  /// Writes `bytes` as they are.
  std::string put(const std::string &name, const std::string &bytes) const {
    std::ofstream(at(name), std::ios::binary) << bytes;
    return at(name);
  }

  /// An archive with one member of these bytes.
  std::string putZip(const std::string &member, const std::string &bytes,
                     zip_int32_t method = ZIP_CM_DEFLATE) const {
    int code = 0;
    zip_t *archive =
        zip_open(at("in.npz").c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code);
    zip_source_t *source =
        zip_source_buffer(archive, bytes.data(), bytes.size(), 0);
    zip_int64_t index =
        zip_file_add(archive, member.c_str(), source, ZIP_FL_ENC_UTF_8);
    zip_set_file_compression(archive, static_cast<zip_uint64_t>(index), method,
                             0);
    EXPECT_EQ(zip_close(archive), 0);
    return at("in.npz");
  }

  std::string folder;
};

ArraySource source(const std::string &name, int32_t dtype,
                   std::vector<int64_t> shape, std::string bytes) {
  return {name, dtype, std::move(shape), [bytes](char *to) -> Status {
            std::memcpy(to, bytes.data(), bytes.size());
            return Done{};
          }};
}

std::string countingBytes(size_t count) {
  std::string bytes(count, '\0');
  for (size_t i = 0; i < count; ++i)
    bytes[i] = static_cast<char>(i * 7 + 1);
  return bytes;
}

/// The message with which a file is refused.
template <typename T> std::string refusal(const Result<T> &result) {
  return result ? "accepted" : result.error().message;
}

std::string npy(const std::string &header, const std::string &data) {
  std::string text = header + "\n";
  std::string bytes("\x93NUMPY\x01\x00", 8);
  bytes += static_cast<char>(text.size() & 0xff);
  bytes += static_cast<char>(text.size() >> 8);
  return bytes + text + data;
}

std::string floatHeader(const std::string &shape) {
  return "{'descr': '<f4', 'fortran_order': False, 'shape': " + shape + ", }";
}

std::string tensors(const std::string &header, const std::string &data) {
  uint64_t length = header.size();
  return std::string(reinterpret_cast<char *>(&length), 8) + header + data;
}

#define EXPECT_REFUSED(opened, text)                                           \
  EXPECT_NE(refusal(opened).find(text), std::string::npos) << refusal(opened)

TEST_F(ArrayFileTest, npz_keeps_every_type_and_shape) {
  std::vector<ArraySource> arrays;
  for (int32_t dtype = 0; dtype <= DTC_F64; ++dtype)
    if (dtype != DTC_BF16)
      arrays.push_back(source(std::string("a.") + elementName(dtype), dtype,
                              {2, 3},
                              countingBytes(6 * size_t(elementSize(dtype)))));
  arrays.push_back(source("scalar", DTC_F32, {}, "abcd"));
  arrays.push_back(source("empty", DTC_I64, {3, 0}, ""));
  auto out = OutputFile::create(at("x.npz"));
  ASSERT_TRUE(bool(out));
  ASSERT_TRUE(bool(writeNpz(*out, arrays)));
  EXPECT_FALSE(fs::exists(at("x.npz"))) << "appears only when committed";
  ASSERT_TRUE(bool(out->commit()));
  auto file = openArrays(at("x.npz"));
  ASSERT_TRUE(bool(file)) << refusal(file);
  ASSERT_EQ((*file)->arrays().size(), arrays.size());
  for (const ArraySource &array : arrays) {
    const ArrayInfo *info = (*file)->find(array.name);
    ASSERT_NE(info, nullptr);
    EXPECT_EQ(info->dtype, array.dtype);
    EXPECT_EQ(info->shape, array.shape);
    std::string expected(size_t(info->bytes), 'x'), found = expected;
    ASSERT_TRUE(bool(array.fill(expected.data())));
    ASSERT_TRUE(bool((*file)->read(*info, found.data())));
    EXPECT_EQ(found, expected);
  }
}

TEST_F(ArrayFileTest, npz_writes_bf16_as_f32) {
  uint16_t value = bf16FromFloat(1.5f);
  auto out = OutputFile::create(at("x.npz"));
  ASSERT_TRUE(bool(writeNpz(
      *out, {source("b", DTC_BF16, {1},
                    std::string(reinterpret_cast<char *>(&value), 2))})));
  ASSERT_TRUE(bool(out->commit()));
  auto file = openNpz(at("x.npz"));
  ASSERT_TRUE(bool(file));
  float read = 0;
  EXPECT_EQ((*file)->arrays()[0].dtype, DTC_F32);
  ASSERT_TRUE(bool((*file)->read((*file)->arrays()[0], &read)));
  EXPECT_EQ(read, 1.5f);
}

TEST_F(ArrayFileTest, npz_reads_deflated_members) {
  std::string values(4000, '\0');
  auto file = openNpz(putZip("x.npy", npy(floatHeader("(10, 100)"), values)));
  ASSERT_TRUE(bool(file)) << refusal(file);
  std::string read(4000, 'x');
  ASSERT_TRUE(bool((*file)->read((*file)->arrays()[0], read.data())));
  EXPECT_EQ(read, values);
}

TEST_F(ArrayFileTest, parts_are_read_in_any_order) {
  std::string bytes = countingBytes(3 * 70000);
  for (bool deflated : {false, true}) {
    std::string member = npy("{'descr': '|u1', 'fortran_order': False, "
                             "'shape': (3, 70000), }",
                             bytes);
    auto file = openNpz(
        putZip("x.npy", member, deflated ? ZIP_CM_DEFLATE : ZIP_CM_STORE));
    ASSERT_TRUE(file) << file.error().message;
    const ArrayInfo &info = *(*file)->find("x");
    for (int64_t part : {0, 1, 2, 0, 2, 1}) {
      std::string read(70000, '\0');
      auto status = (*file)->readRange(info, part * 70000, 70000, read.data());
      ASSERT_TRUE(status) << status.error().message;
      EXPECT_EQ(read, bytes.substr(size_t(part) * 70000, 70000));
    }
  }
}

TEST_F(ArrayFileTest, npz_refuses_headers_that_lie) {
  std::string four(16, 'x');
  EXPECT_REFUSED(openNpz(putZip("x.npy", npy(floatHeader("(5,)"), four))),
                 "array 'x': shape [5] of f32 does not fit");
  EXPECT_REFUSED(
      openNpz(putZip("x.npy",
                     npy(floatHeader("(4294967296, 4294967296, 4)"), four))),
      "does not fit");
  EXPECT_REFUSED(
      openNpz(
          putZip("x.npy", npy(floatHeader("(99999999999999999999,)"), four))),
      "malformed");
  EXPECT_REFUSED(openNpz(putZip("x.npy", npy("{'descr': '<f4'", four))),
                 "malformed");
  EXPECT_REFUSED(openNpz(putZip("x.npy", "\x93NUM")), "bytes too early");
  EXPECT_REFUSED(openNpz(putZip("x.npy", "not a numpy file")), "magic");
  EXPECT_REFUSED(openNpz(putZip("x.txt", "text")), "<array>.npy");
  std::string huge("\x93NUMPY\x02\x00\xff\xff\xff\xff", 12);
  EXPECT_REFUSED(openNpz(putZip("x.npy", huge + four)), "at most 65536");
}

TEST_F(ArrayFileTest, npz_refuses_layouts_by_name) {
  auto open = [&](const std::string &header) {
    return openNpz(putZip("x.npy", npy(header, std::string(16, 'x'))));
  };
  EXPECT_REFUSED(
      open("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 2), }"),
      "Fortran order");
  EXPECT_REFUSED(
      open("{'descr': '>f4', 'fortran_order': False, 'shape': (2, 2), }"),
      "big-endian");
  EXPECT_REFUSED(
      open("{'descr': '|O', 'fortran_order': False, 'shape': (2,), }"),
      "Python objects");
  EXPECT_REFUSED(
      open("{'descr': '<c8', 'fortran_order': False, 'shape': (2,), }"),
      "'<c8' is not supported");
  EXPECT_REFUSED(open("{'descr': [('a', '<f4')], 'fortran_order': False, "
                      "'shape': (4,), }"),
                 "structure");
}

TEST_F(ArrayFileTest, npz_refuses_damaged_archives) {
  std::string path = putZip(
      "x.npy", npy(floatHeader("(4,)"), "0123456789abcdef"), ZIP_CM_STORE);
  std::ifstream in(path, std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(in)), {});
  EXPECT_REFUSED(openNpz(put("cut.npz", bytes.substr(0, bytes.size() - 9))),
                 "expected an npz archive");
  EXPECT_REFUSED(openNpz(put("empty.npz", "")), "empty file");
  bytes[bytes.find("0123")] ^= 1;
  auto damaged = openNpz(put("damaged.npz", bytes));
  ASSERT_TRUE(bool(damaged));
  char values[16];
  EXPECT_REFUSED((*damaged)->read((*damaged)->arrays()[0], values), "CRC");
}

TEST_F(ArrayFileTest, safetensors_round_trip_is_aligned_and_checked) {
  std::vector<ArraySource> arrays = {
      source("odd", DTC_U8, {3}, "abc"),
      source("bf", DTC_BF16, {32}, countingBytes(64)),
      source("w", DTC_F32, {16, 2}, countingBytes(128)),
      source("none", DTC_F32, {0}, "")};
  auto out = OutputFile::create(at("w.safetensors"));
  ASSERT_TRUE(bool(writeSafetensors(*out, arrays, {{"model", "m"}})));
  ASSERT_TRUE(bool(out->commit()));
  auto file = SafetensorsFile::open(*openBeneath(folder, "w.safetensors"));
  ASSERT_TRUE(bool(file)) << refusal(file);
  EXPECT_EQ((*file)->metadata().at("model"), "m");
  for (const ArraySource &array : arrays) {
    const ArrayInfo *info = (*file)->find(array.name);
    ASSERT_NE(info, nullptr);
    EXPECT_EQ(info->dtype, array.dtype);
    std::string expected(size_t(info->bytes), 'x');
    ASSERT_TRUE(bool(array.fill(expected.data())));
    EXPECT_EQ(std::string((*file)->data(*info), size_t(info->bytes)), expected);
    EXPECT_TRUE(bool((*file)->verify(*info)));
  }
  EXPECT_EQ(
      reinterpret_cast<uintptr_t>((*file)->data(*(*file)->find("w"))) % 64, 0u);
}

TEST_F(ArrayFileTest, safetensors_notices_a_flipped_bit) {
  auto out = OutputFile::create(at("w"));
  ASSERT_TRUE(bool(writeSafetensors(
      *out, {source("w", DTC_F32, {32}, countingBytes(128))}, {})));
  ASSERT_TRUE(bool(out->commit()));
  std::ifstream in(at("w"), std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(in)), {});
  bytes.back() ^= 0x40;
  auto file = SafetensorsFile::open(*openInput(put("damaged", bytes)));
  ASSERT_TRUE(bool(file));
  EXPECT_REFUSED((*file)->verify((*file)->arrays()[0]),
                 "tensor 'w' is damaged");
}

TEST_F(ArrayFileTest, safetensors_refuses_headers_that_lie) {
  auto open = [&](const std::string &bytes) {
    return SafetensorsFile::open(*openInput(put("w", bytes)));
  };
  auto one = [](const std::string &entry) {
    return tensors("{\"w\":" + entry + "}", std::string(8, 'x'));
  };
  EXPECT_REFUSED(open("short"), "got 5 bytes");
  EXPECT_REFUSED(open(""), "got 0 bytes");
  EXPECT_REFUSED(open(std::string(8, '\xff')),
                 "length of 18446744073709551615");
  EXPECT_REFUSED(open(tensors("{", "")), "no JSON object");
  EXPECT_REFUSED(open(tensors("[]", "")), "no JSON object");
  EXPECT_REFUSED(open(one("{\"dtype\":\"F32\",\"shape\":[3],"
                          "\"data_offsets\":[0,8]}")),
                 "shape [3] of f32 does not fit");
  EXPECT_REFUSED(open(one("{\"dtype\":\"F32\",\"shape\":[4],"
                          "\"data_offsets\":[0,16]}")),
                 "cut short");
  EXPECT_REFUSED(open(one("{\"dtype\":\"F8_E4M3\",\"shape\":[8],"
                          "\"data_offsets\":[0,8]}")),
                 "'F8_E4M3' is not supported");
  EXPECT_REFUSED(open(one("{\"dtype\":\"F32\",\"shape\":[-2],"
                          "\"data_offsets\":[0,8]}")),
                 "expected 'dtype'");
  EXPECT_REFUSED(open(one("{\"dtype\":\"F32\",\"shape\":[1],"
                          "\"data_offsets\":[0,4]}")),
                 "expected 4 bytes of tensors, got 8");
  EXPECT_REFUSED(open(one("{\"dtype\":\"F32\",\"shape\":[1],"
                          "\"data_offsets\":[4,8]}")),
                 "there is a hole");
  EXPECT_REFUSED(open(tensors("{\"a\":{\"dtype\":\"U8\",\"shape\":[4],"
                              "\"data_offsets\":[0,4]},\"b\":{\"dtype\":\"U8\","
                              "\"shape\":[4],\"data_offsets\":[2,6]}}",
                              "123456")),
                 "overlaps");
  EXPECT_REFUSED(open(tensors("{\"w\":1,\"w\":2}", "")), "names 'w' twice");
  EXPECT_REFUSED(open(tensors("{\"w\":" + std::string(100000, '[') +
                                  std::string(100000, ']') + "}",
                              "")),
                 "nested too deep");
}

TEST_F(ArrayFileTest, headers_of_many_tensors_are_read_in_linear_time) {
  std::string header = "{";
  for (int i = 0; i < 100000; ++i)
    header += (i ? ",\"" : "\"") + std::to_string(i) +
              "\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}";
  std::clock_t begin = std::clock();
  auto file =
      SafetensorsFile::open(*openInput(put("many", tensors(header + "}", ""))));
  ASSERT_TRUE(bool(file));
  EXPECT_EQ((*file)->arrays().size(), 100000u);
  EXPECT_LT(std::clock() - begin, 20 * CLOCKS_PER_SEC);
}

TEST_F(ArrayFileTest, members_are_opened_beneath_the_folder_only) {
  put("weights", "x");
  fs::create_symlink(at("weights"), at("link"));
  fs::create_directory(at("sub"));
  ASSERT_EQ(mkfifo(at("pipe").c_str(), 0600), 0);
  EXPECT_TRUE(bool(openBeneath(folder, "weights")));
  EXPECT_REFUSED(openBeneath(folder, "link"), "symbolic link");
  EXPECT_REFUSED(openBeneath(folder + "/sub", "../weights"), "'");
  EXPECT_REFUSED(openBeneath(folder, "/etc/passwd"), "'");
  EXPECT_REFUSED(openBeneath(folder, "sub"), "regular file");
  EXPECT_REFUSED(openBeneath(folder, "pipe"), "regular file");
  EXPECT_TRUE(bool(openInput(at("link")))) << "a user may name a link";
}

TEST_F(ArrayFileTest, an_output_leaves_nothing_unless_committed) {
  put("old", "before");
  {
    auto out = OutputFile::create(at("old"));
    ASSERT_TRUE(bool(out));
    ASSERT_TRUE(bool(out->write("after", 5)));
  }
  std::string text;
  std::ifstream(at("old")) >> text;
  EXPECT_EQ(text, "before");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder), {}), 1);
  auto out = OutputFile::create(at("old"));
  ASSERT_TRUE(bool(out->write("after", 5)));
  ASSERT_TRUE(bool(out->commit()));
  std::ifstream(at("old")) >> text;
  EXPECT_EQ(text, "after");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder), {}), 1);
  EXPECT_REFUSED(OutputFile::create(folder), "folder");
  EXPECT_REFUSED(OutputFile::create(at("no/such")), "create");
}

TEST(ElementType, sixteen_bit_floats_round_to_nearest_even) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    float value = floatFromF16(static_cast<uint16_t>(bits));
    if (value == value) {
      EXPECT_EQ(f16FromFloat(value), bits);
      EXPECT_EQ(static_cast<float>(static_cast<_Float16>(value)), value);
    }
  }
  for (float value : {1.00048828125f, 1.00146484375f, 65519.0f, 65520.0f, 1e-8f,
                      2.98e-8f, 6.1e-5f, -3.14159f}) {
    _Float16 expected = static_cast<_Float16>(value);
    uint16_t expectedBits;
    std::memcpy(&expectedBits, &expected, 2);
    EXPECT_EQ(f16FromFloat(value), expectedBits) << value;
  }
  EXPECT_EQ(bf16FromFloat(1.00390625f), 0x3f80) << "a tie goes to even";
  EXPECT_EQ(bf16FromFloat(1.01171875f), 0x3f82) << "a tie goes to even";
}

TEST(Checksum, every_single_bit_counts) {
  std::string bytes = countingBytes(77);
  uint64_t before = checksum(bytes.data(), bytes.size());
  for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    bytes[bit / 8] ^= static_cast<char>(1 << bit % 8);
    EXPECT_NE(checksum(bytes.data(), bytes.size()), before);
    bytes[bit / 8] ^= static_cast<char>(1 << bit % 8);
  }
  EXPECT_NE(checksum("\0", 1), checksum("\0\0", 2));
}

} // namespace
