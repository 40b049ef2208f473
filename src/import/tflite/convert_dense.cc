// Matrix products and tables.
#include <fmt/format.h>

#include "import/tflite/operators.h"

namespace embark::tflite {

namespace {

/// Rows of as many features as the weights have columns, when the operator flattens its input or
/// its last axis is another.
Expected<TensorId> as_rows(OperatorContext &context, TensorId x, int64_t features, bool keep) {
    const Shape &shape = context.shape(x);
    const int64_t elements = element_count(shape);
    if (features < 1 || elements % features != 0) {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("input {} has {} elements, expected a multiple of the "
                                      "weights' {} columns",
                                      to_string(shape), elements, features));
    }
    if (keep && shape.size() >= 2 && shape.back() == features) return x;
    return reshaped(context, "rows", x, {elements / features, features});
}

}  // namespace

Expected<std::vector<TensorId>> convert_fully_connected(OperatorContext &context) {
    EMBARK_ASSIGN(const auto *options,
                  required(context.op.builtin_options_as_FullyConnectedOptions()));
    if (options->weights_format() != schema::FullyConnectedOptionsWeightsFormat::DEFAULT) {
        return make_error(ErrorCode::kUnsupported,
                          "has shuffled weights (SHUFFLED4x16INT8), expected plain ones");
    }
    EMBARK_ASSIGN(const TensorId x, input(context, 0));
    EMBARK_ASSIGN(const TensorId weights, weights_input(context, 1, x, "weights"));
    EMBARK_RETURN_IF_ERROR(expect_rank(context, weights, 2));
    const Shape matrix = context.shape(weights), from = context.shape(x);
    EMBARK_ASSIGN(const TensorId rows, as_rows(context, x, matrix[1], options->keep_num_dims()));
    EMBARK_ASSIGN(const TensorId bias, weights_input(context, 2, x, "bias"));
    std::vector<TensorId> inputs{rows, weights};
    if (bias != kNoTensor) inputs.push_back(bias);
    EMBARK_ASSIGN(TensorId y, append(context, "dense", "", inputs));
    EMBARK_ASSIGN(y, activate(context, y, options->fused_activation_function()));
    if (!options->keep_num_dims() || from.empty()) return std::vector{y};
    Shape kept = from;
    kept.back() = matrix[0];
    // A last axis that is not the weights' is flattened all the same.
    if (element_count(kept) != element_count(context.shape(y))) return std::vector{y};
    return one(reshaped(context, "shape", y, std::move(kept)));
}

Expected<std::vector<TensorId>> convert_batch_matmul(OperatorContext &context) {
    const auto *options = context.op.builtin_options_as_BatchMatMulOptions();
    EMBARK_ASSIGN(const TensorId a, input(context, 0));
    EMBARK_ASSIGN(const TensorId b, weights_input(context, 1, a, "weights"));
    Attributes attributes;
    if (options != nullptr && options->adj_x()) attributes.emplace("transpose_a", int64_t{1});
    if (options != nullptr && options->adj_y()) attributes.emplace("transpose_b", int64_t{1});
    return one(append(context, "matmul", "", {a, b}, std::move(attributes)));
}

/// Inputs: indices, table. A table of integers may stand for float rows.
Expected<std::vector<TensorId>> convert_embedding_lookup(OperatorContext &context) {
    EMBARK_ASSIGN(const TensorId indices, input(context, 0));
    EMBARK_ASSIGN(const TensorType declared, output_type(context, 0));
    TensorId table = kNoTensor;
    const int32_t index = context.input_index(1);
    if (declared.type == DataType::kFloat32 && context.tensors.is_constant(index)) {
        EMBARK_ASSIGN(const TensorType type, context.tensors.constant_type(index));
        EMBARK_ASSIGN(const auto values, context.tensors.real_numbers(index));
        context.tensors.count_parameters(index);
        EMBARK_ASSIGN(table, add_floats(context, "table", type.shape, values));
    } else {
        EMBARK_ASSIGN(table, input(context, 1));
    }
    return one(append(context, "gather", "", {table, indices}, {{"axis", int64_t{0}}}));
}

}  // namespace embark::tflite
