// where: condition (bool) ? a : b, broadcast to each other as in numpy; any type.

#include <fmt/format.h>

#include "ops/broadcast.h"
#include "ops/family.h"
#include "ops/operands.h"

namespace embark {

namespace {

Expected<Walk> walk_of(const Shape &out, const Shape &condition, const Shape &a, const Shape &b) {
    return canonical_walk({out,
                           {broadcast_strides(condition, out), broadcast_strides(a, out),
                            broadcast_strides(b, out)}});
}

}  // namespace

Expected<std::vector<TensorType>> infer_where(const Graph &graph, const Node &node) {
    EMBARK_RETURN_IF_ERROR(check_inputs(graph, node, 3, 3));
    const TensorType &condition = input_type(graph, node, 0);
    const TensorType &a = input_type(graph, node, 1), &b = input_type(graph, node, 2);
    if (condition.type != DataType::kBool) {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("condition is {}, expected bool", to_string(condition.type)));
    }
    if (a.type != b.type || a.quantization != b.quantization) {
        return make_error(ErrorCode::kUnsupported,
                          fmt::format("inputs 1 and 2 are {} and {}, expected one type and scale",
                                      to_string(a.type), to_string(b.type)));
    }
    EMBARK_ASSIGN(const Shape shape, broadcast_shape({condition.shape, a.shape, b.shape}));
    EMBARK_RETURN_IF_ERROR(walk_of(shape, condition.shape, a.shape, b.shape));
    return std::vector{moved_type(a, shape)};
}

Expected<PortableCall> portable_where(const Node &node, std::span<const TensorType *const> inputs,
                                      std::span<const TensorType> outputs) {
    const DataType type = inputs[1]->type;
    EMBARK_ASSIGN(const Walk walk,
                  walk_of(outputs[0].shape, inputs[0]->shape, inputs[1]->shape, inputs[2]->shape));
    PortableCall call{
        .fields = {ints_of("shape", walk.shape), ints_of("condition_stride", walk.strides[0]),
                   ints_of("a_stride", walk.strides[1]), ints_of("b_stride", walk.strides[2])},
        .inputs = {0, 1, 2}};
    EMBARK_ASSIGN(call.function,
                  kernel_named(node, fmt::format("emk_where_{}", bits_suffix_of(type)), type));
    call.cycles = element_count(outputs[0].shape) * 14 + 200;
    return call;
}

int64_t macc_where(const Graph &graph, const Node &node) {
    return output_elements(graph, node);
}

}  // namespace embark
