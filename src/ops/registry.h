#pragma once
// What operators mean. One folder per operator family, one row per operator in ops.def.

#include <span>
#include <string_view>
#include <vector>

#include "ir/graph.h"

namespace embark {

/// What passes and the planner may ask instead of an operator's name.
enum Trait : uint32_t {
    kElementwise = 1u << 0,  ///< output element i depends on element i of the inputs only
    kActivation = 1u << 1,   ///< elementwise with one input and no constants
    kHasWeights = 1u << 2,   ///< inputs 1… are constants: filters, bias
    kInPlaceOk = 1u << 3,    ///< the output may overwrite input 0
    kPerChannel = 1u << 4,   ///< elementwise with one constant per channel (the last axis)
    kPooling = 1u << 5,      ///< maps windows of rows to one row, channel by channel
    kWindowed = 1u << 6,  ///< output row y needs input rows y*stride-pad … (convolution, pooling)
    kView = 1u << 7,      ///< same bytes under another shape
    kOutputChannelLast = 1u << 8,  ///< weights have their output channel last, not first
    kPads = 1u << 9,               ///< surrounds its input with a constant: before, after, value
    kPermutes = 1u << 10,          ///< moves whole axes: perm
    kClamp = 1u << 11,             ///< an activation that only cuts values off: clamp_of()
    kClampsOutput = 1u << 12,      ///< quantised forms honour clamp_low and clamp_high
    kKeepsState = 1u << 13,  ///< output i > 0 is what input i + 3 becomes, and may overwrite it
};

/// A tensor's storage during reference evaluation. `data` is type.bytes() long.
struct ConstTensorView {
    const TensorType *type = nullptr;  ///< null for an absent optional input
    const uint8_t *data = nullptr;
    template <typename T>
    const T *as() const {
        return reinterpret_cast<const T *>(data);
    }
};
struct TensorView {
    const TensorType *type = nullptr;
    uint8_t *data = nullptr;
    template <typename T>
    T *as() const {
        return reinterpret_cast<T *>(data);
    }
};

/// Work of a node, as STM32Cube.AI and the literature count it.
struct Cost {
    int64_t macc = 0;            ///< multiply-accumulates and equivalents
    std::string_view operation;  ///< kind for the per-type table: "conv2d_f32", "relu_f32" …
};

struct PortableCall;  // ops/portable.h

struct OpDefinition {
    std::string_view name;
    uint32_t traits = 0;

    /// Types of the outputs. The graph's input tensors of the node have types. Checks operand
    /// count, ranks, shapes, attribute ranges. \error kInvalid or kUnsupported: what was found and
    /// what was expected (the caller adds the place)
    Expected<std::vector<TensorType>> (*infer)(const Graph &graph, const Node &node) = nullptr;

    /// Reference arithmetic, written for clarity and for repeatable rounding, not for speed alone:
    /// float32 sums run over (filter row, filter column, channel) in this order from 0, the bias is
    /// added last, and nothing is contracted, so that the portable kernels give the same bits.
    /// \error kUnsupported for a data type that the operator lacks
    Status (*evaluate)(const Node &node, std::span<const ConstTensorView> inputs,
                       std::span<const TensorView> outputs) = nullptr;

    /// MACC by the rules in src/ops/README.md.
    int64_t (*macc)(const Graph &graph, const Node &node) = nullptr;

    /// The portable kernel and its arguments for operands of these types (null: an input that is
    /// absent); no function when the operator has none. \error kUnsupported for types it lacks
    Expected<PortableCall> (*portable)(const Node &node, std::span<const TensorType *const> inputs,
                                       std::span<const TensorType> outputs) = nullptr;

    bool has(Trait trait) const { return (traits & trait) != 0; }
};

/// All operators, sorted by name.
std::span<const OpDefinition> all_ops();
/// Null when there is no such operator.
const OpDefinition *find_op(std::string_view name);
/// The definition of a node of a verified graph.
const OpDefinition &op_of(const Node &node);

/// Structure (verify_structure) and, node by node, types as infer gives them. \error all faults
Status verify(const Graph &graph);

/// Appends a node to \p graph, with its outputs typed by infer and named after the node.
/// \returns the node's first output  \error as infer, with \p node's name as the place
Expected<TensorId> append_node(Graph &graph, Node node);

/// The bytes of a graph's states, in its order.
using StateBytes = std::vector<Bytes>;
/// What the states are before the first inference: real zeros.
StateBytes initial_state(const Graph &graph);

/// Evaluates the whole graph on raw input bytes. When \p tensors is not null it receives every
/// tensor's bytes by id (constants and tensors not made are empty). When \p state is not null it
/// is what the inference before left, and becomes what this one leaves; else it is initial_state().
/// \returns the outputs' bytes  \error kInvalid when an input's size is wrong
Expected<std::vector<Bytes>> evaluate(const Graph &graph, std::span<const Bytes> inputs,
                                      std::vector<Bytes> *tensors = nullptr,
                                      StateBytes *state = nullptr);

}  // namespace embark
