#include "import/keras/support.h"

#include <fmt/format.h>

#include <set>

#include "import/keras/layers.h"
#include "import/keras/operations.h"

namespace embark::keras {

namespace {

/// "float32", whether dtype is a name or a policy object.
std::string dtype_policy(Value config) {
    const Value dtype = config["dtype"];
    if (const auto name = dtype.as_string()) return *name;
    return dtype["config"]["name"].as_string().value_or("float32");
}

std::string unsupported_class(const LayerConfig &layer) {
    if (layer.class_name == "Lambda") {
        return "Lambda layers hold Python code, which embark cannot run: replace it by layers";
    }
    if (layer.is_operation()) {
        return fmt::format("operation {} of {} is not supported", layer.class_name, layer.module);
    }
    if (is_known_to_keras(layer.class_name)) {
        return fmt::format("layer class {} is not supported", layer.class_name);
    }
    return fmt::format("layer class {} is unknown: a custom layer?", layer.class_name);
}

std::string unsupported_type(const LayerConfig &layer) {
    const std::string policy = dtype_policy(layer.config);
    if (layer.class_name == "InputLayer") return {};
    if (policy.find("int") != std::string::npos && policy.find("from") != std::string::npos) {
        return fmt::format("was quantised by Keras ({}), expected float32", policy);
    }
    for (const char *type : {"float32", "float16", "float64"}) {
        if (policy.find(type) != std::string::npos) return {};
    }
    return fmt::format("computes with the type {}, expected float32", policy);
}

std::string unsupported_arguments(const LayerConfig &layer) {
    const LayerDefinition *definition = find_layer(layer.class_name);
    if (definition != nullptr && definition->has(kTakesArguments)) return {};
    for (const LayerCall &call : layer.calls) {
        const std::string argument = call.foreign_argument();
        if (argument.empty()) continue;
        return fmt::format("is called with the argument {}, expected tensors only", argument);
    }
    return {};
}

/// \returns the fault, or ""
std::string unsupported_reason(const LayerConfig &layer) {
    const bool custom = layer.registered_name.find('>') != std::string::npos &&
                        !layer.registered_name.starts_with("keras");
    if (custom) return fmt::format("layer class {} is custom", layer.registered_name);
    if (!layer.model && find_layer(layer.class_name) == nullptr) return unsupported_class(layer);
    const bool is_function =
        layer.class_name == "TFOpLambda" || layer.class_name == "SlicingOpLambda";
    if (is_function && operation_of(layer).empty()) {
        return fmt::format("TensorFlow function {} is not supported",
                           layer.config["function"].excerpt());
    }
    if (const std::string type = unsupported_type(layer); !type.empty()) return type;
    return unsupported_arguments(layer);
}

class Checker {
  public:
    explicit Checker(Diagnostics &diagnostics) : diagnostics_(diagnostics) {}

    void check(const ModelConfig &model, const std::string &prefix) {
        for (const LayerConfig &layer : model.layers) check(layer, prefix + layer.name);
    }
    std::vector<UnsupportedLayer> take() { return std::move(unsupported_); }

  private:
    void check(const LayerConfig &layer, const std::string &path) {
        const std::string reason = unsupported_reason(layer);
        if (!reason.empty()) unsupported_.push_back({path, reason});
        const std::string policy = dtype_policy(layer.config);
        if (policy != "float32" && layer.class_name != "InputLayer" &&
            told_.insert(policy).second) {
            diagnostics_.warning(fmt::format(
                "layers with the type {} (the first is {}) are computed in float32", policy, path));
        }
        if (layer.model) check(*layer.model, path + "/");
        for (const LayerConfig &inner : layer.wrapped) check(inner, path + "/" + inner.name);
    }

    Diagnostics &diagnostics_;
    std::set<std::string> told_;
    std::vector<UnsupportedLayer> unsupported_;
};

}  // namespace

std::vector<UnsupportedLayer> check_support(const ModelConfig &model, Diagnostics &diagnostics) {
    Checker checker(diagnostics);
    checker.check(model, "");
    return checker.take();
}

}  // namespace embark::keras
