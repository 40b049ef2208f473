#pragma once
// What the tensors of a float network hold over sample data, and the ranges that follow.

#include <array>
#include <span>
#include <string_view>
#include <vector>

#include "ir/graph.h"

namespace embark {

/// Inputs of a network, in its own type: one entry per sample and input.
using Samples = std::vector<std::vector<Bytes>>;

/// Values of one tensor over all samples.
struct Observation {
    static constexpr size_t kBins = 2048;

    float low = 0, high = 0;                  ///< extremes; both 0 when nothing was seen
    std::array<uint64_t, kBins> histogram{};  ///< of equal bins from low to high
    uint64_t count = 0;
};

/// By tensor; empty ones for what is no float32 activation.
///
/// Two evaluations of each sample: extremes, then histograms.
/// \error kInvalid  no samples; a sample gives a value that is not finite (the tensor is named), or
///                  every input is one constant in all samples
Expected<std::vector<Observation>> observe(const Graph &graph, const Samples &samples);

/// How a range is taken from what was observed.
enum class RangeMethod {
    kMinMax,      ///< the extremes
    kPercentile,  ///< without the outermost 0.005 % on each side
    kMse,         ///< the least mean squared error of quantisation
    kEntropy,     ///< the least divergence of the quantised distribution from the observed one
};
constexpr RangeMethod kRangeMethods[] = {RangeMethod::kMinMax, RangeMethod::kPercentile,
                                         RangeMethod::kMse, RangeMethod::kEntropy};
std::string_view to_string(RangeMethod method);

/// An interval of real values.
struct ValueRange {
    float low = 0, high = 0;
};
/// The range for 256 levels. \p method  as above
ValueRange choose_range(const Observation &observation, RangeMethod method);

/// int8 parameters for a range, which is widened to hold 0: scale (high - low) / 255 and the zero
/// point nearest to what makes low -128, as TensorFlow Lite's converter does.
Quantization int8_quantization(ValueRange range);

}  // namespace embark
