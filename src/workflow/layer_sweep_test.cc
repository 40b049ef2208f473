// Fast kernels other than int8 convolutions against the reference over random shapes, on the host
// and on a virtual board. EMBARK_SWEEP=2000 sets the number of shapes of each kernel; the default
// is a quick subset.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "boards/board.h"
#include "ops/registry.h"
#include "workflow/kernel_lab.h"
#include "workflow/layer_cases.h"

namespace embark {
namespace {

constexpr size_t kShapesPerImage = 25;

struct Family {
    const char *kernel;
    LayerCase (*make)(uint64_t seed);
};

constexpr Family kFamilies[] = {
    {"emk_dense_q8_pairs", make_dense_case},
    {"emk_dense_q8_packed", make_dense_case},
    {"emk_conv2d_f32_packed", make_packed_float_conv_case},
    {"emk_dense_f32_packed", make_packed_float_dense_case},
    {"emk_depthwise_q8_3x3", make_depthwise_case},
    {"emk_depthwise_rows_q8", make_depthwise_case},
    {"emk_add_rows_q8", make_add_case},
    {"emk_limit_words_q8", make_limit_case},
    {"emk_max_pool_words_q8", [](uint64_t seed) { return make_pool_case(seed, "max_pool2d"); }},
    {"emk_average_pool_rows_q8",
     [](uint64_t seed) { return make_pool_case(seed, "average_pool2d"); }},
};

size_t shape_count() {
    const char *count = std::getenv("EMBARK_SWEEP");
    return count != nullptr ? static_cast<size_t>(std::atoi(count)) : 75;
}

const KernelDefinition &kernel_named(std::string_view name) {
    const auto kernels = all_kernels();
    return *std::ranges::find(kernels, name, &KernelDefinition::name);
}

/// Cases that the kernel accepts, from \p seed on.
std::vector<LayerCase> accepted_cases(const Family &family, uint64_t &seed) {
    const KernelDefinition &kernel = kernel_named(family.kernel);
    std::vector<LayerCase> cases;
    for (; cases.size() < kShapesPerImage; ++seed) {
        LayerCase made = family.make(seed);
        if (family.make == make_dense_case && (kernel.fusion & kPackedWeights) != 0) {
            store_as_indices(made.graph, seed);
        }
        const Node &node = made.graph.nodes[0];
        const bool takes = std::ranges::any_of(all_kernels(), [&](const KernelDefinition &row) {
            return row.name == kernel.name && row.op == node.op;
        });
        if (takes && kernel.accepts(made.graph, node)) {
            made.text += " of seed " + std::to_string(seed);
            cases.push_back(std::move(made));
        }
    }
    return cases;
}

/// Whole, with little or much scratch memory, or row by row where the kernel can.
std::vector<KernelTrial> trials_of(const std::vector<LayerCase> &cases,
                                   const KernelDefinition &kernel) {
    std::vector<KernelTrial> trials;
    for (const LayerCase &c : cases) {
        KernelTrial trial{&c.graph, &kernel, c.inputs};
        RandomNumbers random(trials.size() + 1);
        trial.generous = random.one_in(2);
        Step step;
        step.nodes = {0};
        step.output = c.graph.outputs[0];
        const bool streams = c.inputs.size() == 1 && kernel.rows(c.graph, step).has_value();
        if (streams && random.one_in(2)) {
            trial.mode = TrialMode::kRings;
        } else if (may_overlap(trial)) {
            trial.mode = TrialMode::kOverlapping;
        }
        trials.push_back(trial);
    }
    return trials;
}

void expect_reference(const std::vector<LayerCase> &cases,
                      const Expected<std::vector<TrialResult>> &results, const char *where) {
    ASSERT_TRUE(results.ok()) << to_string(results.error());
    for (size_t i = 0; i < cases.size(); ++i) {
        const auto expected = evaluate(cases[i].graph, cases[i].inputs);
        ASSERT_TRUE(expected.ok()) << to_string(expected.error());
        EXPECT_EQ(results->at(i).output, expected->at(0)) << cases[i].text << where;
        if (testing::Test::HasFailure()) return;
    }
}

class LayerSweep : public testing::TestWithParam<Family> {};

TEST_P(LayerSweep, EqualsTheReferenceOnHostAndBoard) {
    const auto board = find_board("stm32l4r9i-disco", {});
    ASSERT_TRUE(board.ok());
    uint64_t seed = 1;
    for (size_t done = 0; done < shape_count() && !HasFailure(); done += kShapesPerImage) {
        const std::vector<LayerCase> cases = accepted_cases(GetParam(), seed);
        const auto trials = trials_of(cases, kernel_named(GetParam().kernel));
        expect_reference(cases, run_trials_on_host(trials), " on the host");
        expect_reference(cases, run_trials_on_board(trials, *board), " on the board");
    }
}

INSTANTIATE_TEST_SUITE_P(All, LayerSweep, testing::ValuesIn(kFamilies),
                         [](const auto &family) { return std::string(family.param.kernel); });

}  // namespace
}  // namespace embark
