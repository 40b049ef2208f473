// arg_max, arg_min: the index of the most extreme element along `axis`: `keep_dims` (0),
// `select_last` (0: the first of equal ones), `to` "int64" (default) or "int32". NaN is the most
// extreme. Quantised values compare as they are stored.

#include <fmt/format.h>

#include "ops/broadcast.h"
#include "ops/family.h"
#include "ops/operands.h"
#include "ops/reduce/index_type.h"

namespace embark {

Expected<DataType> index_type_of(const Node &node) {
    const std::string name = node.string_or("to", "int64");
    if (name == "int64") return DataType::kInt64;
    if (name == "int32") return DataType::kInt32;
    return make_error(ErrorCode::kInvalid,
                      fmt::format("attribute to is '{}', expected int32 or int64", name));
}

namespace {

Expected<std::string_view> kernel_of(const Node &node, DataType type) {
    return kernel_named(node, fmt::format("emk_arg_{}", suffix_of(type)), type);
}

}  // namespace

Expected<std::vector<TensorType>> infer_arg(const Graph &graph, const Node &node) {
    EMBARK_RETURN_IF_ERROR(check_inputs(graph, node, 1, 1));
    const TensorType &x = input_type(graph, node, 0);
    EMBARK_ASSIGN(const size_t axis, checked_axis(node, "axis", x.shape.size()));
    EMBARK_RETURN_IF_ERROR(check_countable(x.shape));
    EMBARK_RETURN_IF_ERROR(kernel_of(node, x.type));
    EMBARK_ASSIGN(const DataType to, index_type_of(node));
    Shape shape = x.shape;
    const auto at = shape.begin() + static_cast<std::ptrdiff_t>(axis);
    if (node.int_or("keep_dims", 0) != 0)
        *at = 1;
    else
        shape.erase(at);
    return std::vector{TensorType{to, shape, {}}};
}

Expected<PortableCall> portable_arg(const Node &node, std::span<const TensorType *const> inputs,
                                    std::span<const TensorType> outputs) {
    const TensorType &x = *inputs[0];
    EMBARK_ASSIGN(const size_t axis, checked_axis(node, "axis", x.shape.size()));
    const AxisView view = view_around(x.shape, axis);
    PortableCall call{
        .fields = {int_of("outer", view.outer), int_of("extent", view.extent),
                   int_of("inner", view.inner), int_of("least", node.op == "arg_min" ? 1 : 0),
                   int_of("select_last", node.int_or("select_last", 0) != 0 ? 1 : 0),
                   int_of("wide", outputs[0].type == DataType::kInt64 ? 1 : 0)},
        .inputs = {0}};
    EMBARK_ASSIGN(call.function, kernel_of(node, x.type));
    call.cycles = elementwise_cycles(element_count(x.shape), 6, x.type);
    return call;
}

int64_t macc_arg(const Graph &graph, const Node &node) {
    return element_count(input_type(graph, node, 0).shape);
}

}  // namespace embark
