#pragma once
// A .tflite file under construction, and what the converters of nodes share.

#include <tflite/tflite_generated.h>

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ir/graph.h"

namespace embark::tflite {

/// Tensors, constants and operators of the file, in the order in which they are asked for.
class Writer {
  public:
    explicit Writer(const Graph &graph);

    /// The file's tensor of a tensor of the graph; -1 for kNoTensor.
    int32_t tensor(TensorId id);
    /// A tensor that the graph does not have.
    int32_t add_tensor(const std::string &name, const TensorType &type);
    int32_t add_constant(const std::string &name, const TensorType &type,
                         std::span<const uint8_t> data);
    /// A vector of int32. \p scalar: one element of rank 0.
    int32_t add_ints(const std::string &name, std::span<const int64_t> values, bool scalar = false);
    int32_t add_floats(const std::string &name, Shape shape, std::span<const float> values);
    /// A state that the runtime keeps between runs.
    int32_t add_variable(const std::string &name, const TensorType &type);

    /// \p intermediates: tensors whose quantisation the operator's kernel asks for.
    void add_operator(schema::BuiltinOperator code, std::vector<int32_t> inputs,
                      std::vector<int32_t> outputs, schema::BuiltinOptionsUnion options = {},
                      std::vector<int32_t> intermediates = {});

    /// Ends the file; the writer must not be used afterwards.
    Bytes finish();

  private:
    uint32_t code_index(schema::BuiltinOperator code, int version);
    int version_of(schema::BuiltinOperator code, std::span<const int32_t> inputs) const;

    const Graph &graph_;
    schema::ModelT model_;
    schema::SubGraphT *subgraph_;
    std::map<TensorId, int32_t> tensors_;
    std::map<std::pair<schema::BuiltinOperator, int>, uint32_t> codes_;
};

/// One node on its way into the file.
struct NodeContext {
    const Graph &graph;
    const Node &node;
    Writer &writer;
    /// Of the node that follows and is written with this one; its output is then `output`.
    schema::ActivationFunctionType activation = schema::ActivationFunctionType::NONE;
    TensorId output = kNoTensor;

    const TensorType &type(size_t input) const { return graph.tensor(node.inputs[input]).type; }
    const TensorType &output_type() const { return graph.tensor(node.outputs[0]).type; }
    bool has_input(size_t input) const {
        return input < node.inputs.size() && node.inputs[input] != kNoTensor;
    }
    int32_t in(size_t input) const { return writer.tensor(node.inputs[input]); }
    int32_t out() const { return writer.tensor(output); }
    std::string name(std::string_view suffix) const {
        return node.name + "/" + std::string(suffix);
    }
};

/// Writes the node's operators. \error kUnsupported; the caller adds the place
using NodeWriter = Status (*)(const NodeContext &context);

struct NodeWriterDefinition {
    std::string_view op;  ///< of the graph
    NodeWriter write;
    bool takes_activation;  ///< whether the operator has a fused activation
};

/// Null when the format has no operator for it.
const NodeWriterDefinition *find_node_writer(std::string_view op);
/// How many operators the format has a writer for.
size_t node_writer_count();

/// Options as a union, for Writer::add_operator.
template <typename Options>
schema::BuiltinOptionsUnion with(Options options) {
    schema::BuiltinOptionsUnion result;
    result.Set(std::move(options));
    return result;
}

/// kUnsupported.
Error not_in_format(std::string message);

}  // namespace embark::tflite
