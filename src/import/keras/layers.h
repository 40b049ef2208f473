#pragma once
// What Keras' layers mean in embark's operators: one row per class in layers.def.

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "import/keras/model_config.h"
#include "import/keras/weights.h"
#include "ir/graph.h"

namespace embark::keras {

/// One call of a layer, on its way into the graph.
struct LayerContext {
    Graph &graph;
    const LayerConfig &layer;
    std::string node_name;  ///< the layer's name; calls after the first add "/call_2" …
    std::vector<TensorId> inputs;
    WeightLookup &weights;
    std::map<std::string, TensorId> &constants;  ///< by name, so that a shared layer has one set
    int keras_major = 3;                         ///< 2 or 3; some functions changed

    const Shape &input_shape(size_t index = 0) const {
        return graph.tensor(inputs[index]).type.shape;
    }
};

/// Appends the layer's nodes. \returns what takes the place of the layer's output
/// \error kInvalid, kUnsupported; the caller adds the layer as the place where it is empty
using Converter = Expected<TensorId> (*)(LayerContext &context);

struct LayerDefinition {
    std::string_view class_name;
    int inputs;  ///< how many tensors it takes; -1 for two or more
    Converter convert;
};

/// Null when embark has no converter.
const LayerDefinition *find_layer(std::string_view class_name);
/// True for classes of Keras itself that have no converter.
bool is_known_to_keras(std::string_view class_name);

/// Helpers of the converters.

/// Appends an operator. \p name is the node's, \p source what the tables call it.
Expected<TensorId> append(LayerContext &context, std::string op, std::string name,
                          std::string source, std::vector<TensorId> inputs,
                          Attributes attributes = {});
/// The constant "<layer>/<suffix>", made at the first call.
TensorId constant(LayerContext &context, std::string_view suffix, Shape shape,
                  std::span<const float> values);
/// [rows, columns] to [columns, rows].
std::vector<float> transpose(std::span<const float> values, size_t rows, size_t columns);

/// A number, or a list of them repeated to \p count: strides 2 is [2, 2].
/// \error kInvalid  of another form, or outside of [least, 2^20]
Expected<std::vector<int64_t>> config_ints(Value config, std::string_view key, size_t count,
                                           std::optional<int64_t> fallback, int64_t least);
/// \error kInvalid
Expected<double> config_number(Value config, std::string_view key, double fallback);
bool config_flag(Value config, std::string_view key, bool fallback);
/// \error kInvalid  input 0 has another rank
Status expect_rank(const LayerContext &context, size_t rank);

/// `padding` [top,bottom,left,right] of 'valid' or 'same' the TensorFlow way: the output has
/// ceil(in / stride) positions, and what an odd total leaves over goes to bottom and right.
/// \error kInvalid, kUnsupported
Expected<std::vector<int64_t>> explicit_padding(const LayerContext &context,
                                                const std::vector<int64_t> &kernel,
                                                const std::vector<int64_t> &strides,
                                                const std::vector<int64_t> &dilations);

/// Appends the layer's argument `activation` as a node of its own, "<node>/relu"; nothing for
/// linear.
Expected<TensorId> apply_activation_argument(LayerContext &context, TensorId x);

/// x * scale + shift with one value or one per channel, as batch_norm.
Expected<TensorId> append_affine(LayerContext &context, TensorId x, std::string name,
                                 std::string source, const std::vector<double> &scale,
                                 const std::vector<double> &shift);

}  // namespace embark::keras
