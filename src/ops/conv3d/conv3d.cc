// conv3d: x [N,D,H,W,C], filter [out,kd,kh,kw,in/groups], bias? [out] -> [N,D',H',W',out].
// Attributes: strides, dilations [d,h,w], padding [front,back,top,bottom,left,right], groups.

#include "ops/family.h"
#include "ops/window.h"

namespace embark {

Expected<std::vector<TensorType>> infer_conv3d(const Graph &graph, const Node &node) {
    EMBARK_RETURN_IF_ERROR(check_inputs(graph, node, 2, 3));
    EMBARK_RETURN_IF_ERROR(check_rank(graph, node, 0, 5, "NDHWC"));
    EMBARK_RETURN_IF_ERROR(check_rank(graph, node, 1, 5, "out, depth, height, width, in/groups"));
    EMBARK_RETURN_IF_ERROR(check_float32(graph, node));
    const Shape &x = input_type(graph, node, 0).shape;
    const Shape &filter = input_type(graph, node, 1).shape;
    EMBARK_ASSIGN(const ConvGeometry geometry, make_conv_geometry(node, x, filter));
    if (has_input(node, 2)) {
        EMBARK_RETURN_IF_ERROR(check_vector(graph, node, 2, "bias", filter[0]));
    }
    return std::vector{
        TensorType{DataType::kFloat32, windowed_shape(x, geometry.window, filter[0]), {}}};
}

int64_t macc_conv3d(const Graph &graph, const Node &node) {
    const Shape &filter = input_type(graph, node, 1).shape;
    const int64_t bias = has_input(node, 2) ? filter[0] : 0;
    return output_elements(graph, node) * (element_count(filter) / filter[0]) + bias;
}

Expected<PortableCall> portable_conv3d(const Node &node, std::span<const TensorType *const> inputs,
                                       std::span<const TensorType>) {
    EMBARK_ASSIGN(const ConvGeometry geometry,
                  make_conv_geometry(node, inputs[0]->shape, inputs[1]->shape));
    PortableCall call{.function = "emk_conv_f32", .inputs = {0, 1, optional_input(inputs, 2)}};
    call.fields = conv_fields(geometry);
    call.cycles = geometry.products() * 9 + 400;
    return call;
}

}  // namespace embark
