#pragma once
// Geometry and portable calls of pooling over one to three axes (emk/volume_pool.h).

#include "ops/window.h"

namespace embark {

/// What emk_volume_pool_args holds.
struct PoolGeometry {
    int64_t batch = 1, channels = 1;
    int64_t p = 2;  ///< exponent of lp_pool
    std::array<int64_t, 3> counted_before{}, counted_after{};
    VolumeWindow window;

    int64_t reads() const { return batch * window.positions() * window.taps() * channels; }
};

/// The geometry of a pooling node over [N,H,W,C] or [N,D,H,W,C], from `kernel`, `strides`,
/// `dilations`, `padding`, `count_padding`, `counted_padding` and `p`.
/// \error kInvalid  an attribute is missing or out of range, or padding is as long as a window
Expected<PoolGeometry> make_pool_geometry(const Node &node, const Shape &x);

/// One window over all positions of [N,…,C].
PoolGeometry global_pool_geometry(const Shape &x);

/// The call of one of the functions in emk/volume_pool.h. \p cycles_per_read  modelled
PortableCall volume_pool_call(std::string_view function, const PoolGeometry &geometry,
                              int64_t cycles_per_read);

/// Maximum, average or norm by the operator's name and its input's type. \error kUnsupported
Expected<PortableCall> portable_volume_pool_of(const Node &node, DataType type,
                                               const PoolGeometry &geometry);

}  // namespace embark
