#include <gtest/gtest.h>

#include "ops/testing.h"

namespace embark {
namespace {

/// The operator applied to 0, 1, 2 … of shape \p in.
std::vector<float> moved(const std::string &op, const Shape &in, Attributes attributes) {
    std::vector<float> values(static_cast<size_t>(element_count(in)));
    for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i);
    Graph graph = graph_with_input(in);
    const auto out = append_node(graph, make_node(op, "n", {0}, std::move(attributes)));
    EXPECT_TRUE(out.ok()) << (out.ok() ? "" : out.error().message);
    if (!out.ok()) return {};
    graph.outputs = {*out};
    const auto outputs = evaluate(graph, std::vector<Bytes>{to_bytes(values)});
    EXPECT_TRUE(outputs.ok());
    return to_floats(outputs->front());
}

std::string fault(const std::string &op, const Shape &in, Attributes attributes) {
    Graph graph = graph_with_input(in);
    const auto out = append_node(graph, make_node(op, "n", {0}, std::move(attributes)));
    return out.ok() ? "" : out.error().message;
}

using Ints = std::vector<int64_t>;

TEST(Transpose, SwapsRowsAndColumns) {
    EXPECT_EQ(moved("transpose", {2, 3}, {{"perm", Ints{1, 0}}}),
              (std::vector<float>{0, 3, 1, 4, 2, 5}));
}

TEST(Transpose, RefusesAxesThatAreNotAPermutation) {
    EXPECT_EQ(fault("transpose", {2, 3}, {{"perm", Ints{1, 1}}}),
              "attribute perm is [1,1], expected the axes 0 to 1");
}

TEST(Slice, WalksBackwardsWithANegativeStep) {
    EXPECT_EQ(moved("slice", {2, 4},
                    {{"start", Ints{0, 3}}, {"step", Ints{1, -2}}, {"size", Ints{2, 2}}}),
              (std::vector<float>{3, 1, 7, 5}));
}

TEST(Slice, RefusesToLeaveTheInput) {
    EXPECT_NE(fault("slice", {4}, {{"start", Ints{2}}, {"step", Ints{1}}, {"size", Ints{3}}}), "");
}

TEST(Expand, RepeatsAxesOfExtentOneAndAddsAxesInFront) {
    EXPECT_EQ(moved("expand", {2, 1}, {{"shape", Ints{2, 2, 2}}}),
              (std::vector<float>{0, 0, 1, 1, 0, 0, 1, 1}));
}

TEST(DepthToSpace, UndoesSpaceToDepth) {
    Graph graph = graph_with_input({1, 4, 6, 3});
    const auto deep = append_node(graph, make_node("space_to_depth", "a", {0}, {{"block", 2}}));
    ASSERT_TRUE(deep.ok());
    const auto back = append_node(graph, make_node("depth_to_space", "b", {*deep}, {{"block", 2}}));
    ASSERT_TRUE(back.ok());
    graph.outputs = {*back};
    const std::vector<float> values = noise(72);
    EXPECT_EQ(to_floats(evaluate(graph, std::vector<Bytes>{to_bytes(values)})->front()), values);
}

TEST(DepthToSpace, ColumnRowDepthOrderTakesTheBlockFromTheSlowestChannels) {
    EXPECT_EQ(moved("depth_to_space", {1, 1, 1, 8}, {{"block", 2}, {"mode", std::string("crd")}}),
              (std::vector<float>{0, 4, 1, 5, 2, 6, 3, 7}));
}

}  // namespace
}  // namespace embark
