#pragma once
// The windows of convolutions and pools, as ONNX's attributes give them.

#include "import/onnx/context.h"

namespace embark::onnx {

/// One entry per spatial axis.
struct WindowShape {
    std::vector<int64_t> kernel, strides, dilations;
    std::vector<int64_t> before, after;  ///< padding
    std::vector<int64_t> counted_after;  ///< padding that an average may count
};

/// \param extents  of the input's spatial axes; \p kernel  of the window's
/// \error kInvalid  lists of another length, numbers outside of [0, 2^20]
Expected<WindowShape> read_window(const Context &context, const Shape &extents,
                                  const std::vector<int64_t> &kernel);

/// `strides`, `dilations` and `padding` for one, two (one becomes 1 x n) or three spatial axes.
Attributes window_attributes(const WindowShape &window);
/// [before, after] for each axis in turn.
std::vector<int64_t> interleaved(const std::vector<int64_t> &before,
                                 const std::vector<int64_t> &after);
/// A list for one axis with \p filler for the row in front.
std::vector<int64_t> two_axes(std::vector<int64_t> list, int64_t filler);

}  // namespace embark::onnx
