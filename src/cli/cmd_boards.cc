#include <fmt/format.h>

#include <algorithm>

#include "cli/command.h"
#include "cli/common.h"
#include "import/importer.h"

namespace embark {

namespace {

struct BoardsOptions {
    std::string verb, board, model;
    std::vector<std::filesystem::path> paths;
    bool names = false;
    ImportArguments inputs;
};

std::string kib(uint64_t bytes) {
    return fmt::format("{} KiB", bytes / 1024);
}

void print_row(const Board &board) {
    fmt::print("{:<20} {:<18} {:<13} {:>4} MHz {:>10} {:>10}  {:<8} {}\n", board.id, board.mcu,
               board.core, board.clock_hz / 1000000,
               kib(board.total_bytes(MemoryRegion::Kind::kFlash)),
               kib(board.total_bytes(MemoryRegion::Kind::kRam)), board.family.empty() ? "-" : "yes",
               board.emulator.empty() ? "-" : "yes");
}

void print_list(const std::vector<Board> &boards) {
    fmt::print("{:<20} {:<18} {:<13} {:>8} {:>10} {:>10}  {:<8} {}\n", "board", "microcontroller",
               "core", "clock", "flash", "RAM", "firmware", "virtual");
    for (const Board &board : boards) print_row(board);
}

std::string source_note(const std::string &source) {
    return source.empty() ? "(unsourced)" : "(" + source + ")";
}

void print_board(const Board &board) {
    fmt::print("{}: {} with {} by {}\n", board.id, board.name, board.mcu, board.vendor);
    fmt::print("  core      {}{}{}\n", board.core,
               board.fpu.empty() ? ", no FPU" : ", FPU " + board.fpu, board.dsp ? ", DSP" : "");
    fmt::print("  clock     {} MHz {}\n", board.clock_hz / 1000000,
               source_note(board.clock_source));
    for (const MemoryRegion &region : board.memory) {
        fmt::print("  {:<9} {:>8} at 0x{:08x} ({}) {}\n", region.name, kib(region.bytes),
                   region.origin, region.kind == MemoryRegion::Kind::kFlash ? "flash" : "RAM",
                   source_note(region.source));
    }
    fmt::print("  flash     {} wait states, {} B a read, caches of {} + {} lines of {} B {}\n",
               board.flash.wait_states, board.flash.line_bytes, board.flash.instruction_cache_lines,
               board.flash.data_cache_lines, board.flash.cache_line_bytes,
               source_note(board.flash.source));
    if (board.microamps_per_mhz > 0) {
        fmt::print("  energy    {} uA/MHz at {} V {}\n", board.microamps_per_mhz,
                   board.supply_volts, source_note(board.energy_source));
    }
    if (!board.console_uart.empty()) {
        fmt::print("  console   {} at {} baud\n", board.console_uart, board.console_baud);
    }
    fmt::print("  firmware  {}\n", board.family.empty() ? "no start-up code yet" : board.family);
    fmt::print("  virtual   {}\n",
               board.emulator.empty() ? "cannot be emulated yet" : board.emulator);
    for (const std::string &key : board.unsourced) fmt::print("  unsourced: {}\n", key);
}

/// Boards that hold a network, the largest smaller margin first.
Expected<int> print_fits(const BoardsOptions &options) {
    EMBARK_ASSIGN(const std::vector<Board> boards, load_boards(options.paths));
    EMBARK_ASSIGN(const ImportOptions import_options, options.inputs.options());
    EMBARK_ASSIGN(const Graph graph, import_model(options.model, import_options));
    std::vector<PreparedModel> models;
    for (const Board &board : boards) {
        EMBARK_ASSIGN(PreparedModel model, prepare_model(graph, board, {}));
        models.push_back(std::move(model));
    }
    std::stable_sort(models.begin(), models.end(),
                     [](const PreparedModel &a, const PreparedModel &b) {
                         if (fits(a) != fits(b)) return fits(a);
                         return a.plan.cycles * static_cast<double>(b.board.clock_hz) <
                                b.plan.cycles * static_cast<double>(a.board.clock_hz);
                     });
    fmt::print("{:<20} {:<5} {:>16} {:>16} {:>14}\n", "board", "fits", "flash margin B",
               "RAM margin B", "latency ms *");
    bool any = false;
    for (const PreparedModel &model : models) {
        any = any || fits(model);
        const double ms = static_cast<double>(model.plan.cycles) * 1e3 / model.board.clock_hz;
        // There is a cost model of one core only.
        const bool modelled = model.board.core == "cortex-m4";
        fmt::print("{:<20} {:<5} {:>16} {:>16} {:>14}\n", model.board.id,
                   fits(model) ? "yes" : "no", flash_margin(model), ram_margin(model),
                   modelled ? fmt::format("{:.1f}", ms) : "-");
    }
    fmt::print("* modelled for the Cortex-M4F with the board's clock and flash; -: another core\n");
    return any ? 0 : exit_status(ErrorCode::kDoesNotFit);
}

Expected<int> boards(const BoardsOptions &options) {
    if (!options.model.empty()) return print_fits(options);
    if (!options.verb.empty()) {
        if (options.verb != "show" || options.board.empty()) {
            return make_error(
                ErrorCode::kUsage,
                fmt::format("found '{}', expected 'show BOARD' or nothing", options.verb));
        }
        EMBARK_ASSIGN(const Board board, find_board(options.board, options.paths));
        print_board(board);
        return 0;
    }
    EMBARK_ASSIGN(const std::vector<Board> all, load_boards(options.paths));
    if (options.names) {
        for (const Board &board : all) fmt::print("{}\n", board.id);
    } else {
        print_list(all);
    }
    return 0;
}

}  // namespace

void add_boards(CLI::App &app, Invocation &invocation) {
    auto options = std::make_shared<BoardsOptions>();
    app.add_option("verb", options->verb, "show");
    app.add_option("board", options->board, "board to show");
    app.add_option("--fits", options->model, "network: which boards hold it")->type_name("MODEL");
    app.add_option("--board-path", options->paths, "folder with more boards")->type_name("DIR");
    app.add_flag("--names", options->names, "names only, one a line");
    options->inputs.add_to(app);
    app.callback([options, &invocation] {
        invocation.run = [options] { return guarded([&] { return boards(*options); }); };
    });
}

}  // namespace embark
