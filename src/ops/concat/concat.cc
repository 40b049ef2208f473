// concat: joins one or more tensors of the same type along `axis`, which counts from 0.

#include <fmt/format.h>

#include <cstring>

#include "ops/family.h"
#include "ops/operands.h"

namespace embark {

namespace {

/// Bytes of one run of a tensor that stays together in the output: the axis and all inside it.
size_t run_bytes(const TensorType &type, int64_t axis) {
    size_t bytes = size_of(type.type);
    for (size_t i = static_cast<size_t>(axis); i < type.shape.size(); ++i) {
        bytes *= static_cast<size_t>(type.shape[i]);
    }
    return bytes;
}

}  // namespace

Expected<std::vector<TensorType>> infer_concat(const Graph &graph, const Node &node) {
    const size_t count = node.inputs.size();
    if (count == 0) return make_error(ErrorCode::kInvalid, "has no inputs, expected at least 1");
    EMBARK_RETURN_IF_ERROR(check_inputs(graph, node, count, count));
    TensorType type = input_type(graph, node, 0);
    const int64_t axis = node.int_or("axis", -1);
    if (axis < 0 || static_cast<size_t>(axis) >= type.shape.size()) {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("axis is {}, expected 0 to {}", axis, type.shape.size() - 1));
    }
    const auto along = static_cast<size_t>(axis);
    for (size_t i = 1; i < count; ++i) {
        const TensorType &other = input_type(graph, node, i);
        Shape expected = type.shape;
        if (other.shape.size() == expected.size()) expected[along] = other.shape[along];
        if (other.shape != expected || other.type != type.type) {
            return make_error(ErrorCode::kInvalid,
                              fmt::format("input {} is {} {}, expected {} {} except on axis {}", i,
                                          to_string(other.type), to_string(other.shape),
                                          to_string(type.type), to_string(type.shape), axis));
        }
        type.shape[along] += other.shape[along];
    }
    return std::vector{std::move(type)};
}

Status evaluate_concat(const Node &node, std::span<const ConstTensorView> inputs,
                       std::span<const TensorView> outputs) {
    const int64_t axis = node.int_or("axis", 0);
    const size_t row = run_bytes(*outputs[0].type, axis);
    const size_t rows = outputs[0].type->bytes() / row;
    size_t start = 0;
    for (const ConstTensorView &input : inputs) {
        const size_t run = run_bytes(*input.type, axis);
        for (size_t i = 0; i < rows; ++i) {
            std::memcpy(outputs[0].data + i * row + start, input.data + i * run, run);
        }
        start += run;
    }
    return Ok{};
}

int64_t macc_concat(const Graph &, const Node &) {
    return 0;
}

}  // namespace embark
