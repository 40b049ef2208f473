#include <gtest/gtest.h>

#include <cmath>

#include "ops/testing.h"

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

}  // namespace
}  // namespace embark
