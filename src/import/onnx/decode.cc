// The only file that sees protobuf's generated classes.

#include <fmt/format.h>

#include <google/protobuf/unknown_field_set.h>
#include <onnx/onnx_pb.h>

#include <charconv>
#include <cstring>

#include "import/onnx/model.h"

namespace embark::onnx {

namespace {

namespace pb = ::onnx;

template <typename T>
std::vector<T> list_of(const google::protobuf::RepeatedField<T> &field) {
    return {field.begin(), field.end()};
}

std::vector<std::string> list_of(const google::protobuf::RepeatedPtrField<std::string> &field) {
    return {field.begin(), field.end()};
}

/// Appends each element of \p field as a To, which cuts int32_data down to the narrow types.
template <typename To, typename Field>
Bytes narrowed(const Field &field) {
    Bytes bytes(static_cast<size_t>(field.size()) * sizeof(To));
    for (int i = 0; i < field.size(); ++i) {
        const To value = static_cast<To>(field.Get(i));
        std::memcpy(bytes.data() + static_cast<size_t>(i) * sizeof(To), &value, sizeof(To));
    }
    return bytes;
}

/// The elements of a tensor without raw_data, in the field that belongs to its type.
Bytes typed_data(const pb::TensorProto &tensor) {
    switch (tensor.data_type()) {
        case kFloat:
            return narrowed<float>(tensor.float_data());
        case kDouble:
            return narrowed<double>(tensor.double_data());
        case kInt64:
            return narrowed<int64_t>(tensor.int64_data());
        case kUint64:
            return narrowed<uint64_t>(tensor.uint64_data());
        case kUint32:
            return narrowed<uint32_t>(tensor.uint64_data());
        case kInt32:
            return narrowed<int32_t>(tensor.int32_data());
        case kUint16:
        case kInt16:
        case kFloat16:
        case kBfloat16:
            return narrowed<uint16_t>(tensor.int32_data());
        default:
            return narrowed<uint8_t>(tensor.int32_data());
    }
}

void decode_external(const pb::TensorProto &from, TensorDef &to) {
    to.external = true;
    for (const pb::StringStringEntryProto &entry : from.external_data()) {
        const std::string &text = entry.value();
        if (entry.key() == "location") to.location = text;
        if (entry.key() != "offset" && entry.key() != "length") continue;
        uint64_t number = 0;
        const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
        if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) {
            to.fault =
                fmt::format("external data has the {} '{}', expected a number", entry.key(), text);
        }
        if (entry.key() == "offset") to.offset = number;
        if (entry.key() == "length") to.length = number;
    }
}

TensorDef tensor_def(const pb::TensorProto &from) {
    TensorDef to;
    to.name = from.name();
    to.type = from.data_type();
    to.dims = list_of(from.dims());
    if (from.has_segment()) to.fault = "is a segment of a tensor, expected a whole one";
    if (from.data_location() == pb::TensorProto::EXTERNAL) {
        decode_external(from, to);
    } else if (from.data_type() == kString) {
        to.strings = list_of(from.string_data());
    } else if (from.has_raw_data()) {
        to.data.assign(from.raw_data().begin(), from.raw_data().end());
    } else {
        to.data = typed_data(from);
    }
    return to;
}

GraphDef graph_def(const pb::GraphProto &from);

AttributeDef attribute_def(const pb::AttributeProto &from) {
    using Kind = AttributeDef::Kind;
    AttributeDef to;
    to.name = from.name();
    to.reference = from.ref_attr_name();
    switch (from.type()) {
        case pb::AttributeProto::FLOAT:
            to.kind = Kind::kFloat;
            break;
        case pb::AttributeProto::INT:
            to.kind = Kind::kInt;
            break;
        case pb::AttributeProto::STRING:
            to.kind = Kind::kString;
            break;
        case pb::AttributeProto::TENSOR:
            to.kind = Kind::kTensor;
            to.tensor = std::make_shared<TensorDef>(tensor_def(from.t()));
            break;
        case pb::AttributeProto::GRAPH:
            to.kind = Kind::kGraph;
            to.graph = std::make_shared<GraphDef>(graph_def(from.g()));
            break;
        case pb::AttributeProto::FLOATS:
            to.kind = Kind::kFloats;
            break;
        case pb::AttributeProto::INTS:
            to.kind = Kind::kInts;
            break;
        case pb::AttributeProto::STRINGS:
            to.kind = Kind::kStrings;
            break;
        default:
            to.kind = from.has_type() ? Kind::kOther : Kind::kNone;
            break;
    }
    to.f = from.f();
    to.i = from.i();
    to.s = from.s();
    to.floats = list_of(from.floats());
    to.ints = list_of(from.ints());
    to.strings = list_of(from.strings());
    return to;
}

NodeDef node_def(const pb::NodeProto &from) {
    NodeDef to;
    to.op = from.op_type();
    to.domain = from.domain() == "ai.onnx" ? "" : from.domain();
    to.name = from.name();
    to.inputs = list_of(from.input());
    to.outputs = list_of(from.output());
    for (const pb::AttributeProto &attribute : from.attribute()) {
        to.attributes.push_back(attribute_def(attribute));
    }
    return to;
}

void decode_shape(const pb::TensorShapeProto &from, ValueDef &to) {
    to.has_shape = true;
    for (const auto &dim : from.dim()) {
        Dimension extent;
        if (dim.has_dim_value()) extent.extent = dim.dim_value();
        extent.symbol = dim.dim_param();
        to.dims.push_back(std::move(extent));
    }
}

ValueDef value_def(const pb::ValueInfoProto &from) {
    ValueDef to;
    to.name = from.name();
    const pb::TypeProto &type = from.type();
    if (type.has_tensor_type()) {
        to.type = type.tensor_type().elem_type();
        if (type.tensor_type().has_shape()) decode_shape(type.tensor_type().shape(), to);
    } else if (type.has_sequence_type()) {
        to.kind = "sequence";
    } else if (type.has_map_type()) {
        to.kind = "map";
    } else if (type.has_optional_type()) {
        to.kind = "optional";
    } else if (type.has_sparse_tensor_type()) {
        to.kind = "sparse tensor";
    } else {
        to.kind = "untyped";
    }
    return to;
}

GraphDef graph_def(const pb::GraphProto &from) {
    GraphDef to;
    to.name = from.name();
    for (const auto &node : from.node()) to.nodes.push_back(node_def(node));
    for (const auto &tensor : from.initializer()) to.initializers.push_back(tensor_def(tensor));
    for (const auto &sparse : from.sparse_initializer()) {
        to.sparse_initializers.push_back(sparse.values().name());
    }
    for (const auto &value : from.input()) to.inputs.push_back(value_def(value));
    for (const auto &value : from.output()) to.outputs.push_back(value_def(value));
    for (const auto &value : from.value_info()) to.values.push_back(value_def(value));
    return to;
}

Opsets opsets_of(const google::protobuf::RepeatedPtrField<pb::OperatorSetIdProto> &from) {
    Opsets opsets;
    for (const pb::OperatorSetIdProto &set : from) {
        opsets[set.domain() == "ai.onnx" ? "" : set.domain()] = set.version();
    }
    return opsets;
}

/// Attributes with default values came to FunctionProto as field 11, after Debian's onnx.proto.
std::vector<AttributeDef> function_defaults(const pb::FunctionProto &from) {
    constexpr int kAttributeProto = 11;
    std::vector<AttributeDef> defaults;
    const google::protobuf::UnknownFieldSet &unknown = from.unknown_fields();
    for (int i = 0; i < unknown.field_count(); ++i) {
        const google::protobuf::UnknownField &field = unknown.field(i);
        const bool fits = field.number() == kAttributeProto &&
                          field.type() == google::protobuf::UnknownField::TYPE_LENGTH_DELIMITED;
        pb::AttributeProto attribute;
        if (fits && attribute.ParsePartialFromString(field.length_delimited())) {
            defaults.push_back(attribute_def(attribute));
        }
    }
    return defaults;
}

FunctionDef function_def(const pb::FunctionProto &from) {
    FunctionDef to;
    to.domain = from.domain() == "ai.onnx" ? "" : from.domain();
    to.name = from.name();
    to.inputs = list_of(from.input());
    to.outputs = list_of(from.output());
    to.defaults = function_defaults(from);
    for (const auto &node : from.node()) to.nodes.push_back(node_def(node));
    to.opsets = opsets_of(from.opset_import());
    return to;
}

/// Parses a message of at most 2 GiB, protobuf's own limit.
template <typename Message>
bool parse(std::span<const uint8_t> bytes, Message &message) {
    if (bytes.size() > INT32_MAX) return false;
    return message.ParsePartialFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

}  // namespace

Expected<ModelDef> decode_model(std::span<const uint8_t> bytes) {
    pb::ModelProto from;
    if (!parse(bytes, from)) {
        return make_error(ErrorCode::kInvalid,
                          bytes.size() > INT32_MAX
                              ? "is larger than 2 GiB, expected weights in an external data file"
                              : "is damaged or cut short, expected an ONNX model");
    }
    if (!from.has_graph()) {
        return make_error(ErrorCode::kInvalid, "holds no graph, expected an ONNX model");
    }
    ModelDef to;
    to.ir_version = from.ir_version();
    to.producer = from.producer_name();
    to.producer_version = from.producer_version();
    to.opsets = opsets_of(from.opset_import());
    to.graph = graph_def(from.graph());
    for (const auto &function : from.functions()) to.functions.push_back(function_def(function));
    return to;
}

Expected<TensorDef> decode_tensor(std::span<const uint8_t> bytes) {
    pb::TensorProto from;
    if (!parse(bytes, from)) {
        return make_error(ErrorCode::kInvalid, "is damaged or cut short, expected an ONNX tensor");
    }
    return tensor_def(from);
}

}  // namespace embark::onnx
