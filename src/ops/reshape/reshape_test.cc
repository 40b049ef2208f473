#include <gtest/gtest.h>

#include "ops/testing.h"

namespace embark {
namespace {

OpCase reshape(Shape input, std::vector<int64_t> shape) {
    return {"reshape", std::move(input), {}, {{"shape", std::move(shape)}}};
}

TEST(Reshape, KeepsTheElements) {
    const OpCase test = reshape({1, 2, 3}, {1, 6});
    EXPECT_EQ(test.inferred(), "[1,6]");
    EXPECT_EQ(test.run({1, 2, 3, 4, 5, 6}), (std::vector<float>{1, 2, 3, 4, 5, 6}));
    EXPECT_EQ(test.macc(), 0);
}

TEST(Reshape, ExplainsShapesThatDoNotMatch) {
    EXPECT_EQ(reshape({1, 2, 3}, {1, 5}).inferred(),
              "cannot reshape [1,2,3] of 6 elements to [1,5]");
    EXPECT_EQ(reshape({1, 2, 3}, {1, -6}).inferred(),
              "cannot reshape [1,2,3] of 6 elements to [1,-6]");
    EXPECT_EQ(reshape({1, 2}, {int64_t{1} << 33, int64_t{1} << 32}).inferred(),
              "cannot reshape [1,2] of 2 elements to [8589934592,4294967296]");
    EXPECT_EQ((OpCase{"reshape", {1, 2}, {}}).inferred(), "attribute shape is missing");
}

TEST(Reshape, TakesAnyDataTypeAlongWithItsQuantization) {
    Graph graph = graph_with_input({1, 4}, DataType::kInt8);
    graph.tensors[0].type.quantization = {{0.5f}, {3}, 0};
    const auto id = append_node(
        graph, make_node("reshape", "r", {0}, {{"shape", std::vector<int64_t>{1, 2, 2}}}));
    ASSERT_TRUE(id.ok());
    EXPECT_EQ(graph.tensor(*id).type.quantization, graph.tensors[0].type.quantization);
    graph.outputs = {*id};
    EXPECT_EQ(evaluate(graph, std::vector<Bytes>{{1, 2, 3, 4}})->at(0), (Bytes{1, 2, 3, 4}));
}

}  // namespace
}  // namespace embark
