#include "import/tflite/tensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "base/bytes.h"

namespace embark::tflite {

namespace {

using schema::TensorType;
using IrType = embark::TensorType;

constexpr size_t kMaxNameLength = 120;
constexpr size_t kMaxRank = 16;
constexpr int64_t kMaxElements = 1 << 28;  // of one tensor; far beyond any microcontroller
// A file needs at most 8 times its size (int4 to float32); the rest is for computed constants.
constexpr uint64_t kMemoryPerFileByte = 32;
constexpr uint64_t kLeastMemory = 64u << 20;
constexpr size_t kMaxListed = 1 << 16;  // elements of shapes, axes, indices and the like

Error invalid(std::string message) {
    return make_error(ErrorCode::kInvalid, std::move(message));
}

Expected<DataType> data_type(TensorType type) {
    switch (type) {
        case TensorType::FLOAT32:
            return DataType::kFloat32;
        case TensorType::FLOAT16:
            return DataType::kFloat16;
        case TensorType::FLOAT64:
            return DataType::kFloat64;
        case TensorType::INT4:
        case TensorType::INT8:
            return DataType::kInt8;
        case TensorType::UINT8:
            return DataType::kUint8;
        case TensorType::INT16:
            return DataType::kInt16;
        case TensorType::UINT16:
            return DataType::kUint16;
        case TensorType::INT32:
            return DataType::kInt32;
        case TensorType::UINT32:
            return DataType::kUint32;
        case TensorType::INT64:
            return DataType::kInt64;
        case TensorType::UINT64:
            return DataType::kUint64;
        case TensorType::BOOL:
            return DataType::kBool;
        default:
            break;
    }
    const char *name = schema::EnumNameTensorType(type);
    return make_error(
        ErrorCode::kUnsupported,
        fmt::format("has the type {}, expected numbers or booleans",
                    *name == '\0' ? fmt::format("{}", static_cast<int>(type)) : name));
}

/// The range of zero points of a type whose quantisation counts; none for others.
std::pair<int64_t, int64_t> zero_point_range(DataType type) {
    switch (type) {
        case DataType::kInt8:
            return {-128, 127};
        case DataType::kUint8:
            return {0, 255};
        case DataType::kInt16:
            return {-32768, 32767};
        case DataType::kInt32:
        case DataType::kInt64:
            return {std::numeric_limits<int32_t>::min(), std::numeric_limits<int32_t>::max()};
        default:
            return {1, 0};
    }
}

Status check_scales(const Quantization &quantization, DataType type) {
    // Of biases only the values count: their scale follows from those of input and weights.
    const bool may_be_zero = type == DataType::kInt32 || type == DataType::kInt64;
    for (const float scale : quantization.scales) {
        if (std::isfinite(scale) && (scale > 0 || (may_be_zero && scale == 0))) continue;
        return invalid(fmt::format("has the scale {}, expected a positive number", scale));
    }
    const auto [least, most] = zero_point_range(type);
    for (const int32_t zero_point : quantization.zero_points) {
        if (zero_point >= least && zero_point <= most) continue;
        return invalid(
            fmt::format("has the zero point {}, expected {} to {}", zero_point, least, most));
    }
    return Ok{};
}

Expected<Quantization> quantization_of(const schema::Tensor &tensor, DataType type,
                                       const Shape &shape) {
    const auto *source = tensor.quantization();
    const auto [least, most] = zero_point_range(type);
    if (source == nullptr || least > most) return Quantization{};
    if (source->details_type() != schema::QuantizationDetails::NONE) {
        return make_error(ErrorCode::kUnsupported,
                          "is quantised in a custom way, expected scales and zero points");
    }
    if (source->scale() == nullptr || source->scale()->size() == 0) return Quantization{};
    const size_t count = source->scale()->size();
    const size_t zero_points = source->zero_point() ? source->zero_point()->size() : 0;
    if (zero_points > 1 && zero_points != count) {
        return invalid(fmt::format("has {} scales and {} zero points", count, zero_points));
    }
    const int32_t axis = count > 1 ? source->quantized_dimension() : 0;
    if (count > 1 && (axis < 0 || static_cast<size_t>(axis) >= shape.size() ||
                      shape[static_cast<size_t>(axis)] != static_cast<int64_t>(count))) {
        return invalid(
            fmt::format("has {} scales along axis {} of shape {}", count, axis, to_string(shape)));
    }
    Quantization quantization{{}, std::vector<int32_t>(count, 0), axis};
    quantization.scales.assign(source->scale()->begin(), source->scale()->end());
    for (size_t i = 0; i < count && zero_points > 0; ++i) {
        // Verified FlatBuffers align vectors to four bytes, whatever their elements.
        const auto value = load_le<int64_t>(source->zero_point()->Data() +
                                            (zero_points == 1 ? 0 : i) * sizeof(int64_t));
        if (value < least || value > most) {
            return invalid(
                fmt::format("has the zero point {}, expected {} to {}", value, least, most));
        }
        quantization.zero_points[i] = static_cast<int32_t>(value);
    }
    EMBARK_RETURN_IF_ERROR(check_scales(quantization, type));
    return quantization;
}

Expected<Shape> shape_of(const schema::Tensor &tensor) {
    Shape shape;
    if (tensor.shape() == nullptr) return shape;
    if (tensor.shape()->size() > kMaxRank) {
        return make_error(ErrorCode::kUnsupported, fmt::format("has rank {}, expected at most {}",
                                                               tensor.shape()->size(), kMaxRank));
    }
    shape.assign(tensor.shape()->begin(), tensor.shape()->end());
    int64_t elements = 1;
    for (const int64_t extent : shape) {
        if (extent < 0) {
            return invalid(
                fmt::format("has shape {}, expected no negative extent", to_string(shape)));
        }
        if (extent > 0 && elements > kMaxElements / extent) {
            return make_error(ErrorCode::kUnsupported,
                              fmt::format("has shape {}, expected at most {} elements",
                                          to_string(shape), kMaxElements));
        }
        elements *= std::max<int64_t>(extent, 1);
    }
    return shape;
}

/// Two's complement nibbles, the lower one first.
Bytes unpack_int4(const flatbuffers::Vector<uint8_t> &packed, size_t count) {
    Bytes values(count);
    for (size_t i = 0; i < count; ++i) {
        const unsigned byte = packed.Get(static_cast<flatbuffers::uoffset_t>(i / 2));
        const unsigned nibble = i % 2 == 0 ? byte & 15u : byte >> 4;
        values[i] = static_cast<uint8_t>((nibble ^ 8u) - 8u);
    }
    return values;
}

int64_t integer_at(const Bytes &data, DataType type, size_t i) {
    const uint8_t *at = data.data() + i * size_of(type);
    switch (type) {
        case DataType::kInt8:
            return load_le<int8_t>(at);
        case DataType::kUint8:
        case DataType::kBool:
            return load_le<uint8_t>(at);
        case DataType::kInt16:
            return load_le<int16_t>(at);
        case DataType::kUint16:
            return load_le<uint16_t>(at);
        case DataType::kInt32:
            return load_le<int32_t>(at);
        case DataType::kUint32:
            return load_le<uint32_t>(at);
        default:
            return load_le<int64_t>(at);
    }
}

/// Which scale element \p i has.
size_t channel_of(const IrType &type, size_t i) {
    if (type.quantization.scales.size() <= 1) return 0;
    size_t inner = 1;
    for (size_t axis = static_cast<size_t>(type.quantization.axis) + 1; axis < type.shape.size();
         ++axis) {
        inner *= static_cast<size_t>(type.shape[axis]);
    }
    return i / inner % type.quantization.scales.size();
}

bool is_integer(DataType type) {
    return type != DataType::kFloat32 && type != DataType::kFloat16 && type != DataType::kFloat64;
}

}  // namespace

std::string clean_text(const flatbuffers::String *text) {
    std::string out;
    if (text == nullptr) return out;
    for (const char c : text->string_view().substr(0, kMaxNameLength)) {
        out += c >= ' ' && c <= '~' ? c : '_';
    }
    return out;
}

std::string short_name(const schema::Tensor &tensor) {
    if (tensor.name() == nullptr) return {};
    const std::string text = clean_text(tensor.name());
    return text.substr(0, text.find(';'));
}

float half_to_float(uint16_t half) {
    const uint32_t sign = uint32_t{half & 0x8000u} << 16;
    const uint32_t exponent = half >> 10 & 31u, fraction = half & 1023u;
    if (exponent == 0) {  // zero and subnormal numbers: a multiple of 2^-24
        const float magnitude = static_cast<float>(fraction) * 0x1p-24f;
        return std::bit_cast<float>(std::bit_cast<uint32_t>(magnitude) | sign);
    }
    const uint32_t wide = exponent == 31 ? 255 : exponent + 112;
    return std::bit_cast<float>(sign | wide << 23 | fraction << 13);
}

Expected<IrType> type_of(const schema::Tensor &tensor) {
    if (tensor.sparsity() != nullptr) {
        return make_error(ErrorCode::kUnsupported, "is sparse, expected dense elements");
    }
    IrType type;
    EMBARK_ASSIGN(type.type, data_type(tensor.type()));
    EMBARK_ASSIGN(type.shape, shape_of(tensor));
    EMBARK_ASSIGN(type.quantization, quantization_of(tensor, type.type, type.shape));
    return type;
}

std::string describe(const schema::Tensor &tensor) {
    const auto type = data_type(tensor.type());
    const auto shape = shape_of(tensor);
    const std::string_view name =
        type.ok() ? to_string(*type) : schema::EnumNameTensorType(tensor.type());
    return fmt::format("{}{}", name.empty() ? "?" : name, shape.ok() ? to_string(*shape) : "[?]");
}

TensorTable::TensorTable(const schema::Model &model, const schema::SubGraph &subgraph, Graph &graph,
                         uint64_t file_bytes)
    : model_(model),
      subgraph_(subgraph),
      graph_(graph),
      budget_(kLeastMemory + file_bytes * kMemoryPerFileByte),
      values_(subgraph.tensors() ? subgraph.tensors()->size() : 0, kNoTensor) {}

bool TensorTable::in_range(int32_t index) const {
    return index >= 0 && static_cast<size_t>(index) < values_.size();
}

const schema::Tensor &TensorTable::file_tensor(int32_t index) const {
    EMBARK_ASSERT(in_range(index));
    return *subgraph_.tensors()->Get(static_cast<flatbuffers::uoffset_t>(index));
}

bool TensorTable::has_data(int32_t index) const {
    const schema::Tensor &tensor = file_tensor(index);
    if (tensor.is_variable()) return false;
    const auto *buffers = model_.buffers();
    if (buffers == nullptr || tensor.buffer() >= buffers->size()) return false;
    const schema::Buffer &buffer = *buffers->Get(tensor.buffer());
    return (buffer.data() != nullptr && buffer.data()->size() > 0) || buffer.offset() > 1;
}

bool TensorTable::is_empty(int32_t index) const {
    const auto shape = shape_of(file_tensor(index));
    return shape.ok() && element_count(*shape) == 0;
}

bool TensorTable::is_constant(int32_t index) const {
    const TensorId id = values_[static_cast<size_t>(index)];
    if (id != kNoTensor) return graph_.tensor(id).is_constant();
    return has_data(index) || is_empty(index);
}

bool TensorTable::is_ready(int32_t index) const {
    return values_[static_cast<size_t>(index)] != kNoTensor || has_data(index);
}

void TensorTable::set_value(int32_t index, TensorId id) {
    values_[static_cast<size_t>(index)] = id;
}

Expected<TensorId> TensorTable::value(int32_t index) {
    TensorId &id = values_[static_cast<size_t>(index)];
    if (id != kNoTensor) return id;
    if (!is_constant(index)) {
        return invalid(fmt::format("reads tensor {} '{}' before it is made", index,
                                   short_name(file_tensor(index))));
    }
    EMBARK_ASSIGN(const IrType type, constant_type(index));
    EMBARK_ASSIGN(auto data, constant_data(index));
    count_parameters(index);
    EMBARK_ASSIGN(id, add_constant(short_name(file_tensor(index)), type, std::move(data)));
    return id;
}

Expected<IrType> TensorTable::constant_type(int32_t index) const {
    const TensorId id = values_[static_cast<size_t>(index)];
    if (!is_constant(index)) {
        return invalid(fmt::format("tensor {} '{}' is computed, expected a constant", index,
                                   short_name(file_tensor(index))));
    }
    if (id != kNoTensor) return graph_.tensor(id).type;
    auto type = type_of(file_tensor(index));
    if (type.ok()) return type;
    Error error = std::move(type).error();
    error.message =
        fmt::format("tensor {} '{}' {}", index, short_name(file_tensor(index)), error.message);
    return error;
}

Expected<std::shared_ptr<const Bytes>> TensorTable::constant_data(int32_t index) {
    EMBARK_ASSERT(is_constant(index));
    const TensorId id = values_[static_cast<size_t>(index)];
    if (id != kNoTensor) return graph_.tensor(id).data;
    return file_data(index);
}

Expected<std::shared_ptr<const Bytes>> TensorTable::file_data(int32_t index) {
    const schema::Tensor &tensor = file_tensor(index);
    EMBARK_ASSIGN(const IrType type, constant_type(index));
    const auto *buffers = model_.buffers();
    const bool in_file = buffers != nullptr && tensor.buffer() < buffers->size();
    const schema::Buffer *buffer = in_file ? buffers->Get(tensor.buffer()) : nullptr;
    if (buffer != nullptr && buffer->offset() > 1) {
        return make_error(ErrorCode::kUnsupported,
                          fmt::format("tensor {} '{}' lies outside of the FlatBuffer", index,
                                      short_name(tensor)));
    }
    const bool int4 = tensor.type() == TensorType::INT4;
    const auto *packed = buffer ? buffer->data() : nullptr;
    const size_t found = packed ? packed->size() : 0;
    const size_t expected = int4 ? (type.bytes() + 1) / 2 : type.bytes();
    if (found != expected && expected > 0) {
        return invalid(fmt::format("tensor {} '{}' has {} bytes, expected {} for {}", index,
                                   short_name(tensor), found, expected, describe(tensor)));
    }
    if (expected == 0) return std::make_shared<const Bytes>();
    auto &shared = buffers_[{tensor.buffer(), int4}];
    // The buffer of an int4 tensor with an odd number of elements could serve one of another size.
    if (shared != nullptr && shared->size() == type.bytes()) return shared;
    EMBARK_RETURN_IF_ERROR(charge(type.bytes()));
    shared = std::make_shared<const Bytes>(int4 ? unpack_int4(*packed, type.bytes())
                                                : Bytes(packed->begin(), packed->end()));
    return shared;
}

Expected<std::vector<int64_t>> TensorTable::integers(int32_t index) {
    EMBARK_ASSIGN(const IrType type, constant_type(index));
    const auto count = static_cast<size_t>(element_count(type.shape));
    if (!is_integer(type.type) || count > kMaxListed) {
        return invalid(fmt::format("tensor {} '{}' is {}, expected at most {} integers", index,
                                   short_name(file_tensor(index)), describe(file_tensor(index)),
                                   kMaxListed));
    }
    EMBARK_ASSIGN(const auto data, constant_data(index));
    std::vector<int64_t> values(count);
    for (size_t i = 0; i < count; ++i) values[i] = integer_at(*data, type.type, i);
    return values;
}

Expected<std::vector<float>> TensorTable::real_numbers(int32_t index) {
    EMBARK_ASSIGN(const IrType type, constant_type(index));
    EMBARK_ASSIGN(const auto data, constant_data(index));
    const auto count = static_cast<size_t>(element_count(type.shape));
    EMBARK_RETURN_IF_ERROR(charge(count * sizeof(float)));
    std::vector<float> values(count);
    for (size_t i = 0; i < count; ++i) {
        switch (type.type) {
            case DataType::kFloat32:
                values[i] = load_le<float>(data->data() + i * 4);
                break;
            case DataType::kFloat16:
                values[i] = half_to_float(load_le<uint16_t>(data->data() + i * 2));
                break;
            case DataType::kFloat64:
                values[i] = static_cast<float>(load_le<double>(data->data() + i * 8));
                break;
            default: {
                const auto stored = static_cast<double>(integer_at(*data, type.type, i));
                const Quantization &q = type.quantization;
                const size_t channel = channel_of(type, i);
                // (q - z) is exact in double; the product rounds once, to float.
                values[i] = q.empty() ? static_cast<float>(stored)
                                      : static_cast<float>((stored - q.zero_points[channel]) *
                                                           double{q.scales[channel]});
            }
        }
    }
    return values;
}

Expected<TensorId> TensorTable::add_constant(std::string name, IrType type,
                                             std::shared_ptr<const Bytes> data) {
    EMBARK_ASSERT(data->size() == type.bytes());
    EMBARK_RETURN_IF_ERROR(charge(name.size() + type.quantization.scales.size() * 8));
    return graph_.add_tensor(Tensor{std::move(name), std::move(type), std::move(data)});
}

Status TensorTable::charge(uint64_t bytes) {
    if (bytes > budget_) {
        return invalid("its constants take more memory than a file of its size can need");
    }
    budget_ -= bytes;
    return Ok{};
}

void TensorTable::count_parameters(int32_t index) {
    const uint32_t buffer = file_tensor(index).buffer();
    const auto shape = shape_of(file_tensor(index));
    if (values_[static_cast<size_t>(index)] != kNoTensor || !shape.ok()) return;
    if (!counted_.insert(buffer).second) return;
    parameters_ += element_count(*shape);
    const auto *buffers = model_.buffers();
    if (buffers != nullptr && buffer < buffers->size() && buffers->Get(buffer)->data()) {
        weights_bytes_ += buffers->Get(buffer)->data()->size();
    }
}

}  // namespace embark::tflite
