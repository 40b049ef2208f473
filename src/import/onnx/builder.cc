#include "import/onnx/builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "ops/registry.h"

namespace embark::onnx {

namespace {

constexpr int64_t kMaxElements = 1 << 28;  // of one value; far beyond any microcontroller
constexpr size_t kMaxFoldedBytes = size_t{1} << 28;
constexpr size_t kMaxWalkedAxes = 6;  // of a transpose (EMK_MAX_AXES)
constexpr int64_t kMaxFoldedMacc = int64_t{1} << 32;

/// Calls \p visit with a null pointer of the C++ type that stores \p type.
template <typename Visit>
bool with_type(DataType type, Visit visit) {
    switch (type) {
        case DataType::kFloat32:
            visit(static_cast<float *>(nullptr));
            return true;
        case DataType::kFloat64:
            visit(static_cast<double *>(nullptr));
            return true;
        case DataType::kInt8:
            visit(static_cast<int8_t *>(nullptr));
            return true;
        case DataType::kUint8:
        case DataType::kBool:
            visit(static_cast<uint8_t *>(nullptr));
            return true;
        case DataType::kInt16:
            visit(static_cast<int16_t *>(nullptr));
            return true;
        case DataType::kUint16:
            visit(static_cast<uint16_t *>(nullptr));
            return true;
        case DataType::kInt32:
            visit(static_cast<int32_t *>(nullptr));
            return true;
        case DataType::kUint32:
            visit(static_cast<uint32_t *>(nullptr));
            return true;
        case DataType::kInt64:
            visit(static_cast<int64_t *>(nullptr));
            return true;
        case DataType::kUint64:
            visit(static_cast<uint64_t *>(nullptr));
            return true;
        case DataType::kFloat16:
            return false;
    }
    return false;
}

/// \p number in the nearest value of T.
template <typename T>
T to_type(double number) {
    if constexpr (std::is_floating_point_v<T>) {
        return static_cast<T>(number);
    } else {
        constexpr auto kLow = static_cast<double>(std::numeric_limits<T>::min());
        constexpr auto kHigh = static_cast<double>(std::numeric_limits<T>::max());
        if (std::isnan(number)) return 0;
        if (number <= kLow) return std::numeric_limits<T>::min();
        if (number >= kHigh) return std::numeric_limits<T>::max();
        return static_cast<T>(number);
    }
}

template <typename To, typename From>
Bytes convert(std::span<const From> values) {
    Bytes bytes(values.size() * sizeof(To));
    for (size_t i = 0; i < values.size(); ++i) {
        To value;
        if constexpr (std::is_same_v<From, double>) {
            value = to_type<To>(values[i]);
        } else {
            value = static_cast<To>(values[i]);
        }
        std::memcpy(bytes.data() + i * sizeof(To), &value, sizeof(To));
    }
    return bytes;
}

template <typename From>
Bytes convert_to(DataType type, std::span<const From> values) {
    Bytes bytes;
    const bool known = with_type(
        type, [&](auto *null) { bytes = convert<std::remove_pointer_t<decltype(null)>>(values); });
    EMBARK_ASSERT(known);
    return bytes;
}

template <typename To>
Expected<std::vector<To>> elements_as(const Tensor &tensor) {
    std::vector<To> result;
    const bool known = with_type(tensor.type.type, [&](auto *null) {
        using From = std::remove_pointer_t<decltype(null)>;
        for (const From value : tensor.values<From>()) {
            if constexpr (std::is_integral_v<To> && std::is_floating_point_v<From>) {
                result.push_back(to_type<To>(value));
            } else {
                result.push_back(static_cast<To>(value));
            }
        }
    });
    if (known) return result;
    return make_error(
        ErrorCode::kUnsupported,
        fmt::format("a constant has the type {}, expected another", to_string(tensor.type.type)));
}

std::string key_of(TensorId id, const std::vector<Factor> &factors, const Shape &shape) {
    std::string key = fmt::format("{}", id);
    for (const Factor &factor : factors) key += fmt::format(" {}*{}", factor.extent, factor.stride);
    return key + to_string(shape);
}

/// The permutation that brings a tensor of shape \p stored, whose axes longer than 1 are \p order,
/// to one storage axis per entry of \p target (no factor: extent 1). Nothing when they differ.
std::vector<int64_t> direct_permutation(const Shape &stored, const std::vector<Factor> &order,
                                        const std::vector<Axis> &target) {
    std::vector<size_t> long_axes, short_axes;
    for (size_t i = 0; i < stored.size(); ++i) {
        (stored[i] == 1 ? short_axes : long_axes).push_back(i);
    }
    // With more axes than kernels walk, neighbours that stay together must be joined first.
    if (long_axes.size() > kMaxWalkedAxes) return {};
    if (long_axes.size() != order.size() || target.size() != stored.size()) return {};
    std::vector<int64_t> perm;
    size_t next_short = 0;
    for (const Axis &axis : target) {
        if (axis.size() > 1) return {};
        if (axis.empty()) {
            if (next_short == short_axes.size()) return {};
            perm.push_back(static_cast<int64_t>(short_axes[next_short++]));
            continue;
        }
        const auto found = std::find(order.begin(), order.end(), axis[0]);
        const size_t at = long_axes[static_cast<size_t>(found - order.begin())];
        if (stored[at] != axis[0].extent) return {};
        perm.push_back(static_cast<int64_t>(at));
    }
    return perm;
}

}  // namespace

void Builder::begin(const std::string &name, const std::string &source) {
    name_ = name;
    source_ = source;
    first_node_ = graph_.nodes.size();
}

std::string Builder::unique(const std::string &name) {
    std::string result = name;
    for (int i = 2; !names_.insert(result).second; ++i) result = fmt::format("{}_{}", name, i);
    return result;
}

int Builder::producer(TensorId id, std::string_view op) const {
    const auto index = static_cast<size_t>(id);
    if (id < 0 || index >= producers_.size() || producers_[index] < 0) return -1;
    const int node = producers_[index];
    return graph_.nodes[static_cast<size_t>(node)].op == op ? node : -1;
}

void Builder::name_result(TensorId id, const std::string &value) {
    const auto index = static_cast<size_t>(id);
    if (index >= producers_.size() || producers_[index] < static_cast<int>(first_node_)) return;
    Node &node = graph_.nodes[static_cast<size_t>(producers_[index])];
    if (node.name == name_ || names_.contains(name_)) return;
    names_.erase(node.name);
    node.name = unique(name_);
    if (!value.empty()) graph_.tensor(id).name = value;
}

Expected<std::vector<TensorId>> Builder::fold(std::vector<TensorId> outputs) {
    const Node node = graph_.nodes.back();
    size_t bytes = 0;
    for (const TensorId id : outputs) bytes += tensor(id).type.bytes();
    const OpDefinition &op = op_of(node);
    if (bytes > kMaxFoldedBytes || op.macc(graph_, node) > kMaxFoldedMacc) return outputs;
    std::vector<ConstTensorView> inputs;
    std::vector<TensorView> results;
    std::vector<std::shared_ptr<Bytes>> storage;
    for (const TensorId id : node.inputs) {
        if (id == kNoTensor) {
            inputs.emplace_back();
        } else {
            inputs.push_back({&tensor(id).type, tensor(id).data->data()});
        }
    }
    for (const TensorId id : outputs) {
        storage.push_back(std::make_shared<Bytes>(tensor(id).type.bytes()));
        results.push_back({&tensor(id).type, storage.back()->data()});
    }
    EMBARK_RETURN_IF_ERROR(op.evaluate(node, inputs, results));
    for (size_t i = 0; i < outputs.size(); ++i) graph_.tensor(outputs[i]).data = storage[i];
    names_.erase(node.name);
    graph_.nodes.pop_back();
    for (const TensorId id : outputs) producers_[static_cast<size_t>(id)] = -1;
    return outputs;
}

Expected<std::vector<TensorId>> Builder::append(std::string op, std::vector<TensorId> inputs,
                                                Attributes attributes, Quantization quantization) {
    Node node{op, unique(name_ + "/" + op), std::move(inputs), {}, std::move(attributes), source_};
    const std::string name = node.name;
    auto first = append_node(graph_, std::move(node));
    if (!first.ok()) {
        names_.erase(name);
        Error error = std::move(first).error();
        error.location = {};
        return error;
    }
    std::vector<TensorId> outputs = graph_.nodes.back().outputs;
    for (const TensorId id : outputs) {
        int64_t elements = 1;
        for (const int64_t extent : tensor(id).type.shape) {
            if (extent > kMaxElements / elements) {
                return make_error(ErrorCode::kUnsupported,
                                  fmt::format("makes a tensor {} of more than {} elements",
                                              to_string(tensor(id).type.shape), kMaxElements));
            }
            elements *= extent;
        }
    }
    graph_.tensor(outputs[0]).type.quantization = std::move(quantization);
    producers_.resize(graph_.tensors.size(), -1);
    for (const TensorId id : outputs) {
        producers_[static_cast<size_t>(id)] = static_cast<int>(graph_.nodes.size()) - 1;
    }
    return outputs;
}

Expected<std::vector<TensorId>> Builder::emit_all(std::string op, std::vector<TensorId> inputs,
                                                  Attributes attributes,
                                                  Quantization quantization) {
    while (!inputs.empty() && inputs.back() == kNoTensor) inputs.pop_back();
    const bool constant = !inputs.empty() && std::all_of(inputs.begin(), inputs.end(), [&](auto i) {
        return i == kNoTensor || tensor(i).is_constant();
    });
    const TensorId integers = op == "dequantize" ? inputs[0] : kNoTensor;
    EMBARK_ASSIGN(
        std::vector<TensorId> outputs,
        append(std::move(op), std::move(inputs), std::move(attributes), std::move(quantization)));
    if (!constant) return outputs;
    EMBARK_ASSIGN(outputs, fold(std::move(outputs)));
    const bool folded = tensor(outputs[0]).is_constant();
    if (integers != kNoTensor && folded) integers_[outputs[0]] = integers;
    return outputs;
}

Expected<TensorId> Builder::copy(TensorId id) {
    const Shape shape = tensor(id).type.shape;
    const bool flat = shape.size() > kMaxWalkedAxes;
    EMBARK_ASSIGN(const TensorId source, reshape(id, flat ? Shape{element_count(shape)} : shape));
    const std::vector<int64_t> size = tensor(source).type.shape;
    EMBARK_ASSIGN(const std::vector<TensorId> copied,
                  append("slice", {source},
                         {{"start", std::vector<int64_t>(size.size(), 0)},
                          {"step", std::vector<int64_t>(size.size(), 1)},
                          {"size", size}},
                         tensor(id).type.quantization));
    return reshape(copied[0], shape);
}

TensorId Builder::root_of(TensorId id) const {
    for (int node = producer(id, "reshape"); node >= 0; node = producer(id, "reshape")) {
        id = graph_.nodes[static_cast<size_t>(node)].inputs[0];
    }
    return id;
}

Expected<TensorId> Builder::emit(std::string op, std::vector<TensorId> inputs,
                                 Attributes attributes, Quantization quantization) {
    EMBARK_ASSIGN(
        const std::vector<TensorId> outputs,
        emit_all(std::move(op), std::move(inputs), std::move(attributes), std::move(quantization)));
    return outputs[0];
}

TensorId Builder::add_constant(TensorType type, Bytes data) {
    return graph_.add_constant(name_ + "/constant", std::move(type), std::move(data));
}

TensorId Builder::floats(Shape shape, std::span<const float> values) {
    return graph_.add_constant(name_ + "/constant", std::move(shape), values);
}

TensorId Builder::ints(Shape shape, std::span<const int64_t> values, DataType type) {
    return add_constant({type, std::move(shape), {}}, convert_to(type, values));
}

TensorId Builder::numbers(Shape shape, std::span<const double> values, DataType type) {
    return add_constant({type, std::move(shape), {}}, convert_to(type, values));
}

TensorId Builder::scalar(double number, DataType type) {
    return numbers({}, std::span(&number, 1), type);
}

Expected<TensorId> Builder::reshape(TensorId id, const Shape &shape) {
    if (tensor(id).type.shape == shape) return id;
    if (tensor(id).is_constant()) {
        Tensor copy = tensor(id);
        copy.type.shape = shape;
        const TensorId made = graph_.add_tensor(std::move(copy));
        reshape_integers(id, made);
        return made;
    }
    if (const int node = producer(id, "reshape"); node >= 0) {
        const TensorId source = graph_.nodes[static_cast<size_t>(node)].inputs[0];
        if (tensor(source).type.quantization == tensor(id).type.quantization) {
            return reshape(source, shape);
        }
    }
    return emit("reshape", {id}, {{"shape", shape}}, tensor(id).type.quantization);
}

Expected<TensorId> Builder::requantified(TensorId id, const Quantization &quantization) {
    if (tensor(id).type.quantization == quantization) return id;
    if (tensor(id).is_constant()) {
        Tensor copy = tensor(id);
        copy.type.quantization = quantization;
        return graph_.add_tensor(std::move(copy));
    }
    return emit("reshape", {id}, {{"shape", tensor(id).type.shape}}, quantization);
}

Expected<TensorId> Builder::cast(TensorId id, DataType type) {
    if (tensor(id).type.type == type) return id;
    return emit("cast", {id}, {{"to", std::string(to_string(type))}});
}

Expected<TensorId> Builder::transpose(TensorId id, const std::vector<int64_t> &perm) {
    EMBARK_ASSIGN(const TensorId made,
                  emit("transpose", {id}, {{"perm", perm}}, tensor(id).type.quantization));
    transpose_integers(id, made, perm);
    return made;
}

namespace {

/// The axis of \p to that is axis \p axis of \p from, element by element; nothing when it is split
/// or joined with another.
std::optional<int> same_axis(const Shape &from, int axis, const Shape &to) {
    const auto inner = [](const Shape &shape, size_t at) {
        return element_count(Shape(shape.begin() + static_cast<long>(at) + 1, shape.end()));
    };
    const auto at = static_cast<size_t>(axis);
    for (size_t i = 0; i < to.size(); ++i) {
        if (to[i] == from[at] && inner(to, i) == inner(from, at)) return static_cast<int>(i);
    }
    return std::nullopt;
}

}  // namespace

void Builder::reshape_integers(TensorId from, TensorId to) {
    const auto known = integers_.find(from);
    if (known == integers_.end()) return;
    Tensor copy = tensor(known->second);
    const Shape &shape = tensor(to).type.shape;
    if (copy.type.quantization.scales.size() > 1) {
        const auto axis = same_axis(copy.type.shape, copy.type.quantization.axis, shape);
        if (!axis) return;
        copy.type.quantization.axis = *axis;
    }
    copy.type.shape = shape;
    integers_[to] = graph_.add_tensor(std::move(copy));
}

void Builder::transpose_integers(TensorId from, TensorId to, const std::vector<int64_t> &perm) {
    const auto known = integers_.find(from);
    if (known == integers_.end() || !tensor(to).is_constant()) return;
    Quantization quantization = tensor(known->second).type.quantization;
    const auto axis = std::find(perm.begin(), perm.end(), quantization.axis);
    quantization.axis = static_cast<int>(axis - perm.begin());
    if (quantization.scales.size() == 1) quantization.axis = 0;
    const auto moved = emit("transpose", {known->second}, {{"perm", perm}}, quantization);
    if (moved.ok()) integers_[to] = *moved;
}

void Builder::restore_integers() {
    std::vector<Node> nodes;
    std::map<TensorId, TensorId> made;
    const auto dequantized = [&](TensorId constant, TensorId integers) {
        const auto known = made.find(constant);
        if (known != made.end()) return known->second;
        const Tensor real = tensor(constant);
        const TensorId id = graph_.add_activation(real.name, real.type);
        nodes.push_back(
            {"dequantize", unique(real.name + "/dequantize"), {integers}, {id}, {}, ""});
        made[constant] = id;
        return id;
    };
    for (Node &node : graph_.nodes) {
        for (TensorId &id : node.inputs) {
            const auto known = integers_.find(id);
            if (known != integers_.end()) id = dequantized(id, known->second);
        }
        nodes.push_back(std::move(node));
    }
    graph_.nodes = std::move(nodes);
}

Expected<TensorId> Builder::lay_out(const Value &value, const Groups &groups) {
    Shape shape;
    std::vector<Axis> target;
    std::vector<Factor> flat;
    for (const std::vector<size_t> &group : groups) {
        int64_t extent = 1;
        target.emplace_back();
        for (const size_t axis : group) {
            extent *= value.shape[axis];
            const Axis &factors = value.axes[axis];
            target.back().insert(target.back().end(), factors.begin(), factors.end());
        }
        target.back() = merged(target.back());
        flat.insert(flat.end(), target.back().begin(), target.back().end());
        shape.push_back(extent);
    }
    const std::vector<Factor> runs = merged(flat);
    if (runs.size() <= 1) return reshape(value.id, shape);
    const std::string key = key_of(value.id, runs, shape);
    if (const auto known = laid_out_.find(key); known != laid_out_.end()) return known->second;

    const auto outer_first = [](const Factor &a, const Factor &b) { return a.stride > b.stride; };
    std::vector<Factor> order = flat;
    std::sort(order.begin(), order.end(), outer_first);
    const auto direct = direct_permutation(tensor(value).type.shape, order, target);
    TensorId result = kNoTensor;
    if (!direct.empty()) {
        EMBARK_ASSIGN(result, transpose(value.id, direct));
    } else {
        order = runs;
        std::sort(order.begin(), order.end(), outer_first);
        Shape stored;
        std::vector<int64_t> perm;
        for (const Factor &factor : order) stored.push_back(factor.extent);
        for (const Factor &factor : runs) {
            perm.push_back(std::find(order.begin(), order.end(), factor) - order.begin());
        }
        EMBARK_ASSIGN(const TensorId flat_id, reshape(value.id, stored));
        EMBARK_ASSIGN(const TensorId moved, transpose(flat_id, perm));
        EMBARK_ASSIGN(result, reshape(moved, shape));
    }
    laid_out_[key] = result;
    return result;
}

Expected<TensorId> Builder::natural(const Value &value) {
    return lay_out(value, groups_of(natural_order(value.rank())));
}

Expected<Value> Builder::reshape(const Value &value, const Shape &shape) {
    if (value.shape == shape) return value;
    if (std::optional<Value> result = reshaped(value, shape)) return *result;
    EMBARK_ASSIGN(const TensorId id, natural(value));
    EMBARK_ASSIGN(const TensorId moved, reshape(id, shape));
    Value result = stored_naturally(moved, shape);
    result.narrow = value.narrow;
    return result;
}

Expected<std::vector<double>> Builder::numbers_of(const Value &value) {
    EMBARK_ASSERT(is_constant(value));
    EMBARK_ASSIGN(const TensorId id, natural(value));
    return elements_as<double>(tensor(id));
}

Expected<std::vector<int64_t>> Builder::ints_of(const Value &value) {
    EMBARK_ASSERT(is_constant(value));
    EMBARK_ASSIGN(const TensorId id, natural(value));
    return elements_as<int64_t>(tensor(id));
}

}  // namespace embark::onnx
