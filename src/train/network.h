#pragma once
// A spec with its weights, and its way from and to the graph.

#include <map>
#include <string>
#include <vector>

#include "train/spec.h"

namespace embark {

struct Array {
    Shape shape;
    std::vector<float> values;

    friend bool operator==(const Array &, const Array &) = default;
};

/// By "layer/part", in the graph's layouts: conv/kernel [out,rows,columns,in/groups],
/// depthwise/kernel [rows,columns,out], dense/kernel [out,in], bias [out]; batch normalisation has
/// gamma, beta, mean and variance [channels].
using Weights = std::map<std::string, Array, std::less<>>;

struct Network {
    Spec spec;
    Weights weights;
    /// Batch normalisations that came as scale and shift, without the statistics of their input:
    /// mean 0 and variance 1 stand for them until training has measured them.
    bool has_statistics = true;
};

/// The arrays that a layer needs, in a fixed order. \param in  the shape of its first input
std::vector<std::pair<std::string, Shape>> weight_shapes(const Layer &layer, const Shape &in);

/// Fresh weights: He et al. 2015 (arXiv:1502.01852) before rectifiers, Glorot & Bengio 2010
/// elsewhere, uniform; biases 0. The same numbers for the same seed, whatever the machine.
Expected<Weights> initial_weights(const Spec &spec, uint64_t seed);

/// \error kInvalid  arrays that lack, are too many, or have another shape than the layers ask for
Status check_weights(const Network &network);

/// The graph that computes what \p network does once trained: without dropout, batch normalisation
/// as scale and shift.
Expected<Graph> graph_of(const Network &network);

/// The layers of an imported float graph, with dropouts where the file has them.
/// \error kUnsupported  listing all nodes that have no layer; several inputs or outputs
Expected<Network> network_of(const Graph &graph);

}  // namespace embark
