#include "plan/choices.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <set>

namespace embark {

namespace {

/// Sizes between what a kernel needs and what it has use for that are tried.
constexpr int64_t kScratchLevels = 8;

/// Amounts of scratch memory to try. A kernel that needs some takes any amount between that and
/// what it has use for; another one takes nothing or all of it.
std::set<int64_t> scratch_levels(const Graph &graph, const Step &step,
                                 const KernelDefinition &kernel) {
    const int64_t needed = kernel.needed_scratch ? kernel.needed_scratch(graph, step) : 0;
    const int64_t useful = std::max(kernel.useful_scratch(graph, step), needed);
    std::set<int64_t> levels = {needed, useful};
    // By equal factors: strips twice as long save half as much.
    const double ratio = needed > 0 ? static_cast<double>(useful) / static_cast<double>(needed) : 1;
    for (int64_t i = 1; needed > 0 && i < kScratchLevels; ++i) {
        const double part = static_cast<double>(i) / static_cast<double>(kScratchLevels);
        const double level = static_cast<double>(needed) * std::pow(ratio, part);
        levels.insert(static_cast<int64_t>(level) / 8 * 8);
    }
    levels.erase(levels.begin(), levels.lower_bound(needed));
    return levels;
}

}  // namespace

Step with_choice(const Step &step, const Choice &choice) {
    Step chosen = step;
    chosen.kernel = choice.kernel;
    chosen.rows = choice.rows;
    chosen.row_by_row = choice.row_by_row;
    chosen.overlap = choice.overlap;
    chosen.scratch_bytes = choice.scratch_bytes;
    chosen.cycles = choice.cycles;
    if (choice.rows) {
        chosen.in_ring = choice.rows->in_rows;
        chosen.second_ring = step.inputs.size() > 1 ? choice.rows->in_rows : 0;
        chosen.out_ring = choice.rows->out_rows;
    }
    return chosen;
}

int64_t cycles_of(const Graph &graph, const Step &step, const Board &board,
                  const MeasuredCycles *measured) {
    if (measured != nullptr && measured->size() > 0) {
        if (const auto known = measured->find(MeasuredCycles::key(graph, step))) return *known;
    }
    return step.kernel->cycles(graph, step, board);
}

std::vector<const KernelDefinition *> kernels_of(const Graph &graph, const Step &step,
                                                 const Board &board) {
    std::vector<const KernelDefinition *> kernels;
    for (const KernelDefinition *kernel : candidate_kernels(graph, base_node(graph, step), board)) {
        if ((step.fused & ~kernel->fusion) == 0) kernels.push_back(kernel);
    }
    return kernels;
}

StepChoices::StepChoices(const Graph &graph, const Step &step, const Board &board,
                         const MeasuredCycles *measured,
                         const std::vector<const KernelDefinition *> &kernels) {
    for (const KernelDefinition *kernel :
         kernels.empty() ? kernels_of(graph, step, board) : kernels) {
        consider(graph, step, board, measured, *kernel);
    }
    std::stable_sort(all_.begin(), all_.end(),
                     [](const Choice &a, const Choice &b) { return a.cycles < b.cycles; });
    for (const RunMode mode : {RunMode::kWhole, RunMode::kRowByRow, RunMode::kOverlapping}) {
        keep_useful(mode);
    }
}

void StepChoices::consider(const Graph &graph, const Step &step, const Board &board,
                           const MeasuredCycles *measured, const KernelDefinition &kernel) {
    Choice choice;
    choice.kernel = &kernel;
    choice.rows = kernel.rows(graph, with_choice(step, choice));
    if (choice.rows && !rows_) rows_ = choice.rows;
    for (const bool row_by_row : {false, true}) {
        choice.row_by_row = row_by_row;
        if (row_by_row && !choice.rows) continue;
        choice.overlap.reset();
        if (!row_by_row && kernel.overlap) choice.overlap = kernel.overlap(graph, step);
        if (choice.overlap && !overlap_) overlap_ = choice.overlap;
        choice.scratch_bytes = 0;
        for (const int64_t scratch : scratch_levels(graph, with_choice(step, choice), kernel)) {
            choice.scratch_bytes = scratch;
            choice.cycles = cycles_of(graph, with_choice(step, choice), board, measured);
            all_.push_back(choice);
        }
    }
}

bool StepChoices::is_way(const Choice &choice, RunMode mode) const {
    if (choice.row_by_row != (mode == RunMode::kRowByRow)) return false;
    return mode != RunMode::kOverlapping || (choice.overlap && choice.overlap == overlap_);
}

void StepChoices::keep_useful(RunMode mode) {
    std::vector<Choice> by_scratch;
    std::copy_if(all_.begin(), all_.end(), std::back_inserter(by_scratch),
                 [&](const Choice &choice) { return is_way(choice, mode); });
    std::stable_sort(by_scratch.begin(), by_scratch.end(), [](const Choice &a, const Choice &b) {
        return a.scratch_bytes < b.scratch_bytes;
    });
    std::vector<Choice> &useful = useful_[static_cast<size_t>(mode)];
    for (const Choice &choice : by_scratch) {
        if (useful.empty() || choice.cycles < useful.back().cycles) useful.push_back(choice);
    }
}

const Choice *StepChoices::best(RunMode mode, int64_t scratch) const {
    const Choice *found = nullptr;
    for (const Choice &choice : useful_[static_cast<size_t>(mode)]) {
        if (choice.scratch_bytes <= scratch) found = &choice;
    }
    return found;
}

int64_t StepChoices::least_scratch(RunMode mode) const {
    const std::vector<Choice> &useful = useful_[static_cast<size_t>(mode)];
    return useful.empty() ? -1 : useful.front().scratch_bytes;
}

}  // namespace embark
