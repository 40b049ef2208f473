// depthwise_conv2d: x [N,H,W,C], filter [kh,kw,C*m], bias? [C*m] -> [N,H',W',C*m]; output channel
// c reads input channel c / m. Attributes: strides, padding, dilations as for conv2d.

#include <fmt/format.h>

#include <algorithm>

#include "ops/depthwise_conv2d/depthwise_conv2d.h"
#include "ops/family.h"
#include "ops/operands.h"
#include "ops/quantized.h"

namespace embark {

namespace {

/// sums[c] += x[c / multiplier] * filter[c] for every output channel.
void add_tap(const float *x, const float *filter, int64_t channels, int64_t multiplier,
             float *sums) {
    if (multiplier == 1) {
        for (int64_t c = 0; c < channels; ++c) sums[c] += x[c] * filter[c];
        return;
    }
    for (int64_t c = 0; c < channels; ++c) sums[c] += x[c / multiplier] * filter[c];
}

void convolve_image(const Window &w, const float *x, int64_t in_channels, const float *filter,
                    const float *bias, int64_t channels, float *out) {
    for (int64_t y = 0; y < w.out_h; ++y) {
        const Taps rows = taps_inside(y, w.stride_h, w.top, w.dilation_h, w.kernel_h, w.in_h);
        for (int64_t column = 0; column < w.out_w; ++column, out += channels) {
            const Taps columns =
                taps_inside(column, w.stride_w, w.left, w.dilation_w, w.kernel_w, w.in_w);
            std::fill(out, out + channels, 0.0f);
            for (int64_t ky = rows.first; ky < rows.last; ++ky) {
                const int64_t in_y = rows.origin + ky * w.dilation_h;
                for (int64_t kx = columns.first; kx < columns.last; ++kx) {
                    const int64_t in_x = columns.origin + kx * w.dilation_w;
                    add_tap(x + (in_y * w.in_w + in_x) * in_channels,
                            filter + (ky * w.kernel_w + kx) * channels, channels,
                            channels / in_channels, out);
                }
            }
            if (bias == nullptr) continue;
            for (int64_t c = 0; c < channels; ++c) out[c] += bias[c];
        }
    }
}

}  // namespace

Expected<std::vector<TensorType>> infer_depthwise_conv2d(const Graph &graph, const Node &node) {
    EMBARK_RETURN_IF_ERROR(check_inputs(graph, node, 2, 3));
    EMBARK_RETURN_IF_ERROR(check_rank(graph, node, 0, 4, "NHWC"));
    EMBARK_RETURN_IF_ERROR(check_rank(graph, node, 1, 3, "height, width, out"));
    EMBARK_RETURN_IF_ERROR(check_layer_types(graph, node, 2));
    const Shape &x = input_type(graph, node, 0).shape;
    const Shape &filter = input_type(graph, node, 1).shape;
    if (filter[2] % x[3] != 0) {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("filter has shape {}, expected a multiple of {} output "
                                      "channels",
                                      to_string(filter), x[3]));
    }
    if (has_input(node, 2)) {
        EMBARK_RETURN_IF_ERROR(check_vector(graph, node, 2, "bias", filter[2]));
    }
    EMBARK_ASSIGN(const Window w, make_window(node, x, filter[0], filter[1]));
    return std::vector{
        TensorType{input_type(graph, node, 0).type, {x[0], w.out_h, w.out_w, filter[2]}, {}}};
}

Status evaluate_depthwise_conv2d(const Node &node, std::span<const ConstTensorView> inputs,
                                 std::span<const TensorView> outputs) {
    if (!is_float32(inputs)) return evaluate_portable(node, inputs, outputs);
    const Shape &x = inputs[0].type->shape;
    const Shape &filter = inputs[1].type->shape;
    const Window w = window_of(node, x, filter[0], filter[1]);
    const bool has_bias = inputs.size() > 2 && inputs[2].type != nullptr;
    for (int64_t n = 0; n < x[0]; ++n) {
        convolve_image(w, inputs[0].as<float>() + n * x[1] * x[2] * x[3], x[3],
                       inputs[1].as<float>(), has_bias ? inputs[2].as<float>() : nullptr, filter[2],
                       outputs[0].as<float>() + n * w.out_h * w.out_w * filter[2]);
    }
    return Ok{};
}

Expected<PortableCall> portable_depthwise_conv2d(const Node &node,
                                                 std::span<const TensorType *const> inputs,
                                                 std::span<const TensorType> outputs) {
    if (is_quantized(*inputs[0])) return quantized_depthwise_conv2d(node, inputs, outputs);
    if (inputs[0]->type == DataType::kFloat32) return portable_depthwise_conv2d_f32(node, inputs);
    return unsupported_type(node, inputs[0]->type);
}

int64_t macc_depthwise_conv2d(const Graph &graph, const Node &node) {
    const Shape &filter = input_type(graph, node, 1).shape;
    const int64_t bias = has_input(node, 2) ? filter[2] : 0;
    return output_elements(graph, node) * filter[0] * filter[1] + bias;
}

}  // namespace embark
