#include <gtest/gtest.h>

#include "ops/testing.h"

namespace embark {
namespace {

using Ints = std::vector<int64_t>;

OpCase pool(std::string op, Shape input, Ints kernel, Ints strides, Ints padding = {0, 0, 0, 0}) {
    return {std::move(op),
            std::move(input),
            {},
            {{"kernel", kernel}, {"strides", strides}, {"padding", padding}}};
}

TEST(PoolInferShape, DropsWhatDoesNotFillAWindow) {
    EXPECT_EQ(pool("max_pool2d", {1, 5, 7, 3}, {2, 2}, {2, 2}).inferred(), "[1,2,3,3]");
    EXPECT_EQ(pool("average_pool2d", {1, 5, 5, 1}, {3, 3}, {1, 2}).inferred(), "[1,3,2,1]");
    EXPECT_EQ(pool("max_pool2d", {1, 5, 5, 1}, {2, 2}, {2, 2}, {0, 1, 0, 1}).inferred(),
              "[1,3,3,1]");
}

TEST(PoolInferShape, ExplainsBadAttributes) {
    EXPECT_EQ((OpCase{"max_pool2d", {1, 4, 4, 1}, {}}).inferred(),
              "attribute kernel is missing, expected [h,w]");
    EXPECT_EQ(pool("max_pool2d", {1, 4, 4, 1}, {2, 2}, {2, 2}, {2, 0, 0, 0}).inferred(),
              "padding is [2,0,0,0], expected less than the kernel 2x2");
    EXPECT_EQ(pool("max_pool2d", {1, 1, 4, 1}, {2, 2}, {2, 2}).inferred(),
              "window of 2x2 is larger than the padded input of 1x4");
}

TEST(PoolEvaluate, MaximumOfNegativesIgnoresPadding) {
    const OpCase test = pool("max_pool2d", {1, 2, 3, 1}, {2, 2}, {2, 2}, {1, 1, 0, 1});
    EXPECT_EQ(test.run({-1, -2, -3, -4, -5, -6}), (std::vector<float>{-1, -3, -4, -6}));
}

TEST(PoolEvaluate, AverageLeavesPaddingOut) {
    const OpCase test = pool("average_pool2d", {1, 2, 3, 1}, {2, 2}, {2, 2}, {1, 1, 0, 1});
    EXPECT_EQ(test.run({1, 2, 3, 4, 5, 6}), (std::vector<float>{1.5f, 3, 4.5f, 6}));
}

TEST(PoolEvaluate, KeepsChannelsApart) {
    const OpCase test = pool("max_pool2d", {1, 2, 2, 2}, {2, 2}, {2, 2});
    EXPECT_EQ(test.run({1, 8, 2, 7, 3, 6, 4, 5}), (std::vector<float>{4, 8}));
}

TEST(PoolMacc, IsKernelVolumePerOutput) {
    EXPECT_EQ(pool("max_pool2d", {1, 32, 32, 32}, {2, 2}, {2, 2}).macc(), 32768);
    EXPECT_EQ((OpCase{"global_average_pool", {1, 5, 5, 4}, {}}).macc(), 100);
}

TEST(GlobalPool, ReducesRowsAndColumns) {
    OpCase test{"global_average_pool", {1, 2, 2, 2}, {}};
    EXPECT_EQ(test.inferred(), "[1,2]");
    EXPECT_EQ(test.run({1, 10, 2, 20, 3, 30, 6, 60}), (std::vector<float>{3, 30}));
    test.op = "global_max_pool";
    EXPECT_EQ(test.run({-1, 10, -2, 80, -3, 30, -6, 60}), (std::vector<float>{-1, 80}));
    test.attributes = {{"keep_dims", int64_t{1}}};
    EXPECT_EQ(test.inferred(), "[1,1,1,2]");
    EXPECT_EQ((OpCase{"global_max_pool", {1, 2}, {}}).inferred(),
              "input 0 has shape [1,2] of rank 2, expected rank 4 (NHWC)");
}

}  // namespace
}  // namespace embark
