#include <fmt/format.h>

#include "base/files.h"
#include "cli/command.h"
#include "cli/common.h"
#include "export/tflite/tflite_exporter.h"
#include "ir/text.h"
#include "workflow/quantize_model.h"

namespace embark {

namespace {

struct OptimizeCommand {
    std::string model, output;
    ImportArguments inputs;
    bool int8 = false, float_interface = false, plain = false;
    std::string calibration, test, ranges;
    int64_t calibration_count = 500, count = 0;
    InputScaling scaling;
    std::vector<std::string> keep_float;
};

Expected<std::optional<RangeMethod>> parse_ranges(const std::string &text) {
    if (text.empty() || text == "best") return std::optional<RangeMethod>();
    for (const RangeMethod method : kRangeMethods) {
        if (to_string(method) == text) return std::optional(method);
    }
    return make_error(ErrorCode::kUsage, fmt::format("unknown range method '{}'", text));
}

Status write_network(const Graph &graph, const std::string &file) {
    if (std::filesystem::path(file).extension() == ".graph") {
        PrintOptions options;
        options.weights = true;
        return write_file(file, print(graph, options));
    }
    EMBARK_ASSIGN(const Bytes bytes, export_tflite(graph));
    return write_file(file, bytes);
}

Expected<Classification> accuracy_of(const Graph &graph, const Dataset &data,
                                     const OptimizeCommand &command, const std::string &stage) {
    EvaluateOptions options;
    options.count = command.count;
    options.scaling = command.scaling;
    options.stop = &catch_interrupt();
    ProgressBar bar;
    options.progress = [&](int64_t done, int64_t total) { bar.show(stage, done, total); };
    EMBARK_ASSIGN(const Evaluation evaluation, evaluate_reference(graph, data, options));
    if (evaluation.classification) return *evaluation.classification;
    return make_error(ErrorCode::kInvalid, Location{command.test, ""},
                      "has no labels that fit the network's output");
}

Expected<int> optimize(const OptimizeCommand &command) {
    EMBARK_ASSIGN(const ImportOptions import_options, command.inputs.options());
    EMBARK_ASSIGN(const Graph original, read_graph(command.model, import_options));
    EMBARK_ASSIGN(const Dataset data, load_dataset(command.calibration, command.calibration_count));
    QuantizeModelOptions options;
    options.calibration_count = command.calibration_count;
    options.scaling = command.scaling;
    options.adapt = !command.plain;
    options.float_interface = command.float_interface;
    options.keep_float.insert(command.keep_float.begin(), command.keep_float.end());
    EMBARK_ASSIGN(options.ranges, parse_ranges(command.ranges));
    EMBARK_ASSIGN(const Calibrated calibrated, calibrate(original, data, options));
    EMBARK_ASSIGN(const QuantizedNetwork network, quantize_calibrated(calibrated, options));
    for (const auto &[method, error] : calibrated.tried) {
        fmt::print("{:<12} {:.6f}{}\n", to_string(method), error,
                   method == calibrated.ranges ? "  chosen" : "");
    }
    for (const LayerReport &layer : network.layers) {
        fmt::print("{:<24} {} bits {:>8} weights  error {:.2e}\n", layer.name, layer.bits,
                   layer.weights, layer.error);
    }
    for (const std::string &name : network.stays_float) fmt::print("stays float: {}\n", name);
    if (!command.output.empty())
        EMBARK_RETURN_IF_ERROR(write_network(network.graph, command.output));
    if (!command.test.empty()) {
        EMBARK_ASSIGN(const Dataset test, load_dataset(command.test, command.count));
        EMBARK_ASSIGN(const Classification before, accuracy_of(original, test, command, "float"));
        EMBARK_ASSIGN(const Classification after,
                      accuracy_of(network.graph, test, command, "int8"));
        fmt::print("accuracy float {:.4f} int8 {:.4f}\n", before.accuracy(), after.accuracy());
    }
    return 0;
}

}  // namespace

void add_optimize(CLI::App &app, Invocation &invocation) {
    auto options = std::make_shared<OptimizeCommand>();
    app.add_option("model", options->model, "float network, or a .graph file (text form)")
        ->required();
    app.add_option("-o,--output", options->output, "file to write: .tflite or .graph")
        ->type_name("FILE");
    app.add_flag("--int8", options->int8, "int8 weights and activations");
    app.add_option("--calibrate", options->calibration, "data to calibrate on, as --data elsewhere")
        ->required()
        ->type_name("DATA");
    app.add_option("--calibration-count", options->calibration_count,
                   "use the first so many images")
        ->check(positive_number())
        ->capture_default_str();
    app.add_option("-d,--data", options->test, "labelled data to measure the accuracy on")
        ->type_name("DATA");
    app.add_option("--count", options->count, "measure on the first so many images (default: all)")
        ->check(positive_number());
    app.add_option("--ranges", options->ranges, "how activations' ranges are taken")
        ->check(CLI::IsMember({"best", "min-max", "percentile", "mse", "entropy"}));
    app.add_flag("--plain", options->plain, "round each weight by itself, leave biases alone");
    app.add_option("--keep-float", options->keep_float, "layer that stays float32 (repeatable)");
    app.add_flag("--float-io", options->float_interface, "inputs and outputs stay float32");
    app.add_option("--divide", options->scaling.divisor, "divide 8-bit pixels by this")
        ->check(positive_number())
        ->capture_default_str();
    app.add_option("--offset", options->scaling.offset, "then add this")->capture_default_str();
    options->inputs.add_to(app);
    app.callback([options, &invocation] {
        invocation.run = [options] { return guarded([&] { return optimize(*options); }); };
    });
}

}  // namespace embark
