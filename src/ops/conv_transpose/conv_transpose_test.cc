#include <gtest/gtest.h>

#include "ops/node_testing.h"

namespace embark {
namespace {

using Ints = std::vector<int64_t>;

TEST(ConvTranspose, SpreadsEachInputOverTheKernelsReach) {
    // ONNX's own example with cut borders, in rows and columns first.
    std::vector<float> x(9);
    for (size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i);
    const auto out =
        run_node("conv_transpose2d",
                 {operand({1, 3, 3, 1}, x), operand({1, 3, 3, 1}, std::vector<float>(9, 1.0f))},
                 {{"strides", Ints{3, 2}}, {"padding", Ints{1, 1, 2, 2}}});
    EXPECT_EQ(values_of(out[0]), (std::vector<float>{1, 1, 3, 1, 1,  3, 7,  4,  9, 7, 4,
                                                     9, 7, 4, 9, 13, 7, 15, 13, 7, 15}));
}

/// The definition: every input adds its share to the outputs that it reaches.
std::vector<double> scatter(const std::vector<float> &x, const std::vector<float> &filter,
                            const std::vector<float> &bias) {
    // x [2,2,3,4], filter [6,3,2,2], strides [2,3], dilations [2,1], groups 2; whole output 8x9.
    std::vector<double> out(2 * 5 * 9 * 6);
    for (size_t i = 0; i < out.size(); ++i) out[i] = static_cast<double>(bias[i % 6]);
    for (int n = 0; n < 2; ++n) {
        for (int at = 0; at < 2 * 3 * 4; ++at) {
            const int h = at / 12, w = at / 4 % 3, c = at % 4;
            for (int tap = 0; tap < 3 * 3 * 2; ++tap) {
                const int o = c / 2 * 3 + tap % 3, ky = tap / 6, kx = tap / 3 % 2;
                const int y = h * 2 + ky * 2 - 1, column = w * 3 + kx;
                if (y < 0 || y >= 5 || column >= 9) continue;
                const auto from = static_cast<size_t>((n * 24) + at);
                const auto weight = static_cast<size_t>(((o * 3 + ky) * 2 + kx) * 2 + c % 2);
                const auto to = static_cast<size_t>(((n * 5 + y) * 9 + column) * 6 + o);
                out[to] += static_cast<double>(x[from]) * static_cast<double>(filter[weight]);
            }
        }
    }
    return out;
}

TEST(ConvTranspose, FollowsGroupsDilationsAndOutputPadding) {
    const auto x = noise(48, 1), filter = noise(72, 2), bias = noise(6, 3);
    const std::vector<Operand> operands = {operand({2, 2, 3, 4}, x), operand({6, 3, 2, 2}, filter),
                                           operand({6}, bias)};
    const Attributes attributes = {{"strides", Ints{2, 3}},
                                   {"dilations", Ints{2, 1}},
                                   {"padding", Ints{1, 2, 0, 1}},
                                   {"output_padding", Ints{1, 2}},
                                   {"groups", int64_t{2}}};
    EXPECT_EQ(inferred("conv_transpose2d", operands, attributes), "[2,5,9,6]");
    const auto found = values_of(run_node("conv_transpose2d", operands, attributes)[0]);
    expect_near(std::vector<double>(found.begin(), found.end()), scatter(x, filter, bias), 1e-5);
}

TEST(ConvTranspose, ThreeAxesOfWhichOneIsShortEqualTwo) {
    const Operand filter = noise_operand({3, 2, 3, 2}, 2);
    const auto flat = run_node("conv_transpose2d", {noise_operand({2, 3, 4, 2}), filter},
                               {{"strides", Ints{2, 1}}, {"padding", Ints{0, 1, 1, 0}}});
    Operand volume = filter;
    volume.type.shape = {3, 2, 1, 3, 2};
    const auto deep = run_node("conv_transpose3d", {noise_operand({2, 3, 1, 4, 2}), volume},
                               {{"strides", Ints{2, 1, 1}}, {"padding", Ints{0, 1, 0, 0, 1, 0}}});
    EXPECT_EQ(flat, deep);
}

TEST(ConvTranspose, ExplainsBadOperands) {
    const Operand x = noise_operand({1, 2, 2, 4});
    EXPECT_EQ(inferred("conv_transpose2d", {x, noise_operand({3, 2, 2, 2})}),
              "filter has shape [3,2,2,2], expected [3,2,2,4] for an input of 4 channels in 1 "
              "groups");
    EXPECT_EQ(inferred("conv_transpose2d", {x, noise_operand({3, 1, 1, 4})},
                       {{"padding", Ints{1, 1, 0, 0}}}),
              "padding [1,1,0,0] leaves an extent of 0 on axis 1, expected at least 1");
    EXPECT_EQ(inferred("conv_transpose2d", {x, noise_operand({3, 1, 1, 4}), noise_operand({4})}),
              "bias has shape [4], expected [3]");
}

}  // namespace
}  // namespace embark
