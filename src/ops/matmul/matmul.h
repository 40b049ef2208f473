#pragma once
// Geometry of matrix products (emk/matmul.h).

#include <array>

#include "ops/portable.h"

namespace embark {

/// What emk_matmul_args holds; strides in elements.
struct MatmulGeometry {
    std::array<int64_t, 4> batch{1, 1, 1, 1}, a_batch{}, b_batch{};
    int64_t rows = 1, columns = 1, depth = 1;
    int64_t a_row = 0, a_depth = 1, b_depth = 1, b_column = 0;
    Shape output;  ///< as numpy gives it: a vector operand leaves no axis

    int64_t products() const {
        return batch[0] * batch[1] * batch[2] * batch[3] * rows * columns * depth;
    }
};

/// The product of \p a and \p b as numpy's matmul, with `transpose_a` and `transpose_b` (swap the
/// last two axes of an operand of rank 2 or more). \error kInvalid  the shapes do not match;
/// kUnsupported  more than four batch axes
Expected<MatmulGeometry> make_matmul_geometry(const Node &node, const Shape &a, const Shape &b);

/// The fields of emk_matmul_args.
std::vector<Field> matmul_fields(const MatmulGeometry &geometry);

}  // namespace embark
