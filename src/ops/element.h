#pragma once
// A number as an element of any type.

#include "ir/graph.h"

namespace embark {

/// The bytes of \p value: integers are truncated and saturated (NaN gives 0), bool is whether it is
/// not 0.
Bytes element_of(DataType type, double value);

}  // namespace embark
