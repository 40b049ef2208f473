#include "ir/graph.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

namespace embark {

namespace {

struct TypeName {
    DataType type;
    std::string_view name;
    size_t bytes;
};

constexpr TypeName kTypeNames[] = {
    {DataType::kFloat32, "float32", 4}, {DataType::kFloat16, "float16", 2},
    {DataType::kInt8, "int8", 1},       {DataType::kUint8, "uint8", 1},
    {DataType::kInt16, "int16", 2},     {DataType::kInt32, "int32", 4},
    {DataType::kInt64, "int64", 8},     {DataType::kBool, "bool", 1},
};

template <typename T>
const T *find_attribute(const Attributes &attributes, std::string_view name) {
    const auto found = attributes.find(name);
    if (found == attributes.end()) return nullptr;
    return std::get_if<T>(&found->second);
}

}  // namespace

size_t size_of(DataType type) { return kTypeNames[static_cast<size_t>(type)].bytes; }

std::string_view to_string(DataType type) { return kTypeNames[static_cast<size_t>(type)].name; }

Expected<DataType> parse_data_type(std::string_view text) {
    for (const TypeName &row : kTypeNames) {
        if (row.name == text) return row.type;
    }
    return make_error(ErrorCode::kInvalid, fmt::format("unknown data type '{}'", text));
}

int64_t element_count(const Shape &shape) {
    int64_t count = 1;
    for (const int64_t extent : shape) count *= extent;
    return count;
}

std::string to_string(const Shape &shape) { return fmt::format("[{}]", fmt::join(shape, ",")); }

int64_t Node::int_or(std::string_view attribute, int64_t fallback) const {
    const auto *value = find_attribute<int64_t>(attributes, attribute);
    return value ? *value : fallback;
}

double Node::float_or(std::string_view attribute, double fallback) const {
    const auto *value = find_attribute<double>(attributes, attribute);
    return value ? *value : fallback;
}

std::string Node::string_or(std::string_view attribute, std::string_view fallback) const {
    const auto *value = find_attribute<std::string>(attributes, attribute);
    return value ? *value : std::string(fallback);
}

std::vector<int64_t> Node::ints_or(std::string_view attribute,
                                   std::vector<int64_t> fallback) const {
    const auto *value = find_attribute<std::vector<int64_t>>(attributes, attribute);
    return value ? *value : std::move(fallback);
}

TensorId Graph::add_tensor(Tensor tensor) {
    tensors.push_back(std::move(tensor));
    return static_cast<TensorId>(tensors.size() - 1);
}

TensorId Graph::add_activation(std::string tensor_name, TensorType type) {
    return add_tensor(Tensor{std::move(tensor_name), std::move(type), nullptr});
}

TensorId Graph::add_constant(std::string tensor_name, TensorType type, Bytes data) {
    EMBARK_ASSERT(data.size() == type.bytes());
    return add_tensor(Tensor{std::move(tensor_name), std::move(type),
                             std::make_shared<const Bytes>(std::move(data))});
}

TensorId Graph::add_constant(std::string tensor_name, Shape shape, std::span<const float> values) {
    const auto *raw = reinterpret_cast<const uint8_t *>(values.data());
    return add_constant(std::move(tensor_name), TensorType{DataType::kFloat32, std::move(shape), {}},
                        Bytes(raw, raw + values.size_bytes()));
}

int Graph::producer(TensorId id) const {
    for (size_t i = 0; i < nodes.size(); ++i) {
        const auto &made = nodes[i].outputs;
        if (std::find(made.begin(), made.end(), id) != made.end()) return static_cast<int>(i);
    }
    return -1;
}

std::vector<int> Graph::consumers(TensorId id) const {
    std::vector<int> readers;
    for (size_t i = 0; i < nodes.size(); ++i) {
        const auto &read = nodes[i].inputs;
        if (std::find(read.begin(), read.end(), id) != read.end()) {
            readers.push_back(static_cast<int>(i));
        }
    }
    return readers;
}

bool Graph::is_output(TensorId id) const {
    return std::find(outputs.begin(), outputs.end(), id) != outputs.end();
}

Status verify_structure(const Graph &graph) {
    const auto broken = [&](const std::string &place, const std::string &message) {
        return make_error(ErrorCode::kInternal, Location{graph.source.file_name, place}, message);
    };
    std::vector<bool> ready(graph.tensors.size(), false);
    const auto in_range = [&](TensorId id) {
        return id >= 0 && static_cast<size_t>(id) < graph.tensors.size();
    };
    for (size_t i = 0; i < graph.tensors.size(); ++i) {
        const Tensor &tensor = graph.tensors[i];
        if (!tensor.is_constant()) continue;
        if (tensor.data->size() != tensor.type.bytes()) {
            return broken("tensor " + tensor.name,
                          fmt::format("constant has {} bytes, its type {} {} needs {}",
                                      tensor.data->size(), to_string(tensor.type.type),
                                      to_string(tensor.type.shape), tensor.type.bytes()));
        }
        ready[i] = true;
    }
    for (const TensorId id : graph.inputs) {
        if (!in_range(id)) return broken("inputs", "tensor id out of range");
        ready[static_cast<size_t>(id)] = true;
    }
    std::set<std::string> names;
    for (const Node &node : graph.nodes) {
        const std::string place = "node " + node.name;
        if (!names.insert(node.name).second) return broken(place, "name is used twice");
        for (const TensorId id : node.inputs) {
            if (id == kNoTensor) continue;
            if (!in_range(id)) return broken(place, "input tensor id out of range");
            if (!ready[static_cast<size_t>(id)]) {
                return broken(place, "reads tensor '" + graph.tensor(id).name +
                                         "' before it is made");
            }
        }
        for (const TensorId id : node.outputs) {
            if (!in_range(id)) return broken(place, "output tensor id out of range");
            if (ready[static_cast<size_t>(id)]) {
                return broken(place, "tensor '" + graph.tensor(id).name + "' is made twice");
            }
            ready[static_cast<size_t>(id)] = true;
        }
    }
    for (const TensorId id : graph.outputs) {
        if (!in_range(id) || !ready[static_cast<size_t>(id)]) {
            return broken("outputs", "an output is never made");
        }
    }
    return Ok{};
}

}  // namespace embark
