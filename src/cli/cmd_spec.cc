#include <fmt/format.h>

#include "cli/command.h"
#include "cli/common.h"
#include "train/network.h"

namespace embark {

namespace {

struct SpecCommand {
    std::string model, output;
    ImportArguments inputs;
};

Expected<int> show_spec(const SpecCommand &command) {
    EMBARK_ASSIGN(const ImportOptions options, command.inputs.options());
    Spec spec;
    if (std::filesystem::path(command.model).extension() == ".spec") {
        EMBARK_ASSIGN(const std::string text, read_text_file(command.model));
        EMBARK_ASSIGN(spec, parse_spec(text, command.model));
    } else {
        EMBARK_ASSIGN(const Graph graph, read_graph(command.model, options));
        EMBARK_ASSIGN(Network network, network_of(graph));
        spec = std::move(network.spec);
    }
    const std::string text = print_spec(spec);
    if (!command.output.empty()) {
        EMBARK_RETURN_IF_ERROR(write_file(command.output, text));
        return 0;
    }
    fmt::print("{}", text);
    return 0;
}

}  // namespace

void add_spec(CLI::App &app, Invocation &invocation) {
    auto options = std::make_shared<SpecCommand>();
    app.add_option("model", options->model,
                   std::string(kModelHelp) + "; a .graph or a .spec file, which is checked")
        ->required();
    app.add_option("-o,--output", options->output, "file for the text (default: print it)")
        ->type_name("FILE");
    options->inputs.add_to(app);
    app.callback([options, &invocation] {
        invocation.run = [options] { return guarded([&] { return show_spec(*options); }); };
    });
}

}  // namespace embark
