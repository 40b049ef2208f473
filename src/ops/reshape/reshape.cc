// reshape: the same bytes as `shape` (full, the batch included). Any data type.

#include <fmt/format.h>

#include <cstring>

#include "ops/family.h"
#include "ops/operands.h"

namespace embark {

Expected<std::vector<TensorType>> infer_reshape(const Graph &graph, const Node &node) {
    EMBARK_RETURN_IF_ERROR(check_inputs(graph, node, 1, 1));
    const auto found = node.attributes.find("shape");
    const auto *shape = found == node.attributes.end()
                            ? nullptr
                            : std::get_if<std::vector<int64_t>>(&found->second);
    if (shape == nullptr) {
        return make_error(ErrorCode::kInvalid, "attribute shape is missing");
    }
    TensorType type = input_type(graph, node, 0);
    // Extents that divide what is left keep the product from overflowing.
    int64_t left = element_count(type.shape);
    for (const int64_t extent : *shape) {
        if (extent < 1 || left % extent != 0) {
            left = 0;
            break;
        }
        left /= extent;
    }
    if (left != 1) {
        return make_error(
            ErrorCode::kInvalid,
            fmt::format("cannot reshape {} of {} elements to {}", to_string(type.shape),
                        element_count(type.shape), to_string(*shape)));
    }
    type.shape = *shape;
    return std::vector{std::move(type)};
}

Status evaluate_reshape(const Node &, std::span<const ConstTensorView> inputs,
                        std::span<const TensorView> outputs) {
    if (outputs[0].data != inputs[0].data) {
        std::memcpy(outputs[0].data, inputs[0].data, inputs[0].type->bytes());
    }
    return Ok{};
}

int64_t macc_reshape(const Graph &, const Node &) {
    return 0;
}

}  // namespace embark
