#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "import/importer.h"
#include "ops/quantized.h"
#include "ops/registry.h"
#include "ops/testing.h"
#include "passes/passes.h"

namespace embark {
namespace {

/// x -> quantize -> dequantize -> \p op -> quantize -> dequantize, all per tensor.
struct Sandwich {
    explicit Sandwich(Shape shape) : graph(graph_with_input(std::move(shape))) {
        last = real(graph.inputs[0], 0.02f, 5);
    }
    TensorId real(TensorId from, float scale, int32_t zero, DataType type = DataType::kInt8) {
        const std::string name = "q" + std::to_string(graph.nodes.size());
        const TensorId q = append_node(graph, make_node("quantize", name, {from},
                                                        {{"to", std::string(to_string(type))},
                                                         {"rounding", std::string("even")}}))
                               .value();
        graph.tensor(q).type.quantization = {{scale}, {zero}, 0};
        return append_node(graph, make_node("dequantize", name + "/real", {q})).value();
    }
    /// Weights of int8 with a scale per channel of \p axis, dequantised.
    TensorId weights(Shape shape, int axis) {
        const auto channels = static_cast<size_t>(shape[static_cast<size_t>(axis)]);
        Bytes bytes;
        for (int64_t i = 0; i < element_count(shape); ++i) {
            bytes.push_back(static_cast<uint8_t>(i * 37 % 251));
        }
        Quantization quantization{std::vector<float>(channels, 0.01f),
                                  std::vector<int32_t>(channels, 0), axis};
        for (size_t i = 0; i < channels; ++i) quantization.scales[i] += 0.001f * i;
        const TensorId w =
            graph.add_constant("w", {DataType::kInt8, std::move(shape), quantization}, bytes);
        return append_node(graph, make_node("dequantize", "w/real", {w})).value();
    }
    TensorId append(const std::string &op, std::vector<TensorId> inputs,
                    Attributes attributes = {}) {
        return append_node(graph, make_node(op, op, std::move(inputs), std::move(attributes)))
            .value();
    }

    Graph graph;
    TensorId last;
};

/// Runs both passes; every node but the ends must then work on integers, and outputs be at most
/// \p quanta steps of \p scale from what float arithmetic gives.
void expect_fused(Graph graph, float scale, float quanta = 1.0f) {
    const Graph before = graph;
    const auto result =
        run_named_passes(graph, {"shift_unsigned", "fuse_quantized", "remove_unused"});
    ASSERT_TRUE(result.ok()) << to_string(result.error());
    for (const Node &node : graph.nodes) {
        if (node.op == "quantize" || node.op == "dequantize") continue;
        EXPECT_TRUE(is_quantized(graph.tensor(node.outputs[0]).type)) << node.name;
        EXPECT_TRUE(is_quantized(graph.tensor(node.inputs[0]).type)) << node.name;
    }
    const Shape &shape = before.tensor(before.inputs[0]).type.shape;
    const std::vector<Bytes> inputs = {to_bytes(noise(element_count(shape), 5))};
    const auto expected = to_floats(evaluate(before, inputs).value()[0]);
    const auto found = to_floats(evaluate(graph, inputs).value()[0]);
    ASSERT_EQ(found.size(), expected.size());
    for (size_t i = 0; i < found.size(); ++i) {
        EXPECT_LE(std::fabs(found[i] - expected[i]), quanta * scale * 1.001f) << i;
    }
}

TEST(FuseQuantized, ConvolutionsWithScalesPerChannel) {
    Sandwich net({1, 6, 5, 3});
    const TensorId w = net.weights({4, 3, 3, 3}, 0);
    const TensorId b = net.graph.add_constant("b", {4}, noise(4));
    const TensorId y = net.append("conv2d", {net.last, w, b});
    net.graph.outputs = {net.real(net.append("relu", {y}), 0.05f, -128)};
    expect_fused(net.graph, 0.05f);
}

TEST(FuseQuantized, DepthwiseConvolutions) {
    Sandwich net({1, 6, 5, 4});
    const TensorId w = net.weights({3, 3, 4}, 2);
    net.graph.outputs = {net.real(net.append("depthwise_conv2d", {net.last, w}), 0.05f, 3)};
    expect_fused(net.graph, 0.05f);
}

TEST(FuseQuantized, SumsAndProductsOfUint8) {
    for (const char *op : {"add", "multiply", "subtract"}) {
        SCOPED_TRACE(op);
        Sandwich net({1, 40});
        const TensorId a = net.real(net.graph.inputs[0], 0.03f, 128, DataType::kUint8);
        const TensorId b = net.real(net.graph.inputs[0], 0.01f, 90, DataType::kUint8);
        const TensorId y = net.append(op, {a, b});
        net.graph.outputs = {net.real(y, 0.02f, 120, DataType::kUint8)};
        expect_fused(net.graph, 0.02f);
    }
}

TEST(FuseQuantized, ActivationsAndMeans) {
    for (const char *op : {"sigmoid", "tanh", "hard_swish", "elu", "gelu", "global_average_pool"}) {
        SCOPED_TRACE(op);
        Sandwich net({1, 4, 5, 3});
        net.graph.outputs = {net.real(net.append(op, {net.last}), 0.01f, 0)};
        expect_fused(net.graph, 0.01f);
    }
}

TEST(FuseQuantized, PaddingBecomesTheZeroPoint) {
    Sandwich net({1, 4});
    const TensorId y =
        net.append("pad", {net.last},
                   {{"before", std::vector<int64_t>{0, 1}}, {"after", std::vector<int64_t>{0, 2}}});
    net.graph.outputs = {net.real(y, 0.02f, 5)};
    expect_fused(net.graph, 0.02f, 0);
}

TEST(FuseQuantized, FloatOperatorsOfTensorFlowLiteStayFloat) {
    Sandwich net({1, 4});
    net.graph.outputs = {net.real(net.append("tanh", {net.last}), 0.01f, 0)};
    for (Node &node : net.graph.nodes) node.attributes.erase("rounding");
    const auto result = run_named_passes(net.graph, {"fuse_quantized"});
    ASSERT_TRUE(result.ok());
    EXPECT_EQ(result->front().changes, 0);
}

TEST(FuseQuantized, FloatWeightsAndSharedValuesStayFloat) {
    Sandwich net({1, 4});
    const TensorId w = net.graph.add_constant("w", {2, 4}, noise(8));
    const TensorId y = net.append("dense", {net.last, w});
    net.graph.outputs = {net.real(y, 0.02f, 0), net.append("tanh", {y})};
    const auto result = run_named_passes(net.graph, {"fuse_quantized"});
    ASSERT_TRUE(result.ok());
    EXPECT_EQ(result->front().changes, 0);
}

/// How many steps the outputs are apart.
float largest_difference(const std::vector<float> &a, const std::vector<float> &b, float step) {
    float most = 0;
    for (size_t i = 0; i < a.size(); ++i) most = std::max(most, std::fabs(a[i] - b[i]) / step);
    return most;
}

/// Networks that ONNX Runtime quantised, against its answers.
class QuantizedOnnx : public testing::TestWithParam<const char *> {};

TEST_P(QuantizedOnnx, RunsOnIntegersAndAnswersAsOnnxRuntime) {
    const auto folder = std::filesystem::path(EMBARK_SOURCE_DIR) / "tests/data/quantized_onnx";
    const std::string name = GetParam();
    auto graph = import_model(folder / (name + ".onnx"));
    ASSERT_TRUE(graph.ok()) << to_string(graph.error());
    ASSERT_TRUE(run_passes(*graph).ok());
    float step = 0;
    for (const Node &node : graph->nodes) {
        const TensorType &type = graph->tensor(node.outputs[0]).type;
        if (node.op == "dequantize") {
            step = graph->tensor(node.inputs[0]).type.quantization.scales[0];
            EXPECT_EQ(node.outputs[0], graph->outputs[0]) << node.name;
        } else {
            EXPECT_EQ(type.type, DataType::kInt8) << node.name << " " << node.op;
        }
    }
    ASSERT_GT(step, 0);
    for (int i = 0; i < 4; ++i) {
        const std::string end = std::to_string(i) + ".bin";
        const std::vector<Bytes> inputs = {read_file(folder / ("in" + end)).value()};
        const auto expected = to_floats(read_file(folder / (name + ".out" + end)).value());
        const auto found = to_floats(evaluate(*graph, inputs).value()[0]);
        ASSERT_EQ(found.size(), expected.size());
        EXPECT_LE(largest_difference(found, expected, step), 1.001f) << "input " << i;
    }
}

INSTANTIATE_TEST_SUITE_P(Networks, QuantizedOnnx,
                         testing::Values("qdq_int8", "qdq_uint8", "qlinear_uint8"));

}  // namespace
}  // namespace embark
