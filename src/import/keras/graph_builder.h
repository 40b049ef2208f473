#pragma once
// From Keras' description and weights to nodes: order, models inside of models, faults.

#include <optional>

#include "import/keras/layers.h"

namespace embark::keras {

/// Appends all layers of \p model to the graph in an order in which inputs come first, as near to
/// the file's as that allows, and sets the graph's inputs and outputs.
///
/// Where there are unsupported layers, they alone are reported, all of them; a layer whose inputs
/// could not be made is skipped in silence, since its fault is elsewhere.
void add_layers(const ModelConfig &model, ImportState &state);

/// Appends one call of the model that \p context's layer is. \returns its outputs
/// \error with an empty message when the faults inside of it were reported
Expected<std::vector<TensorId>> add_inner_model(LayerContext &context);

}  // namespace embark::keras
