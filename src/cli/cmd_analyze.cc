#include <fmt/format.h>

#include "cli/command.h"
#include "cli/common.h"

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

Expected<int> analyze(const AnalyzeOptions &options) {
    EMBARK_ASSIGN(const PreparedModel model, options.model.prepare());
    EMBARK_ASSIGN(const auto accuracy, measure(options, model.original));
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
    options->model.add_to(app, false);
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
