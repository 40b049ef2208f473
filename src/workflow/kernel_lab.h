#pragma once
// Kernels on trial: single steps with their operands, run on the host and on a virtual board, where
// their cycles are modelled. For tests and bench/kernels.

#include <string>
#include <vector>

#include "plan/kernel.h"

namespace embark {

/// How a kernel is called in a trial.
enum class TrialMode {
    kWhole,  ///< all rows at once
    kRings,  ///< row by row, from and into rings no larger than needed; kernels with one input
    kOverlapping,  ///< all rows at once, the output as far over the input as the kernel allows
};

/// One kernel on one node.
struct KernelTrial {
    const Graph *graph = nullptr;  ///< of one node, whose activations are the graph's inputs
    const KernelDefinition *kernel = nullptr;
    std::vector<Bytes> inputs;
    TrialMode mode = TrialMode::kWhole;
    /// Scratch memory: as little as the kernel needs, or as much as it can use.
    bool generous = false;
};

struct TrialResult {
    Bytes output;
    uint64_t cycles = 0;  ///< modelled; 0 on the host
    int64_t planned = 0;  ///< what KernelDefinition::cycles says
    int64_t scratch_bytes = 0;
};

/// Whether the kernel of \p trial can run it in kOverlapping.
bool may_overlap(const KernelTrial &trial);

/// Calls the kernels' host functions. \error kUnsupported a kernel that the lab does not know
Expected<std::vector<TrialResult>> run_trials_on_host(const std::vector<KernelTrial> &trials);

/// Runs all trials in one firmware image on \p board (of family stm32l4), tables in flash, inputs
/// and outputs in RAM. \error of the compiler or the board; kDoesNotFit when the operands are too
/// large for one image
Expected<std::vector<TrialResult>> run_trials_on_board(const std::vector<KernelTrial> &trials,
                                                       const Board &board);

}  // namespace embark
