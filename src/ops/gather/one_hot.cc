// one_hot: indices (int32 or int64), values [off, on]: a new axis of `depth` elements at `axis`
// that are off but one; indices outside of [-depth, depth) set none. Any type of values.

#include <fmt/format.h>

#include "ops/broadcast.h"
#include "ops/family.h"
#include "ops/gather/indices.h"
#include "ops/operands.h"

namespace embark {

Expected<std::vector<TensorType>> infer_one_hot(const Graph &graph, const Node &node) {
    EMBARK_RETURN_IF_ERROR(check_inputs(graph, node, 2, 2));
    EMBARK_RETURN_IF_ERROR(check_indices(graph, node, 0));
    EMBARK_RETURN_IF_ERROR(check_vector(graph, node, 1, "values", 2));
    Shape shape = input_type(graph, node, 0).shape;
    EMBARK_ASSIGN(const size_t axis, checked_axis(node, "axis", shape.size() + 1));
    const int64_t depth = node.int_or("depth", 0);
    if (depth < 1) {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("attribute depth is {}, expected at least 1", depth));
    }
    shape.insert(shape.begin() + static_cast<std::ptrdiff_t>(axis), depth);
    EMBARK_RETURN_IF_ERROR(check_countable(shape));
    return std::vector{moved_type(input_type(graph, node, 1), shape)};
}

Expected<PortableCall> portable_one_hot(const Node &node, std::span<const TensorType *const> inputs,
                                        std::span<const TensorType> outputs) {
    EMBARK_ASSIGN(const size_t axis, checked_axis(node, "axis", outputs[0].shape.size()));
    const AxisView view = view_around(outputs[0].shape, axis);
    PortableCall call{.function = "emk_one_hot",
                      .fields = byte_fields(inputs[1]->type, inputs[0]->type),
                      .inputs = {0, 1}};
    call.fields.push_back(int_of("outer", view.outer));
    call.fields.push_back(int_of("depth", view.extent));
    call.fields.push_back(int_of("inner", view.inner));
    call.cycles = 10 * element_count(outputs[0].shape) + 200;
    return call;
}

int64_t macc_one_hot(const Graph &, const Node &) {
    return 0;
}

}  // namespace embark
