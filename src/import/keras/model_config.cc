#include "import/keras/model_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

namespace embark::keras {

namespace {

constexpr size_t kMaxLayers = 20'000;
constexpr std::array<std::string_view, 3> kWrappers{"Bidirectional", "SpectralNormalization",
                                                    "TimeDistributed"};

Value input_shape_of(Value config) {
    for (const char *key : {"batch_shape", "batch_input_shape"}) {
        if (!config[key].is_null()) return config[key];
    }
    return Value();
}

Status check_layer_list(Value layers, const std::string &place) {
    if (!layers.is_array() || layers.size() == 0) {
        return make_error(ErrorCode::kInvalid, Location{"", place}, "has no list of layers");
    }
    if (layers.size() > kMaxLayers) {
        return make_error(ErrorCode::kInvalid, Location{"", place},
                          fmt::format("has {} layers, more than {}", layers.size(), kMaxLayers));
    }
    return Ok{};
}

/// A model, and the models and wrapped layers in it. Depth is bounded by Document.
class Parser {
  public:
    explicit Parser(Diagnostics &diagnostics) : diagnostics_(diagnostics) {}

    /// \param prefix  of layers' names in messages: "outer/", empty for the whole
    Expected<ModelConfig> parse_model(Value root, const std::string &prefix);

  private:
    Expected<ModelConfig> parse_functional(Value config, const std::string &prefix);
    Expected<ModelConfig> parse_sequential(Value root, const std::string &prefix);
    Expected<LayerConfig> parse_layer(Value value, size_t index, const std::string &prefix);
    Status parse_inside(LayerConfig &layer, const std::string &prefix, Value value);
    void check_unique_names(const ModelConfig &model, const std::string &prefix);
    /// With the file that the diagnostics know.
    void report(const Error &error) {
        diagnostics_.error(error.code, error.location.place, error.message);
    }

    Diagnostics &diagnostics_;
};

/// What both kinds of model say of a layer, without its calls.
Expected<LayerConfig> Parser::parse_layer(Value value, size_t index, const std::string &prefix) {
    const Location place{"", fmt::format("layer {}{}", prefix, index)};
    LayerConfig layer;
    const auto class_name = value["class_name"].as_string();
    if (!class_name) return make_error(ErrorCode::kInvalid, place, "has no class_name");
    layer.class_name = *class_name;
    layer.config = value["config"];
    layer.module = value["module"].as_string().value_or("");
    layer.registered_name = value["registered_name"].as_string().value_or("");
    layer.input_shape = input_shape_of(layer.config);
    layer.shared_id = value["shared_object_id"].as_int().value_or(0);
    auto name = value["name"].as_string();
    if (!name) name = layer.config["name"].as_string();
    if (!name || name->empty()) {
        return make_error(ErrorCode::kInvalid, place,
                          fmt::format("of class {} has no name", layer.class_name));
    }
    layer.name = *name;
    EMBARK_RETURN_IF_ERROR(parse_inside(layer, prefix + layer.name + "/", value));
    return layer;
}

Status Parser::parse_inside(LayerConfig &layer, const std::string &prefix, Value value) {
    const bool is_model = layer.config["layers"].is_array() || layer.class_name == "Sequential";
    if (is_model) {
        EMBARK_ASSIGN(ModelConfig model, parse_model(value, prefix));
        layer.model = std::make_unique<ModelConfig>(std::move(model));
        return Ok{};
    }
    if (std::find(kWrappers.begin(), kWrappers.end(), layer.class_name) == kWrappers.end()) {
        return Ok{};
    }
    for (const char *key : {"layer", "backward_layer"}) {
        const Value inner = layer.config[key];
        if (!inner.is_object()) continue;
        EMBARK_ASSIGN(LayerConfig wrapped, parse_layer(inner, layer.wrapped.size(), prefix));
        layer.wrapped.push_back(std::move(wrapped));
    }
    if (!layer.wrapped.empty()) return Ok{};
    return make_error(ErrorCode::kInvalid,
                      Location{"", "layer " + prefix.substr(0, prefix.size() - 1)},
                      "wraps no layer");
}

Expected<ModelConfig> Parser::parse_functional(Value config, const std::string &prefix) {
    ModelConfig model;
    const std::string place = prefix.empty() ? "model_config" : "layer " + prefix;
    EMBARK_RETURN_IF_ERROR(check_layer_list(config["layers"], place));
    for (size_t i = 0; i < config["layers"].size(); ++i) {
        const Value value = config["layers"][i];
        auto layer = parse_layer(value, i, prefix);
        if (!layer.ok()) {
            report(layer.error());
            continue;
        }
        auto calls = parse_calls(value["inbound_nodes"]);
        if (!calls) {
            diagnostics_.error(ErrorCode::kInvalid, "layer " + prefix + layer->name,
                               fmt::format("has inbound_nodes {} of an unknown form",
                                           value["inbound_nodes"].excerpt()));
            continue;
        }
        layer->calls = std::move(*calls);
        if (layer->class_name == "InputLayer" && layer->calls.empty()) layer->calls.emplace_back();
        model.layers.push_back(std::move(*layer));
    }
    if (!parse_refs(config["input_layers"], model.inputs) ||
        !parse_refs(config["output_layers"], model.outputs) || model.outputs.empty()) {
        return make_error(ErrorCode::kInvalid, Location{"", place},
                          "does not say which layers are inputs and outputs");
    }
    return model;
}

/// A layer list becomes a chain. The input is an InputLayer, or the shape that the first layer or
/// the model was built with.
Expected<ModelConfig> Parser::parse_sequential(Value root, const std::string &prefix) {
    ModelConfig model;
    const Value config = root["config"];
    // Before Keras 2.2.3 the configuration is the list itself.
    const Value list = config.is_array() ? config : config["layers"];
    EMBARK_RETURN_IF_ERROR(
        check_layer_list(list, prefix.empty() ? "model_config" : "layer " + prefix));
    for (size_t i = 0; i < list.size(); ++i) {
        auto layer = parse_layer(list[i], i, prefix);
        if (!layer.ok()) {
            report(layer.error());
            continue;
        }
        if (model.layers.empty() && layer->class_name != "InputLayer") {
            LayerConfig input;
            input.class_name = "InputLayer";
            input.name = layer->name + "_input";
            input.input_shape = layer->input_shape;
            for (const Value shape :
                 {config["build_input_shape"], root["build_config"]["input_shape"]}) {
                if (input.input_shape.is_null()) input.input_shape = shape;
            }
            input.calls.emplace_back();
            model.layers.push_back(std::move(input));
        }
        LayerCall call;
        if (!model.layers.empty()) {
            call.inputs.push_back(TensorRef{model.layers.back().name, 0, 0});
            call.arguments.push_back({"", 0, Value()});
        }
        call.is_keras3 = true;
        layer->calls.push_back(std::move(call));
        model.layers.push_back(std::move(*layer));
    }
    if (model.layers.empty()) return model;  // faults were reported
    model.inputs.push_back(TensorRef{model.layers.front().name, 0, 0});
    model.outputs.push_back(TensorRef{model.layers.back().name, 0, 0});
    return model;
}

void Parser::check_unique_names(const ModelConfig &model, const std::string &prefix) {
    std::set<std::string_view> names;
    for (const LayerConfig &layer : model.layers) {
        if (!names.insert(layer.name).second) {
            diagnostics_.error(ErrorCode::kInvalid, "layer " + prefix + layer.name,
                               "name is used twice");
        }
    }
}

Expected<ModelConfig> Parser::parse_model(Value root, const std::string &prefix) {
    const std::string class_name = root["class_name"].as_string().value_or("");
    const Value config = root["config"];
    Expected<ModelConfig> model = ModelConfig{};
    if (class_name == "Sequential") {
        model = parse_sequential(root, prefix);
    } else if (config["layers"].is_array() && config.has("output_layers")) {
        if (class_name != "Functional" && class_name != "Model") {
            diagnostics_.warning(fmt::format(
                "model class {} is read as a functional model; a call() of its own is ignored",
                class_name));
        }
        model = parse_functional(config, prefix);
    } else {
        const std::string place =
            prefix.empty() ? "model_config" : "layer " + prefix.substr(0, prefix.size() - 1);
        return make_error(ErrorCode::kUnsupported, Location{"", place},
                          fmt::format("describes a model of class '{}', expected Sequential or "
                                      "Functional (a subclassed model keeps its structure in "
                                      "Python code)",
                                      class_name));
    }
    if (!model.ok()) return model;
    model->name = config["name"].as_string().value_or("");
    check_unique_names(*model, prefix);
    return model;
}

}  // namespace

Expected<ModelConfig> parse_model_config(Value root, Diagnostics &diagnostics) {
    return Parser(diagnostics).parse_model(root, "");
}

}  // namespace embark::keras
