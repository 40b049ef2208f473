#pragma once

#include "plan/choices.h"

namespace embark {

/// The ways in which each step can run with the kernels that together take the least flash: their
/// code, which all steps share, and the weights in the form that each of them reads.
///
/// Local search from the smallest weights: a kernel is dropped, or another one taken up, as long as
/// that makes the sum smaller.
std::vector<StepChoices> smallest_choices(const Graph &graph, const std::vector<Step> &steps,
                                          const Board &board,
                                          const MeasuredCycles *measured = nullptr);

}  // namespace embark
