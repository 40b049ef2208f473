#include "ir/graph.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
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
    {DataType::kFloat64, "float64", 8}, {DataType::kUint16, "uint16", 2},
    {DataType::kUint32, "uint32", 4},   {DataType::kUint64, "uint64", 8},
};

constexpr int64_t kMaxElements = std::numeric_limits<int64_t>::max();

template <typename T>
const T *find_attribute(const Attributes &attributes, std::string_view name) {
    const auto found = attributes.find(name);
    if (found == attributes.end()) return nullptr;
    return std::get_if<T>(&found->second);
}

}  // namespace

size_t size_of(DataType type) {
    return kTypeNames[static_cast<size_t>(type)].bytes;
}

std::string_view to_string(DataType type) {
    return kTypeNames[static_cast<size_t>(type)].name;
}

Expected<DataType> parse_data_type(std::string_view text) {
    for (const TypeName &row : kTypeNames) {
        if (row.name == text) return row.type;
    }
    return make_error(ErrorCode::kInvalid, fmt::format("unknown data type '{}'", text));
}

int64_t element_count(const Shape &shape) {
    int64_t count = 1;
    for (const int64_t extent : shape) {
        if (extent == 0) return 0;
        if (__builtin_mul_overflow(count, extent, &count)) count = kMaxElements;
    }
    return count;
}

size_t TensorType::bytes() const {
    size_t bytes = 0;
    const auto count = static_cast<size_t>(element_count(shape));
    if (__builtin_mul_overflow(count, size_of(type), &bytes)) return SIZE_MAX;
    return bytes;
}

std::string to_string(const Shape &shape) {
    return fmt::format("[{}]", fmt::join(shape, ","));
}

int64_t Node::int_or(std::string_view attribute, int64_t fallback) const {
    const auto *value = find_attribute<int64_t>(attributes, attribute);
    return value ? *value : fallback;
}

double Node::float_or(std::string_view attribute, double fallback) const {
    if (const auto *value = find_attribute<double>(attributes, attribute)) return *value;
    if (const auto *value = find_attribute<int64_t>(attributes, attribute)) {
        return static_cast<double>(*value);
    }
    return fallback;
}

std::string Node::string_or(std::string_view attribute, std::string_view fallback) const {
    const auto *value = find_attribute<std::string>(attributes, attribute);
    return value ? *value : std::string(fallback);
}

std::vector<int64_t> Node::ints_or(std::string_view attribute,
                                   std::vector<int64_t> fallback) const {
    const auto *value = find_attribute<std::vector<int64_t>>(attributes, attribute);
    if (value) return *value;
    return fallback;
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
    return add_constant(std::move(tensor_name),
                        TensorType{DataType::kFloat32, std::move(shape), {}},
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

std::vector<TensorId> Graph::results() const {
    std::vector<TensorId> ids = outputs;
    for (const State &state : states) ids.push_back(state.after);
    return ids;
}

bool Graph::is_output(TensorId id) const {
    return std::find(outputs.begin(), outputs.end(), id) != outputs.end() ||
           std::any_of(states.begin(), states.end(),
                       [&](const State &state) { return state.after == id; });
}

namespace {

/// The tensors that can be read so far, and where a fault lies.
struct StructureCheck {
    const Graph &graph;
    std::vector<bool> ready;

    Error broken(const std::string &place, const std::string &message) const {
        return make_error(ErrorCode::kInternal, Location{graph.source.file_name, place}, message);
    }
    bool in_range(TensorId id) const {
        return id >= 0 && static_cast<size_t>(id) < graph.tensors.size();
    }
};

Status check_quantization(const StructureCheck &check, const Tensor &tensor) {
    const Quantization &quantization = tensor.type.quantization;
    if (quantization.empty()) return Ok{};
    const std::string place = "tensor " + tensor.name;
    const size_t scales = quantization.scales.size();
    if (quantization.zero_points.size() != scales) {
        return check.broken(place, fmt::format("has {} scales and {} zero points", scales,
                                               quantization.zero_points.size()));
    }
    if (scales == 1) return Ok{};
    const Shape &shape = tensor.type.shape;
    const auto axis = static_cast<size_t>(quantization.axis);
    if (quantization.axis < 0 || axis >= shape.size() ||
        shape[axis] != static_cast<int64_t>(scales)) {
        return check.broken(place, fmt::format("has {} scales along axis {} of shape {}", scales,
                                               quantization.axis, to_string(shape)));
    }
    return Ok{};
}

Status check_tensors(StructureCheck &check) {
    for (size_t i = 0; i < check.graph.tensors.size(); ++i) {
        const Tensor &tensor = check.graph.tensors[i];
        const Shape &shape = tensor.type.shape;
        const std::string place = "tensor " + tensor.name;
        if (std::any_of(shape.begin(), shape.end(), [](int64_t extent) { return extent < 0; })) {
            return check.broken(place, "shape " + to_string(shape) + " has a negative extent");
        }
        EMBARK_RETURN_IF_ERROR(check_quantization(check, tensor));
        if (!tensor.is_constant()) continue;
        if (tensor.data->size() != tensor.type.bytes()) {
            return check.broken(place, fmt::format("constant has {} bytes, its type {} {} needs {}",
                                                   tensor.data->size(), to_string(tensor.type.type),
                                                   to_string(shape), tensor.type.bytes()));
        }
        check.ready[i] = true;
    }
    return Ok{};
}

Status check_inputs(StructureCheck &check) {
    for (const TensorId id : check.graph.inputs) {
        if (!check.in_range(id)) return check.broken("inputs", "tensor id out of range");
        if (check.ready[static_cast<size_t>(id)]) {
            return check.broken("inputs", "tensor '" + check.graph.tensor(id).name +
                                              "' is a constant or listed twice");
        }
        check.ready[static_cast<size_t>(id)] = true;
    }
    return Ok{};
}

/// What the nodes may read of the states.
Status check_states_before(StructureCheck &check) {
    for (const State &state : check.graph.states) {
        if (!check.in_range(state.before) || !check.in_range(state.after)) {
            return check.broken("states", "tensor id out of range");
        }
        const Tensor &before = check.graph.tensor(state.before);
        if (check.ready[static_cast<size_t>(state.before)]) {
            return check.broken(
                "states", "tensor '" + before.name + "' is a constant, an input or listed twice");
        }
        if (!(before.type == check.graph.tensor(state.after).type)) {
            return check.broken("states",
                                "tensor '" + before.name + "' becomes one of another type");
        }
        check.ready[static_cast<size_t>(state.before)] = true;
    }
    return Ok{};
}

/// What the nodes must have made of the states.
Status check_states_after(const StructureCheck &check) {
    for (const State &state : check.graph.states) {
        if (check.graph.producer(state.after) >= 0) continue;
        return check.broken("states", "tensor '" + check.graph.tensor(state.before).name +
                                          "' becomes one that no node makes");
    }
    return Ok{};
}

Status check_node(StructureCheck &check, const Node &node) {
    const std::string place = "node " + node.name;
    for (const TensorId id : node.inputs) {
        if (id == kNoTensor) continue;
        if (!check.in_range(id)) return check.broken(place, "input tensor id out of range");
        if (!check.ready[static_cast<size_t>(id)]) {
            return check.broken(
                place, "reads tensor '" + check.graph.tensor(id).name + "' before it is made");
        }
    }
    for (const TensorId id : node.outputs) {
        if (!check.in_range(id)) return check.broken(place, "output tensor id out of range");
        if (check.ready[static_cast<size_t>(id)]) {
            return check.broken(place,
                                "tensor '" + check.graph.tensor(id).name + "' is made twice");
        }
        check.ready[static_cast<size_t>(id)] = true;
    }
    return Ok{};
}

}  // namespace

Status verify_structure(const Graph &graph) {
    StructureCheck check{graph, std::vector<bool>(graph.tensors.size(), false)};
    EMBARK_RETURN_IF_ERROR(check_tensors(check));
    EMBARK_RETURN_IF_ERROR(check_inputs(check));
    EMBARK_RETURN_IF_ERROR(check_states_before(check));
    std::set<std::string> names;
    for (const Node &node : graph.nodes) {
        if (!names.insert(node.name).second) {
            return check.broken("node " + node.name, "name is used twice");
        }
        EMBARK_RETURN_IF_ERROR(check_node(check, node));
    }
    for (const TensorId id : graph.outputs) {
        if (!check.in_range(id) || !check.ready[static_cast<size_t>(id)]) {
            return check.broken("outputs", "an output is never made");
        }
    }
    return check_states_after(check);
}

}  // namespace embark
