#pragma once

#include "ops/registry.h"

namespace embark {

/// Whether the node is a pad that surrounds its input with one value.
bool pads_with_constant(const Node &node);

}  // namespace embark
