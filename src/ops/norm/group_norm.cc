// group_norm: x [N,…,C], scale [C], bias [C] -> (x - mean) / sqrt(variance + epsilon) * scale +
// bias with mean and variance over all positions and the channels of a group.
// instance_norm: the same with one channel per group.
// Attributes: epsilon (1e-5), groups (1; group_norm only).

#include <fmt/format.h>

#include "ops/family.h"
#include "ops/operands.h"

namespace embark {

namespace {

int64_t groups_of(const Node &node, const Shape &x) {
    return node.op == "instance_norm" ? x.back() : node.int_or("groups", 1);
}

}  // namespace

Expected<std::vector<TensorType>> infer_group_norm(const Graph &graph, const Node &node) {
    EMBARK_RETURN_IF_ERROR(check_inputs(graph, node, 3, 3));
    EMBARK_RETURN_IF_ERROR(check_float32(graph, node));
    const TensorType &x = input_type(graph, node, 0);
    if (x.shape.size() < 2) {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("input 0 has shape {}, expected batch first and channels "
                                      "last",
                                      to_string(x.shape)));
    }
    const int64_t channels = x.shape.back(), groups = groups_of(node, x.shape);
    if (groups < 1 || channels % groups != 0) {
        return make_error(
            ErrorCode::kInvalid,
            fmt::format("groups is {}, expected a divisor of {} channels", groups, channels));
    }
    EMBARK_RETURN_IF_ERROR(check_vector(graph, node, 1, "scale", channels));
    EMBARK_RETURN_IF_ERROR(check_vector(graph, node, 2, "bias", channels));
    return std::vector{x};
}

int64_t macc_group_norm(const Graph &graph, const Node &node) {
    return 6 * output_elements(graph, node);
}

Expected<PortableCall> portable_group_norm(const Node &node,
                                           std::span<const TensorType *const> inputs,
                                           std::span<const TensorType>) {
    const Shape &x = inputs[0]->shape;
    PortableCall call{.function = "emk_group_norm_f32", .inputs = {0, 1, 2}};
    call.fields = {int_of("batch", x[0]), int_of("pixels", element_count(x) / x[0] / x.back()),
                   int_of("channels", x.back()), int_of("groups", groups_of(node, x)),
                   float_of("epsilon", static_cast<float>(node.float_or("epsilon", 1e-5)))};
    call.cycles = element_count(x) * 27 + x[0] * groups_of(node, x) * 80 + 100;
    return call;
}

}  // namespace embark
