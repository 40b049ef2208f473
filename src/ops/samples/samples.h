#pragma once
// A small example of every operator: what `embark supported-ops` tries out, and what tests run
// through the reference, generated C and the virtual board.

#include <string>
#include <string_view>
#include <vector>

#include "ops/registry.h"

namespace embark {

/// What an input of a sample is.
enum class SampleRole {
    kActivation,  ///< of the sample's type
    kConstant,    ///< of the sample's type
    kWeights,     ///< constant; int8 per channel when the sample is quantised
    kBias,        ///< constant; int32 (int64 for int16 activations) when the sample is quantised
    kIndices,     ///< constant int64, each below `limit`
    kBool,        ///< activation of type bool
};

struct SampleInput {
    Shape shape;
    SampleRole role = SampleRole::kActivation;
    int64_t limit = 2;
};

struct OpSample {
    std::string_view op;
    std::vector<SampleInput> inputs;
    Attributes attributes = {};
};

/// One sample per operator at least, in no particular order.
const std::vector<OpSample> &op_samples();

/// The types that tables of operators have columns for.
struct SampleType {
    std::string_view name;  ///< "float32", "int8" (quantised), "int32" …
    DataType type = DataType::kFloat32;
    bool quantized = false;
};
std::span<const SampleType> sample_types();

/// The sample as a graph of one node with \p type as the type of its activations; constants are
/// pseudo-random, quantisation parameters plausible. \error kUnsupported, kInvalid  the operator
/// does not take these types
Expected<Graph> sample_graph(const OpSample &sample, const SampleType &type);

/// Pseudo-random input bytes of a sample's graph: finite reals, any integers.
std::vector<Bytes> sample_inputs(const Graph &graph, uint32_t seed = 1);

/// Whether the operator can be evaluated on operands of this type.
bool supports(const OpSample &sample, const SampleType &type);

}  // namespace embark
