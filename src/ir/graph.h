#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/expected.h"
#include "base/files.h"

namespace embark {

enum class DataType : uint8_t {
    kFloat32,
    kFloat16,
    kInt8,
    kUint8,
    kInt16,
    kInt32,
    kInt64,
    kBool,
    kFloat64,
    kUint16,
    kUint32,
    kUint64,
};

/// Bytes of one element.
size_t size_of(DataType type);
/// "float32", "int8" …
std::string_view to_string(DataType type);
/// The inverse of to_string. \error kInvalid
Expected<DataType> parse_data_type(std::string_view text);

/// Extents, outermost first. Activations are NHWC (or N, features) with the batch first, which
/// is 1.
using Shape = std::vector<int64_t>;

/// Product of the extents; 1 for a scalar; stops at the largest int64 instead of overflowing.
int64_t element_count(const Shape &shape);
/// "[1,32,32,3]"
std::string to_string(const Shape &shape);

/// real = scale * (q - zero_point); per tensor with one scale, per channel along `axis` with many.
struct Quantization {
    std::vector<float> scales;
    std::vector<int32_t> zero_points;
    int axis = 0;

    bool empty() const { return scales.empty(); }
    friend bool operator==(const Quantization &, const Quantization &) = default;
};

struct TensorType {
    DataType type = DataType::kFloat32;
    Shape shape;
    Quantization quantization;

    /// Stops at the largest size_t instead of overflowing.
    size_t bytes() const;
    friend bool operator==(const TensorType &, const TensorType &) = default;
};

using TensorId = int32_t;
constexpr TensorId kNoTensor = -1;  ///< an optional input that is absent, such as no bias

/// A value: an activation, or a constant when `data` is set (type.bytes() long, little-endian).
struct Tensor {
    std::string name;
    TensorType type;
    std::shared_ptr<const Bytes> data;

    bool is_constant() const { return data != nullptr; }
    /// The constant's elements. T must have the size of the element type.
    template <typename T>
    std::span<const T> values() const {
        EMBARK_ASSERT(is_constant() && sizeof(T) == size_of(type.type));
        return {reinterpret_cast<const T *>(data->data()), data->size() / sizeof(T)};
    }
};

using AttributeValue =
    std::variant<int64_t, double, std::string, std::vector<int64_t>, std::vector<double>>;

/// Named attributes of a node, sorted by name. Which names an operator takes is documented in its
/// folder under src/ops.
using Attributes = std::map<std::string, AttributeValue, std::less<>>;

/// An operator applied to tensors.
struct Node {
    std::string op;                ///< a name from src/ops/ops.def, such as "conv2d"
    std::string name;              ///< unique; after the layer in the source file
    std::vector<TensorId> inputs;  ///< kNoTensor for an absent optional input
    std::vector<TensorId> outputs;
    Attributes attributes;
    std::string source;  ///< what the file calls it, for messages and tables: "Conv2D"

    int64_t int_or(std::string_view attribute, int64_t fallback) const;
    /// An attribute of type int64 counts too.
    double float_or(std::string_view attribute, double fallback) const;
    std::string string_or(std::string_view attribute, std::string_view fallback) const;
    std::vector<int64_t> ints_or(std::string_view attribute, std::vector<int64_t> fallback) const;
};

/// A layer of the source that only matters in training and left no node: dropout and the like.
struct TrainingLayer {
    std::string name;    ///< "spatial_dropout2d_1"
    std::string source;  ///< "SpatialDropout2D"
    double rate = 0;     ///< in [0,1]
    std::string after;   ///< name of the node whose output it acts on; empty at the input
};

/// What the file itself tells, beyond the network.
struct SourceInfo {
    std::string format;     ///< "Keras HDF5", "TensorFlow Lite" …
    std::string framework;  ///< "Keras 3.15.1"; empty when unknown
    std::string file_name;  ///< without folders
    uint64_t file_bytes = 0;
    uint64_t file_hash = 0;        ///< fnv1a64 of the file
    int64_t parameters = 0;        ///< as the framework counts them (batch normalisation has four)
    uint64_t weights_bytes = 0;    ///< of the file that hold weights
    uint64_t optimizer_bytes = 0;  ///< of the file that hold the optimiser's state
    std::string optimizer;         ///< "Adam"; empty when there is none
    std::string loss;              ///< "categorical_crossentropy"; empty when unknown
    std::vector<TrainingLayer> training_layers;
    std::vector<std::string> warnings;
};

/// A value that is kept from one inference to the next.
struct State {
    TensorId before;  ///< made by no node: what the inference before left, real zeros at first
    TensorId after;   ///< of the same type, made by a node: what this inference leaves
};

struct Graph {
    std::string name;
    std::vector<Tensor> tensors;
    std::vector<Node> nodes;  ///< in topological order
    std::vector<TensorId> inputs;
    std::vector<TensorId> outputs;
    std::vector<State> states;
    SourceInfo source;

    const Tensor &tensor(TensorId id) const {
        EMBARK_ASSERT(id >= 0 && static_cast<size_t>(id) < tensors.size());
        return tensors[static_cast<size_t>(id)];
    }
    Tensor &tensor(TensorId id) {
        EMBARK_ASSERT(id >= 0 && static_cast<size_t>(id) < tensors.size());
        return tensors[static_cast<size_t>(id)];
    }
    TensorId add_tensor(Tensor tensor);
    TensorId add_activation(std::string name, TensorType type);
    TensorId add_constant(std::string name, TensorType type, Bytes data);
    TensorId add_constant(std::string name, Shape shape, std::span<const float> values);

    /// Index of the node that makes \p id, or -1 for inputs and constants.
    int producer(TensorId id) const;
    /// Indices of the nodes that read \p id, in order.
    std::vector<int> consumers(TensorId id) const;
    /// The outputs, then what the states become: what must exist when all nodes ran.
    std::vector<TensorId> results() const;
    /// Whether the tensor is one of results().
    bool is_output(TensorId id) const;
};

/// Checks what holds for every graph: ids in range, topological order, unique node names, one
/// producer per tensor, states of one type that nodes make, inputs that are not constants, no
/// negative extent, constants of the right size, quantisation parameters that match the shape.
/// \error kInternal naming the node or tensor
Status verify_structure(const Graph &graph);

}  // namespace embark
