#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "cli/command.h"
#include "cli/common.h"
#include "export/exporter.h"
#include "report/text_table.h"

namespace embark {

namespace {

struct OptimizeCommand {
    std::string model, output, test, ranges;
    ImportArguments inputs;
    CompressionArguments compression;
    InputScaling scaling;
    int64_t count = 0;
    bool int8 = false, float_interface = false, plain = false;
    std::vector<std::string> keep_float;
};

std::optional<RangeMethod> ranges_named(const std::string &text) {
    for (const RangeMethod method : kRangeMethods) {
        if (to_string(method) == text) return method;
    }
    return std::nullopt;
}

Status write_result(const Graph &graph, const OptimizeCommand &command) {
    if (command.output.empty()) return Ok{};
    EMBARK_ASSIGN(const size_t bytes, write_network(graph, command.output, command.model));
    fmt::print("\n{:>10}  {}\n", bytes, command.output);
    return Ok{};
}

void print_table(std::string_view title, const TextTable &table) {
    const TextOptions options = text_options();
    const Ink ink{options.color};
    fmt::print("{}{}", text_heading(title, ink), render_text_table(table, options.width, ink));
}

void print_ranges(const Calibrated &calibrated) {
    TextTable table{{{"ranges by"}, {"error of the scores", true}, {""}}, {}};
    for (const auto &[method, error] : calibrated.tried) {
        table.rows.push_back({std::string(to_string(method)), fmt::format("{:.6f}", error),
                              method == calibrated.ranges ? "chosen" : ""});
    }
    if (!table.rows.empty()) print_table("Ranges of activations", table);
}

void print_layers(const QuantizedNetwork &network, bool weights_only) {
    TextTable table{{{"layer"},
                     {"weights", true},
                     {"bits", true},
                     {weights_only ? "error of the weights" : "error of its outputs", true}},
                    {}};
    for (const LayerReport &layer : network.layers) {
        table.rows.push_back({layer.name, fmt::format("{}", layer.weights),
                              fmt::format("{}", layer.bits), fmt::format("{:.2e}", layer.error)});
    }
    print_table("Layers", table);
    for (const std::string &name : network.stays_float) {
        fmt::print(" - {} stays float32\n", name);
    }
}

/// A bar of up to ten characters for the decimal logarithm, 1e-6 … 1.
std::string logarithmic_bar(double error) {
    const double tenths = std::clamp((std::log10(std::max(error, 1e-9)) + 6) / 6 * 10, 0.0, 10.0);
    std::string bar;
    for (int i = 0; i < static_cast<int>(std::lround(tenths)); ++i) bar += "█";
    return bar;
}

void print_sensitivity(const CompressionReport &model) {
    if (model.sensitivity.empty()) return;
    TextTable table{
        {{"layer"}, {"weights", true}, {"bits", true}, {"error added", true}, {"1e-6 … 1"}}, {}};
    for (const Sensitivity &choice : model.sensitivity) {
        if (choice.bits == 8) continue;
        table.rows.push_back({choice.layer, fmt::format("{}", choice.weights),
                              fmt::format("{}", choice.bits), fmt::format("{:.2e}", choice.error),
                              logarithmic_bar(choice.error)});
    }
    print_table("Sensitivity of the scores to the weights' bits", table);
    TextTable front{
        {{"weights", true}, {"flash", true}, {"error added", true}, {"accuracy", true}, {""}}, {}};
    for (size_t i = 0; i < model.front.size(); ++i) {
        const FrontPoint &point = model.front[i];
        front.rows.push_back({fmt::format("{} B", point.weight_bytes),
                              fmt::format("{} B", point.flash_bytes),
                              fmt::format("{:.2e}", point.error),
                              point.accuracy ? fmt::format("{:.2f} %", *point.accuracy * 100) : "",
                              i == model.chosen ? "chosen" : ""});
    }
    print_table("Flash (predicted) against error", front);
}

Expected<Evaluation> evaluate_on(const Graph &graph, const Dataset &data,
                                 const OptimizeCommand &command, const std::string &stage) {
    EvaluateOptions options;
    options.count = command.count;
    options.scaling = command.scaling;
    options.stop = &catch_interrupt();
    ProgressBar bar;
    options.progress = [&](int64_t done, int64_t total) { bar.show(stage, done, total); };
    return evaluate_reference(graph, data, options);
}

Status print_accuracy(const Graph &original, const Graph &result, const OptimizeCommand &command) {
    if (command.test.empty()) return Ok{};
    EMBARK_ASSIGN(const Dataset data, load_dataset(command.test, command.count));
    EMBARK_ASSIGN(const Evaluation before, evaluate_on(original, data, command, "original"));
    EMBARK_ASSIGN(const Evaluation after, evaluate_on(result, data, command, "result"));
    EMBARK_ASSIGN(const Differences differences,
                  compare(after.outputs.front(), before.outputs.front()));
    fmt::print("\nOn {} images of {} (measured)\n", after.images, command.test);
    if (before.classification && after.classification) {
        const double was = before.classification->accuracy() * 100;
        const double is = after.classification->accuracy() * 100;
        fmt::print(" accuracy   {:.2f} % before, {:.2f} % after: {:+.2f} points\n", was, is,
                   is - was);
    }
    fmt::print(" same class {:.2f} % of the images\n", differences.agreement() * 100);
    return Ok{};
}

/// What needs no data.
Expected<int> optimize_lossless(const OptimizeCommand &command, const Graph &original) {
    Graph graph = original;
    EMBARK_ASSIGN(const auto results,
                  run_named_passes(graph, {"remove_constant_channels", "remove_unused"}));
    fmt::print("{} channels removed, the outputs stay the same\n", results.front().changes);
    EMBARK_RETURN_IF_ERROR(print_accuracy(original, graph, command));
    EMBARK_RETURN_IF_ERROR(write_result(graph, command));
    return 0;
}

Expected<int> optimize(const OptimizeCommand &command) {
    if (!command.output.empty()) EMBARK_RETURN_IF_ERROR(exporter_for(command.output));
    EMBARK_ASSIGN(const ImportOptions import_options, command.inputs.options());
    EMBARK_ASSIGN(const Graph original, read_graph(command.model, import_options));
    CompressionArguments compression = command.compression;
    if (command.int8) {
        compression.level = "low";
        if (compression.data.empty()) {
            return make_error(ErrorCode::kUsage,
                              "--int8 needs --calibrate DATA: images like those that the network "
                              "will see; --compression low without data makes weights int8 only");
        }
    }
    EMBARK_ASSIGN(CompressOptions options, compression.options(command.scaling));
    if (options.level == Compression::kNone) {
        return make_error(ErrorCode::kUsage, "expected --int8 or a --compression other than none");
    }
    if (options.level == Compression::kLossless) return optimize_lossless(command, original);
    options.quantize.ranges = ranges_named(command.ranges);
    options.quantize.adapt = !command.plain;
    options.quantize.float_interface = command.float_interface;
    options.quantize.keep_float.insert(command.keep_float.begin(), command.keep_float.end());
    EMBARK_ASSIGN(const CompressedModel model, compression.compress(original, options));
    for (const std::string &warning : model.calibrated.warnings) {
        fmt::print(stderr, "embark: warning: {}\n", warning);
    }
    print_ranges(model.calibrated);
    print_sensitivity(model.report);
    const CompressionReport &report = model.report;
    print_layers(model.network, report.watched == 0);
    if (report.watched > 0) {
        fmt::print(
            "\n{} {:.2f} % before, {:.2f} % after, on {} images{}\n",
            report.labelled ? "accuracy" : "same class", report.float_accuracy * 100,
            report.accuracy * 100, report.watched,
            report.watched_is_new ? " behind those for calibration" : " used for calibration");
    }
    EMBARK_RETURN_IF_ERROR(print_accuracy(original, model.network.graph, command));
    EMBARK_RETURN_IF_ERROR(write_result(model.network.graph, command));
    return 0;
}

}  // namespace

void add_optimize(CLI::App &app, Invocation &invocation) {
    auto options = std::make_shared<OptimizeCommand>();
    app.add_option("model", options->model, "network file, or a .graph file (text form)")
        ->required();
    app.add_option("-o,--output", options->output, "file to write: .tflite, .onnx or .graph")
        ->type_name("FILE");
    app.add_flag("--int8", options->int8,
                 "int8 weights and activations: --compression low with --calibrate");
    options->compression.add_to(app);
    app.add_option("-d,--data", options->test, "data to measure the result on")->type_name("DATA");
    app.add_option("--count", options->count, "measure on the first so many images (default: all)")
        ->check(positive_number());
    app.add_option("--ranges", options->ranges,
                   "how ranges of activations are taken (default: best)")
        ->check(CLI::IsMember({"best", "min-max", "percentile", "mse", "entropy"}));
    app.add_flag("--plain", options->plain, "round each weight by itself, leave biases alone");
    app.add_option("--keep-float", options->keep_float, "layer that stays float32 (repeatable)")
        ->allow_extra_args(false);
    app.add_flag("--float-io", options->float_interface, "inputs and outputs stay float32");
    app.add_option("--divide", options->scaling.divisor,
                   "divide 8-bit pixels by this for a float input")
        ->check(positive_number())
        ->capture_default_str();
    app.add_option("--offset", options->scaling.offset, "then add this")->capture_default_str();
    options->inputs.add_to(app);
    app.callback([options, &invocation] {
        invocation.run = [options] { return guarded([&] { return optimize(*options); }); };
    });
}

}  // namespace embark
