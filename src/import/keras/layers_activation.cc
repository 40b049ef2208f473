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
    {"celu", "celu", "CELU", 1.0},
    {"elu", "elu", "ELU", 1.0},
    {"exponential", "exp", "Exponential"},
    {"gelu", "gelu", "GELU"},
    {"hard_sigmoid", "hard_sigmoid", "HardSigmoid"},
    {"hard_silu", "hard_swish", "HardSwish"},
    {"hard_swish", "hard_swish", "HardSwish"},
    {"leaky_relu", "leaky_relu", "LeakyReLU", 0.2},
    {"log_softmax", "log_softmax", "LogSoftmax"},
    {"mish", "mish", "Mish"},
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

/// The functions that take several operators, or attributes. The last one is the place's node.
class Composer {
  public:
    Composer(LayerContext &context, const Place &place, std::string source)
        : context_(context), place_(place), source_(std::move(source)) {}

    Expected<TensorId> inner(std::string_view suffix, std::string op, std::vector<TensorId> inputs,
                             Attributes attributes = {}) {
        return append(context_, std::move(op), fmt::format("{}/{}", place_.name, suffix), source_,
                      std::move(inputs), std::move(attributes));
    }
    Expected<TensorId> last(std::string op, std::vector<TensorId> inputs,
                            Attributes attributes = {}) {
        return append(context_, std::move(op), place_.name, source_, std::move(inputs),
                      std::move(attributes));
    }
    Expected<TensorId> clip_affine(double scale, double shift) {
        EMBARK_ASSIGN(
            const TensorId scaled,
            append_affine(context_, place_.x, place_.name + "/scaled", source_, {scale}, {shift}));
        return last("clip", {scaled}, {{"min", 0.0}, {"max", 1.0}});
    }
    Expected<TensorId> log_sigmoid() {
        EMBARK_ASSIGN(const TensorId negative, inner("negative", "neg", {place_.x}));
        EMBARK_ASSIGN(const TensorId soft, inner("softplus", "softplus", {negative}));
        return last("neg", {soft});
    }
    Expected<TensorId> tanh_shrink() {
        EMBARK_ASSIGN(const TensorId y, inner("tanh", "tanh", {place_.x}));
        return last("subtract", {place_.x, y});
    }
    /// (x + sqrt(x^2 + 4)) / 2
    Expected<TensorId> squareplus() {
        EMBARK_ASSIGN(TensorId y, inner("square", "multiply", {place_.x, place_.x}));
        EMBARK_ASSIGN(y, inner("plus", "add", {y, scalar(context_, "four", 4)}));
        EMBARK_ASSIGN(y, inner("root", "sqrt", {y}));
        EMBARK_ASSIGN(y, inner("sum", "add", {place_.x, y}));
        return last("multiply", {y, scalar(context_, "half", 0.5)});
    }
    /// 0 below -1, x above 1, (x + 1)^2 / 4 between: the square of a clipped x, and the rest of it.
    Expected<TensorId> sparse_plus() {
        EMBARK_ASSIGN(TensorId y, inner("clip", "clip", {place_.x}, {{"min", -1.0}, {"max", 1.0}}));
        EMBARK_ASSIGN(const TensorId rest, inner("rest", "subtract", {place_.x, y}));
        EMBARK_ASSIGN(const TensorId above, inner("above", "relu", {rest}));
        EMBARK_ASSIGN(y,
                      append_affine(context_, y, place_.name + "/scaled", source_, {0.5}, {0.5}));
        EMBARK_ASSIGN(y, inner("square", "multiply", {y, y}));
        return last("add", {y, above});
    }

  private:
    LayerContext &context_;
    const Place &place_;
    std::string source_;
};

/// \returns nothing when \p name is none of these functions
std::optional<Expected<TensorId>> append_composed(LayerContext &context, const std::string &name,
                                                  const Place &place) {
    Composer composer(context, place, place.source.empty() ? name : place.source);
    // Keras 2: clip(0.2 x + 0.5, 0, 1); Keras 3 and TFLite: relu6(x + 3) / 6.
    if (name == "hard_sigmoid" && context.state.keras_major < 3) {
        return composer.clip_affine(0.2, 0.5);
    }
    if (name == "sparse_sigmoid") return composer.clip_affine(0.5, 0.5);
    if (name == "hard_tanh") {
        return composer.last("clip", {place.x}, {{"min", -1.0}, {"max", 1.0}});
    }
    if (name == "hard_shrink" || name == "soft_shrink") {
        return composer.last("shrink", {place.x},
                             {{"lambd", 0.5}, {"bias", name == "soft_shrink" ? 0.5 : 0.0}});
    }
    if (name == "log_sigmoid") return composer.log_sigmoid();
    if (name == "tanh_shrink") return composer.tanh_shrink();
    if (name == "squareplus") return composer.squareplus();
    if (name == "sparse_plus") return composer.sparse_plus();
    return std::nullopt;
}

Expected<TensorId> append_named(LayerContext &context, const std::string &keras_name,
                                const Place &place) {
    if (keras_name == "linear") return place.x;
    if (auto composed = append_composed(context, keras_name, place)) return std::move(*composed);
    const ActivationRow *row = find_activation(keras_name);
    if (row == nullptr) {
        return make_error(ErrorCode::kUnsupported,
                          fmt::format("activation '{}' is not supported", keras_name));
    }
    const std::string source = place.source.empty() ? std::string(row->source) : place.source;
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
    if (threshold != 0 && (slope != 0 || threshold < 0)) {
        return make_error(
            ErrorCode::kUnsupported,
            fmt::format("threshold is {} with negative_slope {}, expected one of them to be 0",
                        threshold, slope));
    }
    if (slope < 0 || max_value < 0) {
        return make_error(ErrorCode::kInvalid, "negative_slope or max_value is negative");
    }
    if (threshold > 0) {
        const std::string name = bounded ? place.name + "/threshold" : place.name;
        EMBARK_ASSIGN(const TensorId y, append(context, "thresholded_relu", name, place.source,
                                               {place.x}, {{"alpha", threshold}}));
        if (!bounded) return y;
        return append(context, "clip", place.name, place.source, {y},
                      {{"min", 0.0}, {"max", max_value}});
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

Expected<TensorId> append_softmax_layer(LayerContext &context, Value config, const Place &place) {
    const size_t rank = context.shape(place.x).size();
    std::vector<int64_t> axes{static_cast<int64_t>(rank) - 1};
    if (!config["axis"].is_null()) {
        EMBARK_ASSIGN(axes, config_axes(config["axis"], "axis", rank));
    }
    if (axes.size() != 1) {
        return make_error(
            ErrorCode::kUnsupported,
            fmt::format("softmax over the axes {}, expected one", config["axis"].excerpt()));
    }
    return append_softmax(context, place.x, axes[0], place.name, place.source);
}

/// The activation layers, which also serve as arguments: Dense(activation=LeakyReLU(0.1)).
Expected<TensorId> append_layer(LayerContext &context, const std::string &class_name, Value config,
                                Place place) {
    if (place.source.empty()) place.source = class_name;
    if (class_name == "ReLU") return append_relu(context, config, place);
    if (class_name == "Softmax") return append_softmax_layer(context, config, place);
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
    if (class_name == "ThresholdedReLU") {
        EMBARK_ASSIGN(const double theta, config_number(config, "theta", 1.0));
        return append(context, "thresholded_relu", place.name, place.source, {place.x},
                      {{"alpha", theta}});
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

Expected<TensorId> append_function(LayerContext &context, const std::string &keras_name, TensorId x,
                                   std::string_view suffix) {
    std::string name = context.node_name;
    if (!suffix.empty()) name += fmt::format("/{}", suffix);
    return append_named(context, keras_name, {x, std::move(name), context.layer.class_name});
}

/// The axis goes to the end and back.
Expected<TensorId> append_softmax(LayerContext &context, TensorId x, int64_t axis, std::string name,
                                  std::string source) {
    const auto last = static_cast<int64_t>(context.shape(x).size()) - 1;
    if (axis == last) return append(context, "softmax", std::move(name), std::move(source), {x});
    std::vector<int64_t> perm;
    for (int64_t i = 0; i <= last; ++i) perm.push_back(i);
    std::swap(perm[static_cast<size_t>(axis)], perm[static_cast<size_t>(last)]);
    EMBARK_ASSIGN(TensorId y,
                  append(context, "transpose", name + "/axis_last", source, {x}, {{"perm", perm}}));
    EMBARK_ASSIGN(y, append(context, "softmax", name, source, {y}));
    return append(context, "transpose", name + "/axis_back", source, {y}, {{"perm", perm}});
}

/// One slope for each element, or for each of the axes that are not shared.
Expected<TensorId> convert_prelu(LayerContext &context) {
    const Value shared = context.layer.config["shared_axes"];
    Shape shape = context.input_shape();
    if (shape.size() < 2) return expect_rank(context, 2).error();
    shape.erase(shape.begin());
    if (!shared.is_null() && shared.size() > 0) {
        EMBARK_ASSIGN(const auto axes, config_axes(shared, "shared_axes", shape.size() + 1));
        for (const int64_t axis : axes) {
            if (axis == 0) return bad_config("shared_axes", shared, "axes after the batch");
            shape[static_cast<size_t>(axis) - 1] = 1;
        }
    }
    EMBARK_ASSIGN(const auto alpha, context.weights.find("alpha", shape));
    return append(context, "prelu", "",
                  {context.inputs[0], constant(context, "alpha", shape, alpha)});
}

}  // namespace embark::keras
