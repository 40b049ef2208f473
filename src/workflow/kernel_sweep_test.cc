// Fast kernels against the portable ones over random shapes, on the host and on a virtual board.
// EMBARK_SWEEP=2000 sets the number of shapes of each family; the default is a quick subset.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "boards/board.h"
#include "ops/registry.h"
#include "workflow/kernel_cases.h"
#include "workflow/kernel_lab.h"

namespace embark {
namespace {

constexpr size_t kShapesPerImage = 40;
constexpr int64_t kProducts = 150000;

size_t shape_count() {
    const char *count = std::getenv("EMBARK_SWEEP");
    return count != nullptr ? static_cast<size_t>(std::atoi(count)) : 120;
}

const KernelDefinition *kernel_named(std::string_view name) {
    for (const KernelDefinition &kernel : all_kernels()) {
        if (kernel.name == name) return &kernel;
    }
    return nullptr;
}

struct ConvTrial {
    ConvCase shape;
    Extremes extremes;
    Graph graph;
    Bytes input, expected;
    uint64_t seed = 0;

    std::string text() const {
        return fmt::format(
            "seed {}: {}x{}x{} -> {}, kernel {}x{}, strides {},{}, dilations {},{}, "
            "padding {},{},{},{}",
            seed, shape.in_h, shape.in_w, shape.in_c, shape.out_c, shape.kernel_h, shape.kernel_w,
            shape.stride_h, shape.stride_w, shape.dilation_h, shape.dilation_w, shape.top,
            shape.bottom, shape.left, shape.right);
    }
};

Step one_node_step() {
    Step step;
    step.nodes = {0};
    return step;
}

/// Cases that the kernel accepts, from \p seed on.
std::vector<ConvTrial> conv_trials(const KernelDefinition &kernel, uint64_t &seed, size_t count) {
    std::vector<ConvTrial> trials;
    for (; trials.size() < count; ++seed) {
        RandomNumbers random(seed);
        ConvTrial trial;
        trial.seed = seed;
        trial.shape = random_conv_case(random, kProducts);
        trial.extremes = random_extremes(random);
        trial.graph = make_conv_case(trial.shape, trial.extremes, seed);
        if ((kernel.fusion & kPackedWeights) != 0) store_as_indices(trial.graph, seed);
        if (!kernel.accepts(trial.graph, trial.graph.nodes[0])) continue;
        trial.input = make_conv_input(trial.shape, trial.extremes, seed);
        trial.expected = evaluate(trial.graph, std::vector<Bytes>{trial.input}).value().at(0);
        trials.push_back(std::move(trial));
    }
    return trials;
}

void expect_equal(const std::vector<ConvTrial> &trials, const std::vector<KernelTrial> &runs,
                  const Expected<std::vector<TrialResult>> &results) {
    ASSERT_TRUE(results.ok()) << to_string(results.error());
    for (size_t i = 0; i < trials.size(); ++i) {
        EXPECT_EQ(results->at(i).output, trials[i].expected)
            << trials[i].text() << (runs[i].generous ? ", generous" : "")
            << (runs[i].mode == TrialMode::kRings ? ", in rings" : "")
            << (runs[i].mode == TrialMode::kOverlapping ? ", over its input" : "");
        if (results->at(i).output != trials[i].expected) return;
    }
}

class ConvSweep : public testing::TestWithParam<const char *> {};

TEST_P(ConvSweep, EqualsThePortableKernelOnHostAndBoard) {
    const KernelDefinition *kernel = kernel_named(GetParam());
    ASSERT_NE(kernel, nullptr);
    const auto board = find_board("stm32l4r9i-disco", {});
    ASSERT_TRUE(board.ok());
    uint64_t seed = 1;
    for (size_t done = 0; done < shape_count(); done += kShapesPerImage) {
        const std::vector<ConvTrial> trials = conv_trials(*kernel, seed, kShapesPerImage);
        std::vector<KernelTrial> runs;
        for (const ConvTrial &trial : trials) {
            KernelTrial run{&trial.graph, kernel, {trial.input}};
            RandomNumbers random(trial.seed + 17);
            run.generous = random.one_in(2);
            if (kernel->rows(trial.graph, one_node_step()) && random.one_in(3)) {
                run.mode = TrialMode::kRings;
            } else if (may_overlap(run) && random.one_in(2)) {
                run.mode = TrialMode::kOverlapping;
            }
            runs.push_back(run);
        }
        expect_equal(trials, runs, run_trials_on_host(runs));
        expect_equal(trials, runs, run_trials_on_board(runs, *board));
        if (HasFailure()) return;
    }
}

INSTANTIATE_TEST_SUITE_P(All, ConvSweep,
                         testing::Values("emk_conv2d_q8_panel", "emk_conv2d_q8_winograd",
                                         "emk_conv2d_q8_panel_packed",
                                         "emk_conv2d_q8_winograd_packed", "emk_conv2d_rows_q8"));

}  // namespace
}  // namespace embark
