// matmul_integer: a, b int8 or uint8 as for matmul, a_zero? (one, or one per row of a), b_zero?
// (one, or one per column of b) -> int32 sums of (a - a_zero) * (b - b_zero), modulo 2^32.

#include <fmt/format.h>

#include "ops/family.h"
#include "ops/matmul/matmul.h"
#include "ops/window.h"

namespace embark {

namespace {

bool is_byte(DataType type) {
    return type == DataType::kInt8 || type == DataType::kUint8;
}

/// Checks that zero point \p index has one element, or \p many.
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

int64_t step_of(std::span<const TensorType *const> inputs, size_t index) {
    if (optional_input(inputs, index) == PortableCall::kNull) return 0;
    return element_count(inputs[index]->shape) > 1 ? 1 : 0;
}

}  // namespace

Expected<std::vector<TensorType>> infer_matmul_integer(const Graph &graph, const Node &node) {
    EMBARK_RETURN_IF_ERROR(check_inputs(graph, node, 2, 4));
    const TensorType &a = input_type(graph, node, 0), &b = input_type(graph, node, 1);
    if (!is_byte(a.type) || !is_byte(b.type)) {
        return make_error(ErrorCode::kUnsupported,
                          fmt::format("inputs are {} and {}, expected int8 or uint8",
                                      to_string(a.type), to_string(b.type)));
    }
    EMBARK_ASSIGN(MatmulGeometry geometry, make_matmul_geometry(node, a.shape, b.shape));
    EMBARK_RETURN_IF_ERROR(check_zero(graph, node, 2, geometry.rows));
    EMBARK_RETURN_IF_ERROR(check_zero(graph, node, 3, geometry.columns));
    return std::vector{TensorType{DataType::kInt32, std::move(geometry.output), {}}};
}

int64_t macc_matmul_integer(const Graph &graph, const Node &node) {
    return make_matmul_geometry(node, input_type(graph, node, 0).shape,
                                input_type(graph, node, 1).shape)
        .value()
        .products();
}

Expected<PortableCall> portable_matmul_integer(const Node &node,
                                               std::span<const TensorType *const> inputs,
                                               std::span<const TensorType>) {
    EMBARK_ASSIGN(const MatmulGeometry geometry,
                  make_matmul_geometry(node, inputs[0]->shape, inputs[1]->shape));
    PortableCall call{.function = "emk_matmul_integer",
                      .inputs = {0, 1, optional_input(inputs, 2), optional_input(inputs, 3)}};
    Field matmul{"matmul", Field::Kind::kStruct};
    matmul.fields = matmul_fields(geometry);
    call.fields = {std::move(matmul), int_of("a_flip", flip_of(*inputs[0])),
                   int_of("b_flip", flip_of(*inputs[1])), int_of("a_zero_step", step_of(inputs, 2)),
                   int_of("b_zero_step", step_of(inputs, 3))};
    call.cycles = geometry.products() * 12 + 200;
    return call;
}

}  // namespace embark
