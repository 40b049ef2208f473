// conv_transpose2d: x [N,H,W,C], filter [out,kh,kw,in/groups], bias? [out] -> [N,H',W',out] with
// H' = (H-1) * stride + (kh-1) * dilation + 1 + output_padding - top - bottom.
// conv_transpose3d: the same with [N,D,H,W,C] and [out,kd,kh,kw,in/groups].
// Attributes: strides, dilations, output_padding (one per axis), padding (what is cut off before
// and after, axis by axis), groups.

#include "ops/conv_transpose/conv_transpose.h"

#include <fmt/format.h>

#include "ops/family.h"
#include "ops/quantized.h"

namespace embark {

Expected<ConvGeometry> make_conv_transpose_geometry(const Node &node, const Shape &x,
                                                    const Shape &filter) {
    EMBARK_RETURN_IF_ERROR(check_conv_groups(node, filter, x.back()));
    const size_t axes = x.size() - 2;
    const std::vector<int64_t> ones(axes, 1), zeros(axes, 0), borders(2 * axes, 0);
    EMBARK_ASSIGN(const auto strides, checked_ints(node, "strides", ones, 1));
    EMBARK_ASSIGN(const auto dilations, checked_ints(node, "dilations", ones, 1));
    EMBARK_ASSIGN(const auto extra, checked_ints(node, "output_padding", zeros, 0));
    EMBARK_ASSIGN(const auto padding, checked_ints(node, "padding", borders, 0));
    ConvGeometry geometry{x[0], x.back(), filter[0], node.int_or("groups", 1)};
    geometry.filter_tap = filter.back();
    geometry.filter_out = element_count(filter) / filter[0];
    for (size_t i = 0; i < axes; ++i) {
        const size_t axis = 3 - axes + i;
        VolumeWindow &window = geometry.window;
        window.in[axis] = x[i + 1];
        window.kernel[axis] = filter[i + 1];
        window.stride[axis] = strides[i];
        window.dilation[axis] = dilations[i];
        window.before[axis] = padding[2 * i];
        window.after[axis] = padding[2 * i + 1];
        window.out[axis] = (x[i + 1] - 1) * strides[i] + (filter[i + 1] - 1) * dilations[i] + 1 +
                           extra[i] - padding[2 * i] - padding[2 * i + 1];
        if (window.out[axis] >= 1) continue;
        return make_error(ErrorCode::kInvalid,
                          fmt::format("padding {} leaves an extent of {} on axis {}, expected at "
                                      "least 1",
                                      to_string(padding), window.out[axis], i + 1));
    }
    return geometry;
}

Expected<std::vector<TensorType>> infer_conv_transpose(const Graph &graph, const Node &node) {
    EMBARK_RETURN_IF_ERROR(check_inputs(graph, node, 2, 3));
    const bool volume = node.op == "conv_transpose3d";
    EMBARK_RETURN_IF_ERROR(check_rank(graph, node, 0, volume ? 5 : 4, volume ? "NDHWC" : "NHWC"));
    EMBARK_RETURN_IF_ERROR(check_rank(graph, node, 1, volume ? 5 : 4, "out, taps, in/groups"));
    EMBARK_RETURN_IF_ERROR(check_layer_types(graph, node, 0));
    const Shape &x = input_type(graph, node, 0).shape;
    const Shape &filter = input_type(graph, node, 1).shape;
    EMBARK_ASSIGN(const ConvGeometry geometry, make_conv_transpose_geometry(node, x, filter));
    if (has_input(node, 2)) {
        EMBARK_RETURN_IF_ERROR(check_vector(graph, node, 2, "bias", filter[0]));
    }
    return std::vector{TensorType{
        input_type(graph, node, 0).type, windowed_shape(x, geometry.window, filter[0]), {}}};
}

int64_t macc_conv_transpose(const Graph &graph, const Node &node) {
    const Shape &filter = input_type(graph, node, 1).shape;
    const int64_t bias = has_input(node, 2) ? filter[0] : 0;
    const int64_t positions =
        element_count(input_type(graph, node, 0).shape) / input_type(graph, node, 0).shape.back();
    return positions * element_count(filter) + bias;
}

Expected<PortableCall> portable_conv_transpose_f32(const Node &node,
                                                   std::span<const TensorType *const> inputs) {
    EMBARK_ASSIGN(const ConvGeometry geometry,
                  make_conv_transpose_geometry(node, inputs[0]->shape, inputs[1]->shape));
    PortableCall call{.function = "emk_conv_transpose_f32",
                      .inputs = {0, 1, optional_input(inputs, 2)}};
    call.fields = conv_fields(geometry);
    const VolumeWindow &window = geometry.window;
    const int64_t strides = window.stride[0] * window.stride[1] * window.stride[2];
    const int64_t outputs = geometry.batch * window.positions() * geometry.out_channels;
    // Of the taps of an output, one in `strides` meets an input; the others cost the question.
    call.cycles = geometry.products() / strides * 9 + outputs * window.taps() * 25 + 400;
    return call;
}

Expected<PortableCall> portable_conv_transpose(const Node &node,
                                               std::span<const TensorType *const> inputs,
                                               std::span<const TensorType> outputs) {
    const DataType type = inputs[0]->type;
    if (is_quantized(*inputs[0])) return quantized_conv_transpose(node, inputs, outputs);
    if (type == DataType::kFloat32) return portable_conv_transpose_f32(node, inputs);
    return unsupported_type(node, type);
}

}  // namespace embark
