#include "workflow/estimate_level.h"

#include <cstring>

#include "ops/operands.h"
#include "passes/passes.h"
#include "quantize/normal_form.h"
#include "workflow/compress.h"

namespace embark {

namespace {

/// Values of [0, 1) for float inputs, zeros for others.
Samples one_sample(const Graph &graph) {
    std::vector<Bytes> sample;
    uint32_t state = 1;
    for (const TensorId id : graph.inputs) {
        const TensorType &type = graph.tensor(id).type;
        Bytes bytes(type.bytes(), 0);
        for (size_t at = 0; type.type == DataType::kFloat32 && at < bytes.size(); at += 4) {
            state = state * 1664525 + 1013904223;
            const float value = static_cast<float>(state >> 8) / (1 << 24);
            std::memcpy(&bytes[at], &value, sizeof value);
        }
        sample.push_back(std::move(bytes));
    }
    return {std::move(sample)};
}

Expected<Graph> as_int8(const Graph &original) {
    Calibrated calibrated;
    calibrated.graph = original;
    EMBARK_RETURN_IF_ERROR(run_passes(calibrated.graph));
    EMBARK_RETURN_IF_ERROR(to_normal_form(calibrated.graph));
    EMBARK_ASSIGN(calibrated.seen, observe(calibrated.graph, one_sample(calibrated.graph)));
    QuantizeModelOptions options;
    options.adapt = false;
    EMBARK_ASSIGN(QuantizedNetwork network, quantize_calibrated(calibrated, options));
    if (network.layers.empty()) {
        return make_error(ErrorCode::kUnsupported, "no float32 layer has an int8 form");
    }
    return std::move(network.graph);
}

/// Cuts the weights of layers that the levels may cut to 1 << \p bits values.
void cut_weights(Graph &graph, int bits) {
    const auto mask = static_cast<uint8_t>(0xFF << (8 - bits));
    for (Node &node : graph.nodes) {
        if (node.op != "conv2d" && node.op != "dense") continue;
        const Tensor weights = graph.tensor(node.inputs[1]);
        if (weights.type.type != DataType::kInt8 || !weights.is_constant()) continue;
        if (element_count(weights.type.shape) < kLeastCompressedWeights) continue;
        Bytes bytes = *weights.data;
        for (uint8_t &byte : bytes) byte &= mask;
        node.inputs[1] = graph.add_constant(weights.name, weights.type, std::move(bytes));
    }
}

}  // namespace

Expected<Graph> estimate_level(const Graph &original, Compression level, bool int8) {
    if (level == Compression::kNone) return original;
    if (level == Compression::kLossless) {
        Graph graph = original;
        EMBARK_RETURN_IF_ERROR(run_named_passes(graph, {"remove_constant_channels"}));
        return graph;
    }
    if (level == Compression::kLow && !int8) {
        EMBARK_ASSIGN(CompressedModel model, compress_weights(original, level, WeightForm::kInt8));
        return std::move(model.network.graph);
    }
    EMBARK_ASSIGN(Graph graph, as_int8(original));
    if (level == Compression::kMedium) cut_weights(graph, 4);
    if (level == Compression::kHigh) cut_weights(graph, 2);
    return graph;
}

}  // namespace embark
