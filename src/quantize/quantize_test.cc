#include "quantize/quantize.h"

#include <gtest/gtest.h>

#include <cmath>

#include "export/tflite/tflite_exporter.h"
#include "import/tflite/tflite_importer.h"
#include "ops/testing.h"
#include "quantize/adapt.h"
#include "quantize/normal_form.h"
#include "quantize/scales.h"

namespace embark {
namespace {

using Ints = std::vector<int64_t>;

TensorId constant(Graph &graph, Shape shape, uint32_t seed, float factor = 0.5f) {
    std::vector<float> values = noise(element_count(shape), seed);
    for (float &value : values) value *= factor;
    return graph.add_constant("c" + std::to_string(seed), std::move(shape), values);
}

TensorId append(Graph &graph, Node node) {
    return append_node(graph, std::move(node)).value();
}

/// conv → relu → batch norm (scales of both signs) → max pool → conv → add → dense → softmax.
Graph small_network() {
    Graph graph = graph_with_input({1, 8, 8, 3});
    const Attributes same = {{"padding", Ints{1, 1, 1, 1}}};
    TensorId x = append(
        graph, make_node("conv2d", "first",
                         {0, constant(graph, {6, 3, 3, 3}, 1), constant(graph, {6}, 2)}, same));
    x = append(graph, make_node("relu", "relu", {x}));
    x = append(graph, make_node("batch_norm", "norm",
                                {x, constant(graph, {6}, 3, 2.0f), constant(graph, {6}, 4)}));
    x = append(graph, make_node("max_pool2d", "pool", {x},
                                {{"kernel", Ints{2, 2}}, {"strides", Ints{2, 2}}}));
    const TensorId y =
        append(graph, make_node("conv2d", "second", {x, constant(graph, {6, 3, 3, 6}, 5)}, same));
    x = append(graph, make_node("add", "sum", {x, y}));
    x = append(graph, make_node("relu6", "cut", {x}));
    x = append(graph,
               make_node("depthwise_conv2d", "deep", {x, constant(graph, {3, 3, 6}, 6)}, same));
    x = append(graph, make_node("reshape", "flat", {x}, {{"shape", Ints{1, 96}}}));
    x = append(graph, make_node("dense", "last",
                                {x, constant(graph, {4, 96}, 7), constant(graph, {4}, 8)}));
    graph.outputs = {append(graph, make_node("softmax", "scores", {x}))};
    return graph;
}

Samples samples_for(const Graph &graph, int count) {
    Samples samples;
    for (int i = 0; i < count; ++i) {
        samples.push_back({to_bytes(noise(element_count(graph.tensor(graph.inputs[0]).type.shape),
                                          static_cast<uint32_t>(i) + 100))});
    }
    return samples;
}

struct Prepared {
    Graph graph;
    Samples samples;
    std::vector<Observation> seen;
};

Prepared prepared() {
    Prepared result;
    result.graph = small_network();
    EXPECT_TRUE(to_normal_form(result.graph).ok());
    result.samples = samples_for(result.graph, 40);
    result.seen = observe(result.graph, result.samples).value();
    return result;
}

double error_of(const Prepared &p, const Graph &quantized) {
    return score_error(scores_of(p.graph, p.samples).value(),
                       scores_of(quantized, p.samples).value());
}

TEST(NormalForm, NormalisationBehindReluBecomesLimitsPerChannel) {
    const Graph before = small_network();
    Graph after = before;
    EXPECT_EQ(to_normal_form(after).value(), 1);
    std::vector<std::string> ops;
    for (const Node &node : after.nodes) ops.push_back(node.op);
    EXPECT_EQ(std::vector<std::string>(ops.begin(), ops.begin() + 4),
              (std::vector<std::string>{"conv2d", "maximum", "minimum", "max_pool2d"}));
    for (const auto &sample : samples_for(before, 3)) {
        const auto expected = to_floats(evaluate(before, sample).value()[0]);
        const auto found = to_floats(evaluate(after, sample).value()[0]);
        for (size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(expected[i], found[i], 1e-5f);
    }
}

TEST(NormalForm, NormalisationOfItsOwnBecomesADepthwiseConvolution) {
    Graph graph = graph_with_input({1, 4, 4, 3});
    graph.outputs = {append(
        graph,
        make_node("batch_norm", "norm", {0, constant(graph, {3}, 1), constant(graph, {3}, 2)}))};
    const Graph before = graph;
    EXPECT_EQ(to_normal_form(graph).value(), 1);
    EXPECT_EQ(graph.nodes[0].op, "depthwise_conv2d");
    const auto sample = samples_for(before, 1)[0];
    EXPECT_EQ(evaluate(before, sample).value(), evaluate(graph, sample).value());
}

TEST(Int8Quantization, FollowsTensorFlowLitesRules) {
    EXPECT_EQ(int8_quantization({0, 1}), (Quantization{{1.0f / 255}, {-128}, 0}));
    // The range is widened to hold zero, and the zero point is a stored value.
    EXPECT_EQ(int8_quantization({2, 4}), (Quantization{{4.0f / 255}, {-128}, 0}));
    EXPECT_EQ(int8_quantization({-1, 1}).zero_points[0], -1);
    EXPECT_EQ(int8_quantization({-4, -2}).zero_points[0], 127);
}

TEST(Observe, RefusesDataThatSayNothing) {
    const Graph graph = small_network();
    EXPECT_EQ(observe(graph, {}).error().message, "no calibration data");
    const std::vector<float> zeros(192, 0.25f);
    const auto constant_data = observe(graph, {{to_bytes(zeros)}});
    ASSERT_FALSE(constant_data.ok());
    EXPECT_NE(constant_data.error().message.find("one constant"), std::string::npos);
    std::vector<float> broken = noise(192, 3);
    broken[7] = NAN;
    const auto not_finite = observe(graph, {{to_bytes(broken)}});
    ASSERT_FALSE(not_finite.ok());
    EXPECT_NE(not_finite.error().message.find("not finite"), std::string::npos);
}

TEST(ChooseRange, MethodsCutOffOutliersAsFarAsTheyShould) {
    Observation seen;
    seen.low = 0;
    seen.high = 100;
    // Nearly everything lies in the first hundredth; one value in a million at the end.
    for (size_t bin = 0; bin < 20; ++bin) seen.histogram[bin] = 50000;
    seen.histogram.back() = 1;
    seen.count = 1000001;
    EXPECT_EQ(choose_range(seen, RangeMethod::kMinMax).high, 100);
    EXPECT_LT(choose_range(seen, RangeMethod::kPercentile).high, 2);
    EXPECT_LT(choose_range(seen, RangeMethod::kMse).high, 60);
    // Where every bin has a level of its own anyway, nothing is gained by cutting.
    EXPECT_EQ(choose_range(seen, RangeMethod::kEntropy).high, 100);
}

TEST(PlanScales, ClampsAndPoolsShareTheScaleOfTheirLayer) {
    const Prepared p = prepared();
    const auto scales = plan_scales(p.graph, p.seen, RangeMethod::kMinMax);
    const auto of = [&](size_t node) {
        return scales[static_cast<size_t>(p.graph.nodes[node].outputs[0])];
    };
    EXPECT_EQ(of(0), of(1));
    EXPECT_EQ(of(1), of(3));
    EXPECT_EQ(scales[static_cast<size_t>(p.graph.outputs[0])],
              (Quantization{{1.0f / 256}, {-128}, 0}));
}

TEST(RoundWeights, CompensationBeatsRoundingToNearestOnCorrelatedInputs) {
    constexpr int64_t kDepth = 24, kOuts = 20;
    const WeightMatrix weights{kOuts, kDepth, noise(kOuts * kDepth, 5)};
    Gram gram(kDepth);
    std::vector<float> rows;
    for (uint32_t row = 0; row < 400; ++row) {
        const auto base = noise(4, row + 1), own = noise(kDepth, row + 1000);
        for (size_t i = 0; i < kDepth; ++i) rows.push_back(base[i % 4] + 0.2f * own[i]);
    }
    gram.add(rows);
    EXPECT_EQ(gram.rows(), 400);
    for (const int bits : {2, 3, 4, 8}) {
        const auto levels = choose_levels(weights, bits);
        EXPECT_EQ(levels.size(), bits == 8 ? 255u : 1u << bits);
        const double nearest =
            rounding_error(weights, round_weights(weights, levels, nullptr), &gram);
        const double adapted =
            rounding_error(weights, round_weights(weights, levels, &gram), &gram);
        EXPECT_LT(adapted, nearest * 0.7) << bits << " bits";
    }
}

TEST(QuantizeNetwork, AnswersNearlyAsTheFloatNetwork) {
    const Prepared p = prepared();
    for (const bool adapt : {false, true}) {
        QuantizeOptions options;
        options.adapt = adapt;
        const auto network = quantize_network(p.graph, p.seen, p.samples, options);
        ASSERT_TRUE(network.ok()) << to_string(network.error());
        EXPECT_TRUE(network->stays_float.empty());
        EXPECT_EQ(network->layers.size(), 4u);
        EXPECT_EQ(network->graph.tensor(network->graph.inputs[0]).type.type, DataType::kInt8);
        EXPECT_EQ(network->graph.tensor(network->graph.outputs[0]).type.type, DataType::kInt8);
        EXPECT_LT(error_of(p, network->graph), 2e-3);
    }
}

TEST(QuantizeNetwork, FewerBitsLoseMore) {
    const Prepared p = prepared();
    double last = 0;
    for (const int bits : {8, 4, 2}) {
        QuantizeOptions options;
        for (const char *layer : {"first", "second", "last"}) options.bits[layer] = bits;
        const auto network = quantize_network(p.graph, p.seen, p.samples, options).value();
        const double error = error_of(p, network.graph);
        EXPECT_GT(error, last);
        last = error;
        const auto values = network.graph.tensor(network.graph.nodes[0].inputs[1]).values<int8_t>();
        EXPECT_LE(std::set<int8_t>(values.begin(), values.end()).size(), size_t{1} << bits);
    }
    EXPECT_LT(last, 0.5);
}

TEST(QuantizeNetwork, LayersAndInterfacesStayFloatOnRequest) {
    const Prepared p = prepared();
    QuantizeOptions options;
    options.float_interface = true;
    options.keep_float = {"second"};
    const auto network = quantize_network(p.graph, p.seen, p.samples, options).value();
    EXPECT_EQ(network.stays_float, std::vector<std::string>{"second"});
    EXPECT_EQ(network.graph.tensor(network.graph.inputs[0]).type.type, DataType::kFloat32);
    EXPECT_EQ(network.graph.tensor(network.graph.outputs[0]).type.type, DataType::kFloat32);
    EXPECT_LT(error_of(p, network.graph), 2e-3);
}

TEST(QuantizeNetwork, KeepsItsBytesThroughATensorFlowLiteFile) {
    const Prepared p = prepared();
    const Graph graph = quantize_network(p.graph, p.seen, p.samples, {}).value().graph;
    const auto file = export_tflite(graph);
    ASSERT_TRUE(file.ok()) << to_string(file.error());
    const auto again = tflite::build_graph(*file, "small.tflite");
    ASSERT_TRUE(again.ok()) << to_string(again.error());
    for (const auto &sample : p.samples) {
        const auto inputs = quantized_inputs(graph, sample);
        EXPECT_EQ(evaluate(graph, inputs).value(), evaluate(*again, inputs).value());
    }
}

}  // namespace
}  // namespace embark
