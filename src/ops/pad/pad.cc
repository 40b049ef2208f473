// pad: surrounds x by `value` (0.0): `before` and `after` hold one count per axis.

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "ops/family.h"
#include "ops/operands.h"

namespace embark {

namespace {

Expected<std::vector<int64_t>> counts_of(const Node &node, std::string_view attribute,
                                         size_t rank) {
    if (!node.attributes.contains(attribute)) {
        return make_error(ErrorCode::kInvalid, fmt::format("attribute {} is missing", attribute));
    }
    return checked_ints(node, attribute, std::vector<int64_t>(rank, 0), 0);
}

}  // namespace

Expected<std::vector<TensorType>> infer_pad(const Graph &graph, const Node &node) {
    EMBARK_RETURN_IF_ERROR(check_inputs(graph, node, 1, 1));
    EMBARK_RETURN_IF_ERROR(check_float32(graph, node));
    TensorType type = input_type(graph, node, 0);
    EMBARK_ASSIGN(const auto before, counts_of(node, "before", type.shape.size()));
    EMBARK_ASSIGN(const auto after, counts_of(node, "after", type.shape.size()));
    for (size_t i = 0; i < type.shape.size(); ++i) type.shape[i] += before[i] + after[i];
    return std::vector{std::move(type)};
}

Status evaluate_pad(const Node &node, std::span<const ConstTensorView> inputs,
                    std::span<const TensorView> outputs) {
    if (!is_float32(inputs)) return unsupported_type(node, inputs[0].type->type);
    const Shape &in = inputs[0].type->shape;
    const Shape &out = outputs[0].type->shape;
    float *to = outputs[0].as<float>();
    std::fill(to, to + element_count(out), static_cast<float>(node.float_or("value", 0.0)));
    if (in.empty()) {
        to[0] = inputs[0].as<float>()[0];
        return Ok{};
    }
    const auto before = node.ints_or("before", {});
    const int64_t run = in.back();
    std::vector<int64_t> index(in.size(), 0);
    for (int64_t i = 0; i < element_count(in); i += run) {
        int64_t at = 0;
        for (size_t axis = 0; axis < in.size(); ++axis) {
            at = at * out[axis] + index[axis] + before[axis];
        }
        const float *row = inputs[0].as<float>() + i;
        std::copy(row, row + run, to + at);
        for (size_t axis = in.size() - 1; axis-- > 0;) {
            if (++index[axis] < in[axis]) break;
            index[axis] = 0;
        }
    }
    return Ok{};
}

int64_t macc_pad(const Graph &, const Node &) {
    return 0;
}

}  // namespace embark
