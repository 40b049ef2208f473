// The only file of the exporter that sees protobuf's generated classes.
#include "export/onnx/writer.h"

#include <fmt/format.h>
#include <onnx/onnx_pb.h>

#include <cstring>

#include "base/bytes.h"
#include "ops/packed_weights.h"
#include "ops/quantized.h"

namespace embark::onnx_file {

namespace pb = ::onnx;

namespace {

constexpr int64_t kIrVersion = 10, kOperatorSet = 21;

size_t index_of(Layout layout) {
    return layout == Layout::kLast ? 0 : 1;
}

void set_type(pb::ValueInfoProto &info, const Name &name, const TensorType &type) {
    info.set_name(name);
    auto *tensor = info.mutable_type()->mutable_tensor_type();
    tensor->set_elem_type(static_cast<int32_t>(element_type(type.type)));
    auto *shape = tensor->mutable_shape();
    for (const int64_t extent : type.shape) shape->add_dim()->set_dim_value(extent);
}

/// ONNX has no lists of strings in the graph's attributes; "activations" is one with commas.
void set_strings(pb::AttributeProto &attribute, std::string_view list) {
    attribute.set_type(pb::AttributeProto_AttributeType_STRINGS);
    while (!list.empty()) {
        const size_t comma = std::min(list.find(','), list.size());
        attribute.add_strings(std::string(list.substr(0, comma)));
        list.remove_prefix(std::min(comma + 1, list.size()));
    }
}

struct AttributeSetter {
    pb::AttributeProto &attribute;

    void operator()(int64_t value) const {
        attribute.set_type(pb::AttributeProto_AttributeType_INT);
        attribute.set_i(value);
    }
    void operator()(double value) const {
        attribute.set_type(pb::AttributeProto_AttributeType_FLOAT);
        attribute.set_f(static_cast<float>(value));
    }
    void operator()(const std::string &value) const {
        if (attribute.name() == "activations") return set_strings(attribute, value);
        attribute.set_type(pb::AttributeProto_AttributeType_STRING);
        attribute.set_s(value);
    }
    void operator()(const Ints &values) const {
        attribute.set_type(pb::AttributeProto_AttributeType_INTS);
        for (const int64_t value : values) attribute.add_ints(value);
    }
    void operator()(const std::vector<double> &values) const {
        attribute.set_type(pb::AttributeProto_AttributeType_FLOATS);
        for (const double value : values) attribute.add_floats(static_cast<float>(value));
    }
};

/// The elements of a tensor of that shape with its axes in the order of \p perm.
Bytes permuted(std::span<const uint8_t> data, const Shape &shape, const Ints &perm, size_t size) {
    const size_t rank = shape.size();
    std::vector<int64_t> strides(rank, 1), at(rank, 0);
    for (size_t i = rank; i-- > 1;) strides[i - 1] = strides[i] * shape[i];
    Bytes result;
    result.reserve(data.size());
    int64_t offset = 0;
    while (result.size() < data.size()) {
        const auto *element = data.data() + static_cast<size_t>(offset) * size;
        result.insert(result.end(), element, element + size);
        for (size_t i = rank; i-- > 0;) {
            const auto axis = static_cast<size_t>(perm[i]);
            offset += strides[axis];
            if (++at[i] < shape[axis]) break;
            offset -= strides[axis] * shape[axis];
            at[i] = 0;
        }
    }
    return result;
}

}  // namespace

int64_t element_type(DataType type) {
    switch (type) {
        case DataType::kFloat32:
            return pb::TensorProto_DataType_FLOAT;
        case DataType::kFloat16:
            return pb::TensorProto_DataType_FLOAT16;
        case DataType::kFloat64:
            return pb::TensorProto_DataType_DOUBLE;
        case DataType::kInt8:
            return pb::TensorProto_DataType_INT8;
        case DataType::kUint8:
            return pb::TensorProto_DataType_UINT8;
        case DataType::kInt16:
            return pb::TensorProto_DataType_INT16;
        case DataType::kUint16:
            return pb::TensorProto_DataType_UINT16;
        case DataType::kInt32:
            return pb::TensorProto_DataType_INT32;
        case DataType::kUint32:
            return pb::TensorProto_DataType_UINT32;
        case DataType::kInt64:
            return pb::TensorProto_DataType_INT64;
        case DataType::kUint64:
            return pb::TensorProto_DataType_UINT64;
        case DataType::kBool:
            return pb::TensorProto_DataType_BOOL;
    }
    return pb::TensorProto_DataType_UNDEFINED;
}

Ints to_layout(Layout layout, size_t rank) {
    Ints perm{0};
    if (layout == Layout::kFirst) perm.push_back(static_cast<int64_t>(rank) - 1);
    const size_t first = layout == Layout::kFirst ? 1 : 2;
    for (size_t i = first; i < first + rank - 2; ++i) perm.push_back(static_cast<int64_t>(i));
    if (layout == Layout::kLast) perm.push_back(1);
    return perm;
}

Writer::Writer(const Graph &graph)
    : graph_(graph),
      model_(std::make_unique<pb::ModelProto>()),
      own_names_(graph.tensors.size()),
      forms_(graph.tensors.size()) {
    model_->set_ir_version(kIrVersion);
    model_->set_producer_name("embark");
    auto *operators = model_->add_opset_import();
    operators->set_domain("");
    operators->set_version(kOperatorSet);
    model_->mutable_graph()->set_name(graph.name.empty() ? "graph" : graph.name);
    const auto name = [&](TensorId id) {
        Name &own = own_names_[static_cast<size_t>(id)];
        if (own.empty()) own = unique(graph.tensor(id).name);
    };
    for (const TensorId id : graph.inputs) name(id);
    for (const TensorId id : graph.outputs) name(id);
    for (const Node &node : graph.nodes) {
        for (const TensorId id : node.outputs) name(id);
    }
    for (const TensorId id : graph.inputs) {
        set_type(*model_->mutable_graph()->add_input(), own_names_[static_cast<size_t>(id)],
                 graph.tensor(id).type);
        forms(id).stored[0] = own_names_[static_cast<size_t>(id)];
        if (!is_quantized(id)) forms(id).real = forms(id).stored;
    }
}

Writer::~Writer() = default;

bool Writer::is_quantized(TensorId id) const {
    return !graph_.tensor(id).type.quantization.empty();
}

Name Writer::unique(std::string_view wanted) {
    Name name = wanted.empty() ? "value" : std::string(wanted);
    for (int i = 2; !names_.insert(name).second; ++i) {
        name = fmt::format("{}_{}", wanted.empty() ? "value" : wanted, i);
    }
    return name;
}

void Writer::append(std::string_view op, std::vector<Name> inputs, std::vector<Name> outputs,
                    const Attributes &attributes) {
    while (!inputs.empty() && inputs.back().empty()) inputs.pop_back();
    pb::NodeProto &node = *model_->mutable_graph()->add_node();
    node.set_op_type(std::string(op));
    const std::string wanted =
        fmt::format("{}/{}", node_ == nullptr ? std::string("graph") : node_->name, op);
    std::string name = wanted;
    for (int i = 2; !node_names_.insert(name).second; ++i) name = fmt::format("{}_{}", wanted, i);
    node.set_name(name);
    for (Name &input : inputs) node.add_input(std::move(input));
    for (Name &output : outputs) node.add_output(std::move(output));
    for (const auto &[key, value] : attributes) {
        pb::AttributeProto &attribute = *node.add_attribute();
        attribute.set_name(key);
        std::visit(AttributeSetter{attribute}, value);
    }
}

Name Writer::add(std::string_view op, std::vector<Name> inputs, Attributes attributes) {
    Name output =
        unique(fmt::format("{}/{}", node_ == nullptr ? std::string("graph") : node_->name, op));
    append(op, std::move(inputs), {output}, attributes);
    return output;
}

Name Writer::constant(std::string_view name, const TensorType &type,
                      std::span<const uint8_t> data) {
    pb::TensorProto &tensor = *model_->mutable_graph()->add_initializer();
    const Name own = unique(name);
    tensor.set_name(own);
    tensor.set_data_type(static_cast<int32_t>(element_type(type.type)));
    for (const int64_t extent : type.shape) tensor.add_dims(extent);
    tensor.set_raw_data(data.data(), data.size());
    return own;
}

Name Writer::dequantized_constant(std::string_view name, const TensorType &type,
                                  std::span<const uint8_t> data) {
    const Name stored = constant(name, type, data);
    return dequantized(stored, type.quantization, type.type, type.quantization.axis);
}

Name Writer::ints(std::string_view name, const Ints &values) {
    Bytes bytes;
    for (const int64_t value : values) append_le(bytes, value);
    return constant(name, {DataType::kInt64, {static_cast<int64_t>(values.size())}, {}}, bytes);
}

Name Writer::floats(std::string_view name, const Shape &shape, std::span<const float> values) {
    Bytes bytes;
    for (const float value : values) append_le(bytes, value);
    return constant(name, {DataType::kFloat32, shape, {}}, bytes);
}

Name Writer::number(std::string_view name, double value, DataType type) {
    Bytes bytes;
    switch (type) {
        case DataType::kFloat32:
            append_le(bytes, static_cast<float>(value));
            break;
        case DataType::kFloat64:
            append_le(bytes, value);
            break;
        default:
            append_le(bytes, static_cast<int64_t>(value));
            bytes.resize(size_of(type));
    }
    return constant(name, {type, {}, {}}, bytes);
}

Name Writer::stored_constant(TensorId id) {
    Name &stored = forms(id).stored[0];
    if (!stored.empty()) return stored;
    const Tensor &tensor = graph_.tensor(id);
    if (const auto narrow = as_int8(tensor)) {
        stored = dequantized_constant(tensor.name, narrow->type, *narrow->data);
    } else {
        stored = constant(tensor.name, tensor.type, *tensor.data);
    }
    if (!is_quantized(id)) forms(id).real[0] = stored;
    return stored;
}

Name Writer::dequantized(const Name &stored, const Quantization &quantization, DataType type,
                         int64_t axis) {
    const auto count = static_cast<int64_t>(quantization.scales.size());
    const Shape shape = count == 1 ? Shape{} : Shape{count};
    Bytes zeros;
    for (const int32_t zero : quantization.zero_points) append_le(zeros, zero);
    if (type != DataType::kInt32) {  // narrower: the low bytes of each, which are little-endian
        Bytes narrow;
        for (size_t i = 0; i < zeros.size(); i += 4) {
            narrow.insert(narrow.end(), zeros.begin() + static_cast<long>(i),
                          zeros.begin() + static_cast<long>(i + size_of(type)));
        }
        zeros = std::move(narrow);
    }
    const Name scale = floats(stored + "/scale", shape, quantization.scales);
    const Name zero = constant(stored + "/zero_point", {type, shape, {}}, zeros);
    Attributes attributes;
    if (count != 1) attributes["axis"] = axis;
    return add("DequantizeLinear", {stored, scale, zero}, std::move(attributes));
}

bool Writer::has(TensorId id, Layout layout) const {
    const Forms &made = forms_[static_cast<size_t>(id)];
    const size_t at = index_of(layout);
    return graph_.tensor(id).is_constant() || !made.real[at].empty() || !made.stored[at].empty();
}

Name Writer::value(TensorId id, Layout layout) {
    const size_t at = index_of(layout);
    if (!forms(id).real[at].empty()) return forms(id).real[at];
    const Tensor &tensor = graph_.tensor(id);
    if (tensor.is_constant()) stored_constant(id);
    if (forms(id).stored[at].empty() && forms(id).real[at].empty()) {
        // From the other layout, in whatever form that has; integers are cheaper to move.
        const size_t other = 1 - at;
        const bool real = forms(id).stored[other].empty();
        auto &list = real ? forms(id).real : forms(id).stored;
        list[at] = add("Transpose", {list[other]},
                       {{"perm", to_layout(layout, tensor.type.shape.size())}});
        if (!is_quantized(id)) forms(id).real[at] = forms(id).stored[at] = list[at];
    }
    if (forms(id).real[at].empty()) {
        const Quantization &quantization = tensor.type.quantization;
        forms(id).real[at] =
            dequantized(forms(id).stored[at], quantization, tensor.type.type, quantization.axis);
    }
    return forms(id).real[at];
}

Name Writer::start(TensorId id, Layout layout) {
    const Name &own = own_names_[static_cast<size_t>(id)];
    if (layout == Layout::kLast && !is_quantized(id)) return own;
    return unique(own + (layout == Layout::kFirst ? "/channels_first" : "/real"));
}

void Writer::complete(TensorId id, Layout layout, const Name &made) {
    const size_t at = index_of(layout);
    if (!is_quantized(id)) {
        forms(id).stored[at] = forms(id).real[at] = made;
        return;
    }
    const TensorType &type = graph_.tensor(id).type;
    const Quantization &quantization = type.quantization;
    const Name stored =
        layout == Layout::kLast ? own_names_[static_cast<size_t>(id)] : unique(made + "/quantized");
    const Name scale =
        number(stored + "/scale", double{quantization.scales[0]}, DataType::kFloat32);
    const Name zero = number(stored + "/zero_point", quantization.zero_points[0], type.type);
    append("QuantizeLinear", {made, scale, zero}, {stored}, {});
    forms(id).stored[at] = stored;
}

void Writer::make(TensorId id, std::string_view op, std::vector<Name> inputs, Attributes attributes,
                  Layout layout) {
    const Name made = start(id, layout);
    append(op, std::move(inputs), {made}, attributes);
    complete(id, layout, made);
}

void Writer::make_all(const std::vector<TensorId> &ids, std::string_view op,
                      std::vector<Name> inputs, Attributes attributes) {
    std::vector<Name> made;
    for (const TensorId id : ids) {
        made.push_back(id == kNoTensor ? Name() : start(id, Layout::kLast));
    }
    append(op, std::move(inputs), made, attributes);
    for (size_t i = 0; i < ids.size(); ++i) {
        if (ids[i] != kNoTensor) complete(ids[i], Layout::kLast, made[i]);
    }
}

Name Writer::weights(TensorId id, const Shape &split, const Ints &perm, const Shape &shape,
                     int64_t axis) {
    const auto narrow = as_int8(graph_.tensor(id));
    const Tensor &tensor = narrow ? *narrow : graph_.tensor(id);
    const size_t size = size_of(tensor.type.type);
    const TensorType type{tensor.type.type, shape, {}};
    const Name stored = constant(tensor.name, type, permuted(*tensor.data, split, perm, size));
    if (!narrow && !is_quantized(id)) return stored;
    return dequantized(stored, tensor.type.quantization, type.type, axis);
}

void Writer::add_output(TensorId id) {
    const Name &own = own_names_[static_cast<size_t>(id)];
    set_type(*model_->mutable_graph()->add_output(), own, graph_.tensor(id).type);
    Forms &made = forms(id);
    if (graph_.tensor(id).is_constant()) stored_constant(id);
    if (made.stored[0] == own) return;
    // Made with channels first, or a constant: brought into the graph's order under its own name.
    if (!made.stored[1].empty() && made.stored[0].empty()) {
        const size_t rank = graph_.tensor(id).type.shape.size();
        append("Transpose", {made.stored[1]}, {own}, {{"perm", to_layout(Layout::kLast, rank)}});
    } else {
        append("Identity", {made.stored[0]}, {own}, {});
    }
    made.stored[0] = own;
}

Bytes Writer::finish() {
    node_ = nullptr;
    for (const TensorId id : graph_.outputs) add_output(id);
    const std::string text = model_->SerializeAsString();
    return {text.begin(), text.end()};
}

}  // namespace embark::onnx_file
