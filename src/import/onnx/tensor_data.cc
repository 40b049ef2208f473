// What a tensor's bytes mean, and where they lie when they are not in the model's own file.

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <system_error>

#include "import/onnx/model.h"
#include "import/onnx/value.h"

namespace embark::onnx {
namespace fs = std::filesystem;

namespace {

struct TypeName {
    int32_t type;
    std::string_view name;
};

constexpr TypeName kTypeNames[] = {
    {kUndefined, "undefined"}, {kFloat, "float32"},
    {kUint8, "uint8"},         {kInt8, "int8"},
    {kUint16, "uint16"},       {kInt16, "int16"},
    {kInt32, "int32"},         {kInt64, "int64"},
    {kString, "string"},       {kBool, "bool"},
    {kFloat16, "float16"},     {kDouble, "float64"},
    {kUint32, "uint32"},       {kUint64, "uint64"},
    {kComplex64, "complex64"}, {kComplex128, "complex128"},
    {kBfloat16, "bfloat16"},   {17, "float8e4m3fn"},
    {18, "float8e4m3fnuz"},    {19, "float8e5m2"},
    {20, "float8e5m2fnuz"},    {kUint4, "uint4"},
    {kInt4, "int4"},           {23, "float4e2m1"},
};

/// One byte per element of two that share one, the lower half first.
Bytes unpack_nibbles(const Bytes &packed, size_t count, bool has_sign) {
    Bytes bytes(count);
    for (size_t i = 0; i < count; ++i) {
        const unsigned nibble = packed[i / 2] >> (i % 2 * 4) & 15u;
        bytes[i] = static_cast<uint8_t>(has_sign && nibble >= 8 ? nibble | 0xf0u : nibble);
    }
    return bytes;
}

/// bfloat16 is the upper half of a float32.
Bytes widened(const Bytes &halves) {
    Bytes bytes;
    bytes.reserve(halves.size() * 2);
    for (size_t i = 0; i + 1 < halves.size(); i += 2) {
        bytes.insert(bytes.end(), {0, 0, halves[i], halves[i + 1]});
    }
    return bytes;
}

/// The type of a constant in the graph: as data_type_of(), and float32 for bfloat16.
Expected<DataType> constant_type(int32_t type) {
    if (type == kBfloat16) return DataType::kFloat32;
    return data_type_of(type);
}

/// Bytes that a tensor of this type takes in a file. \error as data_type_of; kInvalid
Expected<size_t> stored_bytes(const TensorDef &def) {
    EMBARK_ASSIGN(const DataType type, constant_type(def.type));
    if (def.dims.size() > kMaxRank) {
        return make_error(ErrorCode::kUnsupported, fmt::format("has {} axes, expected at most {}",
                                                               def.dims.size(), kMaxRank));
    }
    int64_t count = 1;
    for (const int64_t extent : def.dims) {
        if (extent < 0 || (extent > 0 && count > (int64_t{1} << 31) / extent)) {
            return make_error(
                ErrorCode::kInvalid,
                fmt::format("has shape {}, expected at most 2^31 elements", to_string(def.dims)));
        }
        count *= extent;
    }
    if (def.type == kUint4 || def.type == kInt4) return static_cast<size_t>((count + 1) / 2);
    return static_cast<size_t>(count) * (def.type == kBfloat16 ? 2 : size_of(type));
}

/// The file that \p location names, when it lies in \p folder.
Expected<fs::path> locate(const fs::path &folder, const std::string &location) {
    const fs::path relative(location);
    std::error_code error;
    const fs::path root = fs::canonical(folder.empty() ? fs::path(".") : folder, error);
    const fs::path file = fs::canonical(root / relative, error);
    const bool leaves =
        relative.is_absolute() ||
        std::find(relative.begin(), relative.end(), "..") != relative.end() ||
        (!error &&
         std::mismatch(root.begin(), root.end(), file.begin(), file.end()).first != root.end());
    if (location.empty() || leaves) {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("external data lies in '{}', expected a file in the model's "
                                      "own folder",
                                      location));
    }
    if (error || !fs::is_regular_file(file, error)) {
        return make_error(ErrorCode::kNotFound,
                          fmt::format("external data file '{}' does not exist", location));
    }
    return file;
}

Status read_external(TensorDef &tensor, const fs::path &folder) {
    EMBARK_ASSIGN(const fs::path file, locate(folder, tensor.location));
    EMBARK_ASSIGN(const size_t wanted, stored_bytes(tensor));
    if (tensor.length && *tensor.length != wanted) {
        return make_error(
            ErrorCode::kInvalid,
            fmt::format("external data has {} bytes, expected {}", *tensor.length, wanted));
    }
    std::error_code error;
    const uint64_t size = fs::file_size(file, error);
    if (error || tensor.offset > size || size - tensor.offset < wanted) {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("external data file '{}' has {} bytes, expected {} from {} "
                                      "on",
                                      tensor.location, error ? 0 : size, wanted, tensor.offset));
    }
    tensor.data.resize(wanted);
    std::ifstream stream(file, std::ios::binary);
    stream.seekg(static_cast<std::streamoff>(tensor.offset));
    stream.read(reinterpret_cast<char *>(tensor.data.data()), static_cast<std::streamsize>(wanted));
    if (!stream) {
        return make_error(ErrorCode::kIo,
                          fmt::format("cannot read external data file '{}'", tensor.location));
    }
    return Ok{};
}

void for_each_tensor(GraphDef &graph, const std::function<void(TensorDef &)> &visit);

void for_each_tensor(std::vector<NodeDef> &nodes, const std::function<void(TensorDef &)> &visit) {
    for (NodeDef &node : nodes) {
        for (AttributeDef &attribute : node.attributes) {
            if (attribute.tensor) visit(*attribute.tensor);
            if (attribute.graph) for_each_tensor(*attribute.graph, visit);
        }
    }
}

void for_each_tensor(GraphDef &graph, const std::function<void(TensorDef &)> &visit) {
    for (TensorDef &tensor : graph.initializers) visit(tensor);
    for_each_tensor(graph.nodes, visit);
}

}  // namespace

std::string element_type_name(int32_t type) {
    for (const TypeName &row : kTypeNames) {
        if (row.type == type) return std::string(row.name);
    }
    return fmt::format("type {}", type);
}

Expected<DataType> data_type_of(int32_t type) {
    switch (type) {
        case kFloat:
            return DataType::kFloat32;
        case kUint8:
        case kUint4:
            return DataType::kUint8;
        case kInt8:
        case kInt4:
            return DataType::kInt8;
        case kUint16:
            return DataType::kUint16;
        case kInt16:
            return DataType::kInt16;
        case kInt32:
            return DataType::kInt32;
        case kInt64:
            return DataType::kInt64;
        case kBool:
            return DataType::kBool;
        case kFloat16:
            return DataType::kFloat16;
        case kDouble:
            return DataType::kFloat64;
        case kUint32:
            return DataType::kUint32;
        case kUint64:
            return DataType::kUint64;
        default:
            return make_error(
                ErrorCode::kUnsupported,
                fmt::format("elements of type {} are not supported", element_type_name(type)));
    }
}

Expected<Tensor> to_tensor(const TensorDef &def) {
    if (!def.fault.empty()) return make_error(ErrorCode::kInvalid, def.fault);
    EMBARK_ASSIGN(const DataType type, constant_type(def.type));
    EMBARK_ASSIGN(const size_t wanted, stored_bytes(def));
    if (def.data.size() != wanted) {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("has {} bytes, expected {} for {}{}", def.data.size(), wanted,
                                      element_type_name(def.type), to_string(def.dims)));
    }
    Tensor tensor{def.name, {type, def.dims, {}}, nullptr};
    if (def.type == kUint4 || def.type == kInt4) {
        const auto count = static_cast<size_t>(element_count(def.dims));
        tensor.data =
            std::make_shared<const Bytes>(unpack_nibbles(def.data, count, def.type == kInt4));
        return tensor;
    }
    if (def.type == kBfloat16) {
        tensor.data = std::make_shared<const Bytes>(widened(def.data));
        return tensor;
    }
    tensor.data = std::make_shared<const Bytes>(def.data);
    if (type == DataType::kBool) {  // any byte but 0 is true
        auto normal = std::make_shared<Bytes>(def.data);
        for (uint8_t &value : *normal) value = value != 0;
        tensor.data = normal;
    }
    return tensor;
}

void read_external_data(ModelDef &model, const fs::path &folder) {
    const auto visit = [&](TensorDef &tensor) {
        if (!tensor.external || !tensor.fault.empty()) return;
        const Status status = read_external(tensor, folder);
        if (!status.ok()) tensor.fault = status.error().message;
    };
    for_each_tensor(model.graph, visit);
    for (FunctionDef &function : model.functions) for_each_tensor(function.nodes, visit);
}

}  // namespace embark::onnx
