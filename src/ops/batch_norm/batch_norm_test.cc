#include <gtest/gtest.h>

#include "ops/testing.h"

namespace embark {
namespace {

TEST(BatchNorm, ScalesThenShiftsEachChannel) {
    OpCase test{"batch_norm", {1, 2, 1, 2}, {{2}, {2}}};
    test.constant_values = {{2, -1}, {10, 0.5}};
    EXPECT_EQ(test.inferred(), "[1,2,1,2]");
    EXPECT_EQ(test.run({1, 2, 3, 4}), (std::vector<float>{12, -1.5f, 16, -3.5f}));
    EXPECT_EQ(test.macc(), 8);
}

TEST(BatchNorm, RoundsTheProductBeforeTheSum) {
    OpCase test{"batch_norm", {1, 1}, {{1}, {1}}};
    const float x = 1.0f + 1.0f / 8388608.0f;
    test.constant_values = {{x}, {-1.0f}};
    const float product = x * x;  // exactly 1 + 2^-22 + 2^-46, which a fused operation would keep
    EXPECT_EQ(test.run({x}), (std::vector<float>{product - 1.0f}));
    EXPECT_EQ(product - 1.0f, 1.0f / 4194304.0f);
}

TEST(BatchNorm, ExplainsBadOperands) {
    EXPECT_EQ((OpCase{"batch_norm", {1, 4}, {{4}, {3}}}).inferred(),
              "shift has shape [3], expected [4]");
    EXPECT_EQ((OpCase{"batch_norm", {1, 4}, {{4}}}).inferred(), "has 2 inputs, expected 3");
}

}  // namespace
}  // namespace embark
