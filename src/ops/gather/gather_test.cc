#include <gtest/gtest.h>

#include "ops/node_testing.h"

namespace embark {
namespace {

using Ints = std::vector<int64_t>;
using Floats = std::vector<float>;

/// 0, 1, 2 … of \p shape.
Operand counted(Shape shape) {
    Floats values(static_cast<size_t>(element_count(shape)));
    for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i);
    return operand(std::move(shape), values);
}

Floats run(const std::string &op, const std::vector<Operand> &operands,
           Attributes attributes = {}) {
    return values_of(run_node(op, operands, std::move(attributes))[0]);
}

TEST(Gather, PicksSlicesAlongAnAxis) {
    const Operand x = counted({2, 3, 2});
    const Operand indices = operand({2}, Ints{2, -3});
    EXPECT_EQ(run("gather", {x, indices}, {{"axis", int64_t{1}}}),
              (Floats{4, 5, 0, 1, 10, 11, 6, 7}));
    EXPECT_EQ(run("gather", {x, operand({}, std::vector<int32_t>{1})}, {{"axis", int64_t{2}}}),
              (Floats{1, 3, 5, 7, 9, 11}));
    EXPECT_EQ(inferred("gather", {x, operand({2, 2}, Ints{0, 1, 1, 0})}, {{"axis", int64_t{1}}}),
              "[2,2,2,2]");
}

TEST(Gather, TakesBatches) {
    EXPECT_EQ(run("gather", {counted({2, 3}), operand({2, 2}, Ints{2, 0, 1, 1})},
                  {{"axis", int64_t{1}}, {"batch_dims", int64_t{1}}}),
              (Floats{2, 0, 4, 4}));
    EXPECT_EQ(inferred("gather", {counted({2, 3}), operand({3, 1}, Ints{2, 0, 1})},
                       {{"axis", int64_t{1}}, {"batch_dims", int64_t{1}}}),
              "inputs have shapes [2,3] and [3,1], expected the same first 1 axes");
}

TEST(Gather, StaysInsideOfItsTensors) {
    const Operand wild = operand({4}, Ints{INT64_MAX, INT64_MIN, 3, -4});
    EXPECT_EQ(run("gather", {counted({3}), wild}, {{"axis", int64_t{0}}}), (Floats{2, 0, 2, 0}));
    EXPECT_EQ(run("gather_elements", {counted({3}), wild}, {{"axis", int64_t{0}}}),
              (Floats{2, 0, 2, 0}));
    EXPECT_EQ(run("gather_nd", {counted({2, 2}), operand({2, 2}, Ints{9, -9, -9, 9})}),
              (Floats{2, 1}));
    EXPECT_EQ(run("scatter_nd",
                  {counted({3}), operand({2, 1}, Ints{99, -99}), operand({2}, Floats{7, 8})}),
              (Floats{8, 1, 7}));
}

TEST(Gather, CopiesElementsOfAnySize) {
    const Operand indices = operand({2}, std::vector<int32_t>{2, 0});
    EXPECT_EQ(
        values_of<int8_t>(run_node("gather", {operand({3}, std::vector<int8_t>{1, 2, 3}), indices},
                                   {{"axis", int64_t{0}}})[0]),
        (std::vector<int8_t>{3, 1}));
    EXPECT_EQ(values_of<uint16_t>(run_node("gather",
                                           {operand({3}, std::vector<uint16_t>{1, 2, 3}), indices},
                                           {{"axis", int64_t{0}}})[0]),
              (std::vector<uint16_t>{3, 1}));
    EXPECT_EQ(
        values_of<double>(run_node("gather", {operand({3}, std::vector<double>{1, 2, 3}), indices},
                                   {{"axis", int64_t{0}}})[0]),
        (std::vector<double>{3, 1}));
}

TEST(GatherElements, ReplacesOneIndex) {
    const Operand x = operand({2, 2}, Floats{1, 2, 3, 4});
    const Operand indices = operand({2, 2}, Ints{0, 0, 1, 0});
    EXPECT_EQ(run("gather_elements", {x, indices}, {{"axis", int64_t{1}}}), (Floats{1, 1, 4, 3}));
    EXPECT_EQ(run("gather_elements", {counted({3, 3}), operand({2, 3}, Ints{1, 2, 0, 2, 0, 0})},
                  {{"axis", int64_t{0}}}),
              (Floats{3, 7, 2, 6, 1, 2}));
    EXPECT_EQ(inferred("gather_elements", {x, operand({3, 2}, Ints{0, 0, 1, 0, 0, 0})},
                       {{"axis", int64_t{1}}}),
              "indices have shape [3,2], expected one inside of [2,2] except on axis 1");
}

TEST(GatherNd, PicksRuns) {
    const Operand x = counted({2, 2, 2});
    EXPECT_EQ(run("gather_nd", {x, operand({2, 1, 2}, Ints{0, 1, 1, 0})}), (Floats{2, 3, 4, 5}));
    EXPECT_EQ(run("gather_nd", {x, operand({2, 1}, Ints{1, 0})}, {{"batch_dims", int64_t{1}}}),
              (Floats{2, 3, 4, 5}));
    EXPECT_EQ(inferred("gather_nd", {x, operand({1, 4}, Ints{0, 0, 0, 0})}),
              "indices have shape [1,4], expected a last axis of 1 to 3 for input [2,2,2]");
}

TEST(Scatter, ReplacesAndReduces) {
    const Operand x = operand({1, 5}, Floats{1, 2, 3, 4, 5});
    const Operand indices = operand({1, 2}, Ints{1, 1}),
                  updates = operand({1, 2}, Floats{1.5f, 2.5f});
    const auto with = [&](const std::string &reduction) {
        return run("scatter_elements", {x, indices, updates},
                   {{"axis", int64_t{1}}, {"reduction", reduction}});
    };
    EXPECT_EQ(with("none"), (Floats{1, 2.5f, 3, 4, 5}));
    EXPECT_EQ(with("add"), (Floats{1, 6, 3, 4, 5}));
    EXPECT_EQ(with("mul"), (Floats{1, 7.5f, 3, 4, 5}));
    EXPECT_EQ(with("max"), (Floats{1, 2.5f, 3, 4, 5}));
    EXPECT_EQ(with("min"), (Floats{1, 1.5f, 3, 4, 5}));
    EXPECT_EQ(inferred("scatter_elements", {x, indices, updates},
                       {{"axis", int64_t{1}}, {"reduction", std::string("mean")}}),
              "attribute reduction is 'mean', expected none, add, mul, max or min");
}

TEST(ScatterNd, PlacesRuns) {
    const Operand x = counted({3, 2});
    const Operand indices = operand({2, 1}, std::vector<int32_t>{2, 0});
    const Operand updates = operand({2, 2}, Floats{10, 20, 30, 40});
    EXPECT_EQ(run("scatter_nd", {x, indices, updates}), (Floats{30, 40, 2, 3, 10, 20}));
    EXPECT_EQ(run("scatter_nd", {x, indices, updates}, {{"reduction", std::string("add")}}),
              (Floats{30, 41, 2, 3, 14, 25}));
    EXPECT_EQ(values_of<int64_t>(run_node("scatter_nd",
                                          {operand({2}, Ints{INT64_MAX, 3}),
                                           operand({2, 1}, Ints{0, 1}), operand({2}, Ints{1, 4})},
                                          {{"reduction", std::string("add")}})[0]),
              (Ints{INT64_MIN, 7}));
    EXPECT_EQ(inferred("scatter_nd", {x, indices, operand({2}, Floats{1, 2})}),
              "updates have shape [2], expected [2,2]");
}

TEST(OneHot, SetsOnePositionOrNone) {
    const Operand indices = operand({3}, Ints{1, -1, 7}), values = operand({2}, Floats{-1, 5});
    EXPECT_EQ(run("one_hot", {indices, values}, {{"depth", int64_t{3}}, {"axis", int64_t{1}}}),
              (Floats{-1, 5, -1, -1, -1, 5, -1, -1, -1}));
    EXPECT_EQ(run("one_hot", {indices, values}, {{"depth", int64_t{2}}, {"axis", int64_t{0}}}),
              (Floats{-1, -1, -1, 5, 5, -1}));
}

TEST(ReverseSequence, TurnsTheFirstElements) {
    const Operand x = counted({4, 3});
    EXPECT_EQ(run("reverse_sequence", {x, operand({3}, Ints{4, 2, 99})},
                  {{"batch_axis", int64_t{1}}, {"time_axis", int64_t{0}}}),
              (Floats{9, 4, 11, 6, 1, 8, 3, 7, 5, 0, 10, 2}));
    EXPECT_EQ(run("reverse_sequence", {x, operand({4}, std::vector<int32_t>{3, 2, 1, -1})},
                  {{"batch_axis", int64_t{0}}, {"time_axis", int64_t{1}}}),
              (Floats{2, 1, 0, 4, 3, 5, 6, 7, 8, 9, 10, 11}));
}

}  // namespace
}  // namespace embark
