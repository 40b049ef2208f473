#pragma once
// Weights and biases that make up for what quantisation loses, measured on samples.

#include <optional>

#include "quantize/layer_rows.h"
#include "quantize/rounding.h"

namespace embark {

/// What a layer read at positions chosen over all samples.
struct LayerSamples {
    std::optional<Gram> gram;  ///< of the quantised inputs; none for depthwise layers and for those
                               ///< with too many weights per output
    /// [outs][depth], with a gram: sums over the positions of what an output lacks, since its
    /// inputs are the quantised network's, times each of these inputs. Both in steps of the input's
    /// scale.
    std::vector<float> lacking;
    std::vector<double> float_mean;      ///< [row], of the float network's inputs
    std::vector<double> quantized_mean;  ///< [row], real values
};

/// \param weights     of the float layer
/// \param floats      inputs of the layer in the float network, by sample
/// \param type,values  the quantised network's
LayerSamples sample_layer(const Graph &graph, const Node &node, const LayerShape &shape,
                          const WeightMatrix &weights, const std::vector<Bytes> &floats,
                          const TensorType &type, const std::vector<Bytes> &values);

/// Squared error of the outputs by rounding, relative to their squares; without \p gram of the
/// weights themselves.
double rounding_error(const WeightMatrix &weights, const RoundedWeights &rounded, const Gram *gram);

/// Adds to \p bias what the mean output has lost by quantised weights and inputs.
void correct_bias(const WeightMatrix &weights, const RoundedWeights &rounded,
                  const LayerShape &shape, const LayerSamples &samples, std::vector<double> &bias);

}  // namespace embark
