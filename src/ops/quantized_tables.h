#pragma once
// Tables and constants of quantised functions, built while a network is compiled.

#include <functional>
#include <vector>

#include "ops/quantized.h"

namespace embark {

/// An interval of real numbers.
struct RealRange {
    float low, high;
};

/// 513 values for emk_interpolate_q16: index 0 stands for -32768, which is in.low, index 512 for
/// 32768, which is in.high; out.low … out.high become the range of int16. Each value is moved by
/// half the error that interpolation makes in the middle of its step, as TensorFlow Lite does.
std::vector<int16_t> interpolation_table(const std::function<float(float)> &function, RealRange in,
                                         RealRange out);

/// 65536 * sigmoid(i / 24) for i from 0 to 255, of emk_sigmoid_by_table, as a table of a call.
PortableTable sigmoid_table(std::string name);

/// How differences to the greatest value become arguments of emk_exp_q0.
struct DifferenceScaling {
    Multiplier split;
    int64_t least = 0;  ///< differences below it are beyond the format
};

/// For differences in steps of \p scale and a format of \p integer_bits.
/// \error kUnsupported  the scale is too small for the format
Expected<DifferenceScaling> difference_scaling(double scale, int integer_bits);

/// What emk_requantize_… computes: from one quantisation to another with a clamp, and with a factor
/// of its own for values below zero.
struct Slopes {
    int64_t in_zero = 0, out_zero = 0;
    Multiplier positive, negative;
    IntegerRange range;

    int64_t apply(int64_t q) const;
    PortableCall call(std::string_view function, int64_t count) const;
};

/// The change of quantisation from \p x to \p out, clamped to the node's output range.
/// \error kUnsupported  the scales are too far apart
Expected<Slopes> requantization(const Node &node, const TensorType &x, const TensorType &out);

/// A function from quantised to quantised values.
using QuantizedFunction = std::function<int64_t(int64_t)>;

/// emk_lookup_8 for eight-bit x and output; the function's values are clamped to the output range.
PortableCall lookup_call(const Node &node, const TensorType &x, const TensorType &out,
                         const QuantizedFunction &function);

}  // namespace embark
