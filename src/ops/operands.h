#pragma once
// Checks that many operators share. Messages say what was found and what was expected; the caller
// adds the place.

#include <optional>
#include <string_view>
#include <vector>

#include "ops/registry.h"

namespace embark {

/// Whether optional input \p index is given.
bool has_input(const Node &node, size_t index);

/// Checks that all extents are at least 1 and their product at most 2^40, so that nothing that is
/// computed from them overflows. \p what is "input 0" or the like. \error kInvalid
Status check_extents(const Shape &shape, std::string_view what);

/// Checks that the node has \p least to \p most inputs, that inputs 0 to least-1 are present and
/// that every input passes check_extents(). \error kInvalid
Status check_inputs(const Graph &graph, const Node &node, size_t least, size_t most);

/// \error kInvalid  input \p index has another rank than \p rank
Status check_rank(const Graph &graph, const Node &node, size_t index, size_t rank,
                  std::string_view layout);

/// Checks that inputs first… (the present ones) are constants. \error kUnsupported
Status check_constants(const Graph &graph, const Node &node, size_t first);

/// Checks that all present inputs are float32. \error kUnsupported
Status check_float32(const Graph &graph, const Node &node);

/// Checks that input \p index is a vector of \p length elements. \error kInvalid
Status check_vector(const Graph &graph, const Node &node, size_t index, std::string_view what,
                    int64_t length);

/// A list attribute with exactly \p fallback.size() entries, each in [least, 2^20].
/// \error kInvalid
Expected<std::vector<int64_t>> checked_ints(const Node &node, std::string_view attribute,
                                            std::vector<int64_t> fallback, int64_t least);

/// "kernel is not supported for int8": what evaluate_… returns for types that it lacks.
Error unsupported_type(const Node &node, DataType type);

/// Whether the first input is float32 and reference arithmetic may go on.
bool is_float32(std::span<const ConstTensorView> inputs);

/// The limits of a node with trait kClamp (infinite where it has none); none for other nodes.
struct Clamp {
    double low, high;
};
std::optional<Clamp> clamp_of(const Node &node);

/// The type of input \p index of a checked node.
const TensorType &input_type(const Graph &graph, const Node &node, size_t index);
/// Elements of the node's first output.
int64_t output_elements(const Graph &graph, const Node &node);

/// Geometry of a two-dimensional window over rows and columns, from `strides`, `padding` and
/// `dilations`. Windows start at -top and -left; what lies outside of the input is padding.
struct Window {
    int64_t kernel_h = 1, kernel_w = 1;
    int64_t stride_h = 1, stride_w = 1;
    int64_t top = 0, bottom = 0, left = 0, right = 0;
    int64_t dilation_h = 1, dilation_w = 1;
    int64_t in_h = 1, in_w = 1;
    int64_t out_h = 1, out_w = 1;
};

/// The window of \p node over \p input ([N,H,W,C]) with a kernel of the given extents.
/// \error kInvalid  an attribute is out of range or the window is larger than the padded input
Expected<Window> make_window(const Node &node, const Shape &input, int64_t kernel_h,
                             int64_t kernel_w);

/// As make_window, for a node that infer accepted.
Window window_of(const Node &node, const Shape &input, int64_t kernel_h, int64_t kernel_w);

/// The taps of one window along one axis that lie inside the input: taps first … last-1, of which
/// tap t reads position origin + t * dilation.
struct Taps {
    int64_t first, last, origin;
};
inline Taps taps_inside(int64_t out, int64_t stride, int64_t before, int64_t dilation,
                        int64_t kernel, int64_t extent) {
    const int64_t origin = out * stride - before;
    const int64_t first = origin < 0 ? (-origin + dilation - 1) / dilation : 0;
    const int64_t room = extent - origin;  // positions from the origin to the end
    const int64_t last = room <= 0 ? 0 : (room + dilation - 1) / dilation;
    return {first < kernel ? first : kernel, last < kernel ? last : kernel, origin};
}

}  // namespace embark
