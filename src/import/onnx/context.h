#pragma once
// One node of the model on its way into the graph, and the table of what ONNX's operators mean.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "import/onnx/builder.h"
#include "import/onnx/model.h"

namespace embark::onnx {

struct Context {
    Builder &builder;
    const NodeDef &node;
    int64_t opset;               ///< version of the node's domain
    std::vector<Value> inputs;   ///< absent ones have no id
    std::vector<Value> outputs;  ///< to be set; those that the model does not want may stay absent
    /// The same attribute for every reference, inside of a function.
    const std::vector<AttributeDef> *arguments = nullptr;

    bool has(size_t input) const { return input < inputs.size() && inputs[input].present(); }
    const Value &in(size_t input = 0) const { return inputs[input]; }
    bool constant(size_t input) const { return has(input) && builder.is_constant(inputs[input]); }
    DataType type(size_t input = 0) const { return builder.type_of(inputs[input]); }
    /// Whether the model reads output \p index.
    bool wants(size_t output) const {
        return output < node.outputs.size() && !node.outputs[output].empty();
    }
    /// Sets an output. \error that of \p value
    Status give(Expected<Value> value, size_t output = 0);

    const AttributeDef *attribute(std::string_view name) const;
    bool has_attribute(std::string_view name) const { return attribute(name) != nullptr; }
    /// Attributes of the right kind, else the fallback.
    int64_t int_of(std::string_view name, int64_t fallback) const;
    double float_of(std::string_view name, double fallback) const;
    std::string string_of(std::string_view name, std::string_view fallback) const;
    std::vector<int64_t> ints_of(std::string_view name, std::vector<int64_t> fallback) const;

    /// \error kInvalid  one of the inputs is absent, for operators that take any number
    Status check_all_present() const;
    /// Elements of a constant input, or of the attribute that older versions have in its place;
    /// nothing when both are missing. \error kUnsupported  the input is not a constant
    Expected<std::optional<std::vector<int64_t>>> list(size_t input, std::string_view attribute);
    /// \error kInvalid  the input has not one element
    Expected<double> number(size_t input, double fallback);

    /// \p axis counted from 0. \error kInvalid  outside of [-rank, rank)
    Expected<size_t> axis(int64_t axis, size_t rank) const;
    Expected<std::vector<size_t>> axes(const std::vector<int64_t> &list, size_t rank) const;
};

/// Appends the node's operators and sets `outputs`. \error kInvalid, kUnsupported; the caller adds
/// the place
using Converter = Status (*)(Context &context);

struct OperatorDefinition {
    std::string_view domain;
    std::string_view op;
    size_t least_inputs;    ///< how many must be present
    uint32_t const_inputs;  ///< bit i: input i decides shapes or attributes and must be a constant
    Converter convert;
    std::string_view becomes;  ///< operators of the graph, the main one first
};

/// Null when embark has no converter.
const OperatorDefinition *find_operator(std::string_view domain, std::string_view op);
std::span<const OperatorDefinition> all_operators();

/// Helpers of the converters.

/// A value whose every axis is one axis of the storage: axis i of tensor `id` is axis order[i].
struct Arranged {
    TensorId id;
    std::vector<size_t> order;
    /// Where \p axis of the model lies in the storage.
    int64_t at(size_t axis) const;
};
/// In the order that costs least.
Expected<Arranged> arrange(Builder &builder, const Value &value);
Expected<TensorId> arrange_as(Builder &builder, const Value &value,
                              const std::vector<size_t> &order);
/// The value that tensor \p id of that order is.
Value value_of(const Builder &builder, TensorId id, const std::vector<size_t> &order);

/// [N,C], [N,C,L], [N,C,H,W] or [N,C,D,H,W] with the channels last; L becomes [1,L].
Expected<TensorId> channels_last(Builder &builder, const Value &value);
/// The inverse of channels_last() for a result of \p rank axes.
Value from_channels_last(const Builder &builder, TensorId id, size_t rank);

/// An elementwise operator on values that broadcast as in numpy, in the storage order of the
/// largest. \error as emit; kInvalid  shapes that do not broadcast
Expected<Value> apply(Builder &builder, std::string_view op, const std::vector<Value> &operands,
                      Attributes attributes = {}, Quantization quantization = {});
/// With one number of the same type as \p value as the second operand.
Expected<Value> apply(Builder &builder, std::string_view op, const Value &value, double number);
Expected<Value> cast(Builder &builder, const Value &value, DataType type);
/// A reduction (reduce_sum …) over \p axes. \p keep leaves axes of extent 1
Expected<Value> reduce(Builder &builder, std::string_view op, const Value &value,
                       const std::vector<size_t> &axes, bool keep);
/// An operator along \p axis whose result has the same shape, and which \p last wants at the end.
Expected<Value> along_last(Builder &builder, std::string_view op, const Value &value, size_t axis,
                           Attributes attributes = {});
/// The shape that \p a and \p b broadcast to. \error kInvalid
Expected<Shape> broadcast(const Shape &a, const Shape &b);
/// \p value repeated to \p shape where it is shorter.
Expected<Value> expanded(Builder &builder, const Value &value, const Shape &shape);
/// A slice, one entry of start, step and size per axis of the model.
Expected<Value> sliced(Builder &builder, const Value &value, const std::vector<int64_t> &start,
                       const std::vector<int64_t> &step, const std::vector<int64_t> &size);
/// The matrix product as numpy's matmul.
Expected<Value> matmul(Builder &builder, const Value &a, const Value &b);
bool is_float(DataType type);

}  // namespace embark::onnx
