#include "ops/resize/sampling.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

namespace embark {

namespace {

/// Output per input.
double scale_of(const AxisResize &axis) {
    return axis.scale > 0 ? axis.scale
                          : static_cast<double>(axis.out) / static_cast<double>(axis.in);
}

/// \p x / scale, without the rounding of a scale that is not given: what is whole stays whole.
double unscaled(const AxisResize &axis, double x) {
    if (axis.scale > 0) return x / axis.scale;
    return x * static_cast<double>(axis.in) / static_cast<double>(axis.out);
}

/// Input coordinate of output position \p x.
double coordinate_of(const AxisResize &axis, int64_t position) {
    const auto x = static_cast<double>(position);
    const auto in = static_cast<double>(axis.in);
    // Need not be whole.
    const double out = axis.scale > 0 ? axis.scale * in : static_cast<double>(axis.out);
    if (axis.coordinates == "asymmetric") return unscaled(axis, x);
    if (axis.coordinates == "align_corners") return out == 1 ? 0 : x * (in - 1) / (out - 1);
    if (axis.coordinates == "tf_half_pixel_for_nn") return unscaled(axis, x + 0.5);
    if (axis.coordinates == "pytorch_half_pixel" && axis.out == 1) return -0.5;
    if (axis.coordinates == "half_pixel_symmetric") {
        const double adjustment = static_cast<double>(axis.out) / out;
        return in / 2 * (1 - adjustment) + unscaled(axis, x + 0.5) - 0.5;
    }
    if (axis.coordinates == "tf_crop_and_resize") {
        const double part = (axis.roi_end - axis.roi_begin) * (in - 1);
        return axis.roi_begin * (in - 1) + (out == 1 ? part / 2 : x * part / (out - 1));
    }
    return unscaled(axis, x + 0.5) - 0.5;
}

/// Weights of consecutive taps, the first at base + first, for a coordinate base + ratio with ratio
/// in (0,1].
struct Taps {
    int64_t first = 0;
    std::vector<double> weights;
};

Taps nearest_taps(const AxisResize &axis, double ratio) {
    bool upper = ratio > 0.5;
    if (axis.nearest == "round_prefer_ceil") upper = ratio >= 0.5;
    if (axis.nearest == "ceil") upper = true;
    if (axis.nearest == "floor") upper = ratio == 1;
    return {upper ? 1 : 0, {1.0}};
}

/// Keys 1981, "Cubic convolution interpolation for digital image processing".
double cubic_kernel(double distance, double a) {
    const double x = std::abs(distance);
    if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
    if (x < 2) return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a;
    return 0;
}

/// The kernel of \p reach taps on either side, stretched when the axis shrinks with antialiasing.
Taps filter_taps(const AxisResize &axis, double ratio) {
    const bool cubic = axis.mode == "cubic";
    const double squeeze = axis.antialias ? std::min(scale_of(axis), 1.0) : 1.0;
    Taps taps;
    taps.first = static_cast<int64_t>(std::floor((cubic ? -2 : -1) / squeeze)) + 1;
    for (int64_t i = taps.first; i <= 1 - taps.first; ++i) {
        const double distance = (static_cast<double>(i) - ratio) * squeeze;
        taps.weights.push_back(cubic ? cubic_kernel(distance, axis.cubic_coeff)
                                     : std::max(0.0, 1 - std::abs(distance)));
    }
    return taps;
}

void normalise(std::vector<double> &weights) {
    const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
    for (double &weight : weights) weight /= sum;
}

void append(const AxisResize &axis, double coordinate, AxisSampling &sampling) {
    double base = std::floor(coordinate);
    if (base == coordinate) base -= 1;  // the pixel on the left is preferred
    Taps taps = axis.mode == "nearest" ? nearest_taps(axis, coordinate - base)
                                       : filter_taps(axis, coordinate - base);
    const int64_t first = static_cast<int64_t>(base) + taps.first;
    for (size_t i = 0; i < taps.weights.size(); ++i) {
        const int64_t index = first + static_cast<int64_t>(i);
        if (axis.exclude_outside && (index < 0 || index >= axis.in)) taps.weights[i] = 0;
        sampling.indices.push_back(
            static_cast<int32_t>(std::clamp<int64_t>(index, 0, axis.in - 1)));
    }
    if (axis.exclude_outside || axis.antialias) normalise(taps.weights);
    for (const double weight : taps.weights) sampling.weights.push_back(static_cast<float>(weight));
    sampling.taps = static_cast<int64_t>(taps.weights.size());
}

}  // namespace

bool is_known_coordinates(const std::string &name) {
    constexpr std::array kNames = {
        "half_pixel",           "asymmetric",           "align_corners",     "pytorch_half_pixel",
        "tf_half_pixel_for_nn", "half_pixel_symmetric", "tf_crop_and_resize"};
    return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

bool is_known_nearest(const std::string &name) {
    return name == "round_prefer_floor" || name == "round_prefer_ceil" || name == "floor" ||
           name == "ceil";
}

AxisSampling sample_axis(const AxisResize &axis) {
    AxisSampling sampling;
    for (int64_t x = 0; x < axis.out; ++x) {
        const double coordinate = coordinate_of(axis, x);
        append(axis, coordinate, sampling);
        const bool outside = coordinate < 0 || coordinate > static_cast<double>(axis.in - 1);
        if (axis.coordinates != "tf_crop_and_resize" || !outside) continue;
        std::fill(sampling.indices.end() - sampling.taps, sampling.indices.end(), -1);
    }
    return sampling;
}

}  // namespace embark
