#include <fmt/format.h>

#include "base/files.h"
#include "cli/command.h"
#include "cli/common.h"
#include "export/onnx/onnx_exporter.h"
#include "export/tflite/tflite_exporter.h"

namespace embark {

namespace {

struct ConvertCommand {
    std::string input, output;
    ImportArguments inputs;
};

struct OutputFormat {
    std::string_view extension;
    Expected<Bytes> (*write)(const Graph &graph);
};

constexpr OutputFormat kFormats[] = {
    {".tflite", export_tflite},
    {".onnx", export_onnx},
};

Expected<const OutputFormat *> format_of(const std::string &output) {
    const std::string extension = std::filesystem::path(output).extension().string();
    std::string known;
    for (const OutputFormat &format : kFormats) {
        if (format.extension == extension) return &format;
        known += fmt::format("{}{}", known.empty() ? "" : ", ", format.extension);
    }
    return make_error(ErrorCode::kUsage, fmt::format("found the output {}, expected a name that "
                                                     "ends in one of: {}",
                                                     output, known));
}

Expected<int> convert(const ConvertCommand &command) {
    EMBARK_ASSIGN(const OutputFormat *format, format_of(command.output));
    EMBARK_ASSIGN(const ImportOptions options, command.inputs.options());
    EMBARK_ASSIGN(const Graph graph, read_graph(command.input, options));
    auto bytes = format->write(graph);
    if (!bytes.ok()) {
        bytes.error().location.file = command.input;
        return std::move(bytes).error();
    }
    EMBARK_RETURN_IF_ERROR(write_file(command.output, *bytes));
    fmt::print("{:>10}  {}\n", bytes->size(), command.output);
    return 0;
}

}  // namespace

void add_convert(CLI::App &app, Invocation &invocation) {
    auto options = std::make_shared<ConvertCommand>();
    app.add_option("input", options->input,
                   std::string(kModelHelp) + "; or a .graph file (text form)")
        ->required();
    app.add_option("-o,--output", options->output, "file to write: .tflite or .onnx")
        ->required()
        ->type_name("FILE");
    options->inputs.add_to(app);
    app.callback([options, &invocation] {
        invocation.run = [options] { return guarded([&] { return convert(*options); }); };
    });
}

}  // namespace embark
