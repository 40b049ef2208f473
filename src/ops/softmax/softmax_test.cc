#include <gtest/gtest.h>

#include <cmath>

#include "ops/node_testing.h"

namespace embark {
namespace {

TEST(Softmax, GivesProbabilitiesOverTheLastAxis) {
    const OpCase test{"softmax", {1, 2, 3}, {}};
    EXPECT_EQ(test.inferred(), "[1,2,3]");
    const auto p = test.run({1, 2, 3, 1000, 1000, -1000});
    const double sum = std::exp(-2.0) + std::exp(-1.0) + 1.0;
    EXPECT_NEAR(p[0], std::exp(-2.0) / sum, 1e-7);
    EXPECT_NEAR(p[1], std::exp(-1.0) / sum, 1e-7);
    EXPECT_NEAR(p[2], 1.0 / sum, 1e-7);
    EXPECT_EQ(p[3], 0.5f);
    EXPECT_EQ(p[4], 0.5f);
    EXPECT_EQ(p[5], 0.0f);
}

TEST(Softmax, CostsFifteenPerElement) {
    EXPECT_EQ((OpCase{"softmax", {1, 10}, {}}).macc(), 150);
}

TEST(Softmax, BetaSharpens) {
    const Operand x = noise_operand({3, 5}, 7);
    std::vector<float> doubled = noise(15, 7);
    for (float &value : doubled) value *= 2;
    // Doubling is exact, so both ways round alike.
    EXPECT_EQ(run_node("softmax", {x}, {{"beta", 2.0}}),
              run_node("softmax", {operand({3, 5}, doubled)}));
    EXPECT_EQ(run_portable_node("softmax", {x}), run_node("softmax", {x}));
}

TEST(LogSoftmax, AgreesWithOnnx) {
    const std::vector<float> x = {0.945822f,  1.477082f, -1.983032f,  -1.180467f,
                                  0.2021744f, 1.478073f, -0.9009483f, -1.775246f};
    expect_near(values_of(run_node("log_softmax", {operand({2, 4}, x)})[0]),
                {-1.05564f, -0.524379f, -3.984493f, -3.181929f, -1.61982f, -0.3439206f, -2.722942f,
                 -3.59724f},
                1e-6);
}

TEST(LogSoftmax, StaysFiniteWhereSoftmaxIsZero) {
    const Operand x = operand({1, 3}, std::vector<float>{1000, 0, 1000});
    expect_near(values_of(run_node("log_softmax", {x})[0]),
                {-0.69314718f, -1000.69315f, -0.69314718f}, 1e-6);
}

TEST(Hardmax, TakesTheFirstOfEqualElements) {
    const Operand x = operand({2, 3}, std::vector<float>{1, 3, 3, -1, -2, -3});
    EXPECT_EQ(values_of(run_node("hardmax", {x})[0]), (std::vector<float>{0, 1, 0, 1, 0, 0}));
}

}  // namespace
}  // namespace embark
