#include "import/keras/layer_calls.h"

#include <fmt/format.h>

namespace embark::keras {

namespace {

/// ["conv2d", 0, 0] of either generation; Keras 2 adds the call's keyword arguments.
std::optional<TensorRef> parse_ref(Value value) {
    const auto layer = value[size_t{0}].as_string();
    const auto call = value[1].as_int();
    const auto output = value[2].as_int();
    if (!layer || !call || !output) return std::nullopt;
    return TensorRef{*layer, *call, *output};
}

void add_tensor(LayerCall &call, std::string keyword, TensorRef ref) {
    call.arguments.push_back({std::move(keyword), static_cast<int>(call.inputs.size()), Value()});
    call.inputs.push_back(std::move(ref));
}

/// True when a value of a Keras 2 keyword argument stands for tensors: a reference or a list of
/// them.
bool add_keras2_refs(LayerCall &call, const std::string &keyword, Value value) {
    if (!value.is_array() || value.size() == 0) return false;
    if (value.size() == 3) {
        if (const auto ref = parse_ref(value)) {
            add_tensor(call, keyword, *ref);
            return true;
        }
    }
    for (size_t i = 0; i < value.size(); ++i) {
        if (value[i].size() != 3 || !parse_ref(value[i])) return false;
    }
    for (size_t i = 0; i < value.size(); ++i) add_tensor(call, keyword, *parse_ref(value[i]));
    return true;
}

void add_keras2_keywords(LayerCall &call, Value keywords) {
    for (const auto &[name, value] : keywords.members()) {
        if (!add_keras2_refs(call, name, value)) call.arguments.push_back({name, {}, value});
    }
}

/// One positional argument: a reference, or ["_CONSTANT_VALUE", -1, value].
bool add_keras2_input(LayerCall &call, Value value) {
    if (value[size_t{0}].as_string() == "_CONSTANT_VALUE") {
        call.arguments.push_back({"", {}, value[2]});
        return true;
    }
    const auto ref = parse_ref(value);
    if (ref) add_tensor(call, "", *ref);
    return ref.has_value();
}

/// [["a",0,0,{}], ["b",0,0,{}]]; a single reference may stand without its list. The keyword
/// arguments are repeated at every reference, or only stand at the first.
std::optional<LayerCall> parse_keras2_call(Value value) {
    LayerCall call;
    if (value[size_t{0}].is_string()) {
        if (!add_keras2_input(call, value)) return std::nullopt;
        add_keras2_keywords(call, value[3]);
        return call;
    }
    for (size_t i = 0; i < value.size(); ++i) {
        if (!add_keras2_input(call, value[i])) return std::nullopt;
    }
    if (value.is_array()) add_keras2_keywords(call, value[size_t{0}][3]);
    return call;
}

bool is_keras_tensor(Value value) {
    return value["class_name"].as_string() == "__keras_tensor__";
}

/// Whether tensors are all that a list or a dictionary of Keras 3 holds. Depth is bounded by
/// Document.
bool holds_tensors(Value value) {
    if (is_keras_tensor(value)) return true;
    if (value.has("class_name") || value.size() == 0) return false;
    for (size_t i = 0; value.is_array() && i < value.size(); ++i) {
        if (!holds_tensors(value[i])) return false;
    }
    for (const auto &[key, member] : value.members()) {
        if (!holds_tensors(member)) return false;
    }
    return true;
}

bool add_keras3_argument(LayerCall &call, const std::string &keyword, Value value) {
    if (!holds_tensors(value)) {
        call.arguments.push_back({keyword, {}, value});
        return true;
    }
    if (is_keras_tensor(value)) {
        const auto ref = parse_ref(value["config"]["keras_history"]);
        if (ref) add_tensor(call, keyword, *ref);
        return ref.has_value();
    }
    for (size_t i = 0; value.is_array() && i < value.size(); ++i) {
        if (!add_keras3_argument(call, keyword, value[i])) return false;
    }
    for (const auto &[key, member] : value.members()) {
        if (!add_keras3_argument(call, keyword, member)) return false;
    }
    return true;
}

std::optional<LayerCall> parse_keras3_call(Value value) {
    LayerCall call;
    call.is_keras3 = true;
    if (!value["args"].is_array()) return std::nullopt;
    for (size_t i = 0; i < value["args"].size(); ++i) {
        if (!add_keras3_argument(call, "", value["args"][i])) return std::nullopt;
    }
    for (const auto &[name, member] : value["kwargs"].members()) {
        if (!add_keras3_argument(call, name, member)) return std::nullopt;
    }
    return call;
}

/// null, false, or a list of them, as `mask` is for a model of several inputs.
bool says_nothing(Value value) {
    for (size_t i = 0; value.is_array() && i < value.size(); ++i) {
        if (!says_nothing(value[i])) return false;
    }
    return value.is_array() || value.is_null() || value.as_bool() == false;
}

}  // namespace

Value LayerCall::keyword(std::string_view name) const {
    for (const CallArgument &argument : arguments) {
        if (argument.keyword == name) return argument.constant;
    }
    return Value();
}

std::string LayerCall::foreign_argument() const {
    for (const CallArgument &argument : arguments) {
        if (argument.tensor) {
            if (!argument.keyword.empty() && argument.keyword != "inputs") {
                return fmt::format("{}=a tensor", argument.keyword);
            }
            continue;
        }
        if (argument.keyword == "training" || argument.keyword == "name") continue;
        if (says_nothing(argument.constant)) continue;
        const std::string value = argument.constant.excerpt();
        return argument.keyword.empty() ? value : fmt::format("{}={}", argument.keyword, value);
    }
    return {};
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

bool parse_refs(Value value, std::vector<TensorRef> &refs) {
    if (const auto ref = parse_ref(value)) {
        refs.push_back(*ref);
        return true;
    }
    for (const auto &[key, member] : value.members()) {
        if (!parse_refs(member, refs)) return false;
    }
    if (value.is_object()) return true;
    if (!value.is_array()) return false;
    for (size_t i = 0; i < value.size(); ++i) {
        if (!parse_refs(value[i], refs)) return false;
    }
    return true;
}

}  // namespace embark::keras
