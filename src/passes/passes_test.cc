#include "passes/passes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "ops/samples/samples.h"
#include "ops/testing.h"

namespace embark {

namespace {

Bytes input_of(const Graph &graph) {
    return to_bytes(noise(element_count(graph.tensor(graph.inputs.front()).type.shape), 77));
}

/// Largest difference of the first output before and after a pass that must change \p changes.
float difference_after(Graph graph, const std::string &pass, int changes) {
    const Graph before = graph;
    const auto results = run_named_passes(graph, {pass});
    EXPECT_TRUE(results.ok());
    if (!results.ok()) return INFINITY;
    EXPECT_EQ(results->front().changes, changes);
    EXPECT_EQ(graph.nodes.size(), before.nodes.size() - static_cast<size_t>(changes));
    const std::vector<Bytes> inputs = {input_of(before)};
    const auto expected = to_floats(evaluate(before, inputs).value().front());
    const auto found = to_floats(evaluate(graph, inputs).value().front());
    EXPECT_EQ(expected.size(), found.size());
    float most = 0;
    for (size_t i = 0; i < expected.size(); ++i) {
        most = std::max(most, std::fabs(expected[i] - found[i]));
    }
    return most;
}

TensorId constant(Graph &graph, Shape shape, uint32_t seed) {
    const auto values = noise(element_count(shape), seed);
    return graph.add_constant("c" + std::to_string(seed), std::move(shape), values);
}

/// A layer with weights of \p shape, then batch_norm over \p channels.
Graph layer_and_norm(const std::string &op, Shape input, Shape weights, int64_t channels,
                     bool bias) {
    Graph graph = graph_with_input(std::move(input));
    std::vector<TensorId> inputs = {0, constant(graph, std::move(weights), 1)};
    if (bias) inputs.push_back(constant(graph, {channels}, 2));
    const TensorId layer = append_node(graph, make_node(op, "layer", inputs)).value();
    const TensorId scale = constant(graph, {channels}, 3), shift = constant(graph, {channels}, 4);
    graph.outputs = {
        append_node(graph, make_node("batch_norm", "norm", {layer, scale, shift})).value()};
    return graph;
}

Graph conv_and_norm() {
    return layer_and_norm("conv2d", {1, 5, 5, 3}, {4, 3, 3, 3}, 4, true);
}

TensorId add_relu(Graph &graph, TensorId input) {
    return append_node(graph, make_node("relu", "relu", {input})).value();
}

/// pad (rows and columns 0, 1) then \p op with stride 2.
Graph pad_and(const std::string &op, double value, int64_t front = 0) {
    Graph graph = graph_with_input({1, 6, 6, 3});
    const TensorId padded =
        append_node(graph, make_node("pad", "pad", {0},
                                     {{"before", std::vector<int64_t>{0, 0, 1, front}},
                                      {"after", std::vector<int64_t>{0, 1, 2, 0}},
                                      {"value", value}}))
            .value();
    std::vector<TensorId> inputs = {padded};
    if (op == "conv2d") inputs.push_back(constant(graph, {2, 3, 3, 3 + front}, 1));
    Attributes attributes = {{"strides", std::vector<int64_t>{2, 2}}};
    if (op != "conv2d") attributes["kernel"] = std::vector<int64_t>{2, 2};
    graph.outputs = {append_node(graph, make_node(op, "layer", inputs, attributes)).value()};
    return graph;
}

}  // namespace

TEST(FoldBatchNorm, KeepsWhatAConvolutionWithBiasComputes) {
    EXPECT_LT(difference_after(conv_and_norm(), "fold_batch_norm", 1), 1e-5f);
}

TEST(FoldBatchNorm, GivesAConvolutionWithoutBiasOne) {
    Graph graph = layer_and_norm("conv2d", {1, 5, 5, 3}, {4, 3, 3, 3}, 4, false);
    EXPECT_LT(difference_after(graph, "fold_batch_norm", 1), 1e-5f);
    ASSERT_TRUE(run_passes(graph).ok());
    ASSERT_EQ(graph.nodes.size(), 1u);
    EXPECT_EQ(graph.nodes[0].inputs.size(), 3u);
    EXPECT_EQ(graph.nodes[0].name, "layer");
}

TEST(FoldBatchNorm, ScalesTheLastAxisOfDepthwiseFilters) {
    for (const bool bias : {false, true}) {
        const Graph graph = layer_and_norm("depthwise_conv2d", {1, 5, 5, 3}, {3, 2, 6}, 6, bias);
        EXPECT_LT(difference_after(graph, "fold_batch_norm", 1), 1e-5f) << bias;
    }
}

TEST(FoldBatchNorm, ScalesTheRowsOfDenseWeights) {
    for (const bool bias : {false, true}) {
        const Graph graph = layer_and_norm("dense", {1, 7}, {5, 7}, 5, bias);
        EXPECT_LT(difference_after(graph, "fold_batch_norm", 1), 1e-5f) << bias;
    }
}

TEST(FoldBatchNorm, FoldsTwoInARow) {
    Graph graph = conv_and_norm();
    const TensorId scale = constant(graph, {4}, 5), shift = constant(graph, {4}, 6);
    graph.outputs = {
        append_node(graph, make_node("batch_norm", "norm2", {graph.outputs[0], scale, shift}))
            .value()};
    EXPECT_LT(difference_after(graph, "fold_batch_norm", 2), 1e-5f);
}

TEST(FoldBatchNorm, LeavesAProducerThatOthersReadAlone) {
    Graph graph = conv_and_norm();
    graph.outputs.push_back(add_relu(graph, graph.nodes[0].outputs[0]));
    EXPECT_EQ(difference_after(graph, "fold_batch_norm", 0), 0.0f);
}

TEST(FoldBatchNorm, LeavesAProducerThatIsAGraphOutputAlone) {
    Graph graph = conv_and_norm();
    graph.outputs.push_back(graph.nodes[0].outputs[0]);
    EXPECT_EQ(difference_after(graph, "fold_batch_norm", 0), 0.0f);
}

TEST(FoldBatchNorm, LeavesWeightsThatAnotherLayerSharesAsTheyAre) {
    Graph graph = conv_and_norm();
    Node twin = graph.nodes[0];
    twin.name = "twin";
    twin.outputs.clear();
    graph.outputs.insert(graph.outputs.begin(), append_node(graph, twin).value());
    EXPECT_EQ(difference_after(graph, "fold_batch_norm", 1), 0.0f);  // of the twin's output
}

TEST(FoldBatchNorm, DoesNotReachThroughAnActivation) {
    Graph graph = graph_with_input({1, 7});
    const TensorId weights = constant(graph, {5, 7}, 1);
    const TensorId dense = append_node(graph, make_node("dense", "fc", {0, weights})).value();
    const TensorId relu = add_relu(graph, dense);
    const TensorId scale = constant(graph, {5}, 3), shift = constant(graph, {5}, 4);
    graph.outputs = {
        append_node(graph, make_node("batch_norm", "norm", {relu, scale, shift})).value()};
    EXPECT_EQ(difference_after(graph, "fold_batch_norm", 0), 0.0f);
}

TEST(FoldPadding, GivesAStridedConvolutionTheZerosAroundItsInput) {
    Graph graph = pad_and("conv2d", 0.0);
    EXPECT_EQ(difference_after(graph, "fold_padding", 1), 0.0f);
    ASSERT_TRUE(run_passes(graph).ok());
    EXPECT_EQ(graph.nodes[0].ints_or("padding", {}), (std::vector<int64_t>{0, 1, 1, 2}));
}

TEST(FoldPadding, AddsToPaddingThatTheConvolutionHas) {
    Graph graph = pad_and("conv2d", 0.0);
    graph.nodes[1].attributes["padding"] = std::vector<int64_t>{1, 1, 0, 0};
    graph.tensor(graph.outputs[0]).type.shape = {1, 4, 4, 2};
    ASSERT_TRUE(verify(graph).ok());
    EXPECT_EQ(difference_after(graph, "fold_padding", 1), 0.0f);
}

TEST(FoldPadding, KeepsAPadWithAnotherValue) {
    EXPECT_EQ(difference_after(pad_and("conv2d", 0.5), "fold_padding", 0), 0.0f);
}

TEST(FoldPadding, KeepsAPadOfChannels) {
    EXPECT_EQ(difference_after(pad_and("conv2d", 0.0, 1), "fold_padding", 0), 0.0f);
}

TEST(FoldPadding, KeepsAPadBeforePooling) {
    EXPECT_EQ(difference_after(pad_and("max_pool2d", 0.0), "fold_padding", 0), 0.0f);
    EXPECT_EQ(difference_after(pad_and("average_pool2d", 0.0), "fold_padding", 0), 0.0f);
}

TEST(FoldPadding, KeepsAPadThatOthersRead) {
    Graph graph = pad_and("conv2d", 0.0);
    graph.outputs.push_back(graph.nodes[0].outputs[0]);
    EXPECT_EQ(difference_after(graph, "fold_padding", 0), 0.0f);
}

TEST(RunPasses, RefusesToDisableAnUnknownPass) {
    Graph graph = conv_and_norm();
    const auto results = run_passes(graph, {"fold_everything"});
    ASSERT_FALSE(results.ok());
    EXPECT_EQ(results.error().code, ErrorCode::kUsage);
    EXPECT_NE(results.error().message.find("fold_batch_norm"), std::string::npos);
    EXPECT_EQ(graph.nodes.size(), 2u);
}

TEST(RunPasses, RefusesToRunAnUnknownPass) {
    Graph graph = conv_and_norm();
    const auto results = run_named_passes(graph, {"fold_everything"});
    ASSERT_FALSE(results.ok());
    EXPECT_EQ(results.error().code, ErrorCode::kUsage);
}

TEST(RunPasses, DoesNotRunADisabledPass) {
    Graph graph = conv_and_norm();
    const auto results = run_passes(graph, {"fold_batch_norm"});
    ASSERT_TRUE(results.ok());
    for (const PassResult &result : *results) EXPECT_NE(result.name, "fold_batch_norm");
    const auto passes = all_passes();
    const auto on_request = std::count_if(
        passes.begin(), passes.end(), [](const PassDefinition &pass) { return pass.on_request; });
    EXPECT_EQ(results->size(), passes.size() - static_cast<size_t>(on_request) - 1);
    EXPECT_EQ(graph.nodes.size(), 2u);
}

TEST(FoldConstants, WhatDependsOnConstantsOnlyBecomesAConstant) {
    Graph graph = graph_with_input({1, 2, 3});
    const TensorId stored = constant(graph, {3, 2}, 5);
    const TensorId turned = append_node(graph, make_node("transpose", "turn", {stored},
                                                         {{"perm", std::vector<int64_t>{1, 0}}}))
                                .value();
    graph.outputs = {append_node(graph, make_node("add", "sum", {0, turned})).value()};
    EXPECT_EQ(difference_after(graph, "fold_constants", 1), 0.0f);
}

TEST(SimplifyMoves, ThereAndBackAgainIsNothing) {
    Graph graph = graph_with_input({1, 4, 5, 3});
    const auto turn = [&](TensorId from, const char *name, std::vector<int64_t> perm) {
        return append_node(graph, make_node("transpose", name, {from}, {{"perm", perm}})).value();
    };
    const TensorId there = turn(0, "there", {0, 3, 1, 2});
    const TensorId back = turn(there, "back", {0, 2, 3, 1});
    graph.outputs = {add_relu(graph, back)};
    const Graph before = graph;
    ASSERT_TRUE(run_named_passes(graph, {"simplify_moves", "remove_unused"}).ok());
    ASSERT_EQ(graph.nodes.size(), 1u);
    EXPECT_EQ(graph.nodes[0].op, "relu");
    const std::vector<Bytes> inputs = {input_of(before)};
    EXPECT_EQ(evaluate(before, inputs).value(), evaluate(graph, inputs).value());
}

TEST(SimplifyMoves, MovingAxesOfExtentOneIsAReshape) {
    Graph graph = graph_with_input({1, 1, 1, 8});
    graph.outputs = {append_node(graph, make_node("transpose", "turn", {0},
                                                  {{"perm", std::vector<int64_t>{0, 3, 1, 2}}}))
                         .value()};
    ASSERT_TRUE(run_named_passes(graph, {"simplify_moves"}).ok());
    EXPECT_EQ(graph.nodes[0].op, "reshape");
}

TEST(FuseClamps, AReluBehindAQuantisedLayerBecomesItsRange) {
    const OpSample *conv = nullptr;
    for (const OpSample &sample : op_samples()) {
        if (sample.op == "conv2d") conv = &sample;
    }
    Graph graph = sample_graph(*conv, {"int8", DataType::kInt8, true}).value();
    const TensorId made = graph.outputs.front();
    const TensorId clamped = add_relu(graph, made);
    graph.tensor(clamped).type.quantization = graph.tensor(made).type.quantization;
    graph.outputs = {clamped};
    const Graph before = graph;
    ASSERT_TRUE(run_named_passes(graph, {"fuse_clamps"}).ok());
    ASSERT_EQ(graph.nodes.size(), 1u);
    EXPECT_EQ(graph.nodes[0].int_or("clamp_low", 0), 3);
    const auto inputs = sample_inputs(before);
    const Bytes answer = evaluate(graph, inputs).value().front();
    EXPECT_EQ(answer, evaluate(before, inputs).value().front());
    EXPECT_EQ(static_cast<int8_t>(
                  *std::min_element(answer.begin(), answer.end(),
                                    [](uint8_t a, uint8_t b) { return int8_t(a) < int8_t(b); })),
              3);
}

TEST(FuseBias, TheFirstBiasOfALayerGivesTheSameBits) {
    for (const char *op : {"conv2d", "dense"}) {
        const bool conv = std::string(op) == "conv2d";
        Graph graph = graph_with_input(conv ? Shape{1, 5, 5, 3} : Shape{2, 3});
        const TensorId weights = constant(graph, conv ? Shape{4, 3, 3, 3} : Shape{4, 3}, 1);
        const TensorId layer = append_node(graph, make_node(op, "layer", {0, weights})).value();
        const TensorId bias = constant(graph, {4}, 2);
        graph.outputs = {append_node(graph, make_node("add", "sum", {layer, bias})).value()};
        EXPECT_EQ(difference_after(graph, "fuse_bias", 1), 0.0f) << op;
    }
}

TEST(FuseBias, ASecondOneIsAddedToTheFirst) {
    Graph graph = graph_with_input({2, 3});
    const TensorId weights = constant(graph, {4, 3}, 1), own = constant(graph, {4}, 2);
    const TensorId layer =
        append_node(graph, make_node("dense", "layer", {0, weights, own})).value();
    const TensorId more = constant(graph, {1}, 3);
    graph.outputs = {append_node(graph, make_node("add", "sum", {more, layer})).value()};
    EXPECT_LE(difference_after(graph, "fuse_bias", 1), 1e-6f);
}

TEST(RemoveUnused, NodesThatServeNobodyGo) {
    Graph graph = graph_with_input({1, 4});
    const TensorId relu = add_relu(graph, 0);
    append_node(graph, make_node("tanh", "dead", {relu})).value();
    graph.outputs = {relu};
    EXPECT_EQ(difference_after(graph, "remove_unused", 1), 0.0f);
}

}  // namespace embark
