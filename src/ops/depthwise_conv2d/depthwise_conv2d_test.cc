#include <gtest/gtest.h>

#include "ops/node_testing.h"

namespace embark {
namespace {

using Ints = std::vector<int64_t>;

OpCase depthwise(Shape input, Shape filter, Attributes attributes = {}) {
    return {"depthwise_conv2d", std::move(input), {filter, {filter[2]}}, std::move(attributes)};
}

/// The same as a grouped convolution: filter [kh,kw,out] becomes [out,kh,kw,1].
OpCase as_grouped(const OpCase &test) {
    const Shape f = test.constants[0];
    const Graph graph = test.operands();
    const auto from = graph.tensor(1).values<float>(), bias = graph.tensor(2).values<float>();
    std::vector<float> filter(from.size());
    for (int64_t tap = 0; tap < f[0] * f[1]; ++tap) {
        for (int64_t c = 0; c < f[2]; ++c) {
            filter[static_cast<size_t>(c * f[0] * f[1] + tap)] =
                from[static_cast<size_t>(tap * f[2] + c)];
        }
    }
    OpCase grouped{"conv2d", test.input, {{f[2], f[0], f[1], 1}, {f[2]}}, test.attributes};
    grouped.attributes["groups"] = test.input[3];
    grouped.constant_values = {filter, {bias.begin(), bias.end()}};
    return grouped;
}

TEST(DepthwiseConvInferShape, MultipliesChannels) {
    EXPECT_EQ(depthwise({1, 5, 5, 4}, {3, 3, 4}).inferred(), "[1,3,3,4]");
    EXPECT_EQ(depthwise({1, 5, 5, 4}, {3, 3, 8}).inferred(), "[1,3,3,8]");
    EXPECT_EQ(depthwise({1, 49, 10, 8}, {10, 4, 8},
                        {{"strides", Ints{2, 2}}, {"padding", Ints{4, 5, 1, 1}}})
                  .inferred(),
              "[1,25,5,8]");
}

TEST(DepthwiseConvInferShape, ExplainsBadOperands) {
    EXPECT_EQ(depthwise({1, 5, 5, 4}, {3, 3, 6}).inferred(),
              "filter has shape [3,3,6], expected a multiple of 4 output channels");
    EXPECT_EQ((OpCase{"depthwise_conv2d", {1, 5, 5, 4}, {{1, 3, 3, 4}}}).inferred(),
              "input 1 has shape [1,3,3,4] of rank 4, expected rank 3 (height, width, out)");
}

TEST(DepthwiseConvEvaluate, EqualsAGroupedConvolutionBitForBit) {
    const OpCase cases[] = {
        depthwise({1, 6, 5, 7}, {3, 3, 7}, {{"padding", Ints{1, 1, 1, 1}}}),
        depthwise({1, 7, 7, 3}, {2, 3, 6},
                  {{"strides", Ints{2, 3}}, {"padding", Ints{0, 1, 2, 0}}}),
        depthwise({1, 9, 9, 2}, {3, 3, 2}, {{"dilations", Ints{2, 3}}}),
    };
    for (const OpCase &test : cases) {
        const auto x = noise(element_count(test.input), 5);
        EXPECT_EQ(test.run(x), as_grouped(test).run(x)) << test.inferred();
    }
}

TEST(DepthwiseConvMacc, IsOutputTimesTapsAndBias) {
    EXPECT_EQ(depthwise({1, 10, 10, 8}, {3, 3, 8}).macc(), 8 * 8 * 8 * 9 + 8);
}

TEST(DepthwisePortable, GivesTheReferencesBits) {
    const Attributes attributes = {{"strides", std::vector<int64_t>{1, 2}},
                                   {"padding", std::vector<int64_t>{1, 0, 2, 1}},
                                   {"dilations", std::vector<int64_t>{2, 1}}};
    for (const int64_t multiplier : {1, 3}) {
        const std::vector<Operand> operands = {noise_operand({2, 7, 6, 4}, 1),
                                               noise_operand({3, 2, 4 * multiplier}, 2),
                                               noise_operand({4 * multiplier}, 3)};
        EXPECT_EQ(run_portable_node("depthwise_conv2d", operands, attributes),
                  run_node("depthwise_conv2d", operands, attributes));
    }
}

}  // namespace
}  // namespace embark
