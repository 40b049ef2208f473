#include "export/tflite/writer.h"

#include <algorithm>
#include <iterator>

#include "base/bytes.h"
#include "ops/packed_weights.h"

namespace embark::tflite {

namespace {

using Code = schema::BuiltinOperator;

constexpr uint32_t kSchemaVersion = 3;

schema::TensorType file_type(DataType type) {
    switch (type) {
        case DataType::kFloat32:
            return schema::TensorType::FLOAT32;
        case DataType::kFloat16:
            return schema::TensorType::FLOAT16;
        case DataType::kFloat64:
            return schema::TensorType::FLOAT64;
        case DataType::kInt8:
            return schema::TensorType::INT8;
        case DataType::kUint8:
            return schema::TensorType::UINT8;
        case DataType::kInt16:
            return schema::TensorType::INT16;
        case DataType::kUint16:
            return schema::TensorType::UINT16;
        case DataType::kInt32:
            return schema::TensorType::INT32;
        case DataType::kUint32:
            return schema::TensorType::UINT32;
        case DataType::kInt64:
            return schema::TensorType::INT64;
        case DataType::kUint64:
            return schema::TensorType::UINT64;
        case DataType::kBool:
            return schema::TensorType::BOOL;
    }
    return schema::TensorType::FLOAT32;
}

}  // namespace

Writer::Writer(const Graph &graph) : graph_(graph) {
    model_.version = kSchemaVersion;
    model_.description = "embark";
    model_.buffers.push_back(std::make_unique<schema::BufferT>());  // the empty one
    model_.subgraphs.push_back(std::make_unique<schema::SubGraphT>());
    subgraph_ = model_.subgraphs[0].get();
    subgraph_->name = graph.name;
    for (const TensorId id : graph.inputs) subgraph_->inputs.push_back(tensor(id));
}

int32_t Writer::tensor(TensorId id) {
    if (id == kNoTensor) return -1;
    const auto found = tensors_.find(id);
    if (found != tensors_.end()) return found->second;
    const Tensor &tensor = graph_.tensor(id);
    int32_t index = -1;
    if (const auto narrow = as_int8(tensor)) {
        const int32_t stored = add_constant(tensor.name + "/int8", narrow->type, *narrow->data);
        index = add_tensor(tensor.name, tensor.type);
        add_operator(Code::DEQUANTIZE, {stored}, {index});
    } else if (tensor.is_constant()) {
        index = add_constant(tensor.name, tensor.type, *tensor.data);
    } else {
        index = add_tensor(tensor.name, tensor.type);
    }
    tensors_.emplace(id, index);
    return index;
}

int32_t Writer::add_tensor(const std::string &name, const TensorType &type) {
    auto tensor = std::make_unique<schema::TensorT>();
    tensor->name = name;
    tensor->type = file_type(type.type);
    tensor->has_rank = true;
    for (const int64_t extent : type.shape) tensor->shape.push_back(static_cast<int32_t>(extent));
    if (!type.quantization.empty()) {
        tensor->quantization = std::make_unique<schema::QuantizationParametersT>();
        tensor->quantization->scale = type.quantization.scales;
        tensor->quantization->zero_point.assign(type.quantization.zero_points.begin(),
                                                type.quantization.zero_points.end());
        tensor->quantization->quantized_dimension = type.quantization.axis;
    }
    subgraph_->tensors.push_back(std::move(tensor));
    return static_cast<int32_t>(subgraph_->tensors.size()) - 1;
}

int32_t Writer::add_constant(const std::string &name, const TensorType &type,
                             std::span<const uint8_t> data) {
    const int32_t index = add_tensor(name, type);
    subgraph_->tensors.back()->buffer = static_cast<uint32_t>(model_.buffers.size());
    model_.buffers.push_back(std::make_unique<schema::BufferT>());
    model_.buffers.back()->data.assign(data.begin(), data.end());
    return index;
}

int32_t Writer::add_ints(const std::string &name, std::span<const int64_t> values, bool scalar) {
    Bytes data;
    for (const int64_t value : values) append_le(data, static_cast<int32_t>(value));
    const Shape shape = scalar ? Shape{} : Shape{static_cast<int64_t>(values.size())};
    return add_constant(name, {DataType::kInt32, shape, {}}, data);
}

int32_t Writer::add_floats(const std::string &name, Shape shape, std::span<const float> values) {
    const auto *raw = reinterpret_cast<const uint8_t *>(values.data());
    return add_constant(name, {DataType::kFloat32, std::move(shape), {}},
                        {raw, values.size_bytes()});
}

int32_t Writer::add_variable(const std::string &name, const TensorType &type) {
    const int32_t index = add_tensor(name, type);
    subgraph_->tensors.back()->is_variable = true;
    return index;
}

/// The first version of an operator that takes int8 (or int16) activations; runtimes compare it
/// with what they have.
int Writer::version_of(Code code, std::span<const int32_t> inputs) const {
    const bool integers = std::any_of(inputs.begin(), inputs.end(), [&](int32_t index) {
        if (index < 0) return false;
        const schema::TensorT &tensor = *subgraph_->tensors[static_cast<size_t>(index)];
        return tensor.quantization != nullptr && tensor.type == schema::TensorType::INT8;
    });
    // Operators whose first version takes any type.
    constexpr Code kOneVersion[] = {Code::RESHAPE,    Code::EXPAND_DIMS, Code::PRELU,
                                    Code::HARD_SWISH, Code::ELU,         Code::NEG};
    const bool only_one =
        std::find(std::begin(kOneVersion), std::end(kOneVersion), code) != std::end(kOneVersion);
    if (!integers || only_one) return 1;
    if (code == Code::CONV_2D || code == Code::DEPTHWISE_CONV_2D) return 3;
    return code == Code::FULLY_CONNECTED ? 4 : 2;
}

uint32_t Writer::code_index(Code code, int version) {
    const auto [found, is_new] = codes_.try_emplace({code, version}, 0);
    if (!is_new) return found->second;
    found->second = static_cast<uint32_t>(model_.operator_codes.size());
    auto row = std::make_unique<schema::OperatorCodeT>();
    row->builtin_code = code;
    row->deprecated_builtin_code = static_cast<int8_t>(std::min(static_cast<int>(code), 127));
    row->version = version;
    model_.operator_codes.push_back(std::move(row));
    return found->second;
}

void Writer::add_operator(Code code, std::vector<int32_t> inputs, std::vector<int32_t> outputs,
                          schema::BuiltinOptionsUnion options, std::vector<int32_t> intermediates) {
    auto op = std::make_unique<schema::OperatorT>();
    op->opcode_index = code_index(code, version_of(code, inputs));
    op->inputs = std::move(inputs);
    op->outputs = std::move(outputs);
    op->builtin_options = std::move(options);
    op->intermediates = std::move(intermediates);
    subgraph_->operators.push_back(std::move(op));
}

Bytes Writer::finish() {
    for (const TensorId id : graph_.outputs) subgraph_->outputs.push_back(tensor(id));
    flatbuffers::FlatBufferBuilder builder;
    schema::FinishModelBuffer(builder, schema::Model::Pack(builder, &model_));
    return {builder.GetBufferPointer(), builder.GetBufferPointer() + builder.GetSize()};
}

Error not_in_format(std::string message) {
    return make_error(ErrorCode::kUnsupported, std::move(message));
}

}  // namespace embark::tflite
