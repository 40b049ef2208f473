#include <gtest/gtest.h>

#include "ops/node_testing.h"

namespace embark {
namespace {

using Ints = std::vector<int64_t>;

TEST(ConvInteger, PaddingCountsAsTheZeroPoint) {
    // ONNX's own example.
    const Operand x = operand<uint8_t>({1, 3, 3, 1}, {2, 3, 4, 5, 6, 7, 8, 9, 10});
    const Operand filter = operand<uint8_t>({1, 2, 2, 1}, {1, 1, 1, 1});
    const auto out = run_node("conv_integer", {x, filter, operand<uint8_t>({}, {1})},
                              {{"padding", Ints{1, 1, 1, 1}}});
    EXPECT_EQ(values_of<int32_t>(out[0]),
              (std::vector<int32_t>{1, 3, 5, 3, 5, 12, 16, 9, 11, 24, 28, 15, 7, 15, 17, 9}));
}

TEST(ConvInteger, MixesSignsAndTakesAZeroPointPerOutput) {
    const Operand x = operand<uint8_t>({1, 1, 1, 2}, {200, 7});
    const Operand filter = operand<int8_t>({2, 1, 1, 2}, {-128, 127, 3, -4});
    const auto out = run_node(
        "conv_integer", {x, filter, operand<uint8_t>({1}, {10}), operand<int8_t>({2}, {-1, 2})});
    EXPECT_EQ(values_of<int32_t>(out[0]),
              (std::vector<int32_t>{190 * -127 + -3 * 128, 190 * 1 + -3 * -6}));
    EXPECT_EQ(inferred("conv_integer", {x, filter, operand<int8_t>({}, {1})}),
              "zero point 0 is int8 [], expected uint8 with 1 or 1 elements");
}

}  // namespace
}  // namespace embark
