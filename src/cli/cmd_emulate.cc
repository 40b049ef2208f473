#include <fmt/format.h>

#include "cli/command.h"
#include "cli/common.h"

namespace embark {

namespace {

struct EmulateCommand {
    std::string elf, board, link;
    std::vector<std::filesystem::path> board_paths;
    bool pty = false, stdio = false, profile = false, baud = false;
    double seconds = 0;
};

void print_statistics(const EmulationStats &stats) {
    fmt::print(stderr, "{} instructions, {} cycles modelled ({} waiting for flash, {} branches)\n",
               stats.instructions, stats.cycles, stats.fetch_stalls + stats.data_stalls,
               stats.branch_cycles);
    fmt::print(stderr,
               "clock {} Hz, stack {} of {} B, other RAM touched {} B, UART {} B in {} B out\n",
               stats.clock_hz, stats.stack_high_water, stats.stack_bytes, stats.ram_high_water,
               stats.uart_received, stats.uart_sent);
    for (const std::string &note : stats.notes) fmt::print(stderr, "note: {}\n", note);
    const double total = static_cast<double>(std::max<uint64_t>(stats.cycles, 1));
    for (const FunctionCycles &function : stats.profile) {
        fmt::print(stderr, "{:>14} cycles {:>5.1f} % {:>14} instructions  {}\n", function.cycles,
                   100.0 * static_cast<double>(function.cycles) / total, function.instructions,
                   function.name);
    }
}

Expected<int> run(const EmulateCommand &options) {
    EMBARK_ASSIGN(const Board board, find_board(options.board, options.board_paths));
    EmulateOptions emulate_options;
    emulate_options.console = options.stdio ? EmulateOptions::Console::kStdio
                              : options.pty ? EmulateOptions::Console::kPty
                                            : EmulateOptions::Console::kNone;
    if (emulate_options.console == EmulateOptions::Console::kNone && options.seconds == 0) {
        return make_error(ErrorCode::kUsage, "expected --pty, --stdio or --seconds");
    }
    emulate_options.link = options.link;
    emulate_options.seconds = options.seconds;
    emulate_options.profile = options.profile;
    emulate_options.model_baud = options.baud;
    emulate_options.on_ready = [&](const std::string &name) {
        fmt::print(stderr, "{} on {}; console on {}; Ctrl-C ends\n", options.elf, board.id, name);
        fmt::print("{}\n", name);
        std::fflush(stdout);
    };
    EMBARK_ASSIGN(const EmulationStats stats, emulate(board, options.elf, emulate_options));
    print_statistics(stats);
    return 0;
}

}  // namespace

void add_emulate(CLI::App &app, Invocation &invocation) {
    auto options = std::make_shared<EmulateCommand>();
    app.add_option("firmware", options->elf, "ELF file")->required();
    app.add_option("-b,--board", options->board, "board (see 'embark boards')")->required();
    app.add_option("--board-path", options->board_paths, "folder with more boards")
        ->type_name("DIR");
    auto *pty = app.add_flag("--pty", options->pty, "console on a pseudo-terminal");
    app.add_flag("--stdio", options->stdio, "console on standard input and output")->excludes(pty);
    app.add_option("--link", options->link, "symbolic link to the pseudo-terminal")
        ->type_name("PATH");
    app.add_option("--seconds", options->seconds, "end after so much wall time")
        ->check(positive_number());
    app.add_flag("--profile", options->profile, "cycles by function at the end");
    app.add_flag("--model-baud", options->baud, "bytes take their time on the line");
    app.callback([options, &invocation] {
        invocation.run = [options] { return guarded([&] { return run(*options); }); };
    });
}

}  // namespace embark
