#pragma once
// What the operators with computed indices share (emk/gather.h).

#include "ops/portable.h"

namespace embark {

/// Checks that input \p index holds int32 or int64. \error kUnsupported
Status check_indices(const Graph &graph, const Node &node, size_t index);

/// The fields element_bytes and index_bytes that all argument structures begin with.
std::vector<Field> byte_fields(DataType element, DataType index);

/// \p values padded to EMK_MAX_AXES entries: behind with \p fill, or in front.
std::vector<int64_t> padded_behind(std::vector<int64_t> values, int64_t fill);
std::vector<int64_t> padded_in_front(std::vector<int64_t> values, int64_t fill);

}  // namespace embark
