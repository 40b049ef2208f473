#pragma once
// An .onnx file under construction, and what the converters of nodes share.

#include <array>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "ir/graph.h"

namespace onnx {
class ModelProto;
}

namespace embark::onnx_file {

using Name = std::string;  ///< of a value in the file; empty for an absent optional input
using Ints = std::vector<int64_t>;

/// Where a tensor's channels are: last as in the graph, or behind the batch as ONNX's images.
enum class Layout { kLast, kFirst };

/// [0, rank-1, 1, …] brings channels to the front, [0, 2, …, rank-1, 1] to the end.
Ints to_layout(Layout layout, size_t rank);

/// Values, constants and operators of the file. A tensor of the graph may exist in several forms:
/// as it is stored or dequantised, in either layout; each is made when it is first asked for.
class Writer {
  public:
    explicit Writer(const Graph &graph);
    ~Writer();

    const Graph &graph() const { return graph_; }

    /// The tensor as real numbers, or plain ones that are not quantised. Layouts other than kLast
    /// are for three axes or more.
    Name value(TensorId id, Layout layout = Layout::kLast);
    /// Whether value() of this layout costs no transposition.
    bool has(TensorId id, Layout layout) const;

    /// Appends an operator that makes (the real numbers of) tensor \p id, which is then quantised
    /// when the graph says so.
    void make(TensorId id, std::string_view op, std::vector<Name> inputs,
              Attributes attributes = {}, Layout layout = Layout::kLast);
    /// Likewise for several outputs; kNoTensor for those that are not wanted.
    void make_all(const std::vector<TensorId> &ids, std::string_view op, std::vector<Name> inputs,
                  Attributes attributes = {});
    /// Quantises \p real as tensor \p id.
    void quantize(TensorId id, const Name &real, Layout layout) { complete(id, layout, real); }
    /// Lets \p real stand for tensor \p id, which is not quantised.
    void alias(TensorId id, const Name &real, Layout layout) { complete(id, layout, real); }
    /// Appends an operator whose output is no tensor of the graph. \returns the output
    Name add(std::string_view op, std::vector<Name> inputs, Attributes attributes = {});

    /// The constant \p id under another shape: split, permuted, then reshaped to \p shape; with a
    /// DequantizeLinear behind when it is quantised. \p axis: where a scale per channel lies then
    Name weights(TensorId id, const Shape &split, const Ints &perm, const Shape &shape,
                 int64_t axis);
    Name constant(std::string_view name, const TensorType &type, std::span<const uint8_t> data);
    /// A constant of integers with a DequantizeLinear behind.
    Name dequantized_constant(std::string_view name, const TensorType &type,
                              std::span<const uint8_t> data);
    Name ints(std::string_view name, const Ints &values);
    /// One number of \p type without axes.
    Name number(std::string_view name, double value, DataType type);
    Name floats(std::string_view name, const Shape &shape, std::span<const float> values);

    /// Nodes that follow are named after this node of the graph.
    void begin(const Node &node) { node_ = &node; }

    /// Ends the file; the writer must not be used afterwards.
    Bytes finish();

  private:
    struct Forms {
        std::array<Name, 2> stored, real;  ///< by layout; empty: not made yet
    };

    Forms &forms(TensorId id) { return forms_[static_cast<size_t>(id)]; }
    bool is_quantized(TensorId id) const;
    Name unique(std::string_view wanted);
    void append(std::string_view op, std::vector<Name> inputs, std::vector<Name> outputs,
                const Attributes &attributes);
    Name stored_constant(TensorId id);
    Name dequantized(const Name &stored, const Quantization &quantization, DataType type,
                     int64_t axis);
    /// Name for the real form of a tensor that an operator makes now.
    Name start(TensorId id, Layout layout);
    /// Quantises what was made under that name.
    void complete(TensorId id, Layout layout, const Name &made);
    void add_output(TensorId id);

    const Graph &graph_;
    const Node *node_ = nullptr;
    std::unique_ptr<::onnx::ModelProto> model_;
    std::vector<Name> own_names_;  ///< by tensor; none for constants
    std::vector<Forms> forms_;     ///< by tensor
    std::set<std::string, std::less<>> names_, node_names_;
};

/// One node on its way into the file.
struct NodeContext {
    const Graph &graph;
    const Node &node;
    Writer &writer;

    const TensorType &type(size_t input = 0) const { return graph.tensor(node.inputs[input]).type; }
    const TensorType &output_type() const { return graph.tensor(node.outputs[0]).type; }
    bool has_input(size_t input) const {
        return input < node.inputs.size() && node.inputs[input] != kNoTensor;
    }
    bool is_constant(size_t input) const { return graph.tensor(node.inputs[input]).is_constant(); }
    Name in(size_t input = 0, Layout layout = Layout::kLast) const {
        return has_input(input) ? writer.value(node.inputs[input], layout) : Name();
    }
    TensorId out() const { return node.outputs[0]; }
};

/// Writes the node's operators. \error kUnsupported; the caller adds the place
using NodeWriter = Status (*)(const NodeContext &context);

struct NodeWriterDefinition {
    std::string_view op;       ///< of the graph
    std::string_view onnx_op;  ///< the main one of the file
    NodeWriter write;
};

/// Null when the format has no operator for it.
const NodeWriterDefinition *find_node_writer(std::string_view op);
std::span<const NodeWriterDefinition> all_node_writers();

/// The layout that costs no transposition of the node's inputs; kLast where both do.
Layout cheapest_layout(const NodeContext &context);
/// ONNX's number of an element type.
int64_t element_type(DataType type);
/// kUnsupported.
Error not_in_format(std::string message);

}  // namespace embark::onnx_file
