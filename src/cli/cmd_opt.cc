#include <fmt/format.h>

#include "base/files.h"
#include "cli/command.h"
#include "cli/common.h"
#include "ir/text.h"
#include "ops/registry.h"

namespace embark {

namespace {

struct OptCommand {
    std::string input, output;
    std::vector<std::string> passes;
    bool weights = false, list = false, times = false;
    ImportArguments inputs;
};

Expected<int> run(const OptCommand &options) {
    if (options.list) {
        for (const PassDefinition &pass : all_passes()) {
            fmt::print("{:<18} {}\n", pass.name, pass.summary);
        }
        return 0;
    }
    if (options.input.empty()) {
        return make_error(ErrorCode::kUsage, "expected a network or a .graph file");
    }
    EMBARK_ASSIGN(const ImportOptions import_options, options.inputs.options());
    EMBARK_ASSIGN(Graph graph, read_graph(options.input, import_options));
    EMBARK_ASSIGN(
        const std::vector<PassResult> results,
        options.passes.empty() ? run_passes(graph) : run_named_passes(graph, options.passes));
    if (options.times) {
        for (const PassResult &result : results) {
            fmt::print(stderr, "{:<18} {:>4} changes {:>8.2f} ms\n", result.name, result.changes,
                       result.milliseconds);
        }
    }
    PrintOptions print_options;
    print_options.weights = options.weights;
    const std::string text = print(graph, print_options);
    if (!options.output.empty()) {
        EMBARK_RETURN_IF_ERROR(write_file(options.output, text));
    } else {
        fmt::print("{}", text);
    }
    return 0;
}

}  // namespace

void add_opt(CLI::App &app, Invocation &invocation) {
    auto options = std::make_shared<OptCommand>();
    app.add_option("input", options->input,
                   std::string(kModelHelp) + "; or a .graph file (text form)");
    app.add_option("--pass", options->passes, "run only this pass (repeatable, in order)")
        ->allow_extra_args(false);
    app.add_option("-o,--output", options->output, "file for the text form")->type_name("FILE");
    app.add_flag("--weights", options->weights, "with all weights, so that it can be read back");
    app.add_flag("--list", options->list, "list the passes");
    app.add_flag("--time", options->times, "what each pass changed and how long it took");
    options->inputs.add_to(app);
    app.callback([options, &invocation] {
        invocation.run = [options] { return guarded([&] { return run(*options); }); };
    });
}

}  // namespace embark
