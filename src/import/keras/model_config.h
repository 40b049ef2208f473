#pragma once
// The network as Keras describes it: layers and who calls whom. Reads the JSON of Keras 2 and 3,
// Sequential and Functional, into one form; what a layer means is for layers.h.

#include <string>
#include <vector>

#include "base/diagnostics.h"
#include "import/keras/json.h"

namespace embark::keras {

/// One output of one call of a layer.
struct TensorRef {
    std::string layer;
    int64_t call = 0;
    int64_t output = 0;
    friend auto operator<=>(const TensorRef &, const TensorRef &) = default;
};

/// A layer applied to tensors; a shared layer has several calls.
struct LayerCall {
    std::vector<TensorRef> inputs;
    std::string foreign_argument;  ///< an argument that is neither tensor nor default; else empty
};

struct LayerConfig {
    std::string class_name;       ///< "Conv2D"
    std::string name;             ///< unique
    std::string registered_name;  ///< "Package>Class" of custom objects, else often empty
    Value config;
    Value input_shape;  ///< of an InputLayer, batch first
    std::vector<LayerCall> calls;
};

struct ModelConfig {
    std::string name;
    std::vector<LayerConfig> layers;
    std::vector<TensorRef> inputs, outputs;
};

/// \param root  the attribute model_config; must outlive the result
/// \param diagnostics  takes faults of layers, by layer, and warnings
/// \error kInvalid, kUnsupported  what makes the whole unreadable
Expected<ModelConfig> parse_model_config(Value root, Diagnostics &diagnostics);

}  // namespace embark::keras
