#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

namespace embark {

/// What main() runs once the command line is parsed; set by the subcommand that was given.
struct Invocation {
    std::function<int()> run;
    std::string command_line;  ///< as typed, folders stripped, for generated files
};

#define COMMAND(name, summary) void add_##name(CLI::App &app, Invocation &invocation);
#include "cli/commands.def"
#undef COMMAND

}  // namespace embark
