#pragma once

#include "ir/graph.h"
#include "quantize/level.h"

namespace embark {

/// The network as small as \p level can make it, for planning: no data are needed, and its answers
/// mean nothing.
///
/// kLow makes weights int8; kMedium and kHigh make everything int8, and weights of layers that may
/// take fewer bits 4 or 2. How many bits accuracy allows is for compress_model() to say.
/// \param int8  at kLow: activations, too, as with calibration data
/// \error kUnsupported  the level does nothing for this network: it is quantised already, or has no
///                      layer that could be
Expected<Graph> estimate_level(const Graph &original, Compression level, bool int8 = false);

}  // namespace embark
