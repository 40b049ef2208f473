// conv2d: x [N,H,W,C], filter [out,kh,kw,in/groups], bias? [out] -> [N,H',W',out].
// Attributes: strides [h,w], padding [top,bottom,left,right], dilations [h,w], groups.

#include <fmt/format.h>

#include <algorithm>

#include "ops/conv2d/conv2d.h"
#include "ops/family.h"
#include "ops/operands.h"
#include "ops/panel.h"
#include "ops/quantized.h"

namespace embark {

namespace {

constexpr std::string_view kLayout = "NHWC";

Status check_groups(const Node &node, const Shape &x, const Shape &filter) {
    const int64_t groups = node.int_or("groups", 1);
    if (groups < 1 || x[3] % groups != 0 || filter[0] % groups != 0) {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("groups is {}, expected a divisor of {} input and {} output "
                                      "channels",
                                      groups, x[3], filter[0]));
    }
    if (filter[3] != x[3] / groups) {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("filter has shape {}, expected [{},{},{},{}] for an input "
                                      "of {} channels in {} groups",
                                      to_string(filter), filter[0], filter[1], filter[2],
                                      x[3] / groups, x[3], groups));
    }
    return Ok{};
}

/// One panel of output channels: columns first … first+count-1 of the filter, all taps.
struct ConvPanel {
    const float *weights;  ///< [kh][kw][in/groups][kPanelWidth]
    const float *bias;     ///< of column 0, or null
    int64_t count;
    int64_t depth;  ///< input channels of the group
};

/// Sums of one output position; \p x is the image at the group's first channel.
void convolve_at(const Window &w, const ConvPanel &panel, const float *x, int64_t channels,
                 Taps rows, Taps columns, float *out) {
    float sums[kPanelWidth] = {};
    for (int64_t ky = rows.first; ky < rows.last; ++ky) {
        const int64_t in_y = rows.origin + ky * w.dilation_h;
        for (int64_t kx = columns.first; kx < columns.last; ++kx) {
            const int64_t in_x = columns.origin + kx * w.dilation_w;
            accumulate_panel(x + (in_y * w.in_w + in_x) * channels,
                             panel.weights + (ky * w.kernel_w + kx) * panel.depth * kPanelWidth,
                             panel.depth, sums);
        }
    }
    for (int64_t j = 0; j < panel.count; ++j) {
        out[j] = panel.bias ? sums[j] + panel.bias[j] : sums[j];
    }
}

void convolve_image(const Window &w, const ConvPanel &panel, const float *x, int64_t channels,
                    int64_t out_channels, float *out) {
    for (int64_t y = 0; y < w.out_h; ++y) {
        const Taps rows = taps_inside(y, w.stride_h, w.top, w.dilation_h, w.kernel_h, w.in_h);
        for (int64_t column = 0; column < w.out_w; ++column) {
            const Taps columns =
                taps_inside(column, w.stride_w, w.left, w.dilation_w, w.kernel_w, w.in_w);
            convolve_at(w, panel, x, channels, rows, columns,
                        out + (y * w.out_w + column) * out_channels);
        }
    }
}

}  // namespace

Expected<std::vector<TensorType>> infer_conv2d(const Graph &graph, const Node &node) {
    EMBARK_RETURN_IF_ERROR(check_inputs(graph, node, 2, 3));
    EMBARK_RETURN_IF_ERROR(check_rank(graph, node, 0, 4, kLayout));
    EMBARK_RETURN_IF_ERROR(check_rank(graph, node, 1, 4, "out, height, width, in/groups"));
    EMBARK_RETURN_IF_ERROR(check_layer_types(graph, node, 0));
    const Shape &x = input_type(graph, node, 0).shape;
    const Shape &filter = input_type(graph, node, 1).shape;
    EMBARK_RETURN_IF_ERROR(check_groups(node, x, filter));
    if (has_input(node, 2)) {
        EMBARK_RETURN_IF_ERROR(check_vector(graph, node, 2, "bias", filter[0]));
    }
    EMBARK_ASSIGN(const Window w, make_window(node, x, filter[1], filter[2]));
    return std::vector{
        TensorType{input_type(graph, node, 0).type, {x[0], w.out_h, w.out_w, filter[0]}, {}}};
}

Status evaluate_conv2d(const Node &node, std::span<const ConstTensorView> inputs,
                       std::span<const TensorView> outputs) {
    if (!is_float32(inputs)) return evaluate_portable(node, inputs, outputs);
    const Shape &x = inputs[0].type->shape;
    const Shape &filter = inputs[1].type->shape;
    const Window w = window_of(node, x, filter[1], filter[2]);
    const bool has_bias = inputs.size() > 2 && inputs[2].type != nullptr;
    const int64_t group_out = filter[0] / node.int_or("groups", 1);
    const int64_t depth = filter[3], taps = filter[1] * filter[2];
    std::vector<float> weights(static_cast<size_t>(taps * depth * kPanelWidth));
    for (int64_t first = 0; first < filter[0];) {
        const int64_t group = first / group_out;
        const int64_t count = std::min(kPanelWidth, (group + 1) * group_out - first);
        pack_panel(inputs[1].as<float>() + first * taps * depth, taps * depth, count, taps * depth,
                   weights.data());
        const ConvPanel panel{weights.data(), has_bias ? inputs[2].as<float>() + first : nullptr,
                              count, depth};
        for (int64_t n = 0; n < x[0]; ++n) {
            convolve_image(w, panel, inputs[0].as<float>() + n * x[1] * x[2] * x[3] + group * depth,
                           x[3], filter[0],
                           outputs[0].as<float>() + n * w.out_h * w.out_w * filter[0] + first);
        }
        first += count;
    }
    return Ok{};
}

Expected<PortableCall> portable_conv2d(const Node &node, std::span<const TensorType *const> inputs,
                                       std::span<const TensorType> outputs) {
    if (is_quantized(*inputs[0])) return quantized_conv2d(node, inputs, outputs);
    if (inputs[0]->type == DataType::kFloat32) return portable_conv2d_f32(node, inputs);
    return unsupported_type(node, inputs[0]->type);
}

int64_t macc_conv2d(const Graph &graph, const Node &node) {
    const Shape &filter = input_type(graph, node, 1).shape;
    const int64_t bias = has_input(node, 2) ? filter[0] : 0;
    return output_elements(graph, node) * filter[1] * filter[2] * filter[3] + bias;
}

}  // namespace embark
