#include <fmt/format.h>

#include "base/files.h"
#include "cli/command.h"
#include "cli/common.h"
#include "codegen/names.h"
#include "workflow/run.h"

namespace embark {

namespace {

struct RunOptions {
    ModelOptions model;
    TargetOptions target;
    JsonOption json;
    std::vector<std::string> inputs, outputs;
    std::string dump;
};

Expected<std::vector<Bytes>> read_inputs(const RunOptions &options, const Graph &graph) {
    if (options.inputs.size() != graph.inputs.size()) {
        return make_error(ErrorCode::kUsage,
                          fmt::format("found {} --input, expected {}: one per input of the network",
                                      options.inputs.size(), graph.inputs.size()));
    }
    std::vector<Bytes> inputs;
    for (size_t i = 0; i < options.inputs.size(); ++i) {
        EMBARK_ASSIGN(Bytes bytes, read_file(options.inputs[i]));
        const Tensor &tensor = graph.tensor(graph.inputs[i]);
        if (bytes.size() != tensor.type.bytes()) {
            return make_error(
                ErrorCode::kInvalid, Location{options.inputs[i], ""},
                fmt::format("has {} bytes, expected {} for input '{}' {}{}", bytes.size(),
                            tensor.type.bytes(), tensor.name, to_string(tensor.type.type),
                            to_string(tensor.type.shape)));
        }
        inputs.push_back(std::move(bytes));
    }
    return inputs;
}

/// One file per tensor and a table of contents.
Status write_dump(const std::string &directory, const std::vector<NamedTensor> &tensors) {
    EMBARK_ASSIGN(StagedDirectory staged, StagedDirectory::create(directory));
    std::string index;
    for (size_t i = 0; i < tensors.size(); ++i) {
        const NamedTensor &tensor = tensors[i];
        const std::string file = fmt::format("{:03}_{}.bin", i, c_identifier(tensor.name));
        const std::string_view text(reinterpret_cast<const char *>(tensor.data.data()),
                                    tensor.data.size());
        EMBARK_RETURN_IF_ERROR(staged.write(file, text));
        index += fmt::format("{} {} {} {}\n", file, to_string(tensor.type.type),
                             to_string(tensor.type.shape), tensor.name);
    }
    EMBARK_RETURN_IF_ERROR(staged.write("tensors.txt", index));
    return staged.commit();
}

Expected<int> run(const RunOptions &options, const std::string &command_line) {
    EMBARK_ASSIGN(const TargetSpec spec, parse_target(options.target.target));
    const bool dump = !options.dump.empty();
    const std::string board =
        spec.kind == TargetSpec::Kind::kVirtual ? spec.argument : options.model.board;
    // Every tensor exists only when each layer is a step of its own.
    EMBARK_ASSIGN(const PreparedModel model, options.model.prepare(board, !dump));
    EMBARK_ASSIGN(const std::vector<Bytes> inputs, read_inputs(options, model.graph));
    if (!options.outputs.empty() && options.outputs.size() != model.graph.outputs.size()) {
        return make_error(ErrorCode::kUsage,
                          fmt::format("found {} --output, expected {}", options.outputs.size(),
                                      model.graph.outputs.size()));
    }
    SessionOptions session_options;
    session_options.baud = options.target.baud;
    session_options.command_line = command_line;
    session_options.trace = dump;
    EMBARK_ASSIGN(Session session, Session::open(model, spec, session_options));
    EMBARK_ASSIGN(RunOutcome outcome, run_once(model, session, inputs, dump));
    for (size_t i = 0; i < options.outputs.size(); ++i) {
        EMBARK_RETURN_IF_ERROR(write_file(options.outputs[i], outcome.outputs[i]));
        outcome.document["outputs"][i]["file"] = options.outputs[i];
    }
    for (size_t i = 0; i < options.inputs.size(); ++i) {
        outcome.document["inputs"][i]["file"] = options.inputs[i];
    }
    if (dump) EMBARK_RETURN_IF_ERROR(write_dump(options.dump, outcome.tensors));
    EMBARK_RETURN_IF_ERROR(options.json.write(outcome.document));
    if (!options.json.replaces_text()) {
        fmt::print("{}", render_run_text(outcome.document, text_options()));
    }
    return 0;
}

}  // namespace

void add_run(CLI::App &app, Invocation &invocation) {
    auto options = std::make_shared<RunOptions>();
    options->model.add_to(app, false);
    options->target.add_to(app, "host");
    app.add_option("-i,--input", options->inputs,
                   "raw little-endian bytes of an input, in the model's own type (one per input)")
        ->required()
        ->type_name("FILE");
    app.add_option("-o,--output", options->outputs, "where to write the raw output")
        ->type_name("FILE");
    app.add_option("--dump", options->dump,
                   "folder for every intermediate tensor; layers are not fused then")
        ->type_name("DIR");
    options->json.add_to(app);
    app.callback([options, &invocation] {
        invocation.run = [options, &invocation] {
            return guarded([&] { return run(*options, invocation.command_line); });
        };
    });
}

}  // namespace embark
