#include "ir/text.h"

#include <gtest/gtest.h>

#include <limits>

#include "ir/base64.h"

namespace embark {
namespace {

Graph sample() {
    Graph graph;
    graph.name = "a \"quoted\"\\name\n";
    graph.inputs = {graph.add_activation("x", {DataType::kFloat32, {1, 4}, {}})};
    const std::vector<float> small{1.0f, -0.0f, 0.1f, std::numeric_limits<float>::infinity()};
    graph.add_constant("small", {4}, small);
    std::vector<float> big(100);
    for (size_t i = 0; i < big.size(); ++i) big[i] = static_cast<float>(i) / 3;
    graph.add_constant("big", {4, 25}, big);
    graph.add_constant("same", {64}, std::vector<float>(64, 0.25f));
    graph.add_constant("q", {DataType::kInt8, {2}, {{0.5f, 0.25f}, {0, -3}, 0}}, Bytes{0xFF, 7});
    graph.add_constant("half", {DataType::kFloat16, {1}, {}}, Bytes{0x00, 0x3C});
    graph.add_constant("scalar", {DataType::kInt64, {}, {}}, Bytes{1, 0, 0, 0, 0, 0, 0, 0x80});
    Node node;
    node.op = "conv2d";
    node.name = "n/1";
    node.source = "Conv2D";
    node.inputs = {0, kNoTensor, 2};
    node.attributes = {{"a", int64_t{-5}},
                       {"b", 1.0},
                       {"c", std::string("same \"x\"")},
                       {"d", std::vector<int64_t>{1, 2}},
                       {"e", std::vector<double>{1.0, 1e-30}},
                       {"f", std::vector<int64_t>{}},
                       {"g", std::vector<double>{}},
                       {"h", std::numeric_limits<double>::infinity()}};
    node.outputs = {graph.add_activation("y", {DataType::kFloat32, {1, 2}, {}}),
                    graph.add_activation("z", {DataType::kUint8, {1}, {{2.0f}, {128}, 0}})};
    graph.nodes = {node};
    graph.add_activation("dangling", {DataType::kBool, {1}, {}});
    graph.outputs = {node.outputs[0]};
    return graph;
}

void expect_same(const Graph &a, const Graph &b) {
    EXPECT_EQ(a.name, b.name);
    EXPECT_EQ(a.inputs, b.inputs);
    EXPECT_EQ(a.outputs, b.outputs);
    ASSERT_EQ(a.tensors.size(), b.tensors.size());
    for (size_t i = 0; i < a.tensors.size(); ++i) {
        EXPECT_EQ(a.tensors[i].name, b.tensors[i].name);
        EXPECT_EQ(a.tensors[i].type, b.tensors[i].type);
        ASSERT_EQ(a.tensors[i].is_constant(), b.tensors[i].is_constant());
        if (a.tensors[i].is_constant()) {
            EXPECT_EQ(*a.tensors[i].data, *b.tensors[i].data) << a.tensors[i].name;
        }
    }
    ASSERT_EQ(a.nodes.size(), b.nodes.size());
    for (size_t i = 0; i < a.nodes.size(); ++i) {
        EXPECT_EQ(a.nodes[i].op, b.nodes[i].op);
        EXPECT_EQ(a.nodes[i].name, b.nodes[i].name);
        EXPECT_EQ(a.nodes[i].source, b.nodes[i].source);
        EXPECT_EQ(a.nodes[i].inputs, b.nodes[i].inputs);
        EXPECT_EQ(a.nodes[i].outputs, b.nodes[i].outputs);
        EXPECT_EQ(a.nodes[i].attributes, b.nodes[i].attributes);
    }
}

/// The error of \p text as one line, or "ok".
std::string fault(std::string_view text) {
    const auto graph = parse(text);
    return graph.ok() ? "ok" : to_string(graph.error());
}

TEST(GraphText, RoundTripsEveryPart) {
    const Graph graph = sample();
    const std::string text = print(graph);
    const auto again = parse(text);
    ASSERT_TRUE(again.ok()) << to_string(again.error()) << "\n" << text;
    expect_same(graph, *again);
    EXPECT_EQ(print(*again), text);
}

TEST(GraphText, RoundTripsStates) {
    const std::string text = R"(graph "counter"
input %0 "x" float32[1,2]
state %1 "before" float32[1,2] becomes %2
node "after" add(%0, %1) -> %2 "after" float32[1,2]
output %0
)";
    const auto graph = parse(text);
    ASSERT_TRUE(graph.ok()) << to_string(graph.error());
    ASSERT_EQ(graph->states.size(), 1u);
    EXPECT_EQ(graph->states[0].before, 1);
    EXPECT_EQ(graph->states[0].after, 2);
    EXPECT_EQ(print(*graph), text);
}

TEST(GraphText, IsReadable) {
    Graph graph;
    graph.name = "tiny";
    graph.inputs = {graph.add_activation("x", {DataType::kFloat32, {1, 2}, {}})};
    graph.add_constant("scale", {2}, std::vector<float>{0.5f, 2});
    graph.add_constant("shift", {2}, std::vector<float>{0, 0});
    Node node;
    node.op = "batch_norm";
    node.name = "bn";
    node.source = "BatchNormalization";
    node.inputs = {0, 1, 2};
    node.attributes = {{"axis", int64_t{1}}};
    node.outputs = {graph.add_activation("bn", {DataType::kFloat32, {1, 2}, {}})};
    graph.nodes = {node};
    graph.outputs = {3};
    EXPECT_EQ(print(graph),
              "graph \"tiny\"\n"
              "input %0 \"x\" float32[1,2]\n"
              "const %1 \"scale\" float32[2] = [0.5, 2]\n"
              "const %2 \"shift\" float32[2] = fill 0\n"
              "node \"bn\" batch_norm(%0, %1, %2) {axis = 1} source \"BatchNormalization\" -> "
              "%3 \"bn\" float32[1,2]\n"
              "output %3\n");
}

TEST(GraphText, ElidesLongConstantsOnRequest) {
    const std::string text = print(sample(), {.weights = false});
    EXPECT_NE(text.find("const %2 \"big\" float32[4,25] = elided\n"), std::string::npos) << text;
    EXPECT_EQ(text.find("base64 \"AAAA"), std::string::npos);
    EXPECT_EQ(fault("const %0 \"w\" float32[4] = elided"),
              "line 1: the constant was elided, expected its value (print it with weights)");
}

TEST(GraphText, IgnoresCommentsBlankLinesAndCarriageReturns) {
    const auto graph = parse("# a\r\n\r\ngraph \"g\" # b\r\n  input %0 \"x\" int8[1]\r\noutput %0");
    ASSERT_TRUE(graph.ok()) << to_string(graph.error());
    EXPECT_EQ(graph->outputs, std::vector<TensorId>{0});
}

TEST(GraphText, NamesTheLineAtFault) {
    EXPECT_EQ(
        fault("graph \"g\"\nnod \"x\""),
        "line 2: found 'nod \"x\"', expected graph, input, state, const, tensor, node or output");
    EXPECT_EQ(fault("input %0 \"x\" float31[1]"), "line 1: unknown data type 'float31'");
    EXPECT_EQ(fault("input %0 \"x\" float32[1"), "line 1: found the end of the line, expected ','");
    EXPECT_EQ(fault("input %0 \"x"), "line 1: string without closing '\"'");
    EXPECT_EQ(fault("input %0 \"\\q\" int8[1]"),
              "line 1: found '\\q\" int8[1]', expected an escape: \\\", \\\\ or \\xNN");
    EXPECT_EQ(fault("input %0 \"x\" int8[1]\ninput %0 \"y\" int8[1]"),
              "line 2: tensor %0 is declared twice");
    EXPECT_EQ(fault("input %1 \"x\" int8[1]"), "tensor %0 is never declared, but %1 is");
    EXPECT_EQ(fault("const %0 \"x\" int8[3] = [1, 2]"),
              "line 1: constant has 2 bytes, expected 3 for int8 [3]");
    EXPECT_EQ(fault("const %0 \"x\" int8[1] = [300]"),
              "line 1: found '300]', expected a value of the type");
    EXPECT_EQ(fault("const %0 \"x\" int8[1] = base64 \"?\""), "line 1: string is not base64");
    EXPECT_EQ(fault("const %0 \"x\" float32[1000000,1000000] = fill 0"),
              "line 1: shape [1000000,1000000] is negative or above 1073741824 bytes");
    EXPECT_EQ(fault("input %0 \"x\" int8[1] junk"),
              "line 1: found 'junk', expected the end of the line");
    EXPECT_EQ(fault("node \"n\" relu(%0) {a = }"),
              "line 1: found '}', expected a number, a string or a list");
    EXPECT_EQ(fault("node \"n\" relu(%0)"), "node n: input tensor id out of range");
}

TEST(Base64, RoundTripsAllLengths) {
    EXPECT_EQ(encode_base64(Bytes{'f', 'o', 'o', 'b'}), "Zm9vYg==");
    for (size_t length = 0; length < 10; ++length) {
        Bytes bytes;
        for (size_t i = 0; i < length; ++i) bytes.push_back(static_cast<uint8_t>(250 + i * 77));
        EXPECT_EQ(decode_base64(encode_base64(bytes)), bytes);
    }
    EXPECT_EQ(decode_base64("Zg="), std::nullopt);
    EXPECT_EQ(decode_base64("Z==="), std::nullopt);
    EXPECT_EQ(decode_base64("Zm 9"), std::nullopt);
}

}  // namespace
}  // namespace embark
