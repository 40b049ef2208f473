#include <fmt/format.h>

#include "cli/command.h"
#include "cli/common.h"

namespace embark {

namespace {

struct ValidateCommand {
    ModelOptions model;
    DataOptions data;
    TargetOptions target;
    JsonOption json;
    std::string reference;
};

/// A board named by the target counts; --board only helps targets that name none.
Expected<std::string> board_for(const TargetSpec &spec, const std::string &board) {
    if (spec.kind != TargetSpec::Kind::kVirtual) return board;
    if (!board.empty() && board != spec.argument) {
        return make_error(
            ErrorCode::kUsage,
            fmt::format("--board {} and --target {} name different boards", board, spec.text()));
    }
    return spec.argument;
}

Expected<int> validate(const ValidateCommand &options, const std::string &command_line) {
    EMBARK_ASSIGN(const TargetSpec spec, parse_target(options.target.target));
    EMBARK_ASSIGN(const std::string board, board_for(spec, options.model.board));
    EMBARK_RETURN_IF_ERROR(options.json.check());
    EMBARK_ASSIGN(const Dataset dataset, load_dataset(options.data.data, options.data.count));
    EMBARK_ASSIGN(const PreparedModel model, options.model.prepare(board));
    if (model.graph.inputs.size() == 1) {
        EMBARK_RETURN_IF_ERROR(check_input(dataset, model.graph.tensor(model.graph.inputs[0])));
    }
    SessionOptions session_options;
    session_options.baud = options.target.baud;
    session_options.command_line = command_line;
    EMBARK_ASSIGN(Session session, Session::open(model, spec, session_options));
    ValidateOptions validate_options;
    validate_options.count = options.data.count;
    validate_options.scaling = options.data.scaling;
    validate_options.reference = options.reference;
    validate_options.stop = &catch_interrupt();
    ProgressBar bar;
    validate_options.progress = [&](const std::string &stage, int64_t done, int64_t total) {
        bar.show(stage, done, total);
    };
    EMBARK_ASSIGN(const Json document, validate_on_target(model, session, dataset,
                                                          options.model.model, validate_options));
    bar.finish();
    EMBARK_RETURN_IF_ERROR(options.json.write(document));
    if (!options.json.replaces_text()) {
        fmt::print("{}", render_validate_text(document, text_options()));
    }
    return 0;
}

}  // namespace

void add_validate(CLI::App &app, Invocation &invocation) {
    auto options = std::make_shared<ValidateCommand>();
    options->model.add_to(app, false);
    options->model.scaling = &options->data.scaling;
    options->data.add_to(app, true);
    options->target.add_to(app, "host");
    app.add_option("--reference", options->reference,
                   "the framework's own outputs for these images (.npz with array 'outputs')")
        ->type_name("FILE");
    options->json.add_to(app);
    app.footer("Ctrl-C ends early and reports on the images done.");
    app.callback([options, &invocation] {
        invocation.run = [options, &invocation] {
            return guarded([&] { return validate(*options, invocation.command_line); });
        };
    });
}

}  // namespace embark
