#pragma once
// Post-training quantisation of a float network to int8.

#include <map>
#include <set>
#include <string>

#include "quantize/observe.h"

namespace embark {

struct QuantizeOptions {
    RangeMethod ranges = RangeMethod::kMinMax;
    /// Rounding errors of a layer's weights compensate each other, and its bias takes up the mean
    /// error, over the samples; otherwise each weight is rounded by itself.
    bool adapt = true;
    /// Bits per weight by layer (node name), 2 to 8; 8 for those not named.
    std::map<std::string, int> bits;
    std::set<std::string> keep_float;  ///< nodes that stay float32
    bool float_interface = false;      ///< inputs and outputs stay float32
};

/// What quantisation did to a layer with weights.
struct LayerReport {
    std::string name;
    int bits = 8;
    int64_t weights = 0;
    /// Squared error of the layer's outputs by its weights' rounding, relative to the outputs'
    /// squares; from the weights alone where no samples were used.
    double error = 0;
};

struct QuantizedNetwork {
    Graph graph;
    std::vector<LayerReport> layers;
    std::vector<std::string> stays_float;  ///< nodes without a quantised form
};

/// Quantises a float network: weights symmetric with a scale per output channel, activations with
/// one scale and zero point, biases int32, by TensorFlow Lite's rules, so that exported files give
/// the same bytes there. What has no quantised form stays float between `dequantize` and
/// `quantize`.
///
/// \param graph    in normal form (normal_form.h), verified
/// \param seen     by tensor, from observe()
/// \param samples  for `adapt`; may be empty otherwise
/// \error as append_node
Expected<QuantizedNetwork> quantize_network(const Graph &graph,
                                            const std::vector<Observation> &seen,
                                            const Samples &samples, const QuantizeOptions &options);

/// What the network answers: by sample, the real values of its first output, before a softmax that
/// makes them. \error as evaluate
Expected<std::vector<std::vector<float>>> scores_of(const Graph &graph, const Samples &samples);

/// Squared error of \p found, relative to the spread of \p expected around each sample's mean.
double score_error(const std::vector<std::vector<float>> &expected,
                   const std::vector<std::vector<float>> &found);

/// Inputs for \p quantized that stand for the float samples; those of float inputs stay.
std::vector<Bytes> quantized_inputs(const Graph &quantized, const std::vector<Bytes> &sample);

}  // namespace embark
