#pragma once

#include "plan/arena.h"
#include "plan/plan.h"

namespace embark {

/// How a chain of row-wise steps flows: line buffers between them, and how far its output may
/// reach into its input.
struct ChainFlow {
    std::vector<int64_t> lines;  ///< rows held between step i and i + 1
    int64_t distance = 0;        ///< Overlap::distance of the last output to the first input, bytes
};

/// Runs the schedule that the generated code follows (each step makes rows only when the next one
/// needs them) on row counts alone. \p steps all have `rows`.
ChainFlow simulate_chain(const std::vector<const Step *> &steps);

/// Work row up to which a step must have run so that its first \p out_rows output rows exist.
int64_t work_needed(const RowMap &rows, int64_t out_rows);

/// True when step i's only reader is step i + 1 and both run row by row.
bool can_join(const Graph &graph, const std::vector<Step> &steps,
              const std::vector<TensorId> &alias, size_t i);

/// The buffer of a step's scratch memory, alive in one segment.
Buffer scratch_buffer(const Step &step, int index, int segment);

/// Buffers and overlaps of a segmentation; sets row_by_row and the rings of \p plan's steps.
/// \param in_rows  allow a windowed kernel to run row by row so that its output may overlap its
/// input
void lay_out_buffers(const Graph &graph, Plan &plan, bool in_rows, std::vector<Overlap> &overlaps);

}  // namespace embark
