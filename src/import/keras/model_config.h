#pragma once
// The network as Keras describes it: layers, who calls whom, and models inside of models. Reads the
// JSON of Keras 2 and 3, Sequential and Functional, into one form; what a layer means is for
// layers.h.

#include <memory>
#include <string>
#include <vector>

#include "base/diagnostics.h"
#include "import/keras/json.h"
#include "import/keras/layer_calls.h"

namespace embark::keras {

struct ModelConfig;

struct LayerConfig {
    std::string class_name;       ///< "Conv2D"
    std::string name;             ///< unique in its model
    std::string module;           ///< "keras.layers", "keras.src.ops.numpy"; empty in .h5 files
    std::string registered_name;  ///< "Package>Class" of custom objects, else often empty
    Value config;
    Value input_shape;  ///< of an InputLayer, batch first
    /// The same number for one layer in two models, of which an archive keeps one's weights; or 0.
    int64_t shared_id = 0;
    std::vector<LayerCall> calls;
    /// What it is inside, when it is a model that is used as a layer.
    std::unique_ptr<ModelConfig> model;
    /// What a wrapper wraps: one layer, or for Bidirectional one or two (forward, backward).
    std::vector<LayerConfig> wrapped;

    /// True for a function of keras.ops, which is no layer: it holds no weights and has no place in
    /// the list of layers by which an archive names weights.
    bool is_operation() const { return module.starts_with("keras.src.ops"); }
};

struct ModelConfig {
    std::string name;
    std::vector<LayerConfig> layers;
    std::vector<TensorRef> inputs, outputs;
};

/// \param root  model_config of an .h5 file or config.json of an archive; must outlive the result
/// \param diagnostics  takes faults of layers, by layer, and warnings
/// \error kInvalid, kUnsupported  what makes the whole unreadable
Expected<ModelConfig> parse_model_config(Value root, Diagnostics &diagnostics);

}  // namespace embark::keras
