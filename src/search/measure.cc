#include "search/measure.h"

#include "evaluate/evaluate.h"
#include "workflow/compress.h"

namespace embark {

namespace {

std::map<std::string, int> uniform_bits(const Graph &graph, int bits) {
    std::map<std::string, int> by_layer;
    if (bits >= 8) return by_layer;
    for (const Node &node : graph.nodes) {
        if (node.op != "conv2d" && node.op != "dense") continue;
        const Tensor &weights = graph.tensor(node.inputs[1]);
        if (element_count(weights.type.shape) >= kLeastCompressedWeights) {
            by_layer[node.name] = bits;
        }
    }
    return by_layer;
}

}  // namespace

Expected<double> accuracy_of(const Graph &graph, const Dataset &data, const InputScaling &scaling) {
    EvaluateOptions options;
    options.scaling = scaling;
    EMBARK_ASSIGN(const Evaluation evaluation, evaluate_reference(graph, data, options));
    if (!evaluation.classification) {
        return make_error(ErrorCode::kInvalid, Location{data.name, ""},
                          "has no labels, expected a class for each example");
    }
    return evaluation.classification->accuracy();
}

Expected<Measured> quantise_and_measure(const Graph &trained, int bits, const Dataset &calibration,
                                        int64_t count, const Dataset &held_out,
                                        const InputScaling &scaling) {
    QuantizeModelOptions options;
    options.calibration_count = count;
    options.scaling = scaling;
    options.ranges = RangeMethod::kMinMax;
    EMBARK_ASSIGN(const Calibrated calibrated, calibrate(trained, calibration, options));
    EMBARK_ASSIGN(QuantizedNetwork network,
                  quantize_calibrated(calibrated, options, uniform_bits(calibrated.graph, bits)));
    Measured measured{std::move(network.graph)};
    EMBARK_ASSIGN(measured.accuracy, accuracy_of(measured.graph, held_out, scaling));
    return measured;
}

}  // namespace embark
