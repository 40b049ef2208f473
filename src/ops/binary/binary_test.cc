#include <gtest/gtest.h>

#include "ops/testing.h"

namespace embark {
namespace {

std::vector<float> apply(std::string op, Shape a, std::vector<float> left, Shape b,
                         std::vector<float> right) {
    OpCase test{std::move(op), std::move(a), {std::move(b)}};
    test.constant_values = {std::move(right)};
    return test.run(left);
}

using Floats = std::vector<float>;

TEST(Binary, CombinesElementByElement) {
    EXPECT_EQ(apply("add", {1, 2}, {1, 2}, {1, 2}, {10, 20}), (Floats{11, 22}));
    EXPECT_EQ(apply("subtract", {1, 2}, {1, 2}, {1, 2}, {10, 20}), (Floats{-9, -18}));
    EXPECT_EQ(apply("multiply", {1, 2}, {1, 2}, {1, 2}, {10, 20}), (Floats{10, 40}));
    EXPECT_EQ(apply("maximum", {1, 2}, {1, 20}, {1, 2}, {10, 2}), (Floats{10, 20}));
    EXPECT_EQ(apply("minimum", {1, 2}, {1, 20}, {1, 2}, {10, 2}), (Floats{1, 2}));
}

TEST(Binary, BroadcastsTheSecondOperand) {
    EXPECT_EQ(apply("add", {1, 2, 2}, {1, 2, 3, 4}, {2}, {10, 20}), (Floats{11, 22, 13, 24}));
    EXPECT_EQ(apply("add", {1, 2, 2}, {1, 2, 3, 4}, {1, 2, 1}, {10, 20}), (Floats{11, 12, 23, 24}));
    EXPECT_EQ(apply("add", {1, 2, 2}, {1, 2, 3, 4}, {}, {10}), (Floats{11, 12, 13, 14}));
    EXPECT_EQ(apply("add", {2, 1, 2, 1}, {1, 2, 3, 4}, {2, 1, 1, 1}, {10, 20}),
              (Floats{11, 12, 23, 24}));
}

TEST(Binary, ExplainsShapesThatDoNotBroadcast) {
    EXPECT_EQ((OpCase{"add", {1, 4}, {{3}}}).inferred(),
              "inputs have shapes [1,4] and [3], expected equal ones or a second that broadcasts "
              "to the first");
    EXPECT_EQ((OpCase{"add", {4}, {{1, 4}}}).inferred(),
              "inputs have shapes [4] and [1,4], expected equal ones or a second that broadcasts "
              "to the first");
}

TEST(Binary, CostsOnePerOutput) {
    EXPECT_EQ((OpCase{"add", {1, 4, 5}, {{5}}}).macc(), 20);
}

}  // namespace
}  // namespace embark
