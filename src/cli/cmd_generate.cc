#include <fmt/format.h>

#include "cli/command.h"
#include "cli/common.h"
#include "project/project.h"

namespace embark {

namespace {

struct GenerateOptions {
    ModelOptions model;
    std::string output;
    bool firmware = false;
};

Expected<int> generate(const GenerateOptions &options, const std::string &command_line) {
    EMBARK_ASSIGN(const PreparedModel model, options.model.prepare());
    if (options.firmware) EMBARK_RETURN_IF_ERROR(expect_fits(model));
    const GeneratedModel code = generate_code(model, command_line);
    ProjectFiles files;
    if (options.firmware) {
        EMBARK_ASSIGN(files, firmware_project(code, model.board));
    } else {
        EMBARK_ASSIGN(files, host_project(code));
    }
    catch_interrupt();  // The files come whole; that takes no time.
    EMBARK_RETURN_IF_ERROR(write_project(files, options.output));
    for (const auto &[name, text] : files) fmt::print("{:>10}  {}\n", text.size(), name);
    fmt::print(
        "\n{} files in {}; build with\n  cmake -S {} -B {}/build && cmake --build {}/build\n",
        files.size(), options.output, options.output, options.output, options.output);
    return 0;
}

}  // namespace

void add_generate(CLI::App &app, Invocation &invocation) {
    auto options = std::make_shared<GenerateOptions>();
    options->model.add_to(app, true);
    app.add_option("-o,--output", options->output, "folder to write")->required()->type_name("DIR");
    app.add_flag("--firmware", options->firmware,
                 "a firmware project for the board instead of a host project");
    app.callback([options, &invocation] {
        invocation.run = [options, &invocation] {
            return guarded([&] { return generate(*options, invocation.command_line); });
        };
    });
}

}  // namespace embark
