#pragma once
// What Keras' layers mean in embark's operators: one row per class in layers.def.

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostics.h"
#include "import/keras/model_config.h"
#include "import/keras/weights.h"
#include "ir/graph.h"

namespace embark::keras {

/// What all layers of a file share on their way into the graph.
struct ImportState {
    Graph &graph;
    Diagnostics &diagnostics;
    std::string file;  ///< for messages
    WeightIndex weights;
    const std::map<std::string, Shape> &input_shapes;  ///< that the user gives, by InputLayer
    int keras_major = 3;                               ///< 2 or 3; some functions changed
    std::map<std::string, TensorId, std::less<>>
        constants;  ///< by name: a shared layer has one set
    std::set<std::string, std::less<>> node_names;
    std::map<int64_t, std::string> shared_places;  ///< by LayerConfig::shared_id, in archives
    size_t calls = 0;                              ///< of layers, in all models
    /// Layers that must not be converted, by path, and what they turned out to read.
    std::map<std::string, std::string, std::less<>> unsupported;
};

/// One call of a layer.
struct LayerContext {
    ImportState &state;
    Graph &graph;
    const LayerConfig &layer;
    const LayerCall &call;
    std::string path;       ///< the layer's place, "outer/conv": prefix of its constants
    std::string node_name;  ///< the path; calls after the first add "/call_2" …
    std::vector<TensorId> inputs;
    WeightLookup weights;
    std::vector<TensorId> more_outputs;  ///< a converter's outputs after the one it returns

    const Shape &input_shape(size_t index = 0) const { return shape(inputs[index]); }
    const Shape &shape(TensorId id) const { return graph.tensor(id).type.shape; }
};

/// Appends the layer's nodes. \returns what takes the place of the layer's (first) output
/// \error kInvalid, kUnsupported; the caller adds the layer as the place where it is empty
using Converter = Expected<TensorId> (*)(LayerContext &context);

constexpr int kTwoOrMore = -1, kOneOrMore = -2;  ///< numbers of inputs

enum LayerFlag : uint32_t {
    kTakesArguments = 1u << 0,  ///< reads constants and keywords of its calls
    kTakesIntegers = 1u << 1,   ///< works on whole numbers; others get them as float32
    kKeepsLayout = 1u << 2,     ///< does the same whatever data_format says
};

struct LayerDefinition {
    std::string_view class_name;
    int inputs;  ///< how many tensors it takes; kTwoOrMore, kOneOrMore
    Converter convert;
    uint32_t flags = 0;
    std::string_view becomes = {};  ///< operators of the graph, the main one first

    bool has(LayerFlag flag) const { return (flags & flag) != 0; }
};

/// Every class that is read, in the order of layers.def.
std::span<const LayerDefinition> all_layers();
/// Null when embark has no converter.
const LayerDefinition *find_layer(std::string_view class_name);
/// True for classes of Keras itself that have no converter.
bool is_known_to_keras(std::string_view class_name);

/// Converts one call of any layer or model, with what all of them have in common: the number of
/// inputs, types, data_format. \p context has inputs and no outputs yet.
Expected<TensorId> convert_layer(LayerContext &context);
/// The place of a layer inside of \p context's: for wrappers, whose inner layers share its calls.
LayerContext inner_context(LayerContext &context, const LayerConfig &inner, std::string name,
                           WeightLookup weights, std::vector<TensorId> inputs);

/// Helpers of the converters.

/// Appends an operator. \p name is the node's, \p source what the tables call it.
Expected<TensorId> append(LayerContext &context, std::string op, std::string name,
                          std::string source, std::vector<TensorId> inputs,
                          Attributes attributes = {});
/// As append(), named after the layer, with "/suffix" where one is given.
Expected<TensorId> append(LayerContext &context, std::string op, std::string_view suffix,
                          std::vector<TensorId> inputs, Attributes attributes = {});
/// A node "<node>/<suffix>" unless the shape is the same.
Expected<TensorId> append_reshape(LayerContext &context, std::string_view suffix, TensorId x,
                                  Shape shape);
/// Likewise, unless the axes stay where they are.
Expected<TensorId> append_transpose(LayerContext &context, std::string_view suffix, TensorId x,
                                    const std::vector<int64_t> &perm);
/// The constant "<layer>/<suffix>", made at the first call.
TensorId constant(LayerContext &context, std::string_view suffix, Shape shape,
                  std::span<const float> values);
/// One number, as a tensor of the shape [1].
TensorId scalar(LayerContext &context, std::string_view suffix, double value);
/// [rows, columns] to [columns, rows].
std::vector<float> transpose(std::span<const float> values, size_t rows, size_t columns);

/// A number, or a list of them repeated to \p count: strides 2 is [2, 2].
/// \error kInvalid  of another form, or outside of [least, 2^20]
Expected<std::vector<int64_t>> config_ints(Value config, std::string_view key, size_t count,
                                           std::optional<int64_t> fallback, int64_t least);
/// One number of that form.
Expected<int64_t> config_int(Value config, std::string_view key, std::optional<int64_t> fallback,
                             int64_t least);
/// \error kInvalid
Expected<double> config_number(Value config, std::string_view key, double fallback);
bool config_flag(Value config, std::string_view key, bool fallback);
/// "key is value, expected …"
Error bad_config(std::string_view key, Value value, std::string_view expected);
/// An axis, or a list of them, counted from 0 and sorted; negative ones count from the end.
/// \error kInvalid  out of range, twice the same, or no number
Expected<std::vector<int64_t>> config_axes(Value value, std::string_view key, size_t rank);
/// \error kInvalid  input 0 has another rank
Status expect_rank(const LayerContext &context, size_t rank);

/// `padding` [top,bottom,left,right] of 'valid', 'same' or 'causal' the TensorFlow way: 'same' has
/// ceil(in / stride) positions, and what an odd total leaves over goes to bottom and right;
/// 'causal' is all at the top. One axis gives two numbers, two axes four. \param spatial  the
/// input's extents on these axes \error kInvalid
Expected<std::vector<int64_t>> explicit_padding(Value config, std::span<const int64_t> spatial,
                                                const std::vector<int64_t> &kernel,
                                                const std::vector<int64_t> &strides,
                                                const std::vector<int64_t> &dilations);

/// Appends the layer's argument `activation` as a node of its own, "<node>/relu"; nothing for
/// linear.
Expected<TensorId> apply_activation_argument(LayerContext &context, TensorId x);
/// The function of Keras of that name, as nodes "<node>/suffix" or, without suffix, of the layer's
/// name.
Expected<TensorId> append_function(LayerContext &context, const std::string &keras_name, TensorId x,
                                   std::string_view suffix);
/// Softmax over any axis.
Expected<TensorId> append_softmax(LayerContext &context, TensorId x, int64_t axis, std::string name,
                                  std::string source);

/// x * scale + shift with one value or one per channel, as batch_norm.
Expected<TensorId> append_affine(LayerContext &context, TensorId x, std::string name,
                                 std::string source, const std::vector<double> &scale,
                                 const std::vector<double> &shift);

}  // namespace embark::keras
