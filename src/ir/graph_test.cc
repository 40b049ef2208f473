#include "ir/graph.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace embark {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// input → relu → dense(weights) → output
Graph small_graph() {
    Graph graph;
    graph.name = "small";
    graph.source.file_name = "small.h5";
    const TensorId input = graph.add_activation("input", {DataType::kFloat32, {1, 4}, {}});
    const TensorId hidden = graph.add_activation("hidden", {DataType::kFloat32, {1, 4}, {}});
    const std::vector<float> ones(8, 1.0f);
    const TensorId weights = graph.add_constant("weights", Shape{2, 4}, ones);
    const TensorId output = graph.add_activation("output", {DataType::kFloat32, {1, 2}, {}});
    graph.inputs = {input};
    graph.outputs = {output};
    graph.nodes.push_back(Node{"relu", "relu", {input}, {hidden}, {}, "ReLU"});
    graph.nodes.push_back(
        Node{"dense", "dense", {hidden, weights, kNoTensor}, {output}, {}, "Dense"});
    return graph;
}

/// What verify_structure says; empty when it is content.
std::string verdict(const Graph &graph) {
    const Status status = verify_structure(graph);
    if (status.ok()) return "";
    EXPECT_EQ(status.error().code, ErrorCode::kInternal);
    return to_string(status.error());
}

TEST(Graph, KnowsProducersAndConsumers) {
    const Graph graph = small_graph();
    EXPECT_EQ(graph.producer(0), -1);
    EXPECT_EQ(graph.producer(1), 0);
    EXPECT_EQ(graph.producer(2), -1);
    EXPECT_EQ(graph.producer(3), 1);
    EXPECT_THAT(graph.consumers(1), ElementsAre(1));
    EXPECT_THAT(graph.consumers(3), IsEmpty());
    EXPECT_TRUE(graph.is_output(3));
    EXPECT_FALSE(graph.is_output(1));
}

TEST(Graph, ListsAConsumerOnceThatReadsATensorTwice) {
    Graph graph = small_graph();
    graph.nodes[1].inputs = {1, 1};
    EXPECT_THAT(graph.consumers(1), ElementsAre(1));
}

TEST(Graph, ConstantsKeepTheirValues) {
    Graph graph;
    const std::vector<float> values{1.0f, -2.5f};
    const TensorId id = graph.add_constant("c", Shape{2}, values);
    EXPECT_TRUE(graph.tensor(id).is_constant());
    EXPECT_THAT(graph.tensor(id).values<float>(), ElementsAre(1.0f, -2.5f));
    EXPECT_DEATH((void)graph.tensor(id).values<double>(), "assertion");
    EXPECT_DEATH((void)graph.tensor(7), "assertion");
    EXPECT_DEATH((void)graph.tensor(kNoTensor), "assertion");
}

TEST(Shape, CountsElements) {
    EXPECT_EQ(element_count({}), 1);
    EXPECT_EQ(element_count({1, 32, 32, 3}), 3072);
    EXPECT_EQ(element_count({5, 0, 3}), 0);
    EXPECT_EQ(to_string(Shape{1, 32, 32, 3}), "[1,32,32,3]");
    EXPECT_EQ(to_string(Shape{}), "[]");
}

TEST(Shape, HugeExtentsSaturateInsteadOfOverflowing) {
    const int64_t huge = int64_t{1} << 40;
    EXPECT_EQ(element_count({huge, huge}), std::numeric_limits<int64_t>::max());
    EXPECT_EQ(element_count({huge, huge, 0}), 0);
    EXPECT_EQ((TensorType{DataType::kInt64, {huge, huge}, {}}).bytes(),
              std::numeric_limits<size_t>::max());
}

TEST(DataType, NamesAndSizesGoBothWays) {
    for (const auto &[name, bytes] : std::vector<std::pair<std::string, size_t>>{{"float32", 4},
                                                                                 {"float16", 2},
                                                                                 {"int8", 1},
                                                                                 {"uint8", 1},
                                                                                 {"int16", 2},
                                                                                 {"int32", 4},
                                                                                 {"int64", 8},
                                                                                 {"bool", 1}}) {
        const auto type = parse_data_type(name);
        ASSERT_TRUE(type.ok()) << name;
        EXPECT_EQ(to_string(*type), name);
        EXPECT_EQ(size_of(*type), bytes);
    }
    EXPECT_EQ(parse_data_type("float").error().message, "unknown data type 'float'");
}

TEST(Node, AttributesFallBackWhenAbsentOrOfAnotherType) {
    Node node;
    node.attributes = {{"groups", int64_t{4}},
                       {"alpha", 0.5},
                       {"mode", std::string("same")},
                       {"strides", std::vector<int64_t>{2, 1}}};
    EXPECT_EQ(node.int_or("groups", 1), 4);
    EXPECT_EQ(node.int_or("alpha", 1), 1);
    EXPECT_EQ(node.int_or("none", 9), 9);
    EXPECT_EQ(node.float_or("alpha", 0), 0.5);
    EXPECT_EQ(node.float_or("groups", 0), 4.0);
    EXPECT_EQ(node.float_or("mode", 0.25), 0.25);
    EXPECT_EQ(node.string_or("mode", ""), "same");
    EXPECT_EQ(node.string_or("none", "valid"), "valid");
    EXPECT_THAT(node.ints_or("strides", {1, 1}), ElementsAre(2, 1));
    EXPECT_THAT(node.ints_or("none", {1, 1}), ElementsAre(1, 1));
}

TEST(VerifyStructure, AcceptsASoundGraph) {
    EXPECT_EQ(verdict(small_graph()), "");
}

TEST(VerifyStructure, AcceptsAnInputThatIsAlsoAnOutput) {
    Graph graph = small_graph();
    graph.outputs.push_back(0);
    EXPECT_EQ(verdict(graph), "");
}

TEST(VerifyStructure, RefusesANodeBeforeItsProducer) {
    Graph graph = small_graph();
    std::swap(graph.nodes[0], graph.nodes[1]);
    EXPECT_EQ(verdict(graph), "small.h5: node dense: reads tensor 'hidden' before it is made");
}

TEST(VerifyStructure, RefusesTwoProducers) {
    Graph graph = small_graph();
    graph.nodes.push_back(Node{"relu", "again", {0}, {1}, {}, ""});
    EXPECT_EQ(verdict(graph), "small.h5: node again: tensor 'hidden' is made twice");
}

TEST(VerifyStructure, RefusesToOverwriteAConstantOrAnInput) {
    Graph graph = small_graph();
    graph.nodes.push_back(Node{"relu", "again", {0}, {2}, {}, ""});
    EXPECT_THAT(verdict(graph), HasSubstr("'weights' is made twice"));
    graph.nodes.back().outputs = {0};
    EXPECT_THAT(verdict(graph), HasSubstr("'input' is made twice"));
}

TEST(VerifyStructure, RefusesTheSameNameTwice) {
    Graph graph = small_graph();
    graph.nodes[1].name = "relu";
    EXPECT_EQ(verdict(graph), "small.h5: node relu: name is used twice");
}

TEST(VerifyStructure, RefusesIdsOutOfRange) {
    Graph graph = small_graph();
    graph.nodes[0].inputs = {99};
    EXPECT_THAT(verdict(graph), HasSubstr("input tensor id out of range"));
    graph = small_graph();
    graph.nodes[0].outputs = {kNoTensor};
    EXPECT_THAT(verdict(graph), HasSubstr("output tensor id out of range"));
    graph = small_graph();
    graph.inputs = {-5};
    EXPECT_THAT(verdict(graph), HasSubstr("inputs: tensor id out of range"));
    graph = small_graph();
    graph.outputs = {4};
    EXPECT_THAT(verdict(graph), HasSubstr("an output is never made"));
}

TEST(VerifyStructure, RefusesAnOutputThatNothingMakes) {
    Graph graph = small_graph();
    graph.nodes.pop_back();
    EXPECT_EQ(verdict(graph), "small.h5: outputs: an output is never made");
}

TEST(VerifyStructure, RefusesAStateThatNoNodeMakes) {
    Graph graph = small_graph();
    const TensorType type = graph.tensor(graph.outputs[0]).type;
    const TensorId before = graph.add_activation("before", type);
    graph.states = {{before, before}};
    EXPECT_THAT(verdict(graph), HasSubstr("becomes one that no node makes"));
    graph.states = {{before, graph.outputs[0]}};
    EXPECT_EQ(verdict(graph), "");
}

TEST(VerifyStructure, RefusesAStateThatChangesItsType) {
    Graph graph = small_graph();
    const TensorId before = graph.add_activation("before", {DataType::kInt8, {3}, {}});
    graph.states = {{before, graph.outputs[0]}};
    EXPECT_THAT(verdict(graph), HasSubstr("becomes one of another type"));
}

TEST(VerifyStructure, RefusesAConstantAsInput) {
    Graph graph = small_graph();
    graph.inputs.push_back(2);
    EXPECT_THAT(verdict(graph), HasSubstr("'weights' is a constant or listed twice"));
}

TEST(VerifyStructure, RefusesAConstantOfTheWrongSize) {
    Graph graph = small_graph();
    graph.tensor(2).type.shape = {2, 5};
    EXPECT_EQ(verdict(graph),
              "small.h5: tensor weights: constant has 32 bytes, its type float32 [2,5] needs 40");
}

TEST(VerifyStructure, RefusesNegativeExtents) {
    Graph graph = small_graph();
    graph.tensor(1).type.shape = {-1, 4};
    EXPECT_EQ(verdict(graph), "small.h5: tensor hidden: shape [-1,4] has a negative extent");
}

TEST(VerifyStructure, ChecksQuantizationAgainstTheShape) {
    Graph graph = small_graph();
    Quantization &quantization = graph.tensor(2).type.quantization;
    quantization = {{0.5f, 0.25f}, {0, 0}, 0};
    EXPECT_EQ(verdict(graph), "");
    quantization = {{0.5f}, {3}, 7};  // one scale for all: the axis does not matter
    EXPECT_EQ(verdict(graph), "");
    quantization = {{0.5f, 0.25f}, {0, 0}, 1};
    EXPECT_THAT(verdict(graph), HasSubstr("has 2 scales along axis 1 of shape [2,4]"));
    quantization = {{0.5f, 0.25f}, {0, 0}, 2};
    EXPECT_THAT(verdict(graph), HasSubstr("has 2 scales along axis 2 of shape [2,4]"));
    quantization = {{0.5f, 0.25f}, {0}, 0};
    EXPECT_THAT(verdict(graph), HasSubstr("has 2 scales and 1 zero points"));
}

}  // namespace
}  // namespace embark
