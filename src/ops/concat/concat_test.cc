#include <gtest/gtest.h>

#include "ops/testing.h"

namespace embark {
namespace {

OpCase concat(Shape a, std::vector<Shape> others, int64_t axis) {
    return {"concat", std::move(a), std::move(others), {{"axis", axis}}};
}

TEST(Concat, JoinsAlongAnyAxis) {
    OpCase test = concat({1, 2, 2}, {{1, 2, 1}}, 2);
    test.constant_values = {{10, 20}};
    EXPECT_EQ(test.inferred(), "[1,2,3]");
    EXPECT_EQ(test.run({1, 2, 3, 4}), (std::vector<float>{1, 2, 10, 3, 4, 20}));
    test = concat({1, 2, 2}, {{1, 1, 2}, {1, 1, 2}}, 1);
    test.constant_values = {{10, 20}, {30, 40}};
    EXPECT_EQ(test.inferred(), "[1,4,2]");
    EXPECT_EQ(test.run({1, 2, 3, 4}), (std::vector<float>{1, 2, 3, 4, 10, 20, 30, 40}));
    EXPECT_EQ(test.macc(), 0);
}

TEST(Concat, ExplainsBadOperands) {
    EXPECT_EQ(concat({1, 2, 2}, {{1, 3, 1}}, 2).inferred(),
              "input 1 is float32 [1,3,1], expected float32 [1,2,2] except on axis 2");
    EXPECT_EQ(concat({1, 2}, {{1, 2, 2}}, 1).inferred(),
              "input 1 is float32 [1,2,2], expected float32 [1,2] except on axis 1");
    EXPECT_EQ(concat({1, 2}, {{1, 2}}, 2).inferred(), "axis is 2, expected 0 to 1");
    EXPECT_EQ(concat({1, 2}, {{1, 2}}, -1).inferred(), "axis is -1, expected 0 to 1");
    const Graph graph;
    EXPECT_EQ(find_op("concat")->infer(graph, make_node("concat", "n", {})).error().message,
              "has no inputs, expected at least 1");
}

}  // namespace
}  // namespace embark
