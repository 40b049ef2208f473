#include "plan/schedule.h"

#include <algorithm>
#include <limits>
#include <tuple>

#include "base/assert.h"
#include "plan/stream.h"

namespace embark {

namespace {

/// Rows that are simulated for one candidate at most; longer streams are left out.
constexpr int64_t kMostSimulatedRows = 100'000;

/// Cost of the best way to a cut.
struct Best {
    int64_t cycles = std::numeric_limits<int64_t>::max();
    int64_t bytes = 0;  ///< sum of the segments' peaks
    int64_t peak = 0;
    int candidate = -1;  ///< the last segment's, among those that end here

    bool reached() const { return cycles != std::numeric_limits<int64_t>::max(); }
};

}  // namespace

Scheduler::Scheduler(const Graph &graph, const std::vector<Step> &steps,
                     const std::vector<TensorId> &alias, const std::vector<StepChoices> &choices,
                     bool stream)
    : choices_(choices), ending_(steps.size() + 1) {
    find_lives(graph, steps, alias);
    // Streams are judged by the rows of the steps, which any of their kernels may bring.
    std::vector<Step> with_rows = steps;
    for (size_t i = 0; i < steps.size(); ++i) with_rows[i].rows = choices[i].rows();
    for (size_t i = 0; i < steps.size(); ++i) {
        add_candidates(graph, with_rows, alias, i, stream);
    }
}

void Scheduler::find_lives(const Graph &graph, const std::vector<Step> &steps,
                           const std::vector<TensorId> &alias) {
    const int end = static_cast<int>(steps.size());
    std::vector<int> index(graph.tensors.size(), -1);
    const auto add = [&](TensorId tensor, int made) {
        index[static_cast<size_t>(tensor)] = static_cast<int>(lives_.size());
        const auto bytes = static_cast<int64_t>(graph.tensor(tensor).type.bytes());
        lives_.push_back({tensor, align_arena(bytes), made, std::max(made, 0)});
    };
    for (const TensorId input : graph.inputs) add(input, -1);
    for (const State &state : graph.states) add(state.before, -1);
    for (int i = 0; i < end; ++i) {
        const Step &step = steps[static_cast<size_t>(i)];
        for (const TensorId input : step.inputs) {
            const int known = index[static_cast<size_t>(input)];
            if (known < 0) continue;
            int &last = lives_[static_cast<size_t>(known)].last;
            last = std::max(last, i);
        }
        add(step.output, i);
        for (const TensorId more : step.more_outputs) {
            if (alias[static_cast<size_t>(more)] == more) add(more, i);
        }
    }
    const auto keep = [&](TensorId tensor) {
        const int known = index[static_cast<size_t>(alias[static_cast<size_t>(tensor)])];
        if (known >= 0) lives_[static_cast<size_t>(known)].last = end;
    };
    for (const State &state : graph.states) keep(state.before);
    for (const TensorId result : graph.results()) keep(result);
}

int64_t Scheduler::alive_bytes(const Graph &graph, const std::vector<Step> &steps,
                               const Candidate &candidate) const {
    std::vector<const Step *> chain;
    std::vector<Step> copies(steps.begin() + static_cast<std::ptrdiff_t>(candidate.first),
                             steps.begin() + static_cast<std::ptrdiff_t>(candidate.end));
    for (Step &step : copies) {
        step.row_by_row = candidate.mode == RunMode::kRowByRow;
        if (candidate.mode == RunMode::kOverlapping) {
            step.overlap = choices_[candidate.first].overlap();
        }
        chain.push_back(&step);
    }
    const auto overlaps = allowed_overlaps(graph, chain);
    const auto first = static_cast<int>(candidate.first), end = static_cast<int>(candidate.end);
    const Step &last = *chain.back();
    const auto out_bytes = static_cast<int64_t>(graph.tensor(last.output).type.bytes());
    int64_t bytes = 0, saving = 0;
    for (const Life &life : lives_) {
        const bool enters = life.made < first && life.last >= first;
        const bool leaves = life.made >= first && life.made < end &&
                            (life.tensor == last.output || !last.more_outputs.empty());
        if (enters || leaves) bytes += life.bytes;
        const auto overlap = overlaps.find(life.tensor);
        if (!enters || life.last >= end || overlap == overlaps.end()) continue;
        saving = std::max(saving, overlap_saving(life.bytes, out_bytes, overlap->second.distance));
    }
    if (chain.size() > 1) bytes += line_bytes(chain, simulate_chain(chain, false));
    return bytes - saving;
}

void Scheduler::add_candidate(const Graph &graph, const std::vector<Step> &steps,
                              Candidate candidate) {
    for (size_t i = candidate.first; i < candidate.end; ++i) {
        const int64_t least = choices_[i].least_scratch(candidate.mode);
        if (least < 0) return;
        candidate.least_scratch = std::max(candidate.least_scratch, align_arena(least));
    }
    candidate.bytes = alive_bytes(graph, steps, candidate);
    ending_[candidate.end].push_back(candidate);
}

void Scheduler::add_candidates(const Graph &graph, const std::vector<Step> &steps,
                               const std::vector<TensorId> &alias, size_t first, bool stream) {
    add_candidate(graph, steps, {first, first + 1, RunMode::kWhole});
    if (choices_[first].overlap()) {
        add_candidate(graph, steps, {first, first + 1, RunMode::kOverlapping});
    }
    int64_t rows = 0;
    for (size_t end = first + 1; stream && end <= steps.size() && end - first <= kLongestChain;
         ++end) {
        if (!steps[end - 1].rows) return;
        rows += steps[end - 1].rows->work_rows;
        if (rows > kMostSimulatedRows) return;
        if (!can_stream(graph, steps, alias, first, end)) continue;
        add_candidate(graph, steps, {first, end, RunMode::kRowByRow});
    }
}

int64_t Scheduler::smallest_peak() const {
    std::vector<int64_t> peak(ending_.size(), std::numeric_limits<int64_t>::max());
    peak[0] = 0;
    for (size_t end = 1; end < ending_.size(); ++end) {
        for (const Candidate &candidate : ending_[end]) {
            const int64_t bytes = candidate.bytes + candidate.least_scratch;
            peak[end] = std::min(peak[end], std::max(peak[candidate.first], bytes));
        }
    }
    return peak.back();
}

std::optional<Schedule> Scheduler::fastest(int64_t budget) const {
    std::vector<Best> best(ending_.size());
    best[0].cycles = 0;
    for (size_t end = 1; end < ending_.size(); ++end) {
        for (size_t c = 0; c < ending_[end].size(); ++c) {
            const Candidate &candidate = ending_[end][c];
            const Best &before = best[candidate.first];
            const int64_t scratch = budget - candidate.bytes;
            if (!before.reached() || scratch < candidate.least_scratch) continue;
            Best now{before.cycles, 0, 0, static_cast<int>(c)};
            int64_t used = 0;
            for (size_t i = candidate.first; i < candidate.end; ++i) {
                const Choice *choice = choices_[i].best(candidate.mode, scratch);
                EMBARK_ASSERT(choice != nullptr);
                now.cycles += choice->cycles;
                used = std::max(used, align_arena(choice->scratch_bytes));
            }
            now.bytes = before.bytes + candidate.bytes + used;
            now.peak = std::max(before.peak, candidate.bytes + used);
            const Best &so_far = best[end];
            if (std::tie(now.cycles, now.peak, now.bytes) <
                std::tie(so_far.cycles, so_far.peak, so_far.bytes)) {
                best[end] = now;
            }
        }
    }
    if (!best.back().reached()) return std::nullopt;
    Schedule schedule;
    schedule.cycles = best.back().cycles;
    schedule.peak_bytes = best.back().peak;
    schedule.choices.resize(choices_.size());
    for (size_t end = choices_.size(); end > 0;) {
        const Candidate &candidate = ending_[end][static_cast<size_t>(best[end].candidate)];
        schedule.segments.push_back(
            {static_cast<int>(candidate.first), static_cast<int>(candidate.end - candidate.first)});
        for (size_t i = candidate.first; i < end; ++i) {
            schedule.choices[i] = *choices_[i].best(candidate.mode, budget - candidate.bytes);
        }
        end = candidate.first;
    }
    std::reverse(schedule.segments.begin(), schedule.segments.end());
    return schedule;
}

}  // namespace embark
