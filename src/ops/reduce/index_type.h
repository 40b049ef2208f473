#pragma once

#include "ops/registry.h"

namespace embark {

/// The type of the indices that a node gives: attribute `to`, "int64" (default) or "int32".
/// \error kInvalid
Expected<DataType> index_type_of(const Node &node);

}  // namespace embark
