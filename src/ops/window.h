#pragma once
// Windows over up to three axes and the arguments of the kernels that use them (emk/window.h,
// emk/conv.h).

#include <array>
#include <string>
#include <vector>

#include "ops/operands.h"
#include "ops/portable.h"

namespace embark {

/// A window along depth, rows and columns; axes that a map lacks have extents of 1.
struct VolumeWindow {
    std::array<int64_t, 3> in{1, 1, 1}, out{1, 1, 1}, kernel{1, 1, 1};
    std::array<int64_t, 3> stride{1, 1, 1}, dilation{1, 1, 1};
    std::array<int64_t, 3> before{0, 0, 0}, after{0, 0, 0};

    int64_t taps() const { return kernel[0] * kernel[1] * kernel[2]; }
    int64_t positions() const { return out[0] * out[1] * out[2]; }
};

/// The window of a node over \p input ([N,H,W,C] or [N,D,H,W,C]) with a kernel of two or three
/// extents, from its attributes `strides`, `dilations` (one per axis) and `padding` (before and
/// after, axis by axis). \error kInvalid  an attribute is out of range or the window is larger than
/// the padded input
Expected<VolumeWindow> make_volume_window(const Node &node, const Shape &input,
                                          const std::vector<int64_t> &kernel);

/// \p shape of a map with \p window's output positions: batch and rank of \p input.
Shape windowed_shape(const Shape &input, const VolumeWindow &window, int64_t channels);

/// emk_window.
Field window_field(const VolumeWindow &window);

/// What emk_conv_args holds. Element (o, tap, i) of the filter lies at
/// o * filter_out + tap * filter_tap + i * filter_in.
struct ConvGeometry {
    int64_t batch = 1, in_channels = 1, out_channels = 1, groups = 1;
    int64_t filter_out = 1, filter_tap = 1, filter_in = 1;
    VolumeWindow window;

    /// Multiply-accumulates of a whole call, as for a window that lies inside everywhere.
    int64_t products() const {
        return batch * window.positions() * out_channels * window.taps() * (in_channels / groups);
    }
};

/// The geometry of a convolution of \p x with a filter [out,k…,in/groups] of the same rank.
/// \error kInvalid  the filter's shape or an attribute does not match
Expected<ConvGeometry> make_conv_geometry(const Node &node, const Shape &x, const Shape &filter);

/// Checks `groups` and the filter [out,k…,in/groups] against \p channels of the input.
/// \error kInvalid
Status check_conv_groups(const Node &node, const Shape &filter, int64_t channels);

/// The fields of emk_conv_args.
std::vector<Field> conv_fields(const ConvGeometry &geometry);

/// Index of optional input \p index for PortableCall::inputs.
inline int optional_input(std::span<const TensorType *const> inputs, size_t index) {
    const bool present = index < inputs.size() && inputs[index] != nullptr;
    return present ? static_cast<int>(index) : PortableCall::kNull;
}

}  // namespace embark
