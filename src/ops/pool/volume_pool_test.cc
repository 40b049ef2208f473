// Expected values: the reference implementation of ONNX 1.23, unless they are short enough to see.

#include <gtest/gtest.h>

#include <cmath>

#include "ops/node_testing.h"

namespace embark {
namespace {

using Ints = std::vector<int64_t>;

/// 1 … 16 as a map of one channel, less \p shift.
Operand sixteen(float shift = 0) {
    std::vector<float> x(16);
    for (size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i + 1) - shift;
    return operand({1, 4, 4, 1}, x);
}

std::vector<float> pooled(const std::string &op, const Operand &x, Attributes attributes) {
    return values_of(run_node(op, {x}, std::move(attributes))[0]);
}

TEST(VolumePool, DilatedMaximum) {
    EXPECT_EQ(pooled("max_pool2d", sixteen(), {{"kernel", Ints{2, 2}}, {"dilations", Ints{2, 2}}}),
              (std::vector<float>{11, 12, 15, 16}));
    EXPECT_EQ(pooled("max_pool2d", sixteen(),
                     {{"kernel", Ints{2, 2}},
                      {"dilations", Ints{2, 2}},
                      {"strides", Ints{2, 2}},
                      {"padding", Ints{1, 1, 1, 1}}}),
              (std::vector<float>{6, 8, 14, 16}));
}

TEST(VolumePool, MaximumOfBytes) {
    const Attributes attributes = {{"kernel", Ints{1, 2}}};
    const auto low =
        run_node("max_pool2d", {operand<int8_t>({1, 1, 3, 1}, {-128, -3, -7})}, attributes);
    EXPECT_EQ(values_of<int8_t>(low[0]), (std::vector<int8_t>{-3, -3}));
    const auto high =
        run_node("max_pool2d", {operand<uint8_t>({1, 1, 3, 1}, {0, 200, 7})}, attributes);
    EXPECT_EQ(values_of<uint8_t>(high[0]), (std::vector<uint8_t>{200, 200}));
}

TEST(VolumePool, AverageMayCountPaddingAsZeros) {
    expect_near(pooled("average_pool2d", sixteen(),
                       {{"kernel", Ints{3, 2}},
                        {"strides", Ints{2, 2}},
                        {"padding", Ints{1, 1, 0, 1}},
                        {"count_padding", 1}}),
                {2.3333333f, 3.6666667f, 9.5f, 11.5f}, 1e-6);
}

TEST(VolumePool, AverageCountsNoMoreThanCountedPadding) {
    // A last window that hangs over the end, as ceil_mode makes it.
    const Operand x = operand({1, 1, 4, 1}, std::vector<float>{1, 2, 3, 4});
    const Attributes attributes = {{"kernel", Ints{1, 3}},
                                   {"strides", Ints{1, 2}},
                                   {"padding", Ints{0, 0, 1, 2}},
                                   {"count_padding", 1},
                                   {"counted_padding", Ints{0, 0, 1, 0}}};
    EXPECT_EQ(pooled("average_pool2d", x, attributes), (std::vector<float>{1, 3, 4}));
}

TEST(VolumePool, DilatedAverageLeavesPaddingOut) {
    EXPECT_EQ(pooled("average_pool2d", sixteen(),
                     {{"kernel", Ints{2, 2}},
                      {"dilations", Ints{2, 2}},
                      {"strides", Ints{2, 2}},
                      {"padding", Ints{1, 1, 1, 1}}}),
              (std::vector<float>{6, 7, 10, 11}));
}

TEST(VolumePool, NormsOfWindows) {
    expect_near(pooled("lp_pool2d", sixteen(8),
                       {{"kernel", Ints{2, 2}}, {"strides", Ints{2, 2}}, {"p", 3}}),
                {8.406118f, 5.748897f, 7.047299f, 9.816659f}, 1e-6);
    expect_near(
        pooled("lp_pool2d", sixteen(8),
               {{"kernel", Ints{2, 2}}, {"strides", Ints{1, 2}}, {"padding", Ints{1, 0, 0, 0}}}),
        {9.219544f, 6.403124f, 9.899495f, 6.480741f, 4.24264f, 5.09902f, 8.124039f, 11.74734f},
        1e-6);
    EXPECT_EQ(pooled("lp_pool2d", sixteen(8), {{"kernel", Ints{4, 4}}, {"p", 1}}),
              std::vector<float>{64});
}

TEST(VolumePool, GlobalNorm) {
    const Operand x = operand({2, 1, 2, 2}, std::vector<float>{3, -1, -4, 0, 0, 2, 5, -2});
    expect_near(pooled("global_lp_pool", x, {}), {5, 1, 5, std::sqrt(8.0f)}, 1e-6);
    EXPECT_EQ(pooled("global_lp_pool", x, {{"p", 1}, {"keep_dims", 1}}),
              (std::vector<float>{7, 1, 5, 4}));
    EXPECT_EQ(inferred("global_lp_pool", {x}, {{"p", 0}}), "attribute p is 0, expected 1 to 64");
}

TEST(VolumePool, ThreeAxesReduceDepthToo) {
    const Operand x = noise_operand({2, 3, 4, 5, 2});
    EXPECT_EQ(inferred("max_pool3d", {x}, {{"kernel", Ints{2, 2, 3}}, {"strides", Ints{1, 2, 2}}}),
              "[2,2,2,2,2]");
    // A maximum over rows and columns, then over depth.
    Operand flat = x;
    flat.type.shape = {6, 4, 5, 2};
    const auto maps = pooled("max_pool2d", flat, {{"kernel", Ints{2, 3}}});
    const auto expected =
        pooled("max_pool2d", operand({2, 3, 9, 2}, maps), {{"kernel", Ints{2, 1}}});
    EXPECT_EQ(pooled("max_pool3d", x, {{"kernel", Ints{2, 2, 3}}}), expected);
}

TEST(VolumePool, OneSliceEqualsTheReferenceOfTwoAxesBitForBit) {
    const Operand x = noise_operand({2, 5, 6, 3});
    Operand volume = x;
    volume.type.shape = {2, 1, 5, 6, 3};
    for (const std::string op : {"max_pool", "average_pool"}) {
        const Attributes flat = {
            {"kernel", Ints{3, 2}}, {"strides", Ints{2, 1}}, {"padding", Ints{1, 2, 0, 1}}};
        const auto expected = run_node(op + "2d", {x}, flat);
        EXPECT_EQ(run_portable_node(op + "2d", {x}, flat), expected);
        EXPECT_EQ(run_node(op + "3d", {volume},
                           {{"kernel", Ints{1, 3, 2}},
                            {"strides", Ints{1, 2, 1}},
                            {"padding", Ints{0, 0, 1, 2, 0, 1}}}),
                  expected);
    }
    for (const std::string op : {"global_max_pool", "global_average_pool"}) {
        EXPECT_EQ(run_portable_node(op, {x}), run_node(op, {x}));
    }
}

TEST(VolumePool, ExplainsBadAttributes) {
    const Operand x = noise_operand({1, 3, 3, 3, 1});
    EXPECT_EQ(inferred("average_pool3d", {x}, {}), "attribute kernel is missing, expected [d,h,w]");
    EXPECT_EQ(inferred("average_pool3d", {x},
                       {{"kernel", Ints{1, 2, 2}}, {"padding", Ints{1, 0, 0, 0, 0, 0}}}),
              "padding is [1,0,0,0,0,0], expected less than the kernel 1x2x2");
    EXPECT_EQ(inferred("average_pool3d", {operand<int8_t>({1, 1, 1, 1, 1}, {1})},
                       {{"kernel", Ints{1, 1, 1}}}),
              "average_pool3d has no reference arithmetic for int8, expected float32");
}

}  // namespace
}  // namespace embark
