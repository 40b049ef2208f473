#pragma once
// What a layer with weights reads, position by position.

#include <optional>

#include "ir/graph.h"
#include "quantize/rounding.h"

namespace embark {

/// A conv2d of one group, dense or depthwise_conv2d layer, seen as a product with a matrix.
struct LayerShape {
    bool depthwise = false;
    int64_t outs = 0;
    int64_t depth = 0;      ///< weights per output
    int64_t positions = 0;  ///< output positions
    int64_t row = 0;        ///< values that one position reads: depth, or depth * channels
};
/// None for other nodes.
std::optional<LayerShape> layer_shape(const Graph &graph, const Node &node);

/// The weights (float32 constants) as a matrix of \p shape.
WeightMatrix read_weights(const Graph &graph, const Node &node, const LayerShape &shape);
/// Levels [outs][depth] in the layout of the layer's weights.
Bytes to_layout(const std::vector<int8_t> &levels, const LayerShape &shape);

/// The values under the layer's window at the given output positions, [positions][row], padding as
/// 0; \p type is float32, or int8 whose zero point is subtracted and scale left out.
std::vector<float> gather_rows(const Graph &graph, const Node &node, const LayerShape &shape,
                               const TensorType &type, const Bytes &values,
                               const std::vector<int64_t> &positions);

}  // namespace embark
