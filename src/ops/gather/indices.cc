#include "ops/gather/indices.h"

#include <emk/move.h>
#include <fmt/format.h>

namespace embark {

Status check_indices(const Graph &graph, const Node &node, size_t index) {
    const DataType type = graph.tensor(node.inputs[index]).type.type;
    if (type == DataType::kInt32 || type == DataType::kInt64) return Ok{};
    return make_error(
        ErrorCode::kUnsupported,
        fmt::format("input {} is {}, expected int32 or int64", index, to_string(type)));
}

std::vector<Field> byte_fields(DataType element, DataType index) {
    return {int_of("element_bytes", static_cast<int64_t>(size_of(element))),
            int_of("index_bytes", static_cast<int64_t>(size_of(index)))};
}

std::vector<int64_t> padded_behind(std::vector<int64_t> values, int64_t fill) {
    EMBARK_ASSERT(values.size() <= EMK_MAX_AXES);
    values.resize(EMK_MAX_AXES, fill);
    return values;
}

std::vector<int64_t> padded_in_front(std::vector<int64_t> values, int64_t fill) {
    EMBARK_ASSERT(values.size() <= EMK_MAX_AXES);
    values.insert(values.begin(), EMK_MAX_AXES - values.size(), fill);
    return values;
}

}  // namespace embark
