#include <fmt/format.h>

#include "base/files.h"
#include "cli/command.h"
#include "cli/common.h"
#include "workflow/deploy.h"

namespace embark {

namespace {

struct DeployCommand {
    ModelOptions model;
    DataOptions data;
    std::string output, reference, language = "en";
};

void print_summary(const Deployment &deployment, const std::string &output) {
    const Json &board = deployment.results["validate_board"];
    if (board.is_object()) fmt::print("{}\n", render_validate_text(board, text_options()));
    const Json &firmware = deployment.results["firmware"];
    if (firmware.is_object()) {
        fmt::print("flash {} B measured, {} B predicted; RAM {} B measured, {} B predicted\n",
                   firmware["flash_bytes"].get<int64_t>(),
                   firmware["predicted_flash_bytes"].get<int64_t>(),
                   firmware["ram_bytes"].get<int64_t>(),
                   firmware["predicted_ram_bytes"].get<int64_t>());
    }
    fmt::print("report: {0}/report.html, {0}/report.md; figures: {0}/results.json\n", output);
}

Expected<int> run_deploy(const DeployCommand &options, const std::string &command_line) {
    // Told before the work, not after it.
    EMBARK_RETURN_IF_ERROR(StagedDirectory::create(options.output));
    EMBARK_ASSIGN(const Language language, parse_language(options.language));
    EMBARK_ASSIGN(const Dataset dataset, load_dataset(options.data.data, options.data.count));
    EMBARK_ASSIGN(const PreparedModel model, options.model.prepare());
    if (model.graph.inputs.size() == 1) {
        EMBARK_RETURN_IF_ERROR(check_input(dataset, model.graph.tensor(model.graph.inputs[0])));
    }
    DeployOptions deploy_options;
    deploy_options.model_file = options.model.model;
    deploy_options.data_file = options.data.data;
    deploy_options.command_line = command_line;
    if (model.compressed) {
        ModelOptions original = options.model;
        original.compression.level = "none";
        original.compression.compat.clear();
        original.tune = false;
        EMBARK_ASSIGN(deploy_options.original, original.prepare());
    }
    deploy_options.validate.count = options.data.count;
    deploy_options.validate.scaling = options.data.scaling;
    deploy_options.validate.reference = options.reference;
    ProgressBar bar;
    deploy_options.validate.progress = [&](const std::string &stage, int64_t done, int64_t total) {
        bar.show(stage, done, total);
    };
    deploy_options.on_stage = [&](const std::string &stage) {
        bar.finish();
        fmt::print(stderr, "{} …\n", stage);
    };
    EMBARK_ASSIGN(const Deployment deployment, deploy(model, dataset, deploy_options));
    bar.finish();
    EMBARK_RETURN_IF_ERROR(check_results(deployment.results));

    catch_interrupt();  // The files come whole; that takes no time.
    EMBARK_ASSIGN(StagedDirectory staged, StagedDirectory::create(options.output));
    for (const auto &[name, text] : deployment.files)
        EMBARK_RETURN_IF_ERROR(staged.write(name, text));
    EMBARK_RETURN_IF_ERROR(staged.write("results.json", deployment.results.dump(1) + "\n"));
    EMBARK_RETURN_IF_ERROR(
        staged.write("report.md", render_report_markdown(deployment.results, {language})));
    EMBARK_RETURN_IF_ERROR(
        staged.write("report.html", render_report_html(deployment.results, {language})));
    EMBARK_RETURN_IF_ERROR(staged.commit());
    print_summary(deployment, options.output);
    if (deployment.fits) return 0;
    Error error =
        make_error(ErrorCode::kDoesNotFit, Location{options.model.model, ""},
                   "the network does not fit " + model.board.id + "; the report says why");
    error.notes = suggestions(model);
    return error;
}

}  // namespace

void add_deploy(CLI::App &app, Invocation &invocation) {
    auto options = std::make_shared<DeployCommand>();
    options->model.add_to(app, true);
    options->model.scaling = &options->data.scaling;
    options->data.add_to(app, true);
    app.add_option("-o,--output", options->output, "folder for firmware, figures and report")
        ->required()
        ->type_name("DIR");
    app.add_option("--reference", options->reference,
                   "the framework's own outputs for these images (.npz with array 'outputs')")
        ->type_name("FILE");
    app.add_option("--lang", options->language, "language of the report: en or fr")
        ->capture_default_str();
    app.footer(
        "Exit status 3 when the network does not fit the board; the report is written then, "
        "too.");
    app.callback([options, &invocation] {
        invocation.run = [options, &invocation] {
            return guarded([&] { return run_deploy(*options, invocation.command_line); });
        };
    });
}

}  // namespace embark
