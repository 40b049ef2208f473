#pragma once

#include <map>
#include <span>

#include "plan/arena.h"
#include "plan/plan.h"

namespace embark {

/// How the steps of a segment flow: line buffers between them, and how far the segment's output may
/// reach into its inputs.
struct ChainFlow {
    std::vector<int64_t> lines;  ///< rows held of the output of step i; the last step's is whole
    /// By tensor that enters the segment: Overlap::distance of the output to it, bytes.
    std::map<TensorId, int64_t> distances;
};

/// The step of \p steps that makes \p tensor, or -1.
int producer_in(std::span<const Step *const> steps, TensorId tensor);

/// Runs the schedule that the generated code follows on row counts alone: of the steps whose next
/// row is wanted, for the last step's next row or by another wanted step, the last one that can
/// makes it, so that rows are read for the last time as soon as may be.
/// \p steps, at most 64, all have `rows`; each but the last is read by others of them.
/// \param in_place  the last step may write an element where it has just read it
ChainFlow simulate_chain(std::span<const Step *const> steps, bool in_place);

/// Work row up to which a step must have run so that its first \p out_rows output rows exist.
int64_t work_needed(const RowMap &rows, int64_t out_rows);

/// Whether the steps [first, end) can stream: each but the last makes rows that only others of
/// them read.
bool can_stream(const Graph &graph, const std::vector<Step> &steps,
                const std::vector<TensorId> &alias, size_t first, size_t end);

/// Bytes of the line buffers of a segment.
int64_t line_bytes(std::span<const Step *const> steps, const ChainFlow &flow);

/// Overlaps that a segment's output is allowed with the tensors that it reads, by tensor.
std::map<TensorId, InputOverlap> allowed_overlaps(const Graph &graph,
                                                  std::span<const Step *const> steps);

/// Buffers and overlaps of the plan's segments; sets the rings of its steps. Scratch memory is what
/// the steps have, shared by a segment's.
void lay_out_buffers(const Graph &graph, Plan &plan, std::vector<Overlap> &overlaps);

}  // namespace embark
