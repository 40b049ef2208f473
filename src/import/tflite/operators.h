#pragma once
// What the format's operators mean in embark's: one row per operator in operators.def.

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "import/tflite/tensors.h"
#include "import/tflite/variables.h"

namespace embark::tflite {

/// Node names that are taken.
class NameTable {
  public:
    /// \p wanted itself, or with "_2", "_3" … behind it.
    std::string unique(const std::string &wanted);

  private:
    std::set<std::string> used_;
    std::map<std::string, int> last_;
};

/// What the importer notes for the user on its way.
struct Remarks {
    std::vector<std::string> dequantized;  ///< operators with integer weights and float activations
    bool recurrent_state = false;  ///< the file keeps the state of a recurrent layer between runs
};

/// A dilated convolution that the file has as SPACE_TO_BATCH_ND, convolution, BATCH_TO_SPACE_ND.
struct Dilation {
    int32_t input = 0;             ///< what SPACE_TO_BATCH_ND reads: a tensor of the file
    int32_t output = 0;            ///< what BATCH_TO_SPACE_ND makes
    std::vector<int64_t> factors;  ///< [h,w]
    std::vector<int64_t> padding;  ///< [top,bottom,left,right]
};

/// One operator of the file, on its way into the graph.
struct OperatorContext {
    Graph &graph;
    TensorTable &tensors;
    Variables &variables;
    NameTable &names;
    Remarks &remarks;
    const schema::Operator &op;
    std::string source;                  ///< "CONV_2D"
    std::string name;                    ///< of its main node, unique
    const Dilation *dilation = nullptr;  ///< set for a convolution that has one
    std::vector<int32_t> outputs;        ///< tensors of the file that it makes

    /// How many inputs it lists.
    size_t input_count() const { return op.inputs() ? op.inputs()->size() : 0; }
    bool has_input(size_t position) const;
    /// The file's tensor at an input. Must only be called with has_input().
    int32_t input_index(size_t position) const;
    const schema::Tensor &input_file_tensor(size_t position) const {
        return tensors.file_tensor(input_index(position));
    }
    const TensorType &type(TensorId id) const { return graph.tensor(id).type; }
    const Shape &shape(TensorId id) const { return graph.tensor(id).type.shape; }
};

/// Appends the operator's nodes. \returns what its outputs are, in order; kNoTensor for the handle
/// of a variable \error kInvalid, kUnsupported; the caller adds the place
using Converter = Expected<std::vector<TensorId>> (*)(OperatorContext &context);

struct OperatorDefinition {
    schema::BuiltinOperator code;
    size_t least_inputs, most_inputs;  ///< the first least_inputs must be there
    size_t least_outputs, most_outputs;
    Converter convert;
    std::string_view becomes;  ///< operators of the graph, the main one first
};

/// Null when embark has no converter.
const OperatorDefinition *find_operator(schema::BuiltinOperator code);
/// All that have one, in the order of operators.def.
std::span<const OperatorDefinition> all_operators();

/// Helpers of the converters.

/// For operators with one output.
inline Expected<std::vector<TensorId>> one(Expected<TensorId> id) {
    if (!id.ok()) return std::move(id).error();
    return std::vector{*id};
}

/// The options of the right type. \error kInvalid when the file has none
template <typename Options>
Expected<const Options *> required(const Options *options) {
    if (options != nullptr) return options;
    return make_error(ErrorCode::kInvalid, "has no options of its own type");
}

/// Input \p position as an operand. \error kInvalid when it is absent or not made yet
Expected<TensorId> input(OperatorContext &context, size_t position);
/// As input(), or kNoTensor when it is absent.
Expected<TensorId> optional_input(OperatorContext &context, size_t position);
/// As optional_input(); a constant of integers is dequantised when \p activation, which meets it,
/// is float32, and one of float16 made float32. \p name names a constant, such as "bias".
Expected<TensorId> weights_input(OperatorContext &context, size_t position, TensorId activation,
                                 std::string_view name);

/// The elements of a constant input. \error kInvalid
Expected<std::vector<int64_t>> constant_integers(OperatorContext &context, size_t position);
/// The only element of a constant input. \error kInvalid
Expected<int64_t> constant_integer(OperatorContext &context, size_t position);
/// The shape of the output, which input \p position holds. When that is computed, the one that the
/// file gives the output: TensorFlow Lite Micro goes by it as well. \error kInvalid
Expected<Shape> output_shape(OperatorContext &context, size_t position);
/// The axes that a constant input lists, from 0, ascending and each once. \error kInvalid
Expected<std::vector<int64_t>> constant_axes(OperatorContext &context, size_t position,
                                             size_t rank);
/// An axis that may count from the end, from 0. \error kInvalid out of range
Expected<int64_t> axis_of(int64_t axis, size_t rank);

/// A constant of the graph, named "<node>/<suffix>".
Expected<TensorId> add_floats(OperatorContext &context, std::string_view suffix, Shape shape,
                              std::span<const float> values);

/// Appends a node and computes it at once when all inputs are constants and it is small. Outputs
/// of the type of the operator's first output get that one's quantisation.
/// \param suffix  makes the name "<node>/<suffix>"; empty for the main node
Expected<TensorId> append(OperatorContext &context, std::string op, std::string_view suffix,
                          std::vector<TensorId> inputs, Attributes attributes = {});
/// As append(), for operators that keep the values of \p x and so its quantisation.
Expected<TensorId> append_move(OperatorContext &context, std::string op, std::string_view suffix,
                               TensorId x, Attributes attributes);
/// x itself when it has that shape.
Expected<TensorId> reshaped(OperatorContext &context, std::string_view suffix, TensorId x,
                            Shape shape);
/// The fused activation of \p x as a node of its own, "<node>/relu"; nothing for NONE.
Expected<TensorId> activate(OperatorContext &context, TensorId x,
                            schema::ActivationFunctionType function);

/// The declared type of output \p position. \error as type_of()
Expected<TensorType> output_type(const OperatorContext &context, size_t position);

/// `padding` [before, after] of one axis: SAME makes ceil(in / stride) positions, and what an odd
/// total leaves over goes behind. All arguments but \p in must be positive.
std::pair<int64_t, int64_t> same_padding(int64_t in, int64_t kernel, int64_t stride,
                                         int64_t dilation);
/// \error kInvalid  a stride, kernel or dilation outside of [1, 2^20]
Status check_window(std::string_view what, std::span<const int64_t> values);
/// \error kInvalid  \p x has another rank
Status expect_rank(const OperatorContext &context, TensorId x, size_t rank);

}  // namespace embark::tflite
