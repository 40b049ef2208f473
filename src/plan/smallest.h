#pragma once

#include "plan/choices.h"

namespace embark {

/// The ways in which each step can run with the kernels that together take the least flash: their
/// code, which all steps share, and the weights in the form that each of them reads. Only such
/// kernels are taken with which the network needs at most eight times the cycles that it needs with
/// the fastest ones, given RAM enough.
///
/// Time has a price in bytes. At each of a row of rising prices, a local search from all kernels
/// drops one, or takes another one up, as long as that makes the sum of bytes and paid time
/// smaller; of the sets within the limit, the smallest is taken.
std::vector<StepChoices> smallest_choices(const Graph &graph, const std::vector<Step> &steps,
                                          const Board &board,
                                          const MeasuredCycles *measured = nullptr);

}  // namespace embark
