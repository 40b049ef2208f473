// conv_integer: x [N,H,W,C] and filter [out,kh,kw,in/groups] of int8 or uint8, x_zero? (one),
// filter_zero? (one, or one per output) -> int32 sums of (x - x_zero) * (filter - filter_zero),
// modulo 2^32; padding counts as x_zero. Attributes as for conv2d.

#include <fmt/format.h>

#include "ops/family.h"
#include "ops/window.h"

namespace embark {

namespace {

bool is_byte(DataType type) {
    return type == DataType::kInt8 || type == DataType::kUint8;
}

Status check_zero(const Graph &graph, const Node &node, size_t index, int64_t many) {
    if (!has_input(node, index)) return Ok{};
    const TensorType &zero = input_type(graph, node, index);
    const TensorType &operand = input_type(graph, node, index - 2);
    const int64_t count = element_count(zero.shape);
    if (zero.type == operand.type && (count == 1 || count == many)) return Ok{};
    return make_error(
        ErrorCode::kInvalid,
        fmt::format("zero point {} is {} {}, expected {} with 1 or {} elements", index - 2,
                    to_string(zero.type), to_string(zero.shape), to_string(operand.type), many));
}

int64_t flip_of(const TensorType &type) {
    return type.type == DataType::kInt8 ? 128 : 0;
}

}  // namespace

Expected<std::vector<TensorType>> infer_conv_integer(const Graph &graph, const Node &node) {
    EMBARK_RETURN_IF_ERROR(check_inputs(graph, node, 2, 4));
    EMBARK_RETURN_IF_ERROR(check_rank(graph, node, 0, 4, "NHWC"));
    EMBARK_RETURN_IF_ERROR(check_rank(graph, node, 1, 4, "out, height, width, in/groups"));
    const TensorType &x = input_type(graph, node, 0), &filter = input_type(graph, node, 1);
    if (!is_byte(x.type) || !is_byte(filter.type)) {
        return make_error(ErrorCode::kUnsupported,
                          fmt::format("inputs are {} and {}, expected int8 or uint8",
                                      to_string(x.type), to_string(filter.type)));
    }
    EMBARK_ASSIGN(const ConvGeometry geometry, make_conv_geometry(node, x.shape, filter.shape));
    EMBARK_RETURN_IF_ERROR(check_zero(graph, node, 2, 1));
    EMBARK_RETURN_IF_ERROR(check_zero(graph, node, 3, filter.shape[0]));
    return std::vector{TensorType{
        DataType::kInt32, windowed_shape(x.shape, geometry.window, filter.shape[0]), {}}};
}

int64_t macc_conv_integer(const Graph &graph, const Node &node) {
    const Shape &filter = input_type(graph, node, 1).shape;
    return output_elements(graph, node) * (element_count(filter) / filter[0]);
}

Expected<PortableCall> portable_conv_integer(const Node &node,
                                             std::span<const TensorType *const> inputs,
                                             std::span<const TensorType>) {
    EMBARK_ASSIGN(const ConvGeometry geometry,
                  make_conv_geometry(node, inputs[0]->shape, inputs[1]->shape));
    const int filter_zero = optional_input(inputs, 3);
    PortableCall call{.function = "emk_conv_integer",
                      .inputs = {0, 1, optional_input(inputs, 2), filter_zero}};
    Field conv{"conv", Field::Kind::kStruct};
    conv.fields = conv_fields(geometry);
    const int64_t zeros = filter_zero == PortableCall::kNull ? 0 : element_count(inputs[3]->shape);
    call.fields = {std::move(conv), int_of("in_flip", flip_of(*inputs[0])),
                   int_of("filter_flip", flip_of(*inputs[1])), int_of("filter_zeros", zeros)};
    call.cycles = geometry.products() * 12 + 400;
    return call;
}

}  // namespace embark
