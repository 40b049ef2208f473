#include "plan/plan.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "ops/testing.h"
#include "plan/footprint.h"
#include "plan/fuse.h"

namespace embark {

namespace {

const Board &disco() {
    static const Board board = find_board("stm32l4r9i-disco").value();
    return board;
}

TensorId constant(Graph &graph, Shape shape) {
    const auto values = noise(element_count(shape));
    return graph.add_constant("c" + std::to_string(graph.tensors.size()), std::move(shape), values);
}

TensorId add(Graph &graph, const std::string &op, TensorId input, Attributes attributes = {}) {
    const std::string name = op + std::to_string(graph.nodes.size());
    std::vector<TensorId> inputs = {input};
    if (op == "batch_norm") {
        const int64_t channels = graph.tensor(input).type.shape.back();
        inputs.push_back(constant(graph, {channels}));
        inputs.push_back(constant(graph, {channels}));
    }
    return append_node(graph, make_node(op, name, inputs, std::move(attributes))).value();
}

/// A 3x3 convolution that keeps the map's size.
TensorId add_conv(Graph &graph, TensorId input, int64_t channels) {
    const int64_t in = graph.tensor(input).type.shape.back();
    const TensorId filter = constant(graph, {channels, 3, 3, in});
    return append_node(graph, make_node("conv2d", "conv" + std::to_string(graph.nodes.size()),
                                        {input, filter, constant(graph, {channels})},
                                        {{"padding", std::vector<int64_t>{1, 1, 1, 1}}}))
        .value();
}

TensorId add_max_pool(Graph &graph, TensorId input, int64_t kernel, int64_t stride) {
    return add(graph, "max_pool2d", input,
               {{"kernel", std::vector<int64_t>{kernel, kernel}},
                {"strides", std::vector<int64_t>{stride, stride}}});
}

/// Node counts of the steps.
std::vector<size_t> step_sizes(const Graph &graph, bool fuse = true) {
    const auto steps = fuse_steps(graph, disco(), resolve_aliases(graph), fuse);
    EXPECT_TRUE(steps.ok());
    std::vector<size_t> sizes;
    if (!steps.ok()) return sizes;
    for (const Step &step : *steps) sizes.push_back(step.nodes.size());
    return sizes;
}

Plan plan_for(const Graph &graph, Objective objective) {
    PlanOptions options;
    options.objective = objective;
    return make_plan(graph, disco(), options).value();
}

/// \p layers times convolution, relu and pooling.
Graph conv_network(int layers) {
    Graph graph = graph_with_input({1, 32, 32, 3});
    TensorId x = 0;
    for (int i = 0; i < layers; ++i) {
        x = add_max_pool(graph, add(graph, "relu", add_conv(graph, x, 8)), 2, 2);
    }
    graph.outputs = {x};
    return graph;
}

/// Two convolutions with a map between them that dwarfs input and output.
Graph wide_network() {
    Graph graph = graph_with_input({1, 32, 32, 1});
    const TensorId wide = add(graph, "relu", add_conv(graph, 0, 16));
    graph.outputs = {add_max_pool(graph, add_conv(graph, wide, 16), 4, 4)};
    return graph;
}

Graph residual_network() {
    Graph graph = graph_with_input({1, 16, 16, 4});
    const TensorId stem = add(graph, "relu", add_conv(graph, 0, 4));
    const TensorId branch = add_conv(graph, add_conv(graph, stem, 4), 4);
    const TensorId sum = append_node(graph, make_node("add", "sum", {stem, branch})).value();
    graph.outputs = {add(graph, "relu", sum)};
    return graph;
}

/// No two buffers alive together overlap, but for a segment's input and output.
void expect_no_clash(const Plan &plan) {
    for (const Buffer &a : plan.buffers) {
        EXPECT_LE(a.offset + a.bytes, plan.arena_bytes);
        for (const Buffer &b : plan.buffers) {
            if (&a == &b) continue;
            const bool together =
                a.first_segment <= b.last_segment && b.first_segment <= a.last_segment;
            const bool apart = a.offset + a.bytes <= b.offset || b.offset + b.bytes <= a.offset;
            const bool handed_over =
                a.last_segment == b.first_segment || b.last_segment == a.first_segment;
            EXPECT_TRUE(!together || apart || handed_over) << a.name << " and " << b.name;
        }
    }
}

}  // namespace

TEST(FuseSteps, RunsConvolutionActivationNormAndPoolingAsOne) {
    Graph graph = graph_with_input({1, 8, 8, 3});
    const TensorId norm = add(graph, "batch_norm", add(graph, "relu", add_conv(graph, 0, 4)));
    graph.outputs = {add_max_pool(graph, norm, 2, 2)};
    EXPECT_EQ(step_sizes(graph), std::vector<size_t>{4});
    EXPECT_EQ(step_sizes(graph, false), (std::vector<size_t>{1, 1, 1, 1}));
}

TEST(FuseSteps, LeavesAnActivationBehindANormAStepOfItsOwn) {
    Graph graph = graph_with_input({1, 8, 8, 3});
    graph.outputs = {add(graph, "relu", add(graph, "batch_norm", add_conv(graph, 0, 4)))};
    EXPECT_EQ(step_sizes(graph), (std::vector<size_t>{2, 1}));
}

TEST(FuseSteps, LeavesAnOutputThatTwoReadAlone) {
    Graph graph = graph_with_input({1, 8, 8, 3});
    const TensorId conv = add_conv(graph, 0, 4);
    graph.outputs = {add(graph, "relu", conv), add(graph, "tanh", conv)};
    EXPECT_EQ(step_sizes(graph), (std::vector<size_t>{1, 1, 1}));
}

TEST(FuseSteps, LeavesAGraphOutputInTheMiddleAlone) {
    Graph graph = graph_with_input({1, 8, 8, 3});
    const TensorId conv = add_conv(graph, 0, 4);
    graph.outputs = {conv, add(graph, "relu", conv)};
    EXPECT_EQ(step_sizes(graph), (std::vector<size_t>{1, 1}));
}

TEST(FuseSteps, LeavesPoolingWithOverlappingWindowsAlone) {
    Graph graph = graph_with_input({1, 8, 8, 3});
    graph.outputs = {add_max_pool(graph, add_conv(graph, 0, 4), 3, 2)};
    EXPECT_EQ(step_sizes(graph), (std::vector<size_t>{1, 1}));
}

TEST(MakePlan, SpendsNoMoreRamThanTheObjectiveAsksFor) {
    for (const Graph &graph : {conv_network(3), wide_network(), residual_network()}) {
        const int64_t ram = plan_for(graph, Objective::kRam).arena_bytes;
        const int64_t balanced = plan_for(graph, Objective::kBalanced).arena_bytes;
        const int64_t time = plan_for(graph, Objective::kTime).arena_bytes;
        EXPECT_LE(ram, balanced);
        EXPECT_LE(balanced, 2 * ram);
        EXPECT_LE(balanced, time);
    }
}

TEST(MakePlan, PlacesBuffersThatLiveTogetherApart) {
    for (const Graph &graph : {conv_network(3), wide_network(), residual_network()}) {
        for (const Objective objective :
             {Objective::kRam, Objective::kBalanced, Objective::kTime, Objective::kFlash}) {
            const Plan plan = plan_for(graph, objective);
            EXPECT_GE(plan.arena_bytes, plan.arena_lower_bound);
            expect_no_clash(plan);
        }
    }
}

TEST(MakePlan, GivesNeighboursInAChainTheSameRing) {
    const Graph graph = wide_network();
    const Plan plan = plan_for(graph, Objective::kRam);
    bool streams = false;
    for (const Segment &segment : plan.segments) {
        for (int i = 0; i < segment.step_count; ++i) {
            const Step &step = plan.steps[static_cast<size_t>(segment.first_step + i)];
            if (i == 0) {
                EXPECT_EQ(step.in_ring, step.rows->in_rows);
            }
            if (i + 1 == segment.step_count) {
                EXPECT_EQ(step.out_ring, step.rows->out_rows);
                continue;
            }
            streams = true;
            const Step &next = plan.steps[static_cast<size_t>(segment.first_step + i + 1)];
            EXPECT_EQ(step.out_ring, next.in_ring);
            EXPECT_EQ(next.in_ring, 3);
            EXPECT_EQ(plan.buffer_of(step.output)->bytes, 3 * step.rows->out_row_bytes);
        }
    }
    EXPECT_TRUE(streams);
}

TEST(MakePlan, KeepsTheSkippedTensorOfAResidualNetwork) {
    const Graph graph = residual_network();
    const Plan plan = plan_for(graph, Objective::kRam);
    const TensorId stem = graph.nodes[1].outputs[0];
    ASSERT_NE(plan.buffer_of(stem), nullptr);
    EXPECT_EQ(plan.buffer_of(stem)->bytes, 16 * 16 * 4 * 4);
    // The branch streams, and the sum comes to lie over the skipped tensor.
    const int64_t row = 16 * 4 * 4;
    EXPECT_LE(plan.arena_bytes, 16 * row + 3 * row + row + 2 * row);
    const Segment &last = plan.segments.back();
    EXPECT_EQ(last.step_count, 3);
    const Step &sum = plan.steps.back();
    EXPECT_EQ(sum.in_ring, 16);
    EXPECT_EQ(sum.second_ring, 1);
}

TEST(MakePlan, IsTheFasterTheMoreRamItMayTake) {
    for (const Graph &graph : {conv_network(3), wide_network(), residual_network()}) {
        PlanOptions options;
        options.objective = Objective::kTime;
        const int64_t least = plan_for(graph, Objective::kRam).arena_bytes;
        int64_t before = INT64_MAX;
        for (int64_t budget = least; budget < 4 * least; budget += least / 8) {
            options.ram_budget = budget;
            const Plan plan = make_plan(graph, disco(), options).value();
            EXPECT_LE(plan.arena_bytes, budget);
            EXPECT_LE(plan.cycles, before);
            before = plan.cycles;
        }
    }
}

TEST(MakePlan, SaysWhatElseItLookedAt) {
    const Graph graph = wide_network();
    for (const Objective objective : {Objective::kRam, Objective::kTime}) {
        for (const Step &step : plan_for(graph, objective).steps) {
            const auto chosen = std::count_if(
                step.candidates.begin(), step.candidates.end(),
                [](const Candidate &candidate) { return candidate.verdict == "chosen"; });
            EXPECT_EQ(chosen, 1) << step.name;
            EXPECT_GT(step.candidates.size(), 1u) << step.name;
        }
    }
}

TEST(MakePlan, TakesTheLeastFlashWhenAskedTo) {
    for (const Graph &graph : {conv_network(3), wide_network(), residual_network()}) {
        const auto flash = [&](Objective objective) {
            const Plan plan = plan_for(graph, objective);
            return predict_footprint(graph, plan, disco(), "net").value().flash.total();
        };
        EXPECT_LE(flash(Objective::kFlash), flash(Objective::kTime));
        EXPECT_LE(flash(Objective::kFlash), flash(Objective::kRam));
    }
}

TEST(MakePlan, CopiesWeightsToRamOnlyForTimeAndWithinTheBudget) {
    Graph graph = graph_with_input({1, 256});
    const TensorId weights = constant(graph, {64, 256});
    graph.outputs = {append_node(graph, make_node("dense", "dense", {0, weights})).value()};
    EXPECT_FALSE(plan_for(graph, Objective::kBalanced).steps.front().weights_in_ram);
    const Plan in_ram = plan_for(graph, Objective::kTime);
    EXPECT_TRUE(in_ram.steps.front().weights_in_ram);
    const Footprint footprint = predict_footprint(graph, in_ram, disco(), "net").value();
    EXPECT_EQ(footprint.weights_in_ram, 64 * 256 * 4);
    EXPECT_EQ(footprint.flash.weights, 0);
    PlanOptions small;
    small.objective = Objective::kTime;
    small.ram_budget = 64 * 256 * 4;
    EXPECT_FALSE(make_plan(graph, disco(), small).value().steps.front().weights_in_ram);
}

TEST(MakePlan, KeepsAGraphOutputThatALaterStepCouldOverwrite) {
    Graph graph = graph_with_input({1, 8, 8, 3});
    const TensorId conv = add_conv(graph, 0, 4);
    const TensorId relu = add(graph, "relu", conv);
    graph.outputs = {conv, relu};
    for (const Objective objective : {Objective::kRam, Objective::kTime}) {
        const Plan plan = plan_for(graph, objective);
        const Buffer &first = *plan.buffer_of(conv), &second = *plan.buffer_of(relu);
        EXPECT_TRUE(first.offset + first.bytes <= second.offset ||
                    second.offset + second.bytes <= first.offset);
    }
}

TEST(MakePlan, DoesNotStreamSoftmaxWhichKnowsNoRings) {
    Graph graph = graph_with_input({1, 9, 1, 4});
    graph.outputs = {add(graph, "softmax", add_conv(graph, 0, 8))};
    EXPECT_EQ(plan_for(graph, Objective::kRam).segments.size(), 2u);
}

TEST(MakePlan, ListsEveryLayerThatNoKernelTakes) {
    Graph graph = graph_with_input({1, 4}, DataType::kInt8);
    graph.tensor(0).type.quantization = {{0.1f}, {0}, 0};
    graph.outputs = {add(graph, "relu", 0), add(graph, "tanh", 0)};
    // Quantised operators cannot run without the scale of their output.
    for (const TensorId id : graph.outputs) graph.tensor(id).type.quantization = {};
    const auto plan = make_plan(graph, disco());
    ASSERT_FALSE(plan.ok());
    EXPECT_EQ(plan.error().code, ErrorCode::kUnsupported);
    const std::string text = to_string(plan.error());
    EXPECT_NE(text.find("layer relu"), std::string::npos) << text;
    EXPECT_NE(text.find("layer tanh"), std::string::npos) << text;
}

TEST(MakePlan, RefusesANetworkThatComputesNothing) {
    Graph graph = graph_with_input({1, 4});
    graph.outputs = {add(graph, "reshape", 0, {{"shape", Shape{1, 2, 2}}})};
    const auto plan = make_plan(graph, disco());
    ASSERT_FALSE(plan.ok());
    EXPECT_EQ(plan.error().code, ErrorCode::kUnsupported);
}

TEST(ParseObjective, ReadsWhatToStringWrites) {
    for (const Objective objective :
         {Objective::kRam, Objective::kBalanced, Objective::kTime, Objective::kFlash}) {
        EXPECT_EQ(parse_objective(to_string(objective)).value(), objective);
    }
    EXPECT_EQ(parse_objective("speed").error().code, ErrorCode::kUsage);
}

TEST(PredictFootprint, AddsUpWhatThePlanHolds) {
    const Graph graph = conv_network(2);
    const Plan plan = plan_for(graph, Objective::kRam);
    const Footprint footprint = predict_footprint(graph, plan, disco(), "net").value();
    int64_t weights = 0;
    for (const Tensor &tensor : graph.tensors) {
        if (tensor.is_constant()) weights += static_cast<int64_t>(tensor.type.bytes());
    }
    const FlashUse &flash = footprint.flash;
    EXPECT_EQ(flash.weights, weights);
    EXPECT_EQ(flash.total(), flash.vectors + flash.text + flash.rodata + flash.data + weights);
    const RamUse &ram = footprint.ram;
    EXPECT_EQ(ram.arena, plan.arena_bytes);
    EXPECT_EQ(ram.total(), ram.data + ram.bss + ram.arena + ram.stack);
    EXPECT_GT(ram.stack, 0);
    EXPECT_GT(flash.text, 0);
    EXPECT_FALSE(footprint.stack_chain.empty());
    EXPECT_FALSE(footprint.compiler.empty());
}

TEST(PredictFootprint, GrowsWithTheNetwork) {
    Footprint before;
    for (int layers = 1; layers <= 3; ++layers) {
        const Graph graph = conv_network(layers);
        const Plan plan = plan_for(graph, Objective::kTime);
        const Footprint now = predict_footprint(graph, plan, disco(), "net").value();
        EXPECT_GT(now.flash.weights, before.flash.weights);
        EXPECT_GT(now.flash.text, before.flash.text);
        EXPECT_GT(now.flash.rodata, before.flash.rodata);
        EXPECT_GE(now.ram.bss, before.ram.bss);
        before = now;
    }
}

TEST(PredictFootprint, TakesTheCortexM4SizesForACoreWithoutMeasurements) {
    const Graph graph = conv_network(1);
    const Plan plan = plan_for(graph, Objective::kRam);
    Board other = disco();
    other.core = "cortex-m99";
    const auto footprint = predict_footprint(graph, plan, other, "net");
    ASSERT_TRUE(footprint.ok());
    EXPECT_EQ(footprint->flash.total(),
              predict_footprint(graph, plan, disco(), "net").value().flash.total());
}

}  // namespace embark
