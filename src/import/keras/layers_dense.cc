// Dense and Embedding.
#include "import/keras/layers.h"

namespace embark::keras {

Expected<TensorId> convert_dense(LayerContext &context) {
    const Value config = context.layer.config;
    EMBARK_ASSIGN(const int64_t units, config_int(config, "units", std::nullopt, 1));
    if (context.input_shape().empty()) return expect_rank(context, 2).error();
    const int64_t features = context.input_shape().back();
    EMBARK_ASSIGN(const auto kernel, context.weights.find("kernel", {features, units}));
    const auto weights =
        transpose(kernel, static_cast<size_t>(features), static_cast<size_t>(units));
    std::vector<TensorId> inputs{context.inputs[0],
                                 constant(context, "weights", {units, features}, weights)};
    if (config_flag(config, "use_bias", true)) {
        EMBARK_ASSIGN(const auto bias, context.weights.find("bias", {units}));
        inputs.push_back(constant(context, "bias", {units}, bias));
    }
    EMBARK_ASSIGN(const TensorId y, append(context, "dense", "", inputs));
    return apply_activation_argument(context, y);
}

/// Rows of a table, by number; numbers that come as float32 are cut off, as Keras does.
Expected<TensorId> convert_embedding(LayerContext &context) {
    const Value config = context.layer.config;
    EMBARK_ASSIGN(const int64_t rows, config_int(config, "input_dim", std::nullopt, 1));
    EMBARK_ASSIGN(const int64_t columns, config_int(config, "output_dim", std::nullopt, 1));
    if (config_flag(config, "mask_zero", false)) {
        return make_error(ErrorCode::kUnsupported,
                          "mask_zero is true, expected false: embark does not pass masks on");
    }
    EMBARK_ASSIGN(const auto table, context.weights.find("embeddings", {rows, columns}));
    TensorId numbers = context.inputs[0];
    const DataType type = context.graph.tensor(numbers).type.type;
    if (type != DataType::kInt32 && type != DataType::kInt64) {
        EMBARK_ASSIGN(
            numbers, append(context, "cast", "numbers", {numbers}, {{"to", std::string("int32")}}));
    }
    return append(context, "gather", "",
                  {constant(context, "embeddings", {rows, columns}, table), numbers},
                  {{"axis", int64_t{0}}});
}

}  // namespace embark::keras
