#include "import/keras/model_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace embark::keras {

namespace {

constexpr size_t kMaxLayers = 20'000;

/// ["conv2d", 0, 0] of either generation; Keras 2 adds the call's keyword arguments.
std::optional<TensorRef> parse_ref(Value value) {
    const auto layer = value[size_t{0}].as_string();
    const auto call = value[1].as_int();
    const auto output = value[2].as_int();
    if (!layer || !call || !output) return std::nullopt;
    return TensorRef{*layer, *call, *output};
}

/// Keyword arguments that say nothing in inference.
std::string foreign_keyword(Value keywords) {
    for (const auto &[name, value] : keywords.members()) {
        const bool is_default = value.is_null() || value.as_bool() == false;
        if (!is_default && name != "training") {
            return fmt::format("{}={}", name, value.excerpt());
        }
    }
    return {};
}

/// [[["a",0,0,{}], ["b",0,0,{}]], …]: one list of references per call.
std::optional<LayerCall> parse_keras2_call(Value value) {
    LayerCall call;
    // A single reference may stand without its list.
    if (auto single = parse_ref(value)) {
        call.inputs.push_back(*single);
        call.foreign_argument = foreign_keyword(value[3]);
        return call;
    }
    for (size_t i = 0; i < value.size(); ++i) {
        const auto ref = parse_ref(value[i]);
        if (!ref) return std::nullopt;
        call.inputs.push_back(*ref);
        if (call.foreign_argument.empty()) call.foreign_argument = foreign_keyword(value[i][3]);
    }
    return call;
}

/// Tensors anywhere in Keras 3's positional arguments, in order. Depth is bounded by Document.
bool collect_tensors(Value value, LayerCall &call) {
    if (value.is_array()) {
        for (size_t i = 0; i < value.size(); ++i) {
            if (!collect_tensors(value[i], call)) return false;
        }
        return true;
    }
    if (value["class_name"].as_string() == "__keras_tensor__") {
        const auto ref = parse_ref(value["config"]["keras_history"]);
        if (ref) call.inputs.push_back(*ref);
        return ref.has_value();
    }
    if (!value.is_null() && call.foreign_argument.empty()) {
        call.foreign_argument = value.excerpt();
    }
    return true;
}

std::optional<LayerCall> parse_keras3_call(Value value) {
    LayerCall call;
    if (!collect_tensors(value["args"], call)) return std::nullopt;
    if (call.foreign_argument.empty()) call.foreign_argument = foreign_keyword(value["kwargs"]);
    return call;
}

std::optional<std::vector<LayerCall>> parse_calls(Value inbound_nodes) {
    std::vector<LayerCall> calls;
    if (!inbound_nodes.is_array()) return std::nullopt;
    for (size_t i = 0; i < inbound_nodes.size(); ++i) {
        const Value node = inbound_nodes[i];
        auto call = node.is_object() ? parse_keras3_call(node) : parse_keras2_call(node);
        if (!call) return std::nullopt;
        calls.push_back(std::move(*call));
    }
    return calls;
}

/// ["a",0,0], [["a",0,0],["b",0,0]] or {"x": ["a",0,0]}.
bool parse_refs(Value value, std::vector<TensorRef> &refs) {
    if (const auto ref = parse_ref(value)) {
        refs.push_back(*ref);
        return true;
    }
    if (value.is_object()) {
        for (const auto &[key, member] : value.members()) {
            if (!parse_refs(member, refs)) return false;
        }
        return true;
    }
    if (!value.is_array()) return false;
    for (size_t i = 0; i < value.size(); ++i) {
        if (!parse_refs(value[i], refs)) return false;
    }
    return true;
}

Value input_shape_of(Value config) {
    for (const char *key : {"batch_shape", "batch_input_shape"}) {
        if (!config[key].is_null()) return config[key];
    }
    return Value();
}

/// What both kinds of model say of a layer, without its calls.
Expected<LayerConfig> parse_layer(Value value, size_t index) {
    LayerConfig layer;
    const auto class_name = value["class_name"].as_string();
    if (!class_name) {
        return make_error(ErrorCode::kInvalid, Location{"", fmt::format("layer {}", index)},
                          "has no class_name");
    }
    layer.class_name = *class_name;
    layer.config = value["config"];
    layer.registered_name = value["registered_name"].as_string().value_or("");
    layer.input_shape = input_shape_of(layer.config);
    auto name = value["name"].as_string();
    if (!name) name = layer.config["name"].as_string();
    if (!name || name->empty()) {
        return make_error(ErrorCode::kInvalid, Location{"", fmt::format("layer {}", index)},
                          fmt::format("of class {} has no name", layer.class_name));
    }
    layer.name = *name;
    return layer;
}

/// With the file that \p diagnostics knows.
void report(const Error &error, Diagnostics &diagnostics) {
    diagnostics.error(error.code, error.location.place, error.message);
}

Status check_layer_list(Value layers) {
    if (!layers.is_array() || layers.size() == 0) {
        return make_error(ErrorCode::kInvalid, Location{"", "model_config"},
                          "has no list of layers");
    }
    if (layers.size() > kMaxLayers) {
        return make_error(ErrorCode::kInvalid, Location{"", "model_config"},
                          fmt::format("has {} layers, more than {}", layers.size(), kMaxLayers));
    }
    return Ok{};
}

Expected<ModelConfig> parse_functional(Value config, Diagnostics &diagnostics) {
    ModelConfig model;
    EMBARK_RETURN_IF_ERROR(check_layer_list(config["layers"]));
    for (size_t i = 0; i < config["layers"].size(); ++i) {
        const Value value = config["layers"][i];
        auto layer = parse_layer(value, i);
        if (!layer.ok()) {
            report(layer.error(), diagnostics);
            continue;
        }
        auto calls = parse_calls(value["inbound_nodes"]);
        if (!calls) {
            diagnostics.error(ErrorCode::kInvalid, "layer " + layer->name,
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
        return make_error(ErrorCode::kInvalid, Location{"", "model_config"},
                          "does not say which layers are inputs and outputs");
    }
    return model;
}

/// A layer list becomes a chain. The input is an InputLayer, or the shape that the first layer or
/// the model was built with.
Expected<ModelConfig> parse_sequential(Value config, Diagnostics &diagnostics) {
    ModelConfig model;
    // Before Keras 2.2.3 the configuration is the list itself.
    const Value list = config.is_array() ? config : config["layers"];
    EMBARK_RETURN_IF_ERROR(check_layer_list(list));
    for (size_t i = 0; i < list.size(); ++i) {
        auto layer = parse_layer(list[i], i);
        if (!layer.ok()) {
            report(layer.error(), diagnostics);
            continue;
        }
        if (model.layers.empty() && layer->class_name != "InputLayer") {
            LayerConfig input;
            input.class_name = "InputLayer";
            input.name = layer->name + "_input";
            input.input_shape =
                layer->input_shape.is_null() ? config["build_input_shape"] : layer->input_shape;
            input.calls.emplace_back();
            model.layers.push_back(std::move(input));
        }
        LayerCall call;
        if (!model.layers.empty()) call.inputs.push_back(TensorRef{model.layers.back().name, 0, 0});
        layer->calls.push_back(std::move(call));
        model.layers.push_back(std::move(*layer));
    }
    if (model.layers.empty()) return model;  // faults were reported
    model.inputs.push_back(TensorRef{model.layers.front().name, 0, 0});
    model.outputs.push_back(TensorRef{model.layers.back().name, 0, 0});
    return model;
}

void check_unique_names(const ModelConfig &model, Diagnostics &diagnostics) {
    std::set<std::string_view> names;
    for (const LayerConfig &layer : model.layers) {
        if (!names.insert(layer.name).second) {
            diagnostics.error(ErrorCode::kInvalid, "layer " + layer.name, "name is used twice");
        }
    }
}

}  // namespace

Expected<ModelConfig> parse_model_config(Value root, Diagnostics &diagnostics) {
    const std::string class_name = root["class_name"].as_string().value_or("");
    const Value config = root["config"];
    Expected<ModelConfig> model = ModelConfig{};
    if (class_name == "Sequential") {
        model = parse_sequential(config, diagnostics);
    } else if (config["layers"].is_array() && config.has("output_layers")) {
        if (class_name != "Functional" && class_name != "Model") {
            diagnostics.warning(fmt::format(
                "model class {} is read as a functional model; a call() of its own is ignored",
                class_name));
        }
        model = parse_functional(config, diagnostics);
    } else {
        return make_error(ErrorCode::kUnsupported, Location{"", "model_config"},
                          fmt::format("describes a model of class '{}', expected Sequential or "
                                      "Functional (a subclassed model keeps its structure in "
                                      "Python code)",
                                      class_name));
    }
    if (!model.ok()) return model;
    model->name = config["name"].as_string().value_or("");
    check_unique_names(*model, diagnostics);
    return model;
}

}  // namespace embark::keras
