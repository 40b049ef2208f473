#pragma once

#include "evaluate/dataset.h"
#include "ir/graph.h"

namespace embark {

/// A trained network in the form that is deployed.
struct Measured {
    Graph graph;          ///< int8
    double accuracy = 0;  ///< on the held-out examples, in [0,1]
};

/// Quantises \p trained with all weights that may take fewer bits at \p bits, and measures it.
///
/// \param calibration  the first examples for ranges and rounding, as many as \p count
/// \param held_out     with labels
/// \error as calibrate and evaluate_reference
Expected<Measured> quantise_and_measure(const Graph &trained, int bits, const Dataset &calibration,
                                        int64_t count, const Dataset &held_out,
                                        const InputScaling &scaling);

/// The share of \p data whose class \p graph answers. \error as evaluate_reference
Expected<double> accuracy_of(const Graph &graph, const Dataset &data, const InputScaling &scaling);

}  // namespace embark
