#pragma once
// The portable calls of dense by type; portable_dense chooses.

#include "ops/portable.h"

namespace embark {

/// float32 for weights that are computed: emk_matmul_f32 with the weights as columns.
Expected<PortableCall> portable_dense_f32(std::span<const TensorType *const> inputs);

}  // namespace embark
