// The program: finds the subcommand, parses, runs it.

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <string_view>

#include "cli/command.h"
#include "cli/interrupt.h"

namespace embark {
namespace {

struct CommandRow {
    std::string_view symbol;
    const char *summary;
    void (*add)(CLI::App &app, Invocation &invocation);

    /// "supported-ops"
    std::string name() const {
        std::string text(symbol);
        std::replace(text.begin(), text.end(), '_', '-');
        return text;
    }
};

constexpr CommandRow kCommands[] = {
#define COMMAND(name, summary) {#name, summary, add_##name},
#include "cli/commands.def"
#undef COMMAND
};

/// The command line for generated files: folders are left out, so that they hold no path of ours.
std::string command_line(int argc, char **argv) {
    std::string text = "embark";
    for (int i = 1; i < argc; ++i) {
        const std::string_view argument = argv[i];
        const bool path = argument.find('/') != std::string_view::npos && argument[0] != '-';
        text += ' ';
        text += path ? std::filesystem::path(argument).filename().string() : std::string(argument);
    }
    return text;
}

/// As CLI11 says it, but with what was not expected in the order in which it was typed.
std::string message_of(const CLI::ParseError &error, const CLI::App &app) {
    if (dynamic_cast<const CLI::ExtrasError *>(&error) == nullptr) return error.what();
    std::string arguments;
    for (const std::string &argument : app.remaining(true)) arguments += " " + argument;
    return "not expected:" + arguments;
}

int run(int argc, char **argv) {
    CLI::App app("embark: from a trained neural network to measured firmware on a microcontroller",
                 "embark");
    app.set_version_flag("--version", "embark " EMBARK_VERSION);
    app.require_subcommand(0, 1);
    app.footer(
        "'embark COMMAND --help' explains a command. Exit status: 0 ok, 1 model, data or\n"
        "board at fault, 2 usage, 3 the network does not fit, 4 internal error.");
    Invocation invocation;
    invocation.command_line = command_line(argc, argv);
    for (const CommandRow &row : kCommands) {
        row.add(*app.add_subcommand(row.name(), row.summary), invocation);
    }
    bool list_commands = false;
    app.add_flag("--list-commands", list_commands, "names of all commands, one a line");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError &error) {
        // Help and version come as such errors, too.
        if (error.get_exit_code() == 0) return app.exit(error);
        fmt::print(stderr, "embark: {}\n", message_of(error, app));
        const auto chosen = app.get_subcommands();
        fmt::print(stderr, "note: see 'embark {}--help'\n",
                   chosen.empty() ? std::string() : chosen.front()->get_name() + " ");
        return 2;
    }
    if (list_commands) {
        for (const CommandRow &row : kCommands) fmt::print("{}\n", row.name());
        return 0;
    }
    if (!invocation.run) {
        fmt::print("{}", app.help());
        return 2;
    }
    return invocation.run();
}

}  // namespace
}  // namespace embark

int main(int argc, char **argv) {
    try {
        const embark::Scratch scratch;
        return embark::run(argc, argv);
    } catch (const std::exception &error) {
        fmt::print(stderr, "embark: internal error: {}\n", error.what());
        return 4;
    }
}
