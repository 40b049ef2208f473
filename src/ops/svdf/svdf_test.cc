#include <gtest/gtest.h>

#include "ops/testing.h"

namespace embark {
namespace {

/// One unit of one filter: feature weights 1 and 10, time weights 1, 2 and 3.
Graph small_layer(Attributes attributes = {}) {
    Graph graph = graph_with_input({1, 2});
    const std::vector<float> feature = {1, 10}, time = {1, 2, 3}, bias = {0.5f};
    const TensorId f = graph.add_constant("feature", {1, 2}, feature);
    const TensorId t = graph.add_constant("time", {1, 3}, time);
    const TensorId b = graph.add_constant("bias", {1}, bias);
    const TensorId before = graph.add_activation("before", {DataType::kFloat32, {1, 3}, {}});
    graph.states = {{before, before + 2}};
    const auto y =
        append_node(graph, make_node("svdf", "svdf", {0, f, t, b, before}, std::move(attributes)));
    EXPECT_TRUE(y.ok()) << to_string(y.error());
    graph.outputs = {*y};
    return graph;
}

TEST(Svdf, SumsTheLastResponsesTheNewestLast) {
    const Graph graph = small_layer();
    StateBytes state = initial_state(graph);
    const auto run = [&](float a, float b) {
        return to_floats(
            evaluate(graph, std::vector<Bytes>{to_bytes({a, b})}, nullptr, &state)->front());
    };
    EXPECT_EQ(run(1, 0), std::vector<float>{3.5f});           // 3 * 1
    EXPECT_EQ(run(0, 1), std::vector<float>{2 + 30 + 0.5f});  // 2 * 1 + 3 * 10
    EXPECT_EQ(run(2, 0), std::vector<float>{1 + 20 + 6 + 0.5f});
    EXPECT_EQ(run(0, 0), std::vector<float>{10 + 4 + 0.5f});  // the first response is forgotten
    EXPECT_EQ(to_floats(state[0]), (std::vector<float>{10, 2, 0}));
}

TEST(Svdf, StartsFromZeroWithoutAStateOfTheCaller) {
    const Graph graph = small_layer();
    for (int run = 0; run < 2; ++run) {
        const auto outputs = evaluate(graph, std::vector<Bytes>{to_bytes({1, 0})});
        EXPECT_EQ(to_floats(outputs->front()), std::vector<float>{3.5f});
    }
}

TEST(SvdfInferShape, RefusesARankThatDoesNotDivideTheFilters) {
    Graph graph = small_layer();
    graph.nodes[0].attributes["rank"] = int64_t{2};
    const Status status = verify(graph);
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().message, "attribute rank is 2, expected a divisor of 1 filters");
}

}  // namespace
}  // namespace embark
