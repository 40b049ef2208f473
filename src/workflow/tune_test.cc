#include "workflow/tune.h"

#include <gtest/gtest.h>

#include "base/files.h"
#include "ops/testing.h"
#include "workflow/bench.h"

namespace embark {

namespace {

Graph small_network() {
    Graph graph = graph_with_input({1, 12, 12, 3});
    const TensorId filter = graph.add_constant("filter", {8, 3, 3, 3}, noise(8 * 27));
    const TensorId conv =
        append_node(graph, make_node("conv2d", "conv", {0, filter},
                                     {{"padding", std::vector<int64_t>{1, 1, 1, 1}}}))
            .value();
    graph.outputs = {append_node(graph, make_node("relu", "relu", {conv})).value()};
    return graph;
}

PreparedModel prepared(Objective objective) {
    PrepareOptions options;
    options.plan.objective = objective;
    return prepare_model(small_network(), find_board("stm32l4r9i-disco").value(), options).value();
}

}  // namespace

TEST(TuneModel, PlansWithWhatTheBoardCounts) {
    const auto folder = TemporaryDirectory::create().value();
    TuneOptions options;
    options.cache = folder.path() / "cycles.json";
    int64_t rounds = 0;
    options.progress = [&](int64_t, int64_t total) { rounds = total; };
    PreparedModel model = prepared(Objective::kBalanced);
    PlanOptions plan;
    plan.objective = Objective::kBalanced;
    ASSERT_TRUE(tune_model(model, plan, options).ok());
    EXPECT_GT(rounds, 1);
    const Json document = bench_on_board(model, "small", "").value();
    EXPECT_EQ(document["bench_steps"][0]["cycles"].get<int64_t>(), model.plan.steps[0].cycles);

    // All is known now.
    rounds = 0;
    PreparedModel again = prepared(Objective::kBalanced);
    ASSERT_TRUE(tune_model(again, plan, options).ok());
    EXPECT_EQ(rounds, 0);
    EXPECT_EQ(again.plan.cycles, model.plan.cycles);
}

TEST(TuneModel, RefusesACacheThatIsNone) {
    const auto folder = TemporaryDirectory::create().value();
    TuneOptions options;
    options.cache = folder.path() / "cycles.json";
    ASSERT_TRUE(write_file(options.cache, std::string_view("{\"format\": 3}")).ok());
    PreparedModel model = prepared(Objective::kBalanced);
    const Status status = tune_model(model, {}, options);
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().code, ErrorCode::kInvalid);
}

}  // namespace embark
