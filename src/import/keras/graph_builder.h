#pragma once
// From Keras' description and weights to nodes: order, checks that every layer needs, faults.

#include "base/diagnostics.h"
#include "import/keras/archive.h"
#include "import/keras/model_config.h"
#include "ir/graph.h"

namespace embark::keras {

/// Appends all layers of \p model to \p graph in an order in which inputs come first, as near to
/// the file's as that allows, and sets the graph's inputs and outputs.
///
/// Unsupported layers are all reported before anything is converted; a layer whose inputs could not
/// be made is skipped in silence, since its fault is elsewhere.
///
/// \param file  names the file in messages
/// \param keras_major  2 or 3: the version that wrote it
void add_layers(const ModelConfig &model, const Archive &archive, const std::string &file,
                int keras_major, Graph &graph, Diagnostics &diagnostics);

}  // namespace embark::keras
