// add, subtract, multiply, maximum, minimum: a and b of the same shape, or b broadcast to a's
// shape as in numpy (trailing axes aligned, extents equal or 1).

#include <fmt/format.h>

#include <vector>

#include "ops/family.h"
#include "ops/operands.h"
#include "ops/quantized.h"

namespace embark {

namespace {

bool broadcasts_to(const Shape &b, const Shape &a) {
    if (b.size() > a.size()) return false;
    const size_t lead = a.size() - b.size();
    for (size_t i = 0; i < b.size(); ++i) {
        if (b[i] != a[lead + i] && b[i] != 1) return false;
    }
    return true;
}

/// Steps through b's elements in the order of a's: one stride per axis of a, 0 where b is
/// repeated.
std::vector<int64_t> strides_of(const Shape &b, const Shape &a) {
    std::vector<int64_t> strides(a.size(), 0);
    int64_t step = 1;
    for (size_t i = 0; i < b.size(); ++i) {
        const size_t from_end = b.size() - 1 - i;
        if (b[from_end] != 1) strides[a.size() - 1 - i] = step;
        step *= b[from_end];
    }
    return strides;
}

template <typename Combine>
void combine(std::span<const ConstTensorView> inputs, const TensorView &output, Combine apply) {
    const Shape &shape = inputs[0].type->shape;
    const float *a = inputs[0].as<float>(), *b = inputs[1].as<float>();
    float *out = output.as<float>();
    const int64_t count = element_count(shape);
    if (inputs[1].type->shape == shape) {
        for (int64_t i = 0; i < count; ++i) out[i] = apply(a[i], b[i]);
        return;
    }
    const std::vector<int64_t> strides = strides_of(inputs[1].type->shape, shape);
    std::vector<int64_t> index(shape.size(), 0);
    int64_t at = 0;
    for (int64_t i = 0; i < count; ++i) {
        out[i] = apply(a[i], b[at]);
        for (size_t axis = shape.size(); axis-- > 0;) {
            at += strides[axis];
            if (++index[axis] < shape[axis]) break;
            at -= strides[axis] * shape[axis];
            index[axis] = 0;
        }
    }
}

}  // namespace

Expected<std::vector<TensorType>> infer_binary(const Graph &graph, const Node &node) {
    EMBARK_RETURN_IF_ERROR(check_inputs(graph, node, 2, 2));
    EMBARK_RETURN_IF_ERROR(check_float_or_quantized(graph, node));
    const TensorType &a = input_type(graph, node, 0);
    const TensorType &b = input_type(graph, node, 1);
    if (!broadcasts_to(b.shape, a.shape)) {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("inputs have shapes {} and {}, expected equal ones or a "
                                      "second that broadcasts to the first",
                                      to_string(a.shape), to_string(b.shape)));
    }
    return std::vector{a};
}

Status evaluate_binary(const Node &node, std::span<const ConstTensorView> inputs,
                       std::span<const TensorView> outputs) {
    if (!is_float32(inputs)) return evaluate_portable(node, inputs, outputs);
    const TensorView &out = outputs[0];
    if (node.op == "add") {
        combine(inputs, out, [](float a, float b) { return a + b; });
    } else if (node.op == "subtract") {
        combine(inputs, out, [](float a, float b) { return a - b; });
    } else if (node.op == "multiply") {
        combine(inputs, out, [](float a, float b) { return a * b; });
    } else if (node.op == "maximum") {
        combine(inputs, out, [](float a, float b) { return a > b ? a : b; });
    } else {
        EMBARK_ASSERT(node.op == "minimum");
        combine(inputs, out, [](float a, float b) { return a < b ? a : b; });
    }
    return Ok{};
}

Expected<PortableCall> portable_binary(const Node &node, std::span<const TensorType *const> inputs,
                                       std::span<const TensorType> outputs) {
    if (is_quantized(*inputs[0])) return quantized_binary(node, inputs, outputs);
    return unsupported_type(node, inputs[0]->type);
}

int64_t macc_binary(const Graph &graph, const Node &node) {
    return output_elements(graph, node);
}

}  // namespace embark
