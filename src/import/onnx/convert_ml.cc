// The operators of ai.onnx.ml that scikit-learn's linear models and scalers become.

#include <fmt/format.h>

#include <algorithm>

#include "import/onnx/converters.h"

namespace embark::onnx {

namespace {

std::vector<float> floats_of(const Context &c, std::string_view name) {
    const AttributeDef *found = c.attribute(name);
    return found == nullptr ? std::vector<float>{} : found->floats;
}

Value vector_of(Context &c, const std::vector<float> &values) {
    return c.builder.constant(c.builder.floats({static_cast<int64_t>(values.size())}, values));
}

/// The features as float32.
Expected<Value> features(Context &c) {
    return cast(c.builder, c.in(), DataType::kFloat32);
}

/// x [N, features] times coefficients [targets, features] plus intercepts.
Expected<Value> linear(Context &c, int64_t targets) {
    EMBARK_ASSIGN(const Value x, features(c));
    const std::vector<float> coefficients = floats_of(c, "coefficients");
    const std::vector<float> intercepts = floats_of(c, "intercepts");
    const int64_t inputs = x.rank() == 2 ? x.shape[1] : 0;
    if (inputs == 0 || static_cast<int64_t>(coefficients.size()) != targets * inputs ||
        (!intercepts.empty() && static_cast<int64_t>(intercepts.size()) != targets)) {
        return make_error(
            ErrorCode::kInvalid,
            fmt::format("has {} coefficients and {} intercepts for {} targets of {}",
                        coefficients.size(), intercepts.size(), targets, to_string(x.shape)));
    }
    const Value matrix = c.builder.constant(c.builder.floats({targets, inputs}, coefficients));
    EMBARK_ASSIGN(const Value product, matmul(c.builder, x, transposed(matrix, {1, 0})));
    if (intercepts.empty()) return product;
    return apply(c.builder, "add", {product, vector_of(c, intercepts)});
}

Expected<Value> post_transformed(Context &c, const Value &scores) {
    const std::string transform = c.string_of("post_transform", "NONE");
    if (transform == "NONE") return scores;
    if (transform == "LOGISTIC") return apply(c.builder, "sigmoid", {scores});
    if (transform == "SOFTMAX") return along_last(c.builder, "softmax", scores, 1);
    return make_error(
        ErrorCode::kUnsupported,
        fmt::format("post_transform is {}, expected NONE, LOGISTIC or SOFTMAX", transform));
}

}  // namespace

Status convert_linear_regressor(Context &c) {
    EMBARK_ASSIGN(const Value scores, linear(c, c.int_of("targets", 1)));
    return c.give(post_transformed(c, scores));
}

/// Labels by the largest score; with one row of coefficients the two classes are its signs.
Status convert_linear_classifier(Context &c) {
    const std::vector<int64_t> labels = c.ints_of("classlabels_ints", {});
    if (labels.size() < 2) {
        return make_error(ErrorCode::kUnsupported,
                          "classes have no integer labels, expected classlabels_ints");
    }
    const size_t rows = std::max<size_t>(floats_of(c, "intercepts").size(), 1);
    EMBARK_ASSIGN(Value scores, linear(c, static_cast<int64_t>(rows)));
    const bool logistic = c.string_of("post_transform", "NONE") == "LOGISTIC";
    if (rows == 1) {
        if (logistic) {
            EMBARK_ASSIGN(const Value second, apply(c.builder, "sigmoid", {scores}));
            EMBARK_ASSIGN(const Value negative, apply(c.builder, "neg", {second}));
            EMBARK_ASSIGN(const Value first, apply(c.builder, "add", negative, 1));
            EMBARK_ASSIGN(const TensorId id,
                          c.builder.emit("concat", {first.id, second.id}, {{"axis", int64_t{1}}}));
            scores = stored_naturally(id, {scores.shape[0], 2});
        } else {
            EMBARK_ASSIGN(const Value first, apply(c.builder, "neg", {scores}));
            EMBARK_ASSIGN(const TensorId id,
                          c.builder.emit("concat", {first.id, scores.id}, {{"axis", int64_t{1}}}));
            scores = stored_naturally(id, {scores.shape[0], 2});
        }
    } else {
        EMBARK_ASSIGN(scores, post_transformed(c, scores));
    }
    EMBARK_ASSIGN(const TensorId ready, c.builder.natural(scores));
    EMBARK_ASSIGN(
        const TensorId best,
        c.builder.emit("arg_max", {ready}, {{"axis", int64_t{1}}, {"to", std::string("int64")}}));
    const TensorId table = c.builder.ints({static_cast<int64_t>(labels.size())}, labels);
    EMBARK_ASSIGN(const TensorId label,
                  c.builder.emit("gather", {table, best}, {{"axis", int64_t{0}}}));
    EMBARK_RETURN_IF_ERROR(c.give(c.builder.constant(label)));
    return c.give(scores, 1);
}

Status convert_scaler(Context &c) {
    EMBARK_ASSIGN(Value x, features(c));
    const std::vector<float> offset = floats_of(c, "offset"), scale = floats_of(c, "scale");
    if (!offset.empty()) {
        EMBARK_ASSIGN(x, apply(c.builder, "subtract", {x, vector_of(c, offset)}));
    }
    if (!scale.empty()) {
        EMBARK_ASSIGN(x, apply(c.builder, "multiply", {x, vector_of(c, scale)}));
    }
    return c.give(x);
}

Status convert_normalizer(Context &c) {
    EMBARK_ASSIGN(const Value x, features(c));
    if (x.rank() == 0) return make_error(ErrorCode::kInvalid, "input is a scalar");
    const std::string norm = c.string_of("norm", "MAX");
    const std::vector<size_t> axes = {x.rank() - 1};
    Value divisor;
    if (norm == "MAX") {
        EMBARK_ASSIGN(const Value size, apply(c.builder, "abs", {x}));
        EMBARK_ASSIGN(divisor, reduce(c.builder, "reduce_max", size, axes, true));
    } else {
        EMBARK_ASSIGN(divisor,
                      reduce(c.builder, norm == "L1" ? "reduce_l1" : "reduce_l2", x, axes, true));
    }
    return c.give(apply(c.builder, "divide", {x, divisor}));
}

Status convert_binarizer(Context &c) {
    EMBARK_ASSIGN(const Value x, features(c));
    EMBARK_ASSIGN(const Value above, apply(c.builder, "greater", x, c.float_of("threshold", 0)));
    return c.give(cast(c.builder, above, DataType::kFloat32));
}

/// Values that are missing are NaN, or one number.
Status convert_imputer(Context &c) {
    EMBARK_ASSIGN(const Value x, features(c));
    const std::vector<float> fill = floats_of(c, "imputed_value_floats");
    if (fill.empty()) {
        return make_error(ErrorCode::kUnsupported, "has no imputed_value_floats");
    }
    const double missing = c.float_of("replaced_value_float", 0);
    Value absent;
    if (missing != missing) {
        EMBARK_ASSIGN(absent, apply(c.builder, "is_nan", {x}));
    } else {
        EMBARK_ASSIGN(absent, apply(c.builder, "equal", x, missing));
    }
    return c.give(apply(c.builder, "where", {absent, vector_of(c, fill), x}));
}

/// Columns of the last axis.
Status convert_feature_extractor(Context &c) {
    if (c.in().rank() == 0) return make_error(ErrorCode::kInvalid, "input is a scalar");
    EMBARK_ASSIGN(const Value flat, c.builder.reshape(c.in(1), {c.in(1).elements()}));
    EMBARK_ASSIGN(const TensorId x, c.builder.natural(c.in()));
    EMBARK_ASSIGN(const TensorId indices, c.builder.natural(flat));
    EMBARK_ASSIGN(const TensorId id,
                  c.builder.emit("gather", {x, indices},
                                 {{"axis", static_cast<int64_t>(c.in().rank()) - 1}}));
    Value result = c.builder.constant(id);
    if (result.rank() > 1) return c.give(result);
    return c.give(c.builder.reshape(result, {1, result.elements()}));
}

}  // namespace embark::onnx
