#include <fmt/format.h>

#include "cli/command.h"
#include "cli/common.h"
#include "project/package.h"

namespace embark {

namespace {

struct GenerateOptions {
    ModelOptions model;
    std::string output, package;
    bool firmware = false;
};

Expected<ProjectFiles> files_of(const GenerateOptions &options, const GeneratedModel &code,
                                const Board &board) {
    if (options.firmware) return firmware_project(code, board);
    for (const PackageKind &kind : package_kinds()) {
        if (kind.name == options.package) return package_files(code, kind);
    }
    return host_project(code);
}

std::string next_step(const GenerateOptions &options) {
    for (const PackageKind &kind : package_kinds()) {
        if (kind.name == options.package) return kind.about;
    }
    return fmt::format("build with\n  cmake -S {0} -B {0}/build && cmake --build {0}/build",
                       options.output);
}

Expected<int> generate(const GenerateOptions &options, const std::string &command_line) {
    EMBARK_ASSIGN(const PreparedModel model, options.model.prepare());
    if (options.firmware) EMBARK_RETURN_IF_ERROR(expect_fits(model));
    const GeneratedModel code = generate_code(model, command_line);
    EMBARK_ASSIGN(const ProjectFiles files, files_of(options, code, model.board));
    catch_interrupt();  // The files come whole; that takes no time.
    EMBARK_RETURN_IF_ERROR(write_project(files, options.output));
    for (const auto &[name, text] : files) fmt::print("{:>10}  {}\n", text.size(), name);
    fmt::print("\n{} files in {}; {}\n", files.size(), options.output, next_step(options));
    return 0;
}

}  // namespace

void add_generate(CLI::App &app, Invocation &invocation) {
    auto options = std::make_shared<GenerateOptions>();
    options->model.add_to(app, true);
    app.add_option("-o,--output", options->output, "folder to write")->required()->type_name("DIR");
    auto *firmware = app.add_flag("--firmware", options->firmware,
                                  "a firmware project for the board instead of a host project");
    std::vector<std::string> kinds;
    for (const PackageKind &kind : package_kinds()) kinds.push_back(kind.name);
    app.add_option("--package", options->package,
                   "a package with an example for projects of this kind instead")
        ->check(CLI::IsMember(kinds))
        ->excludes(firmware)
        ->type_name("KIND");
    app.callback([options, &invocation] {
        invocation.run = [options, &invocation] {
            return guarded([&] { return generate(*options, invocation.command_line); });
        };
    });
}

}  // namespace embark
