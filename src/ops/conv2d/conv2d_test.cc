#include <gtest/gtest.h>

#include "ops/node_testing.h"

namespace embark {
namespace {

using Ints = std::vector<int64_t>;

OpCase conv(Shape input, Shape filter, Attributes attributes = {}) {
    OpCase test{"conv2d", std::move(input), {filter, {filter[0]}}, std::move(attributes)};
    return test;
}

/// The definition, written the long way round: padded copy, then six loops.
std::vector<float> convolve(const OpCase &test, const std::vector<float> &x) {
    const Node node = test.node();
    const Shape in = test.input, f = test.constants[0];
    const Ints stride = node.ints_or("strides", {1, 1}),
               pad = node.ints_or("padding", {0, 0, 0, 0}),
               step = node.ints_or("dilations", {1, 1});
    const int64_t groups = node.int_or("groups", 1), group_out = f[0] / groups;
    const int64_t height = in[1] + pad[0] + pad[1], width = in[2] + pad[2] + pad[3];
    const Graph graph = test.operands();
    const auto filter = graph.tensor(1).values<float>(), bias = graph.tensor(2).values<float>();
    std::vector<float> out;
    for (int64_t y = 0; y + (f[1] - 1) * step[0] < height; y += stride[0]) {
        for (int64_t c = 0; c + (f[2] - 1) * step[1] < width; c += stride[1]) {
            for (int64_t o = 0; o < f[0]; ++o) {
                float sum = 0;
                for (int64_t ky = 0; ky < f[1]; ++ky) {
                    for (int64_t kx = 0; kx < f[2]; ++kx) {
                        const int64_t iy = y + ky * step[0] - pad[0],
                                      ix = c + kx * step[1] - pad[2];
                        if (iy < 0 || iy >= in[1] || ix < 0 || ix >= in[2]) continue;
                        for (int64_t i = 0; i < f[3]; ++i) {
                            const int64_t channel = o / group_out * f[3] + i;
                            const int64_t at = (iy * in[2] + ix) * in[3] + channel;
                            const int64_t tap = ((o * f[1] + ky) * f[2] + kx) * f[3] + i;
                            sum += x[static_cast<size_t>(at)] * filter[static_cast<size_t>(tap)];
                        }
                    }
                }
                out.push_back(sum + bias[static_cast<size_t>(o)]);
            }
        }
    }
    return out;
}

TEST(ConvInferShape, FollowsPaddingStrideAndDilation) {
    EXPECT_EQ(conv({1, 32, 32, 3}, {32, 3, 3, 3}).inferred(), "[1,30,30,32]");
    EXPECT_EQ(conv({1, 32, 32, 3}, {32, 3, 3, 3}, {{"padding", Ints{1, 1, 1, 1}}}).inferred(),
              "[1,32,32,32]");
    EXPECT_EQ(conv({1, 7, 9, 3}, {4, 3, 2, 3}, {{"strides", Ints{2, 3}}}).inferred(), "[1,3,3,4]");
    EXPECT_EQ(conv({1, 9, 9, 1}, {4, 3, 3, 1}, {{"dilations", Ints{2, 4}}}).inferred(),
              "[1,5,1,4]");
    EXPECT_EQ(conv({1, 5, 5, 6}, {4, 1, 1, 3}, {{"groups", int64_t{2}}}).inferred(), "[1,5,5,4]");
}

TEST(ConvInferShape, SamePaddingOddInputRoundsUp) {
    EXPECT_EQ(
        conv({1, 7, 7, 1}, {1, 3, 3, 1}, {{"strides", Ints{2, 2}}, {"padding", Ints{1, 1, 1, 1}}})
            .inferred(),
        "[1,4,4,1]");
}

TEST(ConvInferShape, ExplainsBadOperands) {
    EXPECT_EQ(conv({1, 8, 8, 3}, {4, 3, 3, 2}).inferred(),
              "filter has shape [4,3,3,2], expected [4,3,3,3] for an input of 3 channels in 1 "
              "groups");
    EXPECT_EQ(conv({1, 2, 2, 1}, {4, 3, 3, 1}).inferred(),
              "window of 3x3 is larger than the padded input of 2x2");
    EXPECT_EQ(conv({8, 8, 3}, {4, 3, 3, 3}).inferred(),
              "input 0 has shape [8,8,3] of rank 3, expected rank 4 (NHWC)");
    EXPECT_EQ(conv({1, 8, 8, 3}, {4, 3, 3, 3}, {{"strides", Ints{0, 1}}}).inferred(),
              "attribute strides is [0,1], expected values from 1 to 1048576");
    EXPECT_EQ(conv({1, 8, 8, 3}, {4, 3, 3, 3}, {{"padding", Ints{1, 1}}}).inferred(),
              "attribute padding is [1,1], expected 4 values");
    EXPECT_EQ(conv({1, 8, 8, 3}, {4, 3, 3, 3}, {{"groups", int64_t{2}}}).inferred(),
              "groups is 2, expected a divisor of 3 input and 4 output channels");
    EXPECT_EQ((OpCase{"conv2d", {1, 8, 8, 3}, {{4, 3, 3, 3}, {5}}}).inferred(),
              "bias has shape [5], expected [4]");
    EXPECT_EQ((OpCase{"conv2d", {1, 8, 8, 3}, {}}).inferred(), "has 1 inputs, expected 2 to 3");
}

TEST(ConvEvaluate, OneTapByHand) {
    OpCase test{"conv2d", {1, 1, 2, 2}, {{1, 1, 1, 2}, {1}}};
    test.constant_values = {{2, 10}, {0.5}};
    EXPECT_EQ(test.run({1, 2, 3, 4}), (std::vector<float>{22.5f, 46.5f}));
}

TEST(ConvEvaluate, EqualsThePlainLoopsBitForBit) {
    const OpCase cases[] = {
        conv({1, 5, 7, 3}, {32, 3, 3, 3}, {{"padding", Ints{1, 1, 1, 1}}}),
        conv({1, 9, 6, 5}, {17, 3, 2, 5}, {{"strides", Ints{2, 1}}, {"padding", Ints{0, 1, 1, 0}}}),
        conv({1, 11, 11, 2}, {3, 3, 3, 2},
             {{"dilations", Ints{3, 2}}, {"padding", Ints{2, 4, 3, 1}}}),
        conv({1, 4, 4, 6}, {21, 2, 2, 2}, {{"groups", int64_t{3}}}),
        conv({1, 3, 3, 4}, {4, 3, 3, 1}, {{"groups", int64_t{4}}}),
        conv({1, 2, 2, 1}, {2, 3, 3, 1}, {{"padding", Ints{4, 4, 4, 4}}}),
    };
    for (const OpCase &test : cases) {
        const auto x = noise(element_count(test.input), 7);
        EXPECT_EQ(test.run(x), convolve(test, x)) << test.inferred();
    }
}

TEST(ConvEvaluate, RunsEveryImageOfABatch) {
    OpCase one = conv({1, 4, 4, 2}, {3, 3, 3, 2}), two = conv({2, 4, 4, 2}, {3, 3, 3, 2});
    auto first = noise(32, 3), second = noise(32, 4);
    auto both = first;
    both.insert(both.end(), second.begin(), second.end());
    auto expected = one.run(first);
    const auto rest = one.run(second);
    expected.insert(expected.end(), rest.begin(), rest.end());
    EXPECT_EQ(two.run(both), expected);
}

TEST(ConvPortable, GivesTheReferencesBitsForComputedFiltersAndBatches) {
    const std::pair<Shape, Shape> shapes[] = {
        {{2, 9, 6, 5}, {7, 3, 2, 5}}, {{3, 4, 5, 6}, {9, 2, 3, 2}}, {{1, 2, 2, 1}, {2, 3, 3, 1}}};
    for (const auto &[x, filter] : shapes) {
        const Attributes attributes = {{"strides", Ints{2, 1}},
                                       {"padding", Ints{3, 2, 1, 4}},
                                       {"dilations", Ints{1, 2}},
                                       {"groups", x[3] / filter[3]}};
        for (const bool bias : {true, false}) {
            const std::vector<Operand> operands = {
                noise_operand(x, 3), noise_operand(filter, 4),
                bias ? noise_operand({filter[0]}, 5) : absent_operand()};
            EXPECT_EQ(run_portable_node("conv2d", operands, attributes),
                      run_node("conv2d", operands, attributes));
        }
    }
}

TEST(ConvMacc, CountsTheBiasOncePerChannel) {
    EXPECT_EQ(conv({1, 32, 32, 3}, {32, 3, 3, 3}, {{"padding", Ints{1, 1, 1, 1}}}).macc(), 884768);
    OpCase plain{"conv2d", {1, 8, 8, 4}, {{6, 1, 1, 2}}, {{"groups", int64_t{2}}}};
    EXPECT_EQ(plain.macc(), 8 * 8 * 6 * 2);
}

}  // namespace
}  // namespace embark
