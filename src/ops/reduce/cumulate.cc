// cumsum, cumprod: running sums and products along `axis`; `exclusive` (0): without the element
// itself, `reverse` (0): from the end. Floating point, integers of 32 and 64 bits (they wrap).

#include <fmt/format.h>

#include "ops/broadcast.h"
#include "ops/family.h"
#include "ops/operands.h"

namespace embark {

namespace {

Expected<std::string_view> kernel_of(const Node &node, DataType type) {
    const auto suffix = is_integer(type) ? bits_suffix_of(type) : suffix_of(type);
    return kernel_named(node, fmt::format("emk_{}_{}", node.op, suffix), type);
}

}  // namespace

Expected<std::vector<TensorType>> infer_cumulate(const Graph &graph, const Node &node) {
    EMBARK_RETURN_IF_ERROR(check_inputs(graph, node, 1, 1));
    const TensorType &x = input_type(graph, node, 0);
    EMBARK_RETURN_IF_ERROR(checked_axis(node, "axis", x.shape.size()));
    EMBARK_RETURN_IF_ERROR(check_countable(x.shape));
    EMBARK_RETURN_IF_ERROR(kernel_of(node, x.type));
    return std::vector{TensorType{x.type, x.shape, {}}};
}

Expected<PortableCall> portable_cumulate(const Node &node,
                                         std::span<const TensorType *const> inputs,
                                         std::span<const TensorType>) {
    const TensorType &x = *inputs[0];
    EMBARK_ASSIGN(const size_t axis, checked_axis(node, "axis", x.shape.size()));
    const AxisView view = view_around(x.shape, axis);
    PortableCall call{.fields = {int_of("outer", view.outer), int_of("extent", view.extent),
                                 int_of("inner", view.inner),
                                 int_of("exclusive", node.int_or("exclusive", 0) != 0 ? 1 : 0),
                                 int_of("reverse", node.int_or("reverse", 0) != 0 ? 1 : 0)},
                      .inputs = {0}};
    EMBARK_ASSIGN(call.function, kernel_of(node, x.type));
    call.cycles = elementwise_cycles(element_count(x.shape), 5, x.type);
    return call;
}

int64_t macc_cumulate(const Graph &graph, const Node &node) {
    return output_elements(graph, node);
}

}  // namespace embark
