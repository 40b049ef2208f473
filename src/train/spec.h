#pragma once
// A network as a short text of layers, one a line; docs/training.md describes the language.

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "ir/graph.h"

namespace embark {

enum class LayerKind {
    kInput,
    kConv,
    kDepthwise,
    kDense,
    kBatchNorm,
    kActivation,  ///< a layer of its own; conv, depthwise and dense may carry one as well
    kMaxPool,
    kAveragePool,
    kGlobalAveragePool,
    kGlobalMaxPool,
    kAdd,
    kConcat,
    kDropout,
    kSpatialDropout,
    kFlatten,
    kReshape,
    kSoftmax,
};

/// Where a window may reach over the border.
enum class Padding { kSame, kValid, kExplicit };

struct Layer {
    LayerKind kind = LayerKind::kInput;
    std::string name;                 ///< unique
    std::vector<std::string> inputs;  ///< names of earlier layers; empty for the input alone
    Shape shape;                      ///< kInput, kReshape: without the batch
    int64_t units = 0;                ///< kConv, kDense: outputs
    int64_t multiplier = 1;           ///< kDepthwise: outputs per input
    int64_t groups = 1;               ///< kConv
    std::array<int64_t, 2> kernel{1, 1}, strides{1, 1}, dilations{1, 1};  ///< rows, columns
    Padding padding = Padding::kSame;
    std::array<int64_t, 4> pads{};  ///< kExplicit: top, bottom, left, right
    bool bias = true;
    std::string activation;  ///< operator of the graph: "relu"; empty: none
    double alpha = 0;        ///< of leaky_relu and elu
    double rate = 0;         ///< dropouts: share that is dropped
    double epsilon = 1e-3;   ///< kBatchNorm
    int line = 0;            ///< in the text, from 1; 0: made otherwise
};

/// Layers in topological order; the first is the only input, the last makes the output.
struct Spec {
    std::string name = "network";
    std::vector<Layer> layers;

    /// Null when there is none.
    const Layer *find(std::string_view layer) const;
    Layer *find(std::string_view layer);
    int index_of(std::string_view layer) const;  ///< -1 when there is none
};

/// The words of the language for activations, which are the operators' names.
bool is_activation(std::string_view word);
/// The word that begins a layer's line: "conv", "relu" …
std::string word_of(const Layer &layer);

/// \error kInvalid  with the lines: all faults of syntax, names and shapes
Expected<Spec> parse_spec(std::string_view text, const std::string &file = {});
/// The text of \p spec: parse_spec gives the same layers.
std::string print_spec(const Spec &spec);

/// Shapes of all layers without the batch: [features], [steps,channels] or [rows,columns,channels].
/// \error kInvalid  with the layer's line or name
Expected<std::vector<Shape>> infer_shapes(const Spec &spec);

/// Padding of a window over \p input ([rows,columns,channels] or [steps,channels], which count as
/// one row): top, bottom, left, right.
std::array<int64_t, 4> pads_of(const Layer &layer, const Shape &input);

}  // namespace embark
