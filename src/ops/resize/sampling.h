#pragma once
// Where resize reads along one axis.

#include <cstdint>
#include <string>
#include <vector>

namespace embark {

/// How one axis is resampled; names as ONNX's Resize has them.
struct AxisResize {
    std::string mode = "nearest";            ///< nearest, linear, cubic
    std::string coordinates = "half_pixel";  ///< how output positions map to the input's
    std::string nearest = "round_prefer_floor";
    double cubic_coeff = -0.75;
    bool exclude_outside = false;  ///< weights outside of the input count as 0
    bool antialias = false;        ///< widens the filter when the axis shrinks
    int64_t in = 1, out = 1;
    double scale = 0;                   ///< output per input; 0: out / in, exactly
    double roi_begin = 0, roi_end = 1;  ///< tf_crop_and_resize: part of the input, from 0 to 1
};

/// Taps of every output position; indices inside of the input, or -1 for all taps of a position
/// that tf_crop_and_resize puts outside.
struct AxisSampling {
    int64_t taps = 1;
    std::vector<int32_t> indices;  ///< [out][taps]
    std::vector<float> weights;    ///< [out][taps]; each row sums to 1
};

bool is_known_coordinates(const std::string &name);
bool is_known_nearest(const std::string &name);

/// The taps of an axis, by the definitions of ONNX's Resize (opset 19), worked out in double.
AxisSampling sample_axis(const AxisResize &axis);

}  // namespace embark
