#pragma once
// An ONNX file as plain structures, so that only decode.cc sees protobuf.

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ir/graph.h"

namespace embark::onnx {

/// Numbers of TensorProto.DataType that have no counterpart in DataType, or are widened on reading.
enum ElementType : int32_t {
    kUndefined = 0,
    kFloat = 1,
    kUint8 = 2,
    kInt8 = 3,
    kUint16 = 4,
    kInt16 = 5,
    kInt32 = 6,
    kInt64 = 7,
    kString = 8,
    kBool = 9,
    kFloat16 = 10,
    kDouble = 11,
    kUint32 = 12,
    kUint64 = 13,
    kComplex64 = 14,
    kComplex128 = 15,
    kBfloat16 = 16,
    kUint4 = 21,
    kInt4 = 22,
};

/// "float16", "string" … as messages call it.
std::string element_type_name(int32_t type);
/// \error kUnsupported  strings, complex numbers, bfloat16 and the 8-bit floats
Expected<DataType> data_type_of(int32_t type);

/// A constant as the file stores it.
struct TensorDef {
    std::string name;
    int32_t type = kUndefined;
    std::vector<int64_t> dims;
    /// Little-endian elements of `stored_type()`; empty for strings and external data.
    Bytes data;
    std::vector<std::string> strings;
    bool external = false;
    std::string location;  ///< of external data, relative to the model's folder
    uint64_t offset = 0;
    std::optional<uint64_t> length;
    std::string fault;  ///< why it cannot be used, found on reading; empty when it can
};

struct GraphDef;

struct AttributeDef {
    enum class Kind {
        kNone,
        kFloat,
        kInt,
        kString,
        kTensor,
        kGraph,
        kFloats,
        kInts,
        kStrings,
        kOther  ///< sparse tensors, types, lists of tensors and graphs
    };
    std::string name;
    Kind kind = Kind::kNone;
    std::string reference;  ///< inside of a function: the function's attribute that it stands for
    float f = 0;
    int64_t i = 0;
    std::string s;
    std::vector<float> floats;
    std::vector<int64_t> ints;
    std::vector<std::string> strings;
    std::shared_ptr<TensorDef> tensor;
    std::shared_ptr<GraphDef> graph;
};

struct NodeDef {
    std::string op;
    std::string domain;
    std::string name;
    std::vector<std::string> inputs;   ///< empty names: absent
    std::vector<std::string> outputs;  ///< empty names: not wanted
    std::vector<AttributeDef> attributes;

    const AttributeDef *find(std::string_view attribute) const;
};

struct Dimension {
    std::optional<int64_t> extent;
    std::string symbol;
};

/// The declared type of a graph's input or output.
struct ValueDef {
    std::string name;
    std::string kind = "tensor";  ///< or "sequence", "map", "optional", "sparse tensor", "untyped"
    int32_t type = kUndefined;
    bool has_shape = false;
    std::vector<Dimension> dims;
};

struct GraphDef {
    std::string name;
    std::vector<NodeDef> nodes;
    std::vector<TensorDef> initializers;
    std::vector<std::string> sparse_initializers;
    std::vector<ValueDef> inputs;
    std::vector<ValueDef> outputs;
    std::vector<ValueDef> values;  ///< what the file says of others, for messages alone
};

using Opsets = std::map<std::string, int64_t, std::less<>>;

/// An operator that the file itself defines by other operators.
struct FunctionDef {
    std::string domain;
    std::string name;
    std::vector<std::string> inputs;
    std::vector<std::string> outputs;
    std::vector<AttributeDef> defaults;
    std::vector<NodeDef> nodes;
    Opsets opsets;
};

struct ModelDef {
    int64_t ir_version = 0;
    std::string producer;
    std::string producer_version;
    Opsets opsets;  ///< by domain; the default domain is ""
    GraphDef graph;
    std::vector<FunctionDef> functions;
};

/// Reads the protobuf message in \p bytes. External data is not read.
/// \error kInvalid  not a ModelProto, or one without a graph
Expected<ModelDef> decode_model(std::span<const uint8_t> bytes);

/// Reads a TensorProto alone (the `.pb` files of ONNX's test data). \error kInvalid
Expected<TensorDef> decode_tensor(std::span<const uint8_t> bytes);

/// Reads the external data of every tensor in \p model from files below \p folder.
/// Faults go to TensorDef::fault: a location that leaves the folder, a missing or short file.
void read_external_data(ModelDef &model, const std::filesystem::path &folder);

/// The elements as the IR stores them; int4 and uint4 become int8 and uint8, bfloat16 float32.
/// \error kInvalid  the size does not match the shape; kUnsupported  as data_type_of
Expected<Tensor> to_tensor(const TensorDef &def);

}  // namespace embark::onnx
