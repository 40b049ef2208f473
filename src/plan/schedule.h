#pragma once
// Which steps stream together and how each of them runs, within a budget of RAM.

#include "plan/choices.h"

namespace embark {

/// Segments in order, and how each step runs.
struct Schedule {
    std::vector<Segment> segments;
    std::vector<Choice> choices;  ///< by step
    int64_t cycles = 0;           ///< modelled
    int64_t peak_bytes = 0;       ///< most bytes alive in a segment; the arena may be larger
};

/// Finds schedules by dynamic programming over the cuts between steps: what is alive at a cut
/// depends on its place alone, so the best way to it is a part of the best whole.
///
/// Streams of at most kLongestChain steps are looked at.
class Scheduler {
  public:
    static constexpr size_t kLongestChain = 24;

    /// \param choices  by step
    Scheduler(const Graph &graph, const std::vector<Step> &steps,
              const std::vector<TensorId> &alias, const std::vector<StepChoices> &choices,
              bool stream);

    /// The smallest peak of any schedule, bytes.
    int64_t smallest_peak() const;
    /// The schedule with the fewest cycles whose peak is at most \p budget bytes; among
    /// equals the smaller peak, then the smaller sum of the segments' peaks; none when there is
    /// none.
    std::optional<Schedule> fastest(int64_t budget) const;

  private:
    /// A run of steps that can be a segment.
    struct Candidate {
        size_t first = 0, end = 0;
        RunMode mode = RunMode::kWhole;
        int64_t bytes = 0;          ///< alive in it, without scratch memory
        int64_t least_scratch = 0;  ///< without which it cannot run
    };

    void add_candidates(const Graph &graph, const std::vector<Step> &steps,
                        const std::vector<TensorId> &alias, size_t first, bool stream);
    void add_candidate(const Graph &graph, const std::vector<Step> &steps, Candidate candidate);
    int64_t alive_bytes(const Graph &graph, const std::vector<Step> &steps,
                        const Candidate &candidate) const;
    void find_lives(const Graph &graph, const std::vector<Step> &steps,
                    const std::vector<TensorId> &alias);

    const std::vector<StepChoices> &choices_;
    std::vector<std::vector<Candidate>> ending_;  ///< by end
    struct Life {
        TensorId tensor;
        int64_t bytes;
        int made, last;  ///< steps; -1: graph input, number of steps: graph output
    };
    std::vector<Life> lives_;
};

}  // namespace embark
