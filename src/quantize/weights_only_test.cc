#include "quantize/weights_only.h"

#include <gtest/gtest.h>

#include <set>

#include "ops/packed_weights.h"
#include "ops/testing.h"

namespace embark {
namespace {

TensorId constant(Graph &graph, Shape shape, uint32_t seed) {
    return graph.add_constant("c" + std::to_string(seed), shape, noise(element_count(shape), seed));
}

/// conv → depthwise → reshape → two dense layers that share their weights → dense.
Graph network() {
    Graph graph = graph_with_input({1, 4, 4, 8});
    TensorId x =
        append_node(graph, make_node("conv2d", "conv", {0, constant(graph, {16, 3, 3, 8}, 1)},
                                     {{"padding", std::vector<int64_t>{1, 1, 1, 1}}}))
            .value();
    x = append_node(graph,
                    make_node("depthwise_conv2d", "deep", {x, constant(graph, {2, 2, 16}, 2)}))
            .value();
    x = append_node(graph,
                    make_node("reshape", "flat", {x}, {{"shape", std::vector<int64_t>{1, 144}}}))
            .value();
    const TensorId shared = constant(graph, {144, 144}, 3);
    x = append_node(graph, make_node("dense", "first", {x, shared})).value();
    x = append_node(graph, make_node("dense", "second", {x, shared})).value();
    graph.outputs = {
        append_node(graph, make_node("dense", "last", {x, constant(graph, {10, 144}, 4)})).value()};
    return graph;
}

const Tensor &weights_of(const Graph &graph, const std::string &name) {
    for (const Node &node : graph.nodes) {
        if (node.name == name) return graph.tensor(node.inputs[1]);
    }
    ADD_FAILURE() << name;
    return graph.tensor(0);
}

std::vector<std::string> names(const std::vector<LayerReport> &layers) {
    std::vector<std::string> result;
    for (const LayerReport &layer : layers) result.push_back(layer.name);
    return result;
}

TEST(WeightsOnly, Int8StaysWithinHalfAStepAndCanBeStored) {
    const Graph before = network();
    Graph graph = before;
    const auto layers = round_weights_to_int8(graph);
    EXPECT_EQ(names(layers), (std::vector<std::string>{"conv", "first", "last"}));
    for (const std::string name : {"conv", "first", "second", "last"}) {
        const Tensor &weights = weights_of(graph, name);
        const auto packed = as_int8(weights);
        ASSERT_TRUE(packed.has_value()) << name;
        const auto was = weights_of(before, name).values<float>(), is = weights.values<float>();
        const size_t depth = was.size() / static_cast<size_t>(weights.type.shape[0]);
        for (size_t i = 0; i < was.size(); ++i) {
            EXPECT_NEAR(was[i], is[i], packed->type.quantization.scales[i / depth] * 0.5001f);
        }
    }
    EXPECT_EQ(weights_of(graph, "first").name, weights_of(graph, "second").name);
    EXPECT_EQ(weights_of(graph, "deep").data, weights_of(before, "deep").data);
    for (const LayerReport &layer : layers) {
        EXPECT_GT(layer.error, 0);
        EXPECT_LT(layer.error, 1e-4);
    }
}

TEST(WeightsOnly, CodebooksLeaveConvolutionsAndTheLastDenseLayerAlone) {
    const Graph before = network();
    for (const int bits : {4, 8}) {
        Graph graph = before;
        EXPECT_EQ(names(share_dense_weights(graph, bits)), std::vector<std::string>{"first"});
        const auto values = weights_of(graph, "second").values<float>();
        EXPECT_EQ(std::set<float>(values.begin(), values.end()).size(), size_t{1} << bits);
        for (const std::string name : {"conv", "deep", "last"}) {
            EXPECT_EQ(weights_of(graph, name).data, weights_of(before, name).data);
        }
    }
}

TEST(WeightsOnly, CodebooksTakeTheNearestEntry) {
    const Graph before = network();
    Graph graph = before;
    share_dense_weights(graph, 4);
    const auto was = weights_of(before, "first").values<float>();
    const auto is = weights_of(graph, "first").values<float>();
    const std::set<float> levels(is.begin(), is.end());
    for (size_t i = 0; i < was.size(); ++i) {
        for (const float level : levels) {
            EXPECT_LE(std::abs(was[i] - is[i]), std::abs(was[i] - level) + 1e-6f);
        }
    }
}

}  // namespace
}  // namespace embark
