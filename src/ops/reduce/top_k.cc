// top_k: the `k` greatest (`largest` 1, default) or least elements along `axis`, in order, equal
// ones by index, whatever `sorted` says; outputs are the values and their indices (`to` "int64",
// default, or "int32"). NaN counts as the greatest.

#include <fmt/format.h>

#include "ops/broadcast.h"
#include "ops/family.h"
#include "ops/operands.h"
#include "ops/reduce/index_type.h"

namespace embark {

namespace {

Expected<std::string_view> kernel_of(const Node &node, DataType type) {
    return kernel_named(node, fmt::format("emk_top_k_{}", suffix_of(type)), type);
}

}  // namespace

Expected<std::vector<TensorType>> infer_top_k(const Graph &graph, const Node &node) {
    EMBARK_RETURN_IF_ERROR(check_inputs(graph, node, 1, 1));
    const TensorType &x = input_type(graph, node, 0);
    EMBARK_ASSIGN(const size_t axis, checked_axis(node, "axis", x.shape.size()));
    EMBARK_RETURN_IF_ERROR(check_countable(x.shape));
    EMBARK_RETURN_IF_ERROR(kernel_of(node, x.type));
    EMBARK_ASSIGN(const DataType to, index_type_of(node));
    const int64_t k = node.int_or("k", 0);
    if (k < 1 || k > x.shape[axis]) {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("attribute k is {}, expected 1 to {}", k, x.shape[axis]));
    }
    Shape shape = x.shape;
    shape[axis] = k;
    return std::vector{moved_type(x, shape), TensorType{to, shape, {}}};
}

Expected<PortableCall> portable_top_k(const Node &node, std::span<const TensorType *const> inputs,
                                      std::span<const TensorType> outputs) {
    const TensorType &x = *inputs[0];
    EMBARK_ASSIGN(const size_t axis, checked_axis(node, "axis", x.shape.size()));
    const AxisView view = view_around(x.shape, axis);
    const int64_t k = outputs[0].shape[axis];
    PortableCall call{.fields = {int_of("outer", view.outer), int_of("extent", view.extent),
                                 int_of("inner", view.inner), int_of("k", k),
                                 int_of("least", node.int_or("largest", 1) != 0 ? 0 : 1),
                                 int_of("wide", outputs[1].type == DataType::kInt64 ? 1 : 0)},
                      .inputs = {0}};
    EMBARK_ASSIGN(call.function, kernel_of(node, x.type));
    // An insertion moves half of the list on average, and gets rarer along the axis.
    call.cycles = elementwise_cycles(element_count(x.shape), 8 + 6 * k, x.type);
    return call;
}

int64_t macc_top_k(const Graph &graph, const Node &node) {
    return element_count(input_type(graph, node, 0).shape);
}

}  // namespace embark
