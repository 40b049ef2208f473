#include <gtest/gtest.h>

#include "ops/node_testing.h"
#include "ops/testing.h"

namespace embark {
namespace {

using Ints = std::vector<int64_t>;

TEST(Pad, SurroundsByTheValue) {
    OpCase test{"pad",
                {1, 2, 2, 1},
                {},
                {{"before", Ints{0, 1, 0, 0}}, {"after", Ints{0, 0, 1, 1}}, {"value", -1.0}}};
    EXPECT_EQ(test.inferred(), "[1,3,3,2]");
    EXPECT_EQ(test.run({1, 2, 3, 4}), (std::vector<float>{-1, -1, -1, -1, -1, -1,  //
                                                          1, -1, 2, -1, -1, -1,    //
                                                          3, -1, 4, -1, -1, -1}));
    test.attributes.erase("value");
    EXPECT_EQ(test.run({1, 2, 3, 4})[0], 0.0f);
}

TEST(Pad, ExplainsBadAttributes) {
    EXPECT_EQ((OpCase{"pad", {1, 2}, {}, {{"after", Ints{0, 0}}}}).inferred(),
              "attribute before is missing");
    EXPECT_EQ((OpCase{"pad", {1, 2}, {}, {{"before", Ints{0}}, {"after", Ints{0, 0}}}}).inferred(),
              "attribute before is [0], expected 2 values");
    EXPECT_EQ(
        (OpCase{"pad", {1, 2}, {}, {{"before", Ints{0, 0}}, {"after", Ints{0, -1}}}}).inferred(),
        "attribute after is [0,-1], expected values from 0 to 1048576");
}

/// 0, 1, 2 … of \p shape after \p op.
std::vector<float> padded(const std::string &op, Shape shape, Attributes attributes) {
    std::vector<float> values(static_cast<size_t>(element_count(shape)));
    for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i);
    return values_of(run_node(op, {operand(std::move(shape), values)}, std::move(attributes))[0]);
}

TEST(Pad, ContinuesTheInput) {
    const auto with = [](const std::string &mode) {
        return padded("pad", {3}, {{"before", Ints{3}}, {"after", Ints{2}}, {"mode", mode}});
    };
    EXPECT_EQ(with("edge"), (std::vector<float>{0, 0, 0, 0, 1, 2, 2, 2}));
    EXPECT_EQ(with("reflect"), (std::vector<float>{1, 2, 1, 0, 1, 2, 1, 0}));
    EXPECT_EQ(with("symmetric"), (std::vector<float>{2, 1, 0, 0, 1, 2, 2, 1}));
    EXPECT_EQ(with("wrap"), (std::vector<float>{0, 1, 2, 0, 1, 2, 0, 1}));
    EXPECT_EQ(with("constant"), (std::vector<float>{0, 0, 0, 0, 1, 2, 0, 0}));
    EXPECT_EQ(padded("pad", {1},
                     {{"before", Ints{2}}, {"after", Ints{0}}, {"mode", std::string("reflect")}}),
              (std::vector<float>{0, 0, 0}));
    EXPECT_EQ(
        padded("pad", {2, 2},
               {{"before", Ints{1, 1}}, {"after", Ints{0, 1}}, {"mode", std::string("reflect")}}),
        (std::vector<float>{3, 2, 3, 2, 1, 0, 1, 0, 3, 2, 3, 2}));
}

TEST(Pad, SurroundsElementsOfAnyType) {
    const Attributes attributes = {{"before", Ints{1}}, {"after", Ints{1}}, {"value", -7.0}};
    EXPECT_EQ(
        values_of<int8_t>(run_node("pad", {operand({1}, std::vector<int8_t>{3})}, attributes)[0]),
        (std::vector<int8_t>{-7, 3, -7}));
    EXPECT_EQ(
        values_of<int64_t>(run_node("pad", {operand({1}, std::vector<int64_t>{3})}, attributes)[0]),
        (std::vector<int64_t>{-7, 3, -7}));
    EXPECT_EQ(values_of<uint16_t>(
                  run_node("pad", {operand({1}, std::vector<uint16_t>{3})}, attributes)[0]),
              (std::vector<uint16_t>{0, 3, 0}));
}

TEST(Pad, WalksSixAxes) {
    const Ints ones(6, 1), zeros(6, 0);
    const auto found =
        padded("pad", {1, 2, 1, 1, 1, 2}, {{"before", ones}, {"after", zeros}, {"value", -1.0}});
    ASSERT_EQ(found.size(), 2u * 3 * 2 * 2 * 2 * 3);
    int inside = 0;
    for (const float value : found) inside += value >= 0 ? 1 : 0;
    EXPECT_EQ(inside, 4);
    EXPECT_EQ(found.back(), 3.0f);
}

TEST(Tile, RepeatsTheInput) {
    EXPECT_EQ(padded("tile", {2, 2}, {{"repeats", Ints{2, 2}}}),
              (std::vector<float>{0, 1, 0, 1, 2, 3, 2, 3, 0, 1, 0, 1, 2, 3, 2, 3}));
    EXPECT_EQ(padded("tile", {2, 2}, {{"repeats", Ints{2, 1}}}),
              (std::vector<float>{0, 1, 2, 3, 0, 1, 2, 3}));
    EXPECT_EQ(padded("tile", {2, 1, 2}, {{"repeats", Ints{1, 2, 1}}}),
              (std::vector<float>{0, 1, 0, 1, 2, 3, 2, 3}));
    EXPECT_EQ(inferred("tile", {noise_operand({2})}, {{"repeats", Ints{0}}}),
              "attribute repeats is [0], expected values from 1 to 1048576");
}

TEST(Trilu, KeepsATriangle) {
    const auto with = [](int64_t upper, int64_t k) {
        return padded("trilu", {1, 3, 3}, {{"upper", upper}, {"k", k}});
    };
    EXPECT_EQ(with(1, 0), (std::vector<float>{0, 1, 2, 0, 4, 5, 0, 0, 8}));
    EXPECT_EQ(with(0, 0), (std::vector<float>{0, 0, 0, 3, 4, 0, 6, 7, 8}));
    EXPECT_EQ(with(1, 1), (std::vector<float>{0, 1, 2, 0, 0, 5, 0, 0, 0}));
    EXPECT_EQ(with(0, -1), (std::vector<float>{0, 0, 0, 3, 0, 0, 6, 7, 0}));
    EXPECT_EQ(with(1, 100), (std::vector<float>(9, 0.0f)));
    EXPECT_EQ(with(0, -100), (std::vector<float>(9, 0.0f)));
    EXPECT_EQ(with(0, 100), (std::vector<float>{0, 1, 2, 3, 4, 5, 6, 7, 8}));
}

}  // namespace
}  // namespace embark
