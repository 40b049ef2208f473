#pragma once
// The ways in which one step can run: kernel, scratch memory, whole maps or row by row.

#include "plan/measured.h"

namespace embark {

/// How a step is called.
enum class RunMode : uint8_t {
    kWhole,
    kRowByRow,
    kOverlapping,  ///< whole, the output over the first input
};
constexpr size_t kRunModes = 3;

/// One way to run a step.
struct Choice {
    const KernelDefinition *kernel = nullptr;
    std::optional<RowMap> rows;
    bool row_by_row = false;
    std::optional<InputOverlap> overlap;  ///< of a whole run
    int64_t scratch_bytes = 0;
    int64_t cycles = 0;  ///< modelled
};

/// All ways to run a step that are worth it: by mode, the more scratch memory the faster.
class StepChoices {
  public:
    /// \param kernels  the only ones to look at; none: all that take the step
    /// \param measured  cycles that are known better than by the cost model, or null
    StepChoices(const Graph &graph, const Step &step, const Board &board,
                const MeasuredCycles *measured = nullptr,
                const std::vector<const KernelDefinition *> &kernels = {});

    /// The fastest way with at most \p scratch bytes, or null.
    const Choice *best(RunMode mode, int64_t scratch) const;
    /// Scratch bytes without which no kernel runs in this mode, or -1 when none does at all.
    int64_t least_scratch(RunMode mode) const;
    /// Row geometry, the same for every kernel that has one.
    const std::optional<RowMap> &rows() const { return rows_; }
    /// What all ways of kOverlapping allow, or none when there is no such way.
    const std::optional<InputOverlap> &overlap() const { return overlap_; }
    /// All that were looked at, by cycles.
    const std::vector<Choice> &all() const { return all_; }

  private:
    void consider(const Graph &graph, const Step &step, const Board &board,
                  const MeasuredCycles *measured, const KernelDefinition &kernel);
    bool is_way(const Choice &choice, RunMode mode) const;
    void keep_useful(RunMode mode);

    std::vector<Choice> all_;
    std::vector<Choice> useful_[kRunModes];  ///< by mode; scratch rises, cycles fall
    std::optional<RowMap> rows_;
    std::optional<InputOverlap> overlap_;
};

/// The kernels that can run a step with all that is fused into it, in order of preference.
std::vector<const KernelDefinition *> kernels_of(const Graph &graph, const Step &step,
                                                 const Board &board);

/// Cycles of a step as it would run: measured ones where there are, else the cost model's.
int64_t cycles_of(const Graph &graph, const Step &step, const Board &board,
                  const MeasuredCycles *measured);

/// \p step as it would run: kernel, rows, rings of whole maps, scratch memory.
Step with_choice(const Step &step, const Choice &choice);

}  // namespace embark
