#pragma once
// The functions of every family in ops.def; each folder implements its own.

#include "ops/portable.h"
#include "ops/registry.h"

namespace embark {

#define EMBARK_OP(name, traits, family)                                                     \
    Expected<std::vector<TensorType>> infer_##family(const Graph &graph, const Node &node); \
    Status evaluate_##family(const Node &node, std::span<const ConstTensorView> inputs,     \
                             std::span<const TensorView> outputs);                          \
    int64_t macc_##family(const Graph &graph, const Node &node);
#define EMBARK_PORTABLE_OP(name, traits, family)                                            \
    Expected<std::vector<TensorType>> infer_##family(const Graph &graph, const Node &node); \
    Expected<PortableCall> portable_##family(const Node &node,                              \
                                             std::span<const TensorType *const> inputs,     \
                                             std::span<const TensorType> outputs);          \
    int64_t macc_##family(const Graph &graph, const Node &node);
#define EMBARK_MIXED_OP(name, traits, family)                                           \
    EMBARK_PORTABLE_OP(name, traits, family)                                            \
    Status evaluate_##family(const Node &node, std::span<const ConstTensorView> inputs, \
                             std::span<const TensorView> outputs);
#include "ops/ops.def"

}  // namespace embark
