// cast: the values in type `to` ("int64" …). Integers keep their low bits; floating point to
// integer is truncated and saturated, NaN gives 0; to bool: whether it is not 0.

#include <fmt/format.h>

#include "ops/broadcast.h"
#include "ops/family.h"
#include "ops/operands.h"

namespace embark {

namespace {

Expected<DataType> target_of(const Node &node) {
    const auto found = node.attributes.find("to");
    const auto *name =
        found == node.attributes.end() ? nullptr : std::get_if<std::string>(&found->second);
    if (name == nullptr) return make_error(ErrorCode::kInvalid, "attribute to is missing");
    return parse_data_type(*name);
}

/// Whether the bytes stay as they are.
bool keeps_bytes(DataType from, DataType to) {
    if (from == to) return true;
    const bool plain = !is_floating(from) && is_integer(to);
    return plain && size_of(from) == size_of(to);
}

}  // namespace

Expected<std::vector<TensorType>> infer_cast(const Graph &graph, const Node &node) {
    EMBARK_RETURN_IF_ERROR(check_inputs(graph, node, 1, 1));
    const Shape &shape = input_type(graph, node, 0).shape;
    EMBARK_RETURN_IF_ERROR(check_countable(shape));
    EMBARK_ASSIGN(const DataType to, target_of(node));
    return std::vector{TensorType{to, shape, {}}};
}

Expected<PortableCall> portable_cast(const Node &node, std::span<const TensorType *const> inputs,
                                     std::span<const TensorType> outputs) {
    const DataType from = inputs[0]->type, to = outputs[0].type;
    const int64_t count = element_count(outputs[0].shape);
    if (keeps_bytes(from, to)) return copy_call(from, count);
    const auto source = from == DataType::kBool ? "u8" : suffix_of(from);
    const auto target = !is_floating(from) && is_integer(to) ? bits_suffix_of(to) : suffix_of(to);
    PortableCall call{.fields = {int_of("count", count)}, .inputs = {0}};
    EMBARK_ASSIGN(call.function,
                  kernel_named(node, fmt::format("emk_cast_{}_{}", source, target), from));
    const bool wide = from == DataType::kFloat64 || to == DataType::kFloat64;
    call.cycles = elementwise_cycles(count, 5, wide ? DataType::kFloat64 : from);
    return call;
}

int64_t macc_cast(const Graph &graph, const Node &node) {
    return output_elements(graph, node);
}

}  // namespace embark
