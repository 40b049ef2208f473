#include "workflow/quantize_model.h"

#include <fmt/format.h>

#include <algorithm>

#include "ops/quantized.h"
#include "passes/passes.h"
#include "quantize/normal_form.h"

namespace embark {

namespace {

constexpr int64_t kFewImages = 50;
constexpr size_t kTrialImages = 100;  ///< on which the range methods are compared

Status check_network(const Graph &graph) {
    if (graph.inputs.size() != 1) {
        return make_error(
            ErrorCode::kUnsupported,
            fmt::format("the network has {} inputs, a data set feeds one", graph.inputs.size()));
    }
    const Tensor &input = graph.tensor(graph.inputs[0]);
    if (input.type.type == DataType::kFloat32) return Ok{};
    return make_error(ErrorCode::kUnsupported, Location{"", "input " + input.name},
                      fmt::format("is {}, expected float32: only float networks are quantised",
                                  to_string(input.type.type)));
}

Expected<Samples> make_samples(const Dataset &data, int64_t count, const Tensor &input,
                               const InputScaling &scaling) {
    Samples samples;
    for (int64_t i = 0; i < count; ++i) {
        EMBARK_ASSIGN(Bytes bytes, make_input(data, i, input.type, scaling));
        samples.push_back({std::move(bytes)});
    }
    return samples;
}

Status choose_ranges(Calibrated &calibrated, const QuantizeModelOptions &options) {
    const size_t trials = std::min(kTrialImages, calibrated.samples.size());
    const Samples some(calibrated.samples.begin(),
                       calibrated.samples.begin() + static_cast<std::ptrdiff_t>(trials));
    EMBARK_ASSIGN(const auto expected, scores_of(calibrated.graph, some));
    double least = 0;
    for (const RangeMethod method : kRangeMethods) {
        QuantizeOptions quantize{.ranges = method, .adapt = false};
        quantize.keep_float = options.keep_float;
        EMBARK_ASSIGN(const QuantizedNetwork network,
                      quantize_network(calibrated.graph, calibrated.seen, {}, quantize));
        EMBARK_ASSIGN(const auto found, scores_of(network.graph, some));
        const double error = score_error(expected, found);
        if (calibrated.tried.empty() || error < least) {
            least = error;
            calibrated.ranges = method;
        }
        calibrated.tried.emplace_back(method, error);
    }
    return Ok{};
}

}  // namespace

Expected<Calibrated> calibrate(const Graph &original, const Dataset &data,
                               const QuantizeModelOptions &options) {
    const auto stage = [&](const std::string &text) {
        if (options.on_stage) options.on_stage(text);
    };
    EMBARK_RETURN_IF_ERROR(check_network(original));
    EMBARK_RETURN_IF_ERROR(check_input(data, original.tensor(original.inputs[0])));
    Calibrated calibrated;
    calibrated.graph = original;
    EMBARK_RETURN_IF_ERROR(run_passes(calibrated.graph));
    EMBARK_RETURN_IF_ERROR(to_normal_form(calibrated.graph));
    const int64_t count = options.calibration_count > 0
                              ? std::min(options.calibration_count, data.count)
                              : data.count;
    if (count < kFewImages) {
        calibrated.warnings.push_back(fmt::format(
            "{} calibration images are few: ranges and roundings may not hold for others; 100 to "
            "1000 are usual",
            count));
    }
    stage("calibrate");
    EMBARK_ASSIGN(calibrated.samples,
                  make_samples(data, count, calibrated.graph.tensor(calibrated.graph.inputs[0]),
                               options.scaling));
    EMBARK_ASSIGN(calibrated.seen, observe(calibrated.graph, calibrated.samples));
    if (options.ranges) {
        calibrated.ranges = *options.ranges;
    } else {
        stage("choose ranges");
        EMBARK_RETURN_IF_ERROR(choose_ranges(calibrated, options));
    }
    return calibrated;
}

Expected<QuantizedNetwork> quantize_calibrated(const Calibrated &calibrated,
                                               const QuantizeModelOptions &options,
                                               const std::map<std::string, int> &bits) {
    if (options.on_stage) options.on_stage("quantise");
    QuantizeOptions quantize;
    quantize.ranges = calibrated.ranges;
    quantize.adapt = options.adapt;
    quantize.bits = bits;
    quantize.keep_float = options.keep_float;
    quantize.float_interface = options.float_interface;
    return quantize_network(calibrated.graph, calibrated.seen, calibrated.samples, quantize);
}

}  // namespace embark
