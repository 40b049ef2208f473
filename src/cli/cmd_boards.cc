#include <fmt/format.h>

#include <algorithm>

#include "cli/command.h"
#include "cli/common.h"
#include "import/importer.h"
#include "report/text_table.h"
#include "workflow/estimate_level.h"
#include "workflow/rank_boards.h"

namespace embark {

namespace {

struct BoardsOptions {
    std::string verb, board, model;
    std::vector<std::filesystem::path> paths;
    bool names = false;
    std::string objective = "balanced";
    double latency_ms = 0;
    CompressionArguments compression;
    JsonOption json;
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

std::string caches(const FlashTiming &flash) {
    if (flash.instruction_cache_lines + flash.data_cache_lines == 0) return "no cache modelled";
    return fmt::format("caches of {} + {} lines of {} B", flash.instruction_cache_lines,
                       flash.data_cache_lines, flash.cache_line_bytes);
}

void print_board(const Board &board) {
    fmt::print("{}: {} with {} by {}\n", board.id, board.name, board.mcu, board.vendor);
    fmt::print("  core      {}{}{}{}\n", board.core,
               board.fpu.empty() ? ", no FPU" : ", FPU " + board.fpu, board.dsp ? ", DSP" : "",
               board.mve ? ", MVE" : "");
    fmt::print("  clock     {} MHz {}\n", board.clock_hz / 1000000,
               source_note(board.clock_source));
    size_t width = 9;
    for (const MemoryRegion &region : board.memory) width = std::max(width, region.name.size());
    for (const MemoryRegion &region : board.memory) {
        fmt::print("  {:<{}} {:>8} at 0x{:08x} ({}{}) {}\n", region.name, width, kib(region.bytes),
                   region.origin, region.external ? "external " : "",
                   region.kind == MemoryRegion::Kind::kFlash ? "flash" : "RAM",
                   source_note(region.source));
    }
    fmt::print("  flash     {} wait states, {} B a read, {} {}\n", board.flash.wait_states,
               board.flash.line_bytes, caches(board.flash), source_note(board.flash.source));
    if (board.microamps_per_mhz > 0) {
        fmt::print("  energy    {} uA/MHz at {} V {}\n", board.microamps_per_mhz,
                   board.supply_volts, source_note(board.energy_source));
    }
    if (!board.console_uart.empty()) {
        fmt::print("  console   {} at {} baud {}\n", board.console_uart, board.console_baud,
                   source_note(board.console_source));
    }
    fmt::print("  firmware  {}\n", board.family.empty() ? "no start-up code yet" : board.family);
    fmt::print("  virtual   {}\n",
               board.emulator.empty() ? "cannot be emulated yet" : board.emulator);
    for (const std::string &key : board.unsourced) fmt::print("  unsourced: {}\n", key);
}

std::string number_or_dash(const std::optional<double> &value, const char *format) {
    return value ? fmt::format(fmt::runtime(format), *value) : "-";
}

void print_ranking(const std::vector<RankedBoard> &ranking) {
    const TextOptions text = text_options();
    const Ink ink{text.color};
    TextTable holds{{{"board"},
                     {"microcontroller"},
                     {"price"},
                     {"ms *", true},
                     {"mJ *", true},
                     {"margin", true},
                     {"flash left B", true},
                     {"RAM left B", true},
                     {"embark makes"}},
                    {}};
    TextTable fails{{{"board"}, {"microcontroller"}, {"why not"}, {"would fit with"}}, {}};
    for (const RankedBoard &ranked : ranking) {
        const Board &board = ranked.board;
        if (!ranked.fits) {
            fails.rows.push_back({board.id, board.mcu,
                                  fmt::format("{}", fmt::join(ranked.reasons, "; ")),
                                  ranked.would_fit.empty() ? "-" : ranked.would_fit});
            continue;
        }
        const auto millijoules =
            ranked.energy_uj ? std::optional(*ranked.energy_uj / 1e3) : std::nullopt;
        holds.rows.push_back(
            {board.id, board.mcu, board.price_class.empty() ? "-" : board.price_class,
             number_or_dash(ranked.latency_ms, "{:.1f}"), number_or_dash(millijoules, "{:.2f}"),
             fmt::format("{:.0f} %", ranked.margin * 100), fmt::format("{}", ranked.flash_margin),
             fmt::format("{}", ranked.ram_margin), board.family.empty() ? "C" : "firmware"});
    }
    if (!holds.rows.empty()) {
        fmt::print("{}{}",
                   text_heading("Boards that hold it: the cheapest first, then the fastest", ink),
                   render_text_table(holds, text.width, ink));
        fmt::print(
            " * modelled; -: no timing model of the core, or no current known. C: for a project of "
            "your own;\n   its size is that of a Cortex-M4.\n");
    }
    if (!fails.rows.empty()) {
        fmt::print("{}{}", text_heading("Boards that do not", ink),
                   render_text_table(fails, text.width, ink));
        fmt::print(
            " medium and high as small as they can get; what accuracy allows shows with "
            "--calibrate\n");
    }
}

/// What runs on the boards: the network at a level, without data as small as that can make it.
Expected<Graph> compressed(const BoardsOptions &options, const Graph &graph) {
    EMBARK_ASSIGN(const CompressOptions compress, options.compression.options({}));
    const bool chosen = !options.compression.data.empty() || !options.compression.compat.empty();
    if (compress.level <= Compression::kLossless || !chosen) {
        return estimate_level(graph, compress.level);
    }
    EMBARK_ASSIGN(CompressedModel model, options.compression.compress(graph, compress));
    return std::move(model.network.graph);
}

Expected<int> rank(const BoardsOptions &options) {
    EMBARK_RETURN_IF_ERROR(options.json.check());
    EMBARK_ASSIGN(const std::vector<Board> boards, load_boards(options.paths));
    EMBARK_ASSIGN(const ImportOptions import_options, options.inputs.options());
    EMBARK_ASSIGN(const Graph original, import_model(options.model, import_options));
    EMBARK_ASSIGN(const Graph graph, compressed(options, original));
    RankOptions rank_options;
    EMBARK_ASSIGN(rank_options.objective, parse_objective(options.objective));
    EMBARK_ASSIGN(rank_options.level, parse_compression(options.compression.level));
    rank_options.latency_ms = options.latency_ms;
    EMBARK_ASSIGN(const auto ranking, rank_boards(graph, original, boards, rank_options));
    Json document = new_document("boards");
    document["model"] = model_document(original, options.model);
    document["objective"] = options.objective;
    document["compression"] = options.compression.level;
    document["boards"] = ranking_document(ranking);
    EMBARK_RETURN_IF_ERROR(options.json.write(document));
    if (!options.json.replaces_text()) print_ranking(ranking);
    return ranking.empty() || !ranking.front().fits ? exit_status(ErrorCode::kDoesNotFit) : 0;
}

Expected<int> boards(const BoardsOptions &options) {
    if (!options.model.empty()) return rank(options);
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
    auto *fits = app.add_option("--fits", options->model,
                                "network: which boards hold it, best first, and what speaks "
                                "against the others")
                     ->type_name("MODEL");
    app.add_option("--latency", options->latency_ms,
                   "milliseconds that an inference may take, where the core has a timing model")
        ->check(CLI::PositiveNumber)
        ->needs(fits);
    app.add_option("--objective", options->objective, "what to plan for")
        ->check(CLI::IsMember({"balanced", "time", "ram", "flash"}))
        ->capture_default_str()
        ->needs(fits);
    options->compression.add_to(app);
    options->json.add_to(app);
    app.add_option("--board-path", options->paths, "folder with more boards")->type_name("DIR");
    app.add_flag("--names", options->names, "names only, one a line");
    app.footer("With --fits, exit status 3 when no board holds the network.");
    options->inputs.add_to(app);
    app.callback([options, &invocation] {
        invocation.run = [options] { return guarded([&] { return boards(*options); }); };
    });
}

}  // namespace embark
