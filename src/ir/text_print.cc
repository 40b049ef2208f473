#include <fmt/format.h>

#include <cmath>
#include <cstring>

#include "base/bytes.h"
#include "ir/base64.h"
#include "ir/text.h"

namespace embark {

namespace {

std::string quote(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
            out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
        } else {
            out += c;
        }
    }
    return out + '"';
}

/// Shortest text that reads back as the same value and as a floating-point number.
template <typename Float>
std::string float_text(Float value) {
    std::string text = fmt::format("{}", value);
    if (text.find_first_of(".en") == std::string::npos) text += ".0";
    return text;
}

template <typename T, typename Format>
std::string list_text(const T &values, Format format) {
    std::string text = "[";
    for (const auto &value : values) {
        if (text.size() > 1) text += ", ";
        text += format(value);
    }
    return text + "]";
}

std::string int_text(int64_t value) {
    return fmt::format("{}", value);
}

std::string type_text(const TensorType &type) {
    std::string text = fmt::format("{}{}", to_string(type.type), to_string(type.shape));
    const Quantization &q = type.quantization;
    if (q.empty()) return text;
    return text + fmt::format(" scale={} zero={} axis={}", list_text(q.scales, float_text<float>),
                              list_text(q.zero_points, int_text), q.axis);
}

std::string tensor_text(const Graph &graph, TensorId id) {
    const Tensor &tensor = graph.tensor(id);
    return fmt::format("%{} {} {}", id, quote(tensor.name), type_text(tensor.type));
}

std::string attribute_text(const AttributeValue &value) {
    struct Visitor {
        std::string operator()(int64_t v) const { return int_text(v); }
        std::string operator()(double v) const { return float_text(v); }
        std::string operator()(const std::string &v) const { return quote(v); }
        std::string operator()(const std::vector<int64_t> &v) const {
            return list_text(v, int_text);
        }
        std::string operator()(const std::vector<double> &v) const {
            return v.empty() ? "floats[]" : list_text(v, float_text<double>);
        }
    };
    return std::visit(Visitor{}, value);
}

/// Element \p index as text; empty when it has no exact one (float16, NaN).
std::string element_text(const Tensor &tensor, int64_t index) {
    const size_t size = size_of(tensor.type.type);
    const uint8_t *at = tensor.data->data() + static_cast<size_t>(index) * size;
    switch (tensor.type.type) {
        case DataType::kFloat32: {
            const float value = load_le<float>(at);
            return std::isnan(value) ? "" : fmt::format("{}", value);
        }
        case DataType::kFloat16:
            return "";
        case DataType::kInt8:
            return int_text(load_le<int8_t>(at));
        case DataType::kBool:
        case DataType::kUint8:
            return int_text(*at);
        case DataType::kInt16:
            return int_text(load_le<int16_t>(at));
        case DataType::kInt32:
            return int_text(load_le<int32_t>(at));
        case DataType::kInt64:
            return int_text(load_le<int64_t>(at));
        case DataType::kFloat64: {
            const double value = load_le<double>(at);
            return std::isnan(value) ? "" : fmt::format("{}", value);
        }
        case DataType::kUint16:
            return int_text(load_le<uint16_t>(at));
        case DataType::kUint32:
            return int_text(load_le<uint32_t>(at));
        case DataType::kUint64:
            return fmt::format("{}", load_le<uint64_t>(at));
    }
    return "";
}

std::string list_of_elements(const Tensor &tensor, int64_t count) {
    std::string text = "[";
    for (int64_t i = 0; i < count; ++i) {
        const std::string element = element_text(tensor, i);
        if (element.empty()) return "";
        text += (i == 0 ? "" : ", ") + element;
    }
    return text + "]";
}

bool is_uniform(const Tensor &tensor) {
    const size_t size = size_of(tensor.type.type);
    const Bytes &data = *tensor.data;
    return data.size() > size &&
           std::memcmp(data.data(), data.data() + size, data.size() - size) == 0;
}

std::string constant_text(const Tensor &tensor, const PrintOptions &options) {
    const int64_t count = element_count(tensor.type.shape);
    if (is_uniform(tensor)) {
        const std::string element = element_text(tensor, 0);
        if (!element.empty()) return "fill " + element;
    }
    if (count <= options.list_limit) {
        std::string list = list_of_elements(tensor, count);
        if (!list.empty()) return list;
    }
    if (!options.weights) return "elided";
    return "base64 " + quote(encode_base64(*tensor.data));
}

std::string node_text(const Graph &graph, const Node &node) {
    std::string text = fmt::format("node {} {}", quote(node.name), node.op);
    text += '(';
    for (size_t i = 0; i < node.inputs.size(); ++i) {
        const TensorId id = node.inputs[i];
        text += (i == 0 ? "" : ", ") + (id == kNoTensor ? "-" : fmt::format("%{}", id));
    }
    text += ')';
    std::string separator = " {";
    for (const auto &[name, value] : node.attributes) {
        text += separator + name + " = " + attribute_text(value);
        separator = ", ";
    }
    if (!node.attributes.empty()) text += '}';
    if (!node.source.empty()) text += " source " + quote(node.source);
    separator = " -> ";
    for (const TensorId id : node.outputs) {
        text += separator + tensor_text(graph, id);
        separator = ", ";
    }
    return text;
}

}  // namespace

std::string print(const Graph &graph, const PrintOptions &options) {
    std::string text = "graph " + quote(graph.name) + "\n";
    std::vector<bool> printed(graph.tensors.size(), false);
    for (const TensorId id : graph.inputs) {
        text += "input " + tensor_text(graph, id) + "\n";
        printed[static_cast<size_t>(id)] = true;
    }
    for (const State &state : graph.states) {
        text +=
            fmt::format("state {} becomes %{}\n", tensor_text(graph, state.before), state.after);
        printed[static_cast<size_t>(state.before)] = true;
    }
    for (const Node &node : graph.nodes) {
        for (const TensorId id : node.outputs) printed[static_cast<size_t>(id)] = true;
    }
    for (size_t i = 0; i < graph.tensors.size(); ++i) {
        if (printed[i]) continue;
        const auto id = static_cast<TensorId>(i);
        const Tensor &tensor = graph.tensor(id);
        if (tensor.is_constant()) {
            text += fmt::format("const {} = {}\n", tensor_text(graph, id),
                                constant_text(tensor, options));
        } else {
            text += "tensor " + tensor_text(graph, id) + "\n";
        }
    }
    for (const Node &node : graph.nodes) text += node_text(graph, node) + "\n";
    for (const TensorId id : graph.outputs) text += fmt::format("output %{}\n", id);
    return text;
}

}  // namespace embark
