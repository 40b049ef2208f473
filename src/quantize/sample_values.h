#pragma once

#include "quantize/observe.h"

namespace embark {

/// What the tensors of a network hold for each sample, node by node; values go when their last
/// reader has run.
class SampleValues {
  public:
    /// Keeps \p graph, which may still grow.
    explicit SampleValues(const Graph &graph) : graph_(graph) {}

    void set(TensorId id, std::vector<Bytes> values) { values_[id] = std::move(values); }
    bool has(TensorId id) const { return values_.contains(id); }
    /// One entry per sample.
    const std::vector<Bytes> &of(TensorId id) const { return values_.at(id); }
    void release(TensorId id) { values_.erase(id); }

    /// Evaluates \p node, whose inputs are there or constant, for all samples. \error as its
    /// operator
    Status run(const Node &node);

  private:
    const Graph &graph_;
    std::map<TensorId, std::vector<Bytes>> values_;
};

}  // namespace embark
