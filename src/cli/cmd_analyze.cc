#include <fmt/format.h>

#include "cli/command.h"
#include "cli/common.h"
#include "report/text_table.h"

namespace embark {

namespace {

struct AnalyzeOptions {
    ModelOptions model;
    DataOptions data;
    JsonOption json;
    bool explain = false;
};

Expected<std::optional<AccuracyOnData>> measure(const AnalyzeOptions &options, const Graph &graph) {
    if (options.data.data.empty()) return std::optional<AccuracyOnData>();
    EMBARK_ASSIGN(const Dataset dataset, load_dataset(options.data.data, options.data.count));
    EvaluateOptions evaluate;
    evaluate.count = options.data.count;
    evaluate.scaling = options.data.scaling;
    evaluate.stop = &catch_interrupt();
    ProgressBar bar;
    evaluate.progress = [&](int64_t done, int64_t total) { bar.show("accuracy", done, total); };
    EMBARK_ASSIGN(const Evaluation evaluation, evaluate_reference(graph, dataset, evaluate));
    AccuracyOnData measured;
    measured.file = options.data.data;
    measured.count = evaluation.images;
    if (evaluation.classification && evaluation.images > 0) {
        measured.accuracy = evaluation.classification->accuracy();
        measured.loss = evaluation.classification->loss();
    }
    return std::optional(measured);
}

/// One row of the comparison, or why there is none.
Expected<std::vector<std::string>> level_row(const AnalyzeOptions &options, Compression level) {
    ModelOptions model_options = options.model;
    model_options.compression.level = to_string(level);
    EMBARK_ASSIGN(const PreparedModel model, model_options.prepare());
    EMBARK_ASSIGN(const auto accuracy, measure(options, model.graph));
    const bool measured = accuracy && accuracy->accuracy;
    const double ms = static_cast<double>(model.plan.cycles) * 1e3 / model.board.clock_hz;
    return std::vector<std::string>{
        std::string(to_string(level)),
        fmt::format("{}", model.footprint.flash.total()),
        fmt::format("{}", model.footprint.flash.weights),
        fmt::format("{}", model.footprint.ram.total()),
        fmt::format("{:.1f}", ms),
        measured ? fmt::format("{:.2f} %", *accuracy->accuracy * 100) : "",
        !model.has_board ? ""
        : fits(model)    ? "yes"
                         : "no"};
}

/// Every level side by side.
Expected<int> analyze_all(const AnalyzeOptions &options) {
    if (!options.json.file.empty()) {
        return make_error(ErrorCode::kUsage, "--compression all prints a table only, no --json");
    }
    TextTable table{{{"compression"},
                     {"flash B", true},
                     {"weights B", true},
                     {"RAM B", true},
                     {"ms", true},
                     {"accuracy", true},
                     {"fits"}},
                    {}};
    std::string missing;
    for (const Compression level : kCompressions) {
        auto row = level_row(options, level);
        if (row.ok()) {
            table.rows.push_back(std::move(row).value());
        } else if (level <= Compression::kLossless) {
            return std::move(row).error();
        } else {
            missing += fmt::format(" - {}: {}\n", to_string(level), row.error().message);
        }
    }
    const TextOptions text = text_options();
    fmt::print("{}{}", render_text_table(table, text.width, Ink{text.color}),
               "\nFlash, RAM and latency are predicted, the accuracy is measured.\n" + missing);
    return 0;
}

Expected<int> analyze(const AnalyzeOptions &options) {
    if (options.model.compression.level == "all") return analyze_all(options);
    EMBARK_ASSIGN(const PreparedModel model, options.model.prepare());
    EMBARK_ASSIGN(const auto accuracy,
                  measure(options, model.compressed ? model.graph : model.original));
    const Json document = analyze_document(model, options.model.model, accuracy);
    EMBARK_RETURN_IF_ERROR(options.json.write(document));
    TextOptions text = text_options();
    text.explain = options.explain;
    if (!options.json.replaces_text()) fmt::print("{}", render_analyze_text(document, text));
    return model.has_board && !fits(model) ? exit_status(ErrorCode::kDoesNotFit) : 0;
}

}  // namespace

void add_analyze(CLI::App &app, Invocation &invocation) {
    auto options = std::make_shared<AnalyzeOptions>();
    options->model.compression.allow_all = true;
    options->model.add_to(app, false);
    options->model.scaling = &options->data.scaling;
    options->data.add_to(app, false);
    options->json.add_to(app);
    app.add_flag("--explain", options->explain,
                 "show for each step what else the planner looked at, and why it was not taken "
                 "(needs --board)");
    app.footer("Exit status 3 when the network does not fit the board.");
    app.callback([options, &invocation] {
        invocation.run = [options] { return guarded([&] { return analyze(*options); }); };
    });
}

}  // namespace embark
