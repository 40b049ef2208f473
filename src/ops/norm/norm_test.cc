// Expected values: the reference implementation of ONNX 1.23, unless they are short enough to see;
// lrn's by its definition, since that reference normalises the first channel only.

#include <gtest/gtest.h>

#include "ops/node_testing.h"

namespace embark {
namespace {

/// noise, doubled.
Operand wide_noise(Shape shape, uint32_t seed) {
    auto values = noise(element_count(shape), seed);
    for (float &value : values) value *= 2;
    return operand(std::move(shape), values);
}

std::vector<float> normed(const std::string &op, const std::vector<Operand> &operands,
                          Attributes attributes = {}) {
    return values_of(run_node(op, operands, std::move(attributes))[0]);
}

TEST(LayerNorm, NormalisesTheLastAxes) {
    const std::vector<Operand> operands = {wide_noise({2, 3, 4}, 1), noise_operand({3, 4}, 2),
                                           noise_operand({3, 4}, 3)};
    const Attributes attributes = {{"axis", 1}, {"epsilon", 1e-3}, {"statistics", 1}};
    EXPECT_EQ(inferred("layer_norm", operands, attributes), "[2,3,4][2,1,1][2,1,1]");
    const auto outputs = run_node("layer_norm", operands, attributes);
    expect_near(values_of(outputs[0]),
                {0.8297079f,  0.1649088f,  -0.8154089f,   0.009786785f, 0.6642498f,  0.001114875f,
                 -0.9987453f, -0.4796629f, -0.005590193f, 0.1611536f,   -0.1532285f, -0.1333368f,
                 -0.21522f,   -1.39001f,   0.1087432f,    -0.4445643f,  1.018502f,   0.03469381f,
                 -1.183981f,  -0.8079358f, -0.7723191f,   -0.7754229f,  0.1143791f,  -0.1437022f},
                1e-6);
    expect_near(values_of(outputs[1]), {-0.03518907f, -0.08157605f}, 1e-6);
    expect_near(values_of(outputs[2]), {0.7644789f, 0.9359275f}, 1e-6);
    EXPECT_EQ(run_node("layer_norm", operands, {{"axis", 1}, {"epsilon", 1e-3}})[0], outputs[0]);
}

TEST(LayerNorm, ScaleAndBiasMayBeAbsent) {
    const Operand x = operand({1, 2, 2}, std::vector<float>{1, 3, -5, -5});
    const auto plain = normed("layer_norm", {x}, {{"epsilon", 0.0625}});
    expect_near(plain, {-0.9701425f, 0.9701425f, 0, 0}, 1e-6);
    EXPECT_EQ(inferred("layer_norm", {x, noise_operand({3})}),
              "input 1 has shape [3], expected [2]");
    EXPECT_EQ(inferred("layer_norm", {x}, {{"axis", 3}}), "attribute axis is 3, expected 0 to 2");
}

TEST(RmsNorm, DividesByTheRootMeanSquare) {
    expect_near(normed("rms_norm",
                       {operand({2, 2}, std::vector<float>{3, 4, -1, 1}),
                        operand({2}, std::vector<float>{2, -1})},
                       {{"epsilon", 0.0}}),
                {1.6970563f, -1.1313709f, -2, -1}, 1e-6);
}

TEST(InstanceNorm, NormalisesEveryChannelOfEveryImage) {
    // The first two channels of four.
    const auto all = values_of(wide_noise({2, 3, 4}, 1).bytes);
    std::vector<float> x;
    for (size_t i = 0; i < all.size(); ++i) {
        if (i % 4 < 2) x.push_back(all[i]);
    }
    const auto scale = noise(12, 2), bias = noise(12, 3);
    const auto out = normed("instance_norm",
                            {operand({2, 3, 2}, x), operand({2}, std::vector(&scale[0], &scale[2])),
                             operand({2}, std::vector(&bias[0], &bias[2]))},
                            {{"epsilon", 1e-2}});
    expect_near(out,
                {1.116277f, -0.2501809f, 0.2343199f, -0.2495206f, 0.07278636f, -2.196229f,
                 -0.07513171f, -2.049463f, 0.4223785f, 0.1834198f, 1.076137f, -0.829888f},
                1e-6);
}

TEST(GroupNorm, NormalisesGroupsOfChannels) {
    const std::vector<Operand> operands = {wide_noise({2, 3, 4}, 1), noise_operand({4}, 2),
                                           noise_operand({4}, 3)};
    expect_near(normed("group_norm", operands, {{"groups", 2}}),
                {0.7044069f,  0.03066993f, -0.6508291f, -0.197619f,  0.3564744f,  0.03157032f,
                 -0.3553983f, 0.02419633f, 0.2927493f,  -2.622704f,  0.1640919f,  -1.267941f,
                 -0.2786148f, -1.45772f,   0.1026757f,  -0.4622021f, 0.2318429f,  0.3398963f,
                 -0.6376905f, 0.3604132f,  0.9026151f,  -0.4758828f, -0.1178111f, -1.080984f},
                1e-6);
    EXPECT_EQ(inferred("group_norm", operands, {{"groups", 3}}),
              "groups is 3, expected a divisor of 4 channels");
}

TEST(Lrn, CountsOneMoreNeighbourBehindForEvenSizes) {
    const Operand x = operand(
        {1, 1, 5}, std::vector<float>{1.425709f, -2.151709f, -2.649799f, -1.104406f, 0.2996542f});
    const Attributes attributes = {{"size", 4}, {"alpha", 0.5}, {"beta", 0.6}, {"bias", 2.0}};
    expect_near(normed("lrn", {x}, attributes),
                {0.6491903f, -0.9563827f, -1.224562f, -0.5666142f, 0.1885834f}, 1e-6);
    EXPECT_EQ(inferred("lrn", {x}), "attribute size is 0, expected 1 to 65536");
}

TEST(Normalize, DividesByTheNorm) {
    const Operand x = operand({3, 2}, std::vector<float>{3, -4, 0, 0, 0.5f, -0.5f});
    expect_near(normed("lp_normalize", {x}), {0.6f, -0.8f, 0, 0, 0.70710678f, -0.70710678f}, 1e-6);
    expect_near(normed("lp_normalize", {x}, {{"p", 1}}), {3 / 7.0f, -4 / 7.0f, 0, 0, 0.5f, -0.5f},
                1e-6);
    expect_near(normed("l2_normalize", {x}, {{"epsilon", 2.0}}), {0.6f, -0.8f, 0, 0, 0.25f, -0.25f},
                1e-6);
    EXPECT_EQ(inferred("lp_normalize", {x}, {{"p", 3}}), "attribute p is 3, expected 1 or 2");
}

}  // namespace
}  // namespace embark
