#include <gtest/gtest.h>

#include "ops/node_testing.h"

namespace embark {
namespace {

Operand truths(Shape shape, std::vector<uint8_t> values) {
    Operand made = operand(std::move(shape), values);
    made.type.type = DataType::kBool;
    return made;
}

TEST(Where, BroadcastsAllThreeOperands) {
    const auto out = run_node("where", {truths({2, 1}, {1, 0}), operand({}, std::vector<float>{7}),
                                        operand({3}, std::vector<float>{1, 2, 3})});
    EXPECT_EQ(values_of(out[0]), (std::vector<float>{7, 7, 7, 1, 2, 3}));
}

template <typename T>
void expect_selected() {
    const auto out =
        run_node("where", {truths({3}, {0, 1, 2}), operand({3}, std::vector<T>{1, 2, 3}),
                           operand({3}, std::vector<T>{4, 5, 6})});
    EXPECT_EQ(values_of<T>(out[0]), (std::vector<T>{4, 2, 3}));
}

TEST(Where, TakesElementsOfAnySize) {
    expect_selected<int8_t>();
    expect_selected<uint16_t>();
    expect_selected<int32_t>();
    expect_selected<double>();
}

TEST(Where, ExplainsBadOperands) {
    const Operand x = noise_operand({2}), test = truths({2}, {0, 1});
    EXPECT_EQ(inferred("where", {x, x, x}), "condition is float32, expected bool");
    EXPECT_EQ(inferred("where", {test, x, operand({2}, std::vector<int32_t>{1, 2})}),
              "inputs 1 and 2 are float32 and int32, expected one type and scale");
    EXPECT_EQ(inferred("where", {test, x, noise_operand({3})}),
              "inputs have shapes [2] and [2] and [3], expected ones that broadcast to each other");
}

}  // namespace
}  // namespace embark
