// Activations: as layers, and as the argument `activation` of other layers.
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "import/keras/layers.h"

namespace embark::keras {

namespace {

struct ActivationRow {
    std::string_view keras;   ///< as in configurations
    std::string_view op;      ///< embark's operator; also the suffix of the node's name
    std::string_view source;  ///< for tables
    double alpha = 0;         ///< for operators that take one
};

constexpr ActivationRow kActivations[] = {
    {"elu", "elu", "ELU", 1.0},
    {"exponential", "exp", "Exponential"},
    {"gelu", "gelu", "GELU"},
    {"hard_sigmoid", "hard_sigmoid", "HardSigmoid"},
    {"hard_silu", "hard_swish", "HardSwish"},
    {"hard_swish", "hard_swish", "HardSwish"},
    {"leaky_relu", "leaky_relu", "LeakyReLU", 0.2},
    {"relu", "relu", "ReLU"},
    {"relu6", "relu6", "ReLU6"},
    {"selu", "selu", "SELU"},
    {"sigmoid", "sigmoid", "Sigmoid"},
    {"silu", "swish", "Swish"},
    {"softmax", "softmax", "Softmax"},
    {"softplus", "softplus", "Softplus"},
    {"softsign", "softsign", "Softsign"},
    {"swish", "swish", "Swish"},
    {"tanh", "tanh", "Tanh"},
};

const ActivationRow *find_activation(std::string_view name) {
    const auto *found = std::find_if(std::begin(kActivations), std::end(kActivations),
                                     [&](const ActivationRow &row) { return row.keras == name; });
    return found == std::end(kActivations) ? nullptr : found;
}

/// Where an activation's nodes go.
struct Place {
    TensorId x;
    std::string name;    ///< of the node that gives the result
    std::string source;  ///< empty: the activation's own
};

/// Keras 2: clip(0.2 x + 0.5, 0, 1); Keras 3 and TFLite: relu6(x + 3) / 6.
Expected<TensorId> append_hard_sigmoid_of_keras2(LayerContext &context, const Place &place,
                                                 const std::string &source) {
    EMBARK_ASSIGN(const TensorId scaled,
                  append_affine(context, place.x, place.name + "/scaled", source, {0.2}, {0.5}));
    return append(context, "clip", place.name, source, {scaled}, {{"min", 0.0}, {"max", 1.0}});
}

Expected<TensorId> append_named(LayerContext &context, const std::string &keras_name,
                                const Place &place) {
    if (keras_name == "linear") return place.x;
    const ActivationRow *row = find_activation(keras_name);
    if (row == nullptr) {
        return make_error(ErrorCode::kUnsupported,
                          fmt::format("activation '{}' is not supported", keras_name));
    }
    const std::string source = place.source.empty() ? std::string(row->source) : place.source;
    if (row->op == "hard_sigmoid" && context.keras_major < 3) {
        return append_hard_sigmoid_of_keras2(context, place, source);
    }
    Attributes attributes;
    if (row->alpha != 0) attributes["alpha"] = row->alpha;
    return append(context, std::string(row->op), place.name, source, {place.x}, attributes);
}

/// x below zero times the slope, and never above max_value.
Expected<TensorId> append_relu(LayerContext &context, Value config, const Place &place) {
    EMBARK_ASSIGN(const double slope, config_number(config, "negative_slope", 0));
    EMBARK_ASSIGN(const double threshold, config_number(config, "threshold", 0));
    EMBARK_ASSIGN(const double max_value, config_number(config, "max_value", 0));
    const bool bounded = !config["max_value"].is_null();
    if (threshold != 0) {
        return make_error(ErrorCode::kUnsupported,
                          fmt::format("threshold is {}, expected 0", threshold));
    }
    if (slope < 0 || max_value < 0) {
        return make_error(ErrorCode::kInvalid, "negative_slope or max_value is negative");
    }
    if (slope == 0 && !bounded) return append_named(context, "relu", place);
    if (slope == 0 && max_value == 6) return append_named(context, "relu6", place);
    if (slope == 0) {
        return append(context, "clip", place.name, place.source, {place.x},
                      {{"min", 0.0}, {"max", max_value}});
    }
    const std::string name = bounded ? place.name + "/leaky" : place.name;
    EMBARK_ASSIGN(const TensorId leaky,
                  append(context, "leaky_relu", name, place.source, {place.x}, {{"alpha", slope}}));
    if (!bounded) return leaky;
    const double lowest = std::numeric_limits<float>::lowest();
    return append(context, "clip", place.name, place.source, {leaky},
                  {{"min", lowest}, {"max", max_value}});
}

Expected<TensorId> append_softmax(LayerContext &context, Value config, const Place &place) {
    const auto rank = static_cast<int64_t>(context.graph.tensor(place.x).type.shape.size());
    EMBARK_ASSIGN(const auto axis, config_ints(config, "axis", 1, -1, -rank));
    if (axis[0] != -1 && axis[0] != rank - 1) {
        return make_error(ErrorCode::kUnsupported,
                          fmt::format("softmax over axis {}, expected the last one", axis[0]));
    }
    return append(context, "softmax", place.name, place.source, {place.x});
}

/// The activation layers, which also serve as arguments: Dense(activation=LeakyReLU(0.1)).
Expected<TensorId> append_layer(LayerContext &context, const std::string &class_name, Value config,
                                Place place) {
    if (place.source.empty()) place.source = class_name;
    if (class_name == "ReLU") return append_relu(context, config, place);
    if (class_name == "Softmax") return append_softmax(context, config, place);
    if (class_name == "LeakyReLU") {
        // Keras 2 says alpha, Keras 3 negative_slope.
        const char *key = config.has("negative_slope") ? "negative_slope" : "alpha";
        EMBARK_ASSIGN(const double alpha, config_number(config, key, 0.3));
        return append(context, "leaky_relu", place.name, place.source, {place.x},
                      {{"alpha", alpha}});
    }
    if (class_name == "ELU") {
        EMBARK_ASSIGN(const double alpha, config_number(config, "alpha", 1.0));
        return append(context, "elu", place.name, place.source, {place.x}, {{"alpha", alpha}});
    }
    return make_error(ErrorCode::kUnsupported,
                      fmt::format("activation of class '{}' is not supported", class_name));
}

/// A name; {"class_name": "function", "config": name}; or a whole layer.
Expected<TensorId> append_value(LayerContext &context, Value value, const Place &place) {
    if (value.is_null()) return place.x;
    if (const auto name = value.as_string()) return append_named(context, *name, place);
    const auto class_name = value["class_name"].as_string();
    const auto package = value["registered_name"].as_string().value_or("");
    if (!class_name || package.find('>') != std::string::npos) {
        return make_error(ErrorCode::kUnsupported,
                          fmt::format("activation {} is not supported", value.excerpt()));
    }
    if (const auto name = value["config"].as_string()) return append_named(context, *name, place);
    return append_layer(context, *class_name, value["config"], place);
}

/// The suffix of an argument's node: the operator for a name, else the class.
std::string suffix_of(Value value) {
    auto name = value.as_string();
    if (!name) name = value["config"].as_string();
    if (name) {
        const ActivationRow *row = find_activation(*name);
        return row ? std::string(row->op) : *name;
    }
    const std::string class_name = value["class_name"].as_string().value_or("");
    if (class_name == "ReLU") return "relu";
    if (class_name == "LeakyReLU") return "leaky_relu";
    if (class_name == "ELU") return "elu";
    return "activation";
}

}  // namespace

Expected<TensorId> convert_activation(LayerContext &context) {
    const Value value = context.layer.config["activation"];
    return append_value(context, value,
                        {context.inputs[0], context.node_name, context.layer.class_name});
}

Expected<TensorId> convert_activation_layer(LayerContext &context) {
    return append_layer(context, context.layer.class_name, context.layer.config,
                        {context.inputs[0], context.node_name, context.layer.class_name});
}

Expected<TensorId> apply_activation_argument(LayerContext &context, TensorId x) {
    const Value value = context.layer.config["activation"];
    if (value.is_null()) return x;
    return append_value(context, value, {x, context.node_name + "/" + suffix_of(value), ""});
}

}  // namespace embark::keras
