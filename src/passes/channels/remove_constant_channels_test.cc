#include <gtest/gtest.h>

#include <cstring>
#include <random>

#include "ops/registry.h"
#include "ops/testing.h"
#include "passes/passes.h"

namespace embark {
namespace {

using Ints = std::vector<int64_t>;

TensorType int8_type(Shape shape, float scale, int32_t zero) {
    return {DataType::kInt8, std::move(shape), {{scale}, {zero}, 0}};
}

/// Builds quantised networks with weights that look random.
class Builder {
  public:
    Builder(Shape input, uint32_t seed) : random_(seed) {
        graph.name = "test";
        last = graph.add_activation("x", int8_type(std::move(input), 0.05f, -3));
        graph.inputs = {last};
    }

    Bytes weights(int64_t count) {
        Bytes data(static_cast<size_t>(count));
        for (uint8_t &value : data) value = static_cast<uint8_t>(random_() % 41 - 20);
        return data;
    }
    TensorId add_weights(Shape shape, Bytes data, int64_t outs, int axis) {
        Quantization scales{std::vector<float>(static_cast<size_t>(outs), 0.01f),
                            std::vector<int32_t>(static_cast<size_t>(outs), 0), axis};
        return graph.add_constant("w", {DataType::kInt8, std::move(shape), std::move(scales)},
                                  std::move(data));
    }
    TensorId add_bias(const std::vector<int32_t> &values) {
        Bytes data(values.size() * 4);
        std::memcpy(data.data(), values.data(), data.size());
        return graph.add_constant(
            "b", {DataType::kInt32, {static_cast<int64_t>(values.size())}, {}}, std::move(data));
    }
    /// Biases of which every \p period th is so small that the channel stays at its lower limit.
    std::vector<int32_t> biases(int64_t count, int64_t period) {
        std::vector<int32_t> values;
        for (int64_t i = 0; i < count; ++i) {
            const auto noise = static_cast<int32_t>(random_() % 2001) - 1000;
            values.push_back(period > 0 && i % period == 1 ? -10000000 : noise);
        }
        return values;
    }
    TensorId append(Node node, float scale, int32_t zero) {
        last = append_node(graph, std::move(node)).value();
        graph.tensor(last).type.quantization = {{scale}, {zero}, 0};
        return last;
    }
    int64_t channels() const { return graph.tensor(last).type.shape.back(); }
    std::string name() { return "n" + std::to_string(graph.nodes.size()); }

    TensorId conv(int64_t outs, int64_t kernel, bool padded, int64_t dead, Bytes data = {}) {
        const int64_t ins = channels();
        if (data.empty()) data = weights(outs * kernel * kernel * ins);
        const TensorId w = add_weights({outs, kernel, kernel, ins}, std::move(data), outs, 0);
        const int64_t pad = padded ? kernel / 2 : 0;
        Node node = make_node("conv2d", name(), {last, w, add_bias(biases(outs, dead))},
                              {{"padding", Ints{pad, pad, pad, pad}}});
        node.attributes["clamp_low"] = int64_t{low};
        return append(std::move(node), 0.1f, low);
    }
    TensorId depthwise(int64_t dead) {
        const int64_t ins = channels();
        const TensorId w = add_weights({3, 3, ins}, weights(9 * ins), ins, 2);
        return append(make_node("depthwise_conv2d", name(), {last, w, add_bias(biases(ins, dead))},
                                {{"padding", Ints{1, 1, 1, 1}}}),
                      0.08f, low);
    }
    TensorId dense(int64_t outs) {
        const int64_t ins = channels();
        const TensorId w = add_weights({outs, ins}, weights(outs * ins), outs, 0);
        return append(make_node("dense", name(), {last, w}), 0.3f, 4);
    }
    TensorId flatten() {
        const Shape &shape = graph.tensor(last).type.shape;
        const Quantization same = graph.tensor(last).type.quantization;
        return append(
            make_node("reshape", name(), {last}, {{"shape", Ints{1, element_count(shape)}}}),
            same.scales[0], same.zero_points[0]);
    }

    Graph graph;
    TensorId last = kNoTensor;
    int32_t low = -128;  ///< lower limit and zero point of convolutions

  private:
    std::mt19937 random_;
};

int64_t total_macc(const Graph &graph) {
    int64_t macc = 0;
    for (const Node &node : graph.nodes) macc += op_of(node).macc(graph, node);
    return macc;
}

/// Runs the pass. \returns the channels removed; the outputs must keep their bytes.
int removed_from(Graph &graph) {
    const Graph before = graph;
    EXPECT_TRUE(verify(graph).ok());
    const auto results = run_named_passes(graph, {"remove_constant_channels"});
    EXPECT_TRUE(results.ok()) << to_string(results.error());
    if (!results.ok()) return -1;
    std::mt19937 random(7);
    for (int run = 0; run < 8; ++run) {
        Bytes input(before.tensor(before.inputs[0]).type.bytes());
        for (uint8_t &value : input) value = static_cast<uint8_t>(random());
        if (run == 0) std::fill(input.begin(), input.end(), uint8_t{0x80});
        if (run == 1) std::fill(input.begin(), input.end(), uint8_t{0x7F});
        const std::vector<Bytes> inputs{input};
        EXPECT_EQ(evaluate(before, inputs).value(), evaluate(graph, inputs).value());
    }
    return results->front().changes;
}

TEST(RemoveConstantChannels, DeadChannelsGoThroughDepthwisePoolingAndFlattening) {
    Builder b({1, 8, 8, 3}, 1);
    b.conv(9, 3, true, 3);
    b.depthwise(4);
    b.conv(12, 1, false, 5);
    b.append(make_node("max_pool2d", "pool", {b.last},
                       {{"kernel", Ints{2, 2}}, {"strides", Ints{2, 2}}}),
             0.1f, -128);
    b.flatten();
    b.dense(5);
    b.graph.outputs = {b.last};
    const int64_t before = total_macc(b.graph);
    // Three of nine behind the first layer, two more behind the second, three of twelve at the end.
    EXPECT_GT(removed_from(b.graph), 10);
    EXPECT_LT(total_macc(b.graph), before * 2 / 3);
    EXPECT_EQ(b.graph.tensor(b.graph.nodes[2].outputs[0]).type.shape, (Shape{1, 8, 8, 9}));
}

TEST(RemoveConstantChannels, AConstantOtherThanTheZeroPointStaysBeforePadding) {
    for (const bool padded : {true, false}) {
        Builder b({1, 6, 6, 2}, 2);
        b.low = -100;
        b.conv(6, 1, false, 2);
        b.graph.tensor(b.last).type.quantization.zero_points = {-90};
        b.conv(4, 3, padded, 0);
        b.graph.outputs = {b.last};
        EXPECT_EQ(removed_from(b.graph), padded ? 0 : 3);
    }
}

TEST(RemoveConstantChannels, EqualChannelsAreReadOnce) {
    Builder b({1, 5, 5, 2}, 3);
    const Bytes filter = b.weights(2 * 9);
    Bytes twice = filter;
    twice.insert(twice.end(), filter.begin(), filter.end());
    const TensorId w = b.add_weights({2, 3, 3, 2}, twice, 2, 0);
    b.append(make_node("conv2d", "twins", {b.last, w, b.add_bias({50, 50})}), 0.2f, -5);
    b.depthwise(0);
    Node &depthwise = b.graph.nodes.back();
    // The same filter for both channels.
    const TensorId same = b.add_weights({3, 3, 2}, Bytes(18, 7), 2, 2);
    depthwise.inputs[1] = same;
    depthwise.inputs[2] = b.add_bias({3, 3});
    b.conv(3, 3, true, 0);
    b.graph.outputs = {b.last};
    EXPECT_EQ(removed_from(b.graph), 2);
    EXPECT_EQ(b.graph.tensor(b.graph.nodes[0].outputs[0]).type.shape.back(), 1);
}

TEST(RemoveConstantChannels, SumsAndConcatenationsKeepTheirOperandsAligned) {
    Builder b({1, 6, 6, 4}, 4);
    const TensorId stem = b.conv(8, 3, true, 4);
    const TensorId left = b.conv(8, 1, false, 4);
    b.last = stem;
    const TensorId right = b.conv(8, 3, true, 2);
    b.append(make_node("add", "sum", {left, right}), 0.2f, -128);
    const TensorId sum = b.last;
    b.append(make_node("concat", "join", {sum, right}, {{"axis", int64_t{3}}}), 0.2f, -128);
    b.append(make_node("relu", "relu", {b.last}), 0.2f, -128);
    b.append(make_node("average_pool2d", "mean", {b.last},
                       {{"kernel", Ints{3, 3}}, {"strides", Ints{3, 3}}}),
             0.2f, -128);
    b.conv(5, 1, false, 0);
    b.graph.outputs = {b.last};
    EXPECT_GT(removed_from(b.graph), 8);
}

TEST(RemoveConstantChannels, WhatNobodyReadsGoes) {
    Builder b({1, 4, 4, 3}, 5);
    b.conv(6, 1, false, 0);
    Bytes sparse = b.weights(2 * 6);
    for (size_t out = 0; out < 2; ++out) sparse[out * 6 + 2] = sparse[out * 6 + 5] = 0;
    b.conv(2, 1, false, 0, sparse);
    b.graph.outputs = {b.last};
    EXPECT_EQ(removed_from(b.graph), 2);
}

TEST(RemoveConstantChannels, OutputsAndInputsOfTheNetworkKeepTheirShape) {
    Builder b({1, 4, 4, 3}, 6);
    b.conv(6, 3, true, 2);
    b.graph.outputs = {b.last};
    EXPECT_EQ(removed_from(b.graph), 0);
}

TEST(RemoveConstantChannels, ANetworkThatDoesNotDependOnItsInputKeepsOneChannel) {
    Builder b({1, 4, 4, 3}, 7);
    b.conv(4, 1, false, 1);
    Node &conv = b.graph.nodes.back();
    conv.inputs[2] = b.add_bias(std::vector<int32_t>(4, -10000000));
    b.conv(2, 3, true, 0);
    b.graph.outputs = {b.last};
    EXPECT_EQ(removed_from(b.graph), 3);
}

TEST(RemoveConstantChannels, FloatNetworksStayAsTheyAre) {
    Graph graph = graph_with_input({1, 4, 4, 2});
    const TensorId w = graph.add_constant("w", {3, 1, 1, 2}, std::vector<float>(6, 0.0f));
    graph.outputs = {append_node(graph, make_node("conv2d", "c", {0, w})).value()};
    const auto results = run_named_passes(graph, {"remove_constant_channels"});
    ASSERT_TRUE(results.ok());
    EXPECT_EQ(results->front().changes, 0);
}

}  // namespace
}  // namespace embark
