#include "quantize/layer_rows.h"

#include <algorithm>

#include "ops/operands.h"

namespace embark {

namespace {

size_t at(int64_t i) {
    return static_cast<size_t>(i);
}

/// Copies one pixel's channels as real numbers.
void copy_pixel(const TensorType &type, const Bytes &values, int64_t offset, int64_t channels,
                float *to) {
    if (type.type == DataType::kFloat32) {
        const auto *from = reinterpret_cast<const float *>(values.data()) + offset;
        std::copy(from, from + channels, to);
        return;
    }
    const auto *from = reinterpret_cast<const int8_t *>(values.data()) + offset;
    const int32_t zero = type.quantization.zero_points[0];
    for (int64_t i = 0; i < channels; ++i) to[i] = static_cast<float>(from[i] - zero);
}

}  // namespace

std::optional<LayerShape> layer_shape(const Graph &graph, const Node &node) {
    const bool depthwise = node.op == "depthwise_conv2d";
    if (node.op != "conv2d" && node.op != "dense" && !depthwise) return std::nullopt;
    if (node.op == "conv2d" && node.int_or("groups", 1) != 1) return std::nullopt;
    const Shape &weights = input_type(graph, node, 1).shape;
    LayerShape shape;
    shape.depthwise = depthwise;
    shape.outs = depthwise ? weights[2] : weights[0];
    shape.depth = element_count(weights) / shape.outs;
    shape.positions = element_count(graph.tensor(node.outputs[0]).type.shape) / shape.outs;
    shape.row = depthwise ? shape.depth * input_type(graph, node, 0).shape[3] : shape.depth;
    return shape;
}

WeightMatrix read_weights(const Graph &graph, const Node &node, const LayerShape &shape) {
    const auto values = graph.tensor(node.inputs[1]).values<float>();
    WeightMatrix matrix{shape.outs, shape.depth, std::vector<float>(values.size())};
    for (int64_t out = 0; out < shape.outs; ++out) {
        for (int64_t i = 0; i < shape.depth; ++i) {
            const int64_t from = shape.depthwise ? i * shape.outs + out : out * shape.depth + i;
            matrix.values[at(out * shape.depth + i)] = values[at(from)];
        }
    }
    return matrix;
}

Bytes to_layout(const std::vector<int8_t> &levels, const LayerShape &shape) {
    Bytes bytes(levels.size());
    for (int64_t out = 0; out < shape.outs; ++out) {
        for (int64_t i = 0; i < shape.depth; ++i) {
            const int64_t to = shape.depthwise ? i * shape.outs + out : out * shape.depth + i;
            bytes[at(to)] = static_cast<uint8_t>(levels[at(out * shape.depth + i)]);
        }
    }
    return bytes;
}

std::vector<float> gather_rows(const Graph &graph, const Node &node, const LayerShape &shape,
                               const TensorType &type, const Bytes &values,
                               const std::vector<int64_t> &positions) {
    std::vector<float> rows(positions.size() * at(shape.row), 0.0f);
    if (node.op == "dense") {
        for (size_t i = 0; i < positions.size(); ++i) {
            copy_pixel(type, values, positions[i] * shape.depth, shape.depth,
                       &rows[i * at(shape.row)]);
        }
        return rows;
    }
    const Shape &filter = input_type(graph, node, 1).shape;
    const size_t first = shape.depthwise ? 0 : 1;
    const Window w = window_of(node, type.shape, filter[first], filter[first + 1]);
    const int64_t channels = type.shape[3];
    for (size_t i = 0; i < positions.size(); ++i) {
        const int64_t image = positions[i] / (w.out_h * w.out_w);
        const int64_t place = positions[i] % (w.out_h * w.out_w);
        const Taps ys =
            taps_inside(place / w.out_w, w.stride_h, w.top, w.dilation_h, w.kernel_h, w.in_h);
        const Taps xs =
            taps_inside(place % w.out_w, w.stride_w, w.left, w.dilation_w, w.kernel_w, w.in_w);
        for (int64_t ky = ys.first; ky < ys.last; ++ky) {
            for (int64_t kx = xs.first; kx < xs.last; ++kx) {
                const int64_t y = ys.origin + ky * w.dilation_h, x = xs.origin + kx * w.dilation_w;
                const int64_t offset = ((image * w.in_h + y) * w.in_w + x) * channels;
                const int64_t tap = ky * w.kernel_w + kx;
                copy_pixel(type, values, offset, channels,
                           &rows[i * at(shape.row) + at(tap * channels)]);
            }
        }
    }
    return rows;
}

}  // namespace embark
