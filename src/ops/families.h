#pragma once
// The three functions of every family in ops.def; each folder implements its own.

#include "ops/registry.h"

namespace embark {

#define EMBARK_OP(name, traits, family)                                                     \
    Expected<std::vector<TensorType>> infer_##family(const Graph &graph, const Node &node); \
    Status evaluate_##family(const Node &node, std::span<const ConstTensorView> inputs,     \
                             std::span<const TensorView> outputs);                          \
    int64_t macc_##family(const Graph &graph, const Node &node);
#include "ops/ops.def"

}  // namespace embark
