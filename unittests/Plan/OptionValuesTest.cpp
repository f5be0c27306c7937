//===- OptionValuesTest.cpp - Values of --mesh, --dim, --input-shape ------===//

#include "dtc/Plan/OptionValues.h"

#include "gtest/gtest.h"

using namespace dtc;
using namespace dtc::plan;

namespace {

template <typename T> std::string error(llvm::Expected<T> value) {
  return value ? "" : llvm::toString(value.takeError());
}

TEST(MeshOption, axes_keep_their_order) {
  Mesh mesh = llvm::cantFail(parseMeshOption("dp=2, tp=4"));
  ASSERT_EQ(mesh.axes.size(), 2u);
  EXPECT_EQ(mesh.axes[0], (MeshAxis{"dp", 2}));
  EXPECT_EQ(mesh.axes[1], (MeshAxis{"tp", 4}));
  EXPECT_EQ(llvm::cantFail(parseMeshOption("tp=65536")).axes[0].size, 65536);
}

TEST(MeshOption, every_error_says_what_was_expected) {
  std::string form = "expected NAME=SIZE[,NAME=SIZE…], as in 'dp=2,tp=2', got ";
  EXPECT_EQ(error(parseMeshOption("")), form + "''");
  EXPECT_EQ(error(parseMeshOption("tp")), form + "'tp'");
  EXPECT_EQ(error(parseMeshOption("tp=2,")), form + "''");
  EXPECT_EQ(error(parseMeshOption("=2")),
            "expected a mesh axis name of letters, digits and '_', got ''");
  EXPECT_EQ(error(parseMeshOption("t-p=2")),
            "expected a mesh axis name of letters, digits and '_', got 't-p'");
  EXPECT_EQ(error(parseMeshOption("tp=two")),
            "expected an integer size for mesh axis 'tp', got 'two'");
  EXPECT_EQ(error(parseMeshOption("tp=")),
            "expected an integer size for mesh axis 'tp', got ''");
  EXPECT_EQ(error(parseMeshOption("tp=0")),
            "expected a size of at least 1 for mesh axis 'tp', got 0");
  EXPECT_EQ(error(parseMeshOption("tp=-3")),
            "expected a size of at least 1 for mesh axis 'tp', got -3");
  EXPECT_EQ(error(parseMeshOption("tp=2,tp=2")),
            "mesh axis 'tp' is given twice");
  EXPECT_EQ(error(parseMeshOption("a=256,b=256,c=2")),
            "expected at most 65536 ranks in a mesh, got more with axis 'c' of "
            "size 2");
  EXPECT_EQ(error(parseMeshOption("a=2,b=2,c=2,d=2,e=2,f=2,one=1,g=2")),
            "expected at most 6 mesh axes of 2 ranks or more, and 32 in all, "
            "got more with axis 'g'");
  EXPECT_EQ(error(parseMeshOption("tp=99999999999999999999")),
            "expected at most 65536 ranks in a mesh, got axis 'tp' of size "
            "'99999999999999999999'");
}

TEST(DimOption, the_last_equals_sign_separates) {
  DimBinding dim = llvm::cantFail(parseDimOption("a=b=8"));
  EXPECT_EQ(dim.name, "a=b");
  EXPECT_EQ(dim.value, 8);
  EXPECT_EQ(llvm::cantFail(parseDimOption("n=0")).value, 0);
}

TEST(DimOption, every_error_says_what_was_expected) {
  EXPECT_EQ(error(parseDimOption("batch")),
            "expected NAME=VALUE, as in 'batch=8', got 'batch'");
  EXPECT_EQ(error(parseDimOption("=8")),
            "expected NAME=VALUE, as in 'batch=8', got '=8'");
  for (const char *bad : {"-1", "", "+1", "1.5", "9223372036854775808"})
    EXPECT_EQ(error(parseDimOption("n=" + std::string(bad))),
              "expected an integer of at least 0 for dimension 'n', got '" +
                  std::string(bad) + "'");
}

TEST(InputShapeOption, dimensions_are_separated_by_x) {
  ShapeBinding binding = llvm::cantFail(parseInputShapeOption("input.x=2x128"));
  EXPECT_EQ(binding.name, "input.x");
  EXPECT_EQ(binding.shape, (llvm::SmallVector<int64_t, 4>{2, 128}));
  EXPECT_EQ(llvm::cantFail(parseInputShapeOption("x=7")).shape.size(), 1u);
}

TEST(InputShapeOption, every_error_says_what_was_expected) {
  EXPECT_EQ(error(parseInputShapeOption("2x128")),
            "expected NAME=SHAPE, as in 'x=2x128', got '2x128'");
  for (const char *bad : {"", "2x", "x2", "2X3", "2x-1"})
    EXPECT_EQ(error(parseInputShapeOption("i=" + std::string(bad))),
              "expected dimensions as in '2x128' for input 'i', got '" +
                  std::string(bad) + "'");
  EXPECT_EQ(error(parseInputShapeOption("i=4294967296x4294967296")),
            "expected fewer than 2^63 elements for input 'i', got "
            "'4294967296x4294967296'");
  EXPECT_EQ(error(parseInputShapeOption("i=0x4294967296x4294967296")),
            "expected fewer than 2^63 elements for input 'i', got "
            "'0x4294967296x4294967296'");
}

} // namespace
