#include "ops/dense/dense.h"
#include "ops/matmul/matmul.h"
#include "ops/window.h"

namespace embark {

Expected<PortableCall> portable_dense_f32(std::span<const TensorType *const> inputs) {
    const Shape &weights = inputs[1]->shape;
    MatmulGeometry geometry;
    geometry.rows = element_count(inputs[0]->shape) / weights[1];
    geometry.columns = weights[0];
    geometry.depth = weights[1];
    geometry.a_row = geometry.b_column = weights[1];
    PortableCall call{.function = "emk_matmul_f32", .inputs = {0, 1, optional_input(inputs, 2)}};
    call.fields = matmul_fields(geometry);
    call.cycles = geometry.products() * 6 + 200;
    return call;
}

}  // namespace embark
