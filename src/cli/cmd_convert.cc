#include <fmt/format.h>

#include "cli/command.h"
#include "cli/common.h"
#include "export/exporter.h"

namespace embark {

namespace {

struct ConvertCommand {
    std::string input, output;
    ImportArguments inputs;
};

Expected<int> convert(const ConvertCommand &command) {
    EMBARK_RETURN_IF_ERROR(exporter_for(command.output));
    EMBARK_ASSIGN(const ImportOptions options, command.inputs.options());
    EMBARK_ASSIGN(const Graph graph, read_graph(command.input, options));
    EMBARK_ASSIGN(const size_t bytes, write_network(graph, command.output, command.input));
    fmt::print("{:>10}  {}\n", bytes, command.output);
    return 0;
}

}  // namespace

void add_convert(CLI::App &app, Invocation &invocation) {
    auto options = std::make_shared<ConvertCommand>();
    app.add_option("input", options->input,
                   std::string(kModelHelp) + "; or a .graph file (text form)")
        ->required();
    app.add_option("-o,--output", options->output, "file to write: .tflite, .onnx or .graph")
        ->required()
        ->type_name("FILE");
    options->inputs.add_to(app);
    app.callback([options, &invocation] {
        invocation.run = [options] { return guarded([&] { return convert(*options); }); };
    });
}

}  // namespace embark
