// Operators whose attributes or operands take turns of their own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "import/onnx/onnx_importer.h"
#include "import/onnx/test_model.h"
#include "ops/registry.h"

namespace embark::onnx {
namespace {

using testing::attribute;
using ::testing::ElementsAre;
using testing::floats;
using testing::int64s;
using testing::Message;
using testing::node;
using testing::Parts;
using testing::tensor;
using testing::value;

Graph import(const Parts &parts) {
    auto graph = import_onnx_bytes(testing::model(parts), "test.onnx", "/nonexistent", {});
    EXPECT_TRUE(graph.ok()) << (graph.ok() ? "" : to_string(graph.error()));
    return graph.ok() ? std::move(graph).value() : Graph{};
}

const Node *find_node(const Graph &graph, std::string_view op) {
    for (const Node &node : graph.nodes) {
        if (node.op == op) return &node;
    }
    ADD_FAILURE() << "no node " << op;
    return nullptr;
}

Message words(const std::string &name, const std::vector<std::string> &list) {
    Message message;
    message.text(1, name);
    for (const std::string &word : list) message.text(9, word);
    return message.number(20, 8);
}

Message reals(const std::string &name, const std::vector<float> &list) {
    Message message;
    message.text(1, name);
    for (const float number : list) message.real(7, number);
    return message.number(20, 6);
}

Parts recurrent(std::vector<Message> attributes, std::vector<std::string> more_inputs = {}) {
    Parts parts;
    parts.inputs = {value("x", {4, 2, 3})};
    parts.outputs = {value("y", {4, 1, 2, 5})};
    parts.initializers = {floats("w", {1, 20, 3}, std::vector<float>(60, 0.1f)),
                          floats("r", {1, 20, 5}, std::vector<float>(100, 0.1f)),
                          tensor<int32_t>("lengths", 6, {2}, {4, 2})};
    attributes.push_back(attribute("hidden_size", int64_t{5}));
    std::vector<std::string> inputs = {"x", "w", "r"};
    inputs.insert(inputs.end(), more_inputs.begin(), more_inputs.end());
    parts.nodes = {node("LSTM", inputs, {"y"}, attributes)};
    return parts;
}

TEST(OnnxRecurrent, ParametersGoToTheFunctionsThatHaveThem) {
    const Graph graph = import(
        recurrent({words("activations", {"Tanh", "HardSigmoid", "LeakyRelu"}),
                   reals("activation_alpha", {0.25f, 0.5f}), reals("activation_beta", {0.75f})}));
    const Node *lstm = find_node(graph, "lstm");
    ASSERT_NE(lstm, nullptr);
    EXPECT_EQ(lstm->string_or("activations", ""), "tanh,hard_sigmoid,leaky_relu");
    EXPECT_THAT(std::get<std::vector<double>>(lstm->attributes.at("activation_alpha")),
                ElementsAre(0, 0.25, 0.5));
    EXPECT_THAT(std::get<std::vector<double>>(lstm->attributes.at("activation_beta")),
                ElementsAre(0, 0.75, 0));
}

TEST(OnnxRecurrent, SequencesMayEndEarly) {
    const Graph graph = import(recurrent({}, {"", "lengths"}));
    const Node *lstm = find_node(graph, "lstm");
    ASSERT_NE(lstm, nullptr);
    ASSERT_EQ(lstm->inputs.size(), 8u);
    EXPECT_THAT(graph.tensor(lstm->inputs[7]).values<int32_t>(), ElementsAre(4, 2));
    const std::vector<Bytes> inputs = {Bytes(4 * 2 * 3 * 4, 0x3e)};
    const auto outputs = evaluate(graph, inputs);
    ASSERT_TRUE(outputs.ok()) << to_string(outputs.error());
    const auto *y = reinterpret_cast<const float *>(outputs->front().data());
    for (int i = 0; i < 5; ++i) {  // step 3 of the sequence that has two
        EXPECT_EQ(y[3 * 10 + 5 + i], 0.0f);
        EXPECT_NE(y[3 * 10 + i], 0.0f);
    }
}

TEST(OnnxResize, ACropTakesItsPartOfTheLastTwoAxes) {
    Parts parts;
    parts.inputs = {value("x", {1, 1, 4, 4})};
    parts.outputs = {value("y", {1, 1, 2, 2})};
    parts.initializers = {floats("roi", {8}, {0, 0, 0.25f, 0.5f, 1, 1, 0.75f, 1}),
                          int64s("sizes", {1, 1, 2, 2})};
    parts.nodes = {
        node("Resize", {"x", "roi", "", "sizes"}, {"y"},
             {attribute("mode", std::string("linear")),
              attribute("coordinate_transformation_mode", std::string("tf_crop_and_resize")),
              attribute("extrapolation_value", 7.0f)})};
    const Graph graph = import(parts);
    const Node *resize = find_node(graph, "resize");
    ASSERT_NE(resize, nullptr);
    EXPECT_THAT(std::get<std::vector<double>>(resize->attributes.at("roi")),
                ElementsAre(0.25, 0.5, 0.75, 1));
    EXPECT_EQ(resize->float_or("extrapolation", 0), 7);
}

TEST(OnnxConstants, Bfloat16IsTheUpperHalfOfFloat32) {
    Parts parts;
    parts.inputs = {value("x", {1, 2})};
    parts.outputs = {value("y", {1, 2})};
    parts.initializers = {tensor<uint16_t>("c", 16, {2}, {0x3fc0, 0xc000})};
    parts.nodes = {node("Add", {"x", "c"}, {"y"})};
    const Graph graph = import(parts);
    const Node *add = find_node(graph, "add");
    ASSERT_NE(add, nullptr);
    EXPECT_THAT(graph.tensor(add->inputs[1]).values<float>(), ElementsAre(1.5f, -2.0f));
}

/// x -> QuantizeLinear -> DequantizeLinear -> Conv with int8 weights, channels first.
TEST(OnnxQuantized, WeightsStayIntegersWithTheirScalesPerChannel) {
    Parts parts;
    parts.inputs = {value("x", {1, 2, 3, 3})};
    parts.outputs = {value("y", {1, 3, 2, 2})};
    parts.initializers = {tensor<int8_t>("w", 3, {3, 2, 2, 2}, std::vector<int8_t>(24, 5)),
                          floats("scales", {3}, {0.5f, 0.25f, 0.125f}),
                          tensor<int8_t>("zeros", 3, {3}, {0, 0, 0})};
    parts.nodes = {node("DequantizeLinear", {"w", "scales", "zeros"}, {"real"},
                        {attribute("axis", int64_t{0})}),
                   node("Conv", {"x", "real"}, {"y"})};
    const Graph graph = import(parts);
    const Node *dequantize = find_node(graph, "dequantize");
    ASSERT_NE(dequantize, nullptr);
    const Tensor &weights = graph.tensor(dequantize->inputs[0]);
    EXPECT_TRUE(weights.is_constant());
    EXPECT_EQ(weights.type.type, DataType::kInt8);
    EXPECT_THAT(weights.type.shape, ElementsAre(3, 2, 2, 2));
    EXPECT_EQ(weights.type.quantization.axis, 0);
    EXPECT_THAT(weights.type.quantization.scales, ElementsAre(0.5f, 0.25f, 0.125f));
    const Node *conv = find_node(graph, "conv2d");
    ASSERT_NE(conv, nullptr);
    EXPECT_EQ(conv->inputs[1], dequantize->outputs[0]);
}

}  // namespace
}  // namespace embark::onnx
