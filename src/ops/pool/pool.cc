// max_pool2d, average_pool2d: x [N,H,W,C] -> [N,H',W',C]. Attributes: kernel [h,w] (required),
// strides, dilations [h,w] ([1,1]), padding [top,bottom,left,right]. Padding never wins a maximum
// and does not count in an average: the sum over the window in (row, column) order is divided by
// the number of elements inside the input; with count_padding 1 by the number of elements inside
// the input and counted_padding (default: padding).

#include <algorithm>

#include "ops/family.h"
#include "ops/operands.h"
#include "ops/pool/volume_pool.h"
#include "ops/quantized.h"

namespace embark {

namespace {

void max_at(const Window &w, const float *x, int64_t channels, Taps rows, Taps columns,
            float *out) {
    bool first = true;
    for (int64_t ky = rows.first; ky < rows.last; ++ky) {
        for (int64_t kx = columns.first; kx < columns.last; ++kx) {
            const float *pixel = x + ((rows.origin + ky) * w.in_w + columns.origin + kx) * channels;
            if (first) {
                std::copy(pixel, pixel + channels, out);
                first = false;
                continue;
            }
            for (int64_t c = 0; c < channels; ++c) out[c] = pixel[c] > out[c] ? pixel[c] : out[c];
        }
    }
}

void average_at(const Window &w, const float *x, int64_t channels, Taps rows, Taps columns,
                float *out) {
    std::fill(out, out + channels, 0.0f);
    for (int64_t ky = rows.first; ky < rows.last; ++ky) {
        for (int64_t kx = columns.first; kx < columns.last; ++kx) {
            const float *pixel = x + ((rows.origin + ky) * w.in_w + columns.origin + kx) * channels;
            for (int64_t c = 0; c < channels; ++c) out[c] += pixel[c];
        }
    }
    const int64_t inside = (rows.last - rows.first) * (columns.last - columns.first);
    for (int64_t c = 0; c < channels; ++c) out[c] = out[c] / static_cast<float>(inside);
}

/// Whether the windows need what only the portable kernel has.
bool needs_volume_pool(const Node &node) {
    return node.ints_or("dilations", {1, 1}) != std::vector<int64_t>{1, 1} ||
           node.int_or("count_padding", 0) != 0;
}

/// Maxima are taken of these types too, quantised or not.
Status check_pool_type(const Graph &graph, const Node &node) {
    const TensorType &x = input_type(graph, node, 0);
    if (node.op != "max_pool2d" || is_quantized(x)) return check_float_or_quantized(graph, node);
    const bool plain =
        x.type == DataType::kFloat64 || x.type == DataType::kInt8 || x.type == DataType::kUint8;
    return plain ? Status(Ok{}) : check_float32(graph, node);
}

}  // namespace

Expected<std::vector<TensorType>> infer_pool(const Graph &graph, const Node &node) {
    EMBARK_RETURN_IF_ERROR(check_inputs(graph, node, 1, 1));
    EMBARK_RETURN_IF_ERROR(check_rank(graph, node, 0, 4, "NHWC"));
    EMBARK_RETURN_IF_ERROR(check_pool_type(graph, node));
    const TensorType &x = input_type(graph, node, 0);
    EMBARK_ASSIGN(const PoolGeometry geometry, make_pool_geometry(node, x.shape));
    TensorType type = x;
    type.shape = windowed_shape(x.shape, geometry.window, geometry.channels);
    return std::vector{std::move(type)};
}

Status evaluate_pool(const Node &node, std::span<const ConstTensorView> inputs,
                     std::span<const TensorView> outputs) {
    if (!is_float32(inputs) || needs_volume_pool(node)) {
        return evaluate_portable(node, inputs, outputs);
    }
    const Shape &shape = inputs[0].type->shape;
    const int64_t channels = shape[3];
    const auto kernel = node.ints_or("kernel", {1, 1});
    const Window w = window_of(node, shape, kernel[0], kernel[1]);
    const auto pool_at = node.op == "max_pool2d" ? max_at : average_at;
    float *out = outputs[0].as<float>();
    for (int64_t n = 0; n < shape[0]; ++n) {
        const float *x = inputs[0].as<float>() + n * w.in_h * w.in_w * channels;
        for (int64_t y = 0; y < w.out_h; ++y) {
            const Taps rows = taps_inside(y, w.stride_h, w.top, 1, w.kernel_h, w.in_h);
            for (int64_t column = 0; column < w.out_w; ++column, out += channels) {
                const Taps columns = taps_inside(column, w.stride_w, w.left, 1, w.kernel_w, w.in_w);
                pool_at(w, x, channels, rows, columns, out);
            }
        }
    }
    return Ok{};
}

Expected<PortableCall> portable_pool(const Node &node, std::span<const TensorType *const> inputs,
                                     std::span<const TensorType> outputs) {
    const bool quantized = is_quantized(*inputs[0]);
    if (quantized && !needs_volume_pool(node)) return quantized_pool(node, inputs, outputs);
    const bool clamps = node.attributes.contains("clamp_low");
    if (quantized && clamps) return unsupported_type(node, inputs[0]->type);
    EMBARK_ASSIGN(const PoolGeometry geometry, make_pool_geometry(node, inputs[0]->shape));
    return portable_volume_pool_of(node, inputs[0]->type, geometry);
}

int64_t macc_pool(const Graph &graph, const Node &node) {
    const auto kernel = node.ints_or("kernel", {1, 1});
    return output_elements(graph, node) * kernel[0] * kernel[1];
}

}  // namespace embark
