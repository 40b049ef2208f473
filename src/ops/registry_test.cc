#include "ops/registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "ops/testing.h"

namespace embark {
namespace {

using ::testing::HasSubstr;

TEST(Registry, IsSortedAndFindsEveryOperator) {
    std::string_view previous;
    for (const OpDefinition &op : all_ops()) {
        EXPECT_LT(previous, op.name);
        previous = op.name;
        EXPECT_EQ(find_op(op.name), &op);
    }
    EXPECT_EQ(find_op("conv4d"), nullptr);
    EXPECT_EQ(find_op(""), nullptr);
}

TEST(Registry, ActivationsAreElementwiseAndMayRunInPlace) {
    for (const OpDefinition &op : all_ops()) {
        if (!op.has(kActivation)) continue;
        EXPECT_TRUE(op.has(kElementwise)) << op.name;
        EXPECT_TRUE(op.has(kInPlaceOk)) << op.name;
    }
}

TEST(Registry, VerifyCollectsTheFaultsOfAllNodes) {
    Graph graph = graph_with_input({1, 4});
    ASSERT_TRUE(append_node(graph, make_node("relu", "first", {0})).ok());
    ASSERT_TRUE(append_node(graph, make_node("relu", "second", {1})).ok());
    graph.outputs = {2};
    ASSERT_TRUE(verify(graph).ok());
    graph.nodes[0].op = "rely";
    graph.tensors[2].type.shape = {1, 5};
    const Status status = verify(graph);
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(to_string(status.error()),
              "node first: unknown operator 'rely'\n"
              "note: also: node second: output 0 is float32 [1,5], expected float32 [1,4]");
}

TEST(Registry, AppendNodeNamesTheNodeAtFault) {
    Graph graph = graph_with_input({1, 4});
    const auto id = append_node(graph, make_node("max_pool2d", "pool_1", {0}));
    ASSERT_FALSE(id.ok());
    EXPECT_EQ(to_string(id.error()),
              "node pool_1: input 0 has shape [1,4] of rank 2, expected rank 4 (NHWC)");
    EXPECT_TRUE(graph.nodes.empty());
    EXPECT_EQ(graph.tensors.size(), 1u);
}

TEST(Registry, RefusesShapesThatNoArithmeticCanHold) {
    const int64_t million = int64_t{1} << 20;
    Graph graph = graph_with_input({1, million, million, million});
    EXPECT_EQ(append_node(graph, make_node("relu", "a", {0})).error().message,
              "input 0 has shape [1,1048576,1048576,1048576], expected at most 1099511627776 "
              "elements");
    graph = graph_with_input({1, 1, 1});
    const std::vector<int64_t> much(3, million);
    EXPECT_EQ(append_node(graph, make_node("pad", "p", {0}, {{"before", much}, {"after", much}}))
                  .error()
                  .message,
              "output has shape [2097153,2097153,2097153], expected at most 1099511627776 "
              "elements");
}

TEST(Evaluate, RejectsInputsOfTheWrongSize) {
    Graph graph = graph_with_input({1, 4});
    ASSERT_TRUE(append_node(graph, make_node("relu", "a", {0})).ok());
    graph.outputs = {1};
    const std::vector<Bytes> short_input{Bytes(12)};
    const auto result = evaluate(graph, short_input);
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(to_string(result.error()), "input x: has 12 bytes, expected 16 for float32 [1,4]");
    EXPECT_FALSE(evaluate(graph, std::vector<Bytes>{}).ok());
}

TEST(Evaluate, HandsOutEveryTensorOnRequest) {
    Graph graph = graph_with_input({1, 2});
    ASSERT_TRUE(append_node(graph, make_node("relu", "a", {0})).ok());
    ASSERT_TRUE(append_node(graph, make_node("add", "b", {0, 1})).ok());
    graph.outputs = {2};
    std::vector<Bytes> tensors;
    const auto result = evaluate(graph, std::vector<Bytes>{to_bytes({-1.0f, 3.0f})}, &tensors);
    ASSERT_TRUE(result.ok());
    ASSERT_EQ(tensors.size(), 3u);
    EXPECT_EQ(to_floats(tensors[0]), (std::vector<float>{-1, 3}));
    EXPECT_EQ(to_floats(tensors[1]), (std::vector<float>{0, 3}));
    EXPECT_EQ(to_floats(tensors[2]), (std::vector<float>{-1, 6}));
    EXPECT_EQ(result->at(0), tensors[2]);
}

TEST(Evaluate, SaysWhichNodeLacksADataType) {
    Graph graph = graph_with_input({1, 2});
    ASSERT_TRUE(append_node(graph, make_node("tanh", "a", {0})).ok());
    graph.outputs = {1};
    graph.tensors[0].type.type = DataType::kInt8;
    const auto result = evaluate(graph, std::vector<Bytes>{Bytes(2)});
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().code, ErrorCode::kUnsupported);
    EXPECT_THAT(to_string(result.error()), HasSubstr("node a: tanh is not supported for int8"));
}

TEST(Evaluate, AnInputCanBeAnOutput) {
    Graph graph = graph_with_input({1, 2});
    graph.outputs = {0};
    const auto result = evaluate(graph, std::vector<Bytes>{to_bytes({1.0f, 2.0f})});
    ASSERT_TRUE(result.ok());
    EXPECT_EQ(to_floats(result->at(0)), (std::vector<float>{1, 2}));
}

}  // namespace
}  // namespace embark
