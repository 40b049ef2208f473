#pragma once
// Smaller weights in networks that stay float32: no calibration data are needed.

#include "quantize/quantize.h"

namespace embark {

/// Rounds the weights of conv2d and dense layers to int8 values times a scale for each output, the
/// greatest of them 127. Layers of fewer than kLeastPackedWeights, and depthwise ones, stay as they
/// are: nothing stores their weights in fewer bytes (ops/packed_weights.h).
std::vector<LayerReport> round_weights_to_int8(Graph &graph);

/// Gives all dense layers but the last one a codebook of 2^bits float values, placed by k-means
/// (Lloyd 1982): what STM32Cube.AI 10 does at its levels low (8 bits), medium and high (4 bits).
///
/// \param bits  4 or 8
std::vector<LayerReport> share_dense_weights(Graph &graph, int bits);

}  // namespace embark
