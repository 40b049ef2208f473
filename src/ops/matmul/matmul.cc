// matmul: a [...,m,k] times b [...,k,n] -> [...,m,n], batch axes broadcast, vectors as in numpy.
// Attributes: transpose_a, transpose_b (0).

#include "ops/matmul/matmul.h"

#include <fmt/format.h>

#include "ops/family.h"
#include "ops/operands.h"
#include "ops/quantized.h"

namespace embark {

namespace {

constexpr size_t kBatchAxes = 4;  // as EMK_MATMUL_BATCH_AXES

/// An operand as matrices: a vector is a row on the left and a column on the right.
struct Matrices {
    Shape batch;
    int64_t rows, columns, row_stride, column_stride;
};

Expected<Matrices> matrices_of(const Node &node, const Shape &shape, bool left) {
    const std::string_view attribute = left ? "transpose_a" : "transpose_b";
    const bool transpose = node.int_or(attribute, 0) != 0;
    if (shape.empty()) {
        return make_error(
            ErrorCode::kInvalid,
            fmt::format("input {} is a scalar, expected a vector or matrices", left ? 0 : 1));
    }
    if (shape.size() == 1) {
        return left ? Matrices{{}, 1, shape[0], shape[0], 1} : Matrices{{}, shape[0], 1, 1, 1};
    }
    const int64_t rows = shape[shape.size() - 2], columns = shape.back();
    const Shape batch(shape.begin(), shape.end() - 2);
    if (transpose) return Matrices{batch, columns, rows, 1, columns};
    return Matrices{batch, rows, columns, columns, 1};
}

Error shape_mismatch(const Shape &a, const Shape &b, std::string_view what) {
    return make_error(ErrorCode::kInvalid, fmt::format("inputs have shapes {} and {}, expected {}",
                                                       to_string(a), to_string(b), what));
}

/// Extent of batch axis \p from_last, counted from the innermost; 1 when there is none.
int64_t batch_extent(const Matrices &matrices, size_t from_last) {
    const size_t rank = matrices.batch.size();
    return from_last < rank ? matrices.batch[rank - 1 - from_last] : 1;
}

Status broadcast_batch(const Matrices &a, const Matrices &b, MatmulGeometry &geometry) {
    const size_t rank = std::max(a.batch.size(), b.batch.size());
    if (rank > kBatchAxes) {
        return make_error(
            ErrorCode::kUnsupported,
            fmt::format("matrices have {} batch axes, expected at most {}", rank, kBatchAxes));
    }
    int64_t a_step = a.rows * a.columns, b_step = b.rows * b.columns;
    for (size_t i = 0; i < rank; ++i) {
        const int64_t left = batch_extent(a, i), right = batch_extent(b, i);
        if (left != right && left != 1 && right != 1) {
            return shape_mismatch(a.batch, b.batch, "batch axes that broadcast");
        }
        const size_t axis = kBatchAxes - 1 - i;
        geometry.batch[axis] = left == 1 ? right : left;
        geometry.a_batch[axis] = left == 1 ? 0 : a_step;
        geometry.b_batch[axis] = right == 1 ? 0 : b_step;
        a_step *= left;
        b_step *= right;
    }
    geometry.output.assign(geometry.batch.end() - static_cast<std::ptrdiff_t>(rank),
                           geometry.batch.end());
    return Ok{};
}

/// The kernel for a type, or none.
std::string_view function_for(DataType type) {
    switch (type) {
        case DataType::kFloat32:
            return "emk_matmul_f32";
        case DataType::kFloat64:
            return "emk_matmul_f64";
        case DataType::kInt32:
            return "emk_matmul_i32";
        case DataType::kUint32:
            return "emk_matmul_u32";
        case DataType::kInt64:
            return "emk_matmul_i64";
        case DataType::kUint64:
            return "emk_matmul_u64";
        default:
            return "";
    }
}

std::vector<int64_t> list(const std::array<int64_t, 4> &values) {
    return {values.begin(), values.end()};
}

}  // namespace

Expected<MatmulGeometry> make_matmul_geometry(const Node &node, const Shape &a, const Shape &b) {
    EMBARK_ASSIGN(const Matrices left, matrices_of(node, a, true));
    EMBARK_ASSIGN(const Matrices right, matrices_of(node, b, false));
    if (left.columns != right.rows) {
        return shape_mismatch(
            a, b,
            fmt::format("as many columns on the left ({}) as rows on the right ({})", left.columns,
                        right.rows));
    }
    MatmulGeometry geometry;
    EMBARK_RETURN_IF_ERROR(broadcast_batch(left, right, geometry));
    geometry.rows = left.rows;
    geometry.columns = right.columns;
    geometry.depth = left.columns;
    geometry.a_row = left.row_stride;
    geometry.a_depth = left.column_stride;
    geometry.b_depth = right.row_stride;
    geometry.b_column = right.column_stride;
    if (a.size() > 1) geometry.output.push_back(left.rows);
    if (b.size() > 1) geometry.output.push_back(right.columns);
    return geometry;
}

std::vector<Field> matmul_fields(const MatmulGeometry &geometry) {
    return {ints_of("batch", list(geometry.batch)),
            ints_of("a_batch", list(geometry.a_batch)),
            ints_of("b_batch", list(geometry.b_batch)),
            int_of("rows", geometry.rows),
            int_of("columns", geometry.columns),
            int_of("depth", geometry.depth),
            int_of("a_row", geometry.a_row),
            int_of("a_depth", geometry.a_depth),
            int_of("b_depth", geometry.b_depth),
            int_of("b_column", geometry.b_column)};
}

Expected<std::vector<TensorType>> infer_matmul(const Graph &graph, const Node &node) {
    EMBARK_RETURN_IF_ERROR(check_inputs(graph, node, 2, 2));
    const TensorType &a = input_type(graph, node, 0), &b = input_type(graph, node, 1);
    if (a.type != b.type) {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("inputs are {} and {}, expected one type", to_string(a.type),
                                      to_string(b.type)));
    }
    EMBARK_ASSIGN(MatmulGeometry geometry, make_matmul_geometry(node, a.shape, b.shape));
    return std::vector{TensorType{a.type, std::move(geometry.output), {}}};
}

int64_t macc_matmul(const Graph &graph, const Node &node) {
    return make_matmul_geometry(node, input_type(graph, node, 0).shape,
                                input_type(graph, node, 1).shape)
        .value()
        .products();
}

Expected<PortableCall> portable_matmul(const Node &node, std::span<const TensorType *const> inputs,
                                       std::span<const TensorType> outputs) {
    if (is_quantized(*inputs[0])) return quantized_matmul(node, inputs, outputs);
    const DataType type = inputs[0]->type;
    const std::string_view function = function_for(type);
    if (function.empty()) return unsupported_type(node, type);
    EMBARK_ASSIGN(const MatmulGeometry geometry,
                  make_matmul_geometry(node, inputs[0]->shape, inputs[1]->shape));
    PortableCall call{.function = function, .inputs = {0, 1}};
    if (type == DataType::kFloat32) call.inputs.push_back(PortableCall::kNull);
    call.fields = matmul_fields(geometry);
    // Four columns a turn; doubles are computed in software.
    const int64_t per_product = type == DataType::kFloat64   ? 90
                                : type == DataType::kFloat32 ? 6
                                                             : 9;
    call.cycles = geometry.products() * per_product + 200;
    return call;
}

}  // namespace embark
