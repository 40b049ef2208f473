// Attention, as products of matrices and softmax.
#include <fmt/format.h>

#include <array>
#include <cmath>

#include "import/keras/layers.h"

namespace embark::keras {

namespace {

constexpr float kMasked = -1e9f;  // far below any score, so that its exponential is 0

/// Which of the inputs are query, value and key. Without a key the value takes its place.
Expected<std::array<TensorId, 3>> attention_inputs(const LayerContext &context) {
    std::array<TensorId, 3> found{kNoTensor, kNoTensor, kNoTensor};
    constexpr std::array<std::string_view, 3> kNames{"query", "value", "key"};
    size_t position = 0;
    for (const CallArgument &argument : context.call.arguments) {
        size_t index = kNames.size();
        if (argument.keyword.empty() && argument.tensor) index = position++;
        for (size_t i = 0; i < kNames.size(); ++i) {
            if (argument.keyword == kNames[i]) index = i;
        }
        if (index < kNames.size()) {
            if (argument.tensor)
                found[index] = context.inputs[static_cast<size_t>(*argument.tensor)];
            continue;
        }
        const bool says_nothing = !argument.tensor && (argument.constant.is_null() ||
                                                       argument.constant.as_bool().has_value());
        if (says_nothing) continue;
        return make_error(ErrorCode::kUnsupported,
                          fmt::format("is called with the argument {}, expected query, value and "
                                      "key only",
                                      argument.keyword));
    }
    if (found[0] == kNoTensor || found[1] == kNoTensor) {
        return make_error(ErrorCode::kInvalid, "is called without query or value");
    }
    if (found[2] == kNoTensor) found[2] = found[1];
    for (const TensorId id : found) {
        if (context.shape(id).size() == 3) continue;
        return make_error(ErrorCode::kUnsupported, fmt::format("attends to {}, expected three axes",
                                                               to_string(context.shape(id))));
    }
    return found;
}

/// Query step t sees value steps up to t.
TensorId causal_mask(LayerContext &context, int64_t queries, int64_t values) {
    std::vector<float> mask;
    for (int64_t t = 0; t < queries; ++t) {
        for (int64_t s = 0; s < values; ++s) mask.push_back(s <= t ? 0.0f : kMasked);
    }
    return constant(context, "causal_mask", {queries, values}, mask);
}

/// Softmax of the scores [..,T,S], where wanted without looking ahead.
Expected<TensorId> append_weights(LayerContext &context, TensorId scores) {
    TensorId x = scores;
    if (context.call.keyword("use_causal_mask").as_bool().value_or(false)) {
        const Shape shape = context.shape(x);
        const TensorId mask = causal_mask(context, shape[shape.size() - 2], shape.back());
        EMBARK_ASSIGN(x, append(context, "add", "masked", {x, mask}));
    }
    return append(context, "softmax", "softmax", {x});
}

bool wants_scores(const LayerContext &context) {
    return context.call.keyword("return_attention_scores").as_bool().value_or(false);
}

struct Heads {
    int64_t count = 0, width = 0;
};

/// x projected to heads: [N,T,F] to [N,heads,T,width]. \p factor scales the weights.
Expected<TensorId> append_projection(LayerContext &context, TensorId x, Heads heads,
                                     const std::string &name, double factor) {
    const Shape in = context.shape(x);
    const int64_t features = in[2], rows = heads.count * heads.width;
    WeightLookup weights = context.weights.part(fmt::format("{}/{}", context.path, name),
                                                {name + "_dense", "_" + name + "_dense"}, name);
    EMBARK_ASSIGN(const auto kernel, weights.find("kernel", {features, heads.count, heads.width}));
    auto matrix = transpose(kernel, static_cast<size_t>(features), static_cast<size_t>(rows));
    for (float &value : matrix) value = static_cast<float>(value * factor);
    std::vector<TensorId> inputs{x, constant(context, name + "/weights", {rows, features}, matrix)};
    if (config_flag(context.layer.config, "use_bias", true)) {
        EMBARK_ASSIGN(const auto bias, weights.find("bias", {heads.count, heads.width}));
        std::vector<float> scaled(bias.begin(), bias.end());
        for (float &value : scaled) value = static_cast<float>(value * factor);
        inputs.push_back(constant(context, name + "/bias", {rows}, scaled));
    }
    EMBARK_ASSIGN(TensorId y, append(context, "dense", name, inputs));
    EMBARK_ASSIGN(
        y, append_reshape(context, name + "/split", y, {in[0], in[1], heads.count, heads.width}));
    return append_transpose(context, name + "/heads", y, {0, 2, 1, 3});
}

/// [N,heads,T,width] to [N,T,out].
Expected<TensorId> append_output(LayerContext &context, TensorId x, int64_t features) {
    const Shape in = context.shape(x);
    const Value wanted = context.layer.config["output_shape"];
    int64_t out = features;
    if (!wanted.is_null()) {
        EMBARK_ASSIGN(out, config_int(context.layer.config, "output_shape", std::nullopt, 1));
    }
    EMBARK_ASSIGN(TensorId y, append_transpose(context, "steps", x, {0, 2, 1, 3}));
    EMBARK_ASSIGN(y, append_reshape(context, "join", y, {in[0], in[2], in[1] * in[3]}));
    WeightLookup weights = context.weights.part(
        context.path + "/attention_output", {"output_dense", "_output_dense"}, "attention_output");
    EMBARK_ASSIGN(const auto kernel, weights.find("kernel", {in[1], in[3], out}));
    const auto matrix =
        transpose(kernel, static_cast<size_t>(in[1] * in[3]), static_cast<size_t>(out));
    std::vector<TensorId> inputs{y,
                                 constant(context, "output/weights", {out, in[1] * in[3]}, matrix)};
    if (config_flag(context.layer.config, "use_bias", true)) {
        EMBARK_ASSIGN(const auto bias, weights.find("bias", {out}));
        inputs.push_back(constant(context, "output/bias", {out}, bias));
    }
    return append(context, "dense", "", inputs);
}

}  // namespace

/// The query's weights are divided by the root of the key's width, which Keras divides the query
/// by.
Expected<TensorId> convert_multi_head_attention(LayerContext &context) {
    const Value config = context.layer.config;
    EMBARK_ASSIGN(const auto inputs, attention_inputs(context));
    EMBARK_ASSIGN(const int64_t heads, config_int(config, "num_heads", std::nullopt, 1));
    EMBARK_ASSIGN(const int64_t key_width, config_int(config, "key_dim", std::nullopt, 1));
    int64_t value_width = key_width;
    if (!config["value_dim"].is_null()) {
        EMBARK_ASSIGN(value_width, config_int(config, "value_dim", std::nullopt, 1));
    }
    const Value axes = config["attention_axes"];
    if (!axes.is_null() && axes.as_int() != 1 &&
        !(axes.size() == 1 && axes[size_t{0}].as_int() == 1)) {
        return make_error(ErrorCode::kUnsupported,
                          fmt::format("attention_axes is {}, expected the axis 1", axes.excerpt()));
    }
    const int64_t features = context.shape(inputs[0])[2];
    const double factor = 1 / std::sqrt(static_cast<double>(key_width));
    EMBARK_ASSIGN(const TensorId query,
                  append_projection(context, inputs[0], {heads, key_width}, "query", factor));
    EMBARK_ASSIGN(const TensorId key,
                  append_projection(context, inputs[2], {heads, key_width}, "key", 1));
    EMBARK_ASSIGN(const TensorId value,
                  append_projection(context, inputs[1], {heads, value_width}, "value", 1));
    EMBARK_ASSIGN(const TensorId scores,
                  append(context, "matmul", "scores", {query, key}, {{"transpose_b", int64_t{1}}}));
    EMBARK_ASSIGN(const TensorId weights, append_weights(context, scores));
    EMBARK_ASSIGN(const TensorId mixed, append(context, "matmul", "mixed", {weights, value}));
    EMBARK_ASSIGN(const TensorId y, append_output(context, mixed, features));
    if (wants_scores(context)) context.more_outputs.push_back(weights);
    return y;
}

/// Luong's attention: the softmax of query times key, times value.
Expected<TensorId> convert_attention(LayerContext &context) {
    const Value config = context.layer.config;
    EMBARK_ASSIGN(const auto inputs, attention_inputs(context));
    if (config["score_mode"].as_string().value_or("dot") != "dot") {
        return make_error(ErrorCode::kUnsupported, fmt::format("score_mode is {}, expected dot",
                                                               config["score_mode"].excerpt()));
    }
    EMBARK_ASSIGN(TensorId scores, append(context, "matmul", "scores", {inputs[0], inputs[2]},
                                          {{"transpose_b", int64_t{1}}}));
    if (config_flag(config, "use_scale", false)) {
        EMBARK_ASSIGN(const auto scale, context.weights.find("scale", {}));
        EMBARK_ASSIGN(scores, append(context, "multiply", "scaled",
                                     {scores, scalar(context, "scale", scale[0])}));
    }
    EMBARK_ASSIGN(const TensorId weights, append_weights(context, scores));
    EMBARK_ASSIGN(const TensorId y, append(context, "matmul", "", {weights, inputs[1]}));
    if (wants_scores(context)) context.more_outputs.push_back(weights);
    return y;
}

}  // namespace embark::keras
