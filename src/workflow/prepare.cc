#include "workflow/prepare.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "codegen/names.h"

namespace embark {

namespace {

std::vector<std::string> cost_lines(const PreparedModel &model) {
    const Footprint &footprint = model.footprint;
    return {
        fmt::format("flash:   {} B predicted, {} B of them weights", footprint.flash.total(),
                    footprint.flash.weights),
        fmt::format("RAM:     {} B predicted: arena {}, data and bss {}, stack {} (worst case)",
                    footprint.ram.total(), footprint.ram.arena,
                    footprint.ram.data + footprint.ram.bss, footprint.ram.stack),
        fmt::format("cycles:  {} modelled, objective {}", model.plan.cycles,
                    to_string(model.plan.objective)),
    };
}

}  // namespace

Board generic_board() {
    Board board;
    board.id = "generic";
    board.name = "generic Cortex-M4F";
    board.core = "cortex-m4";
    board.fpu = "sp";
    board.dsp = true;
    MemoryRegion flash, ram;
    flash.kind = MemoryRegion::Kind::kFlash;
    flash.name = "flash";
    ram.name = "ram";
    flash.bytes = ram.bytes = 0x7fffffff;
    board.memory = {flash, ram};
    board.flash.line_bytes = 8;
    return board;
}

std::string model_c_name(const Graph &graph) {
    const std::string stem = std::filesystem::path(graph.source.file_name).stem().string();
    return c_identifier(stem.empty() ? graph.name : stem);
}

bool PreparedModel::rewritten() const {
    return compressed || std::any_of(passes.begin(), passes.end(),
                                     [](const PassResult &pass) { return pass.changes > 0; });
}

Expected<PreparedModel> prepare_model(Graph original, const std::optional<Board> &board,
                                      const PrepareOptions &options) {
    PreparedModel model;
    model.has_board = board.has_value();
    model.board = board ? *board : generic_board();
    model.compressed = options.compressed.has_value();
    model.graph = model.compressed ? *options.compressed : original;
    model.original = std::move(original);
    model.name = options.name.empty() ? model_c_name(model.original) : c_identifier(options.name);
    std::vector<PassResult> first;
    model.level = options.level;
    model.compression = options.compression;
    if (options.level >= Compression::kLossless) {
        EMBARK_ASSIGN(first, run_named_passes(model.graph, {"remove_constant_channels"}));
    }
    EMBARK_ASSIGN(model.passes, run_passes(model.graph, options.disabled_passes));
    model.passes.insert(model.passes.begin(), first.begin(), first.end());
    EMBARK_ASSIGN(model.plan, make_plan(model.graph, model.board, options.plan));
    model.ram_budget = options.plan.ram_budget;
    EMBARK_ASSIGN(model.footprint,
                  predict_footprint(model.graph, model.plan, model.board, model.name));
    return model;
}

bool has_timing_model(const Board &board) {
    return board.core == "cortex-m4";
}

int64_t flash_margin(const PreparedModel &model) {
    return static_cast<int64_t>(model.board.main_flash().bytes) - model.footprint.flash.total();
}

int64_t ram_margin(const PreparedModel &model) {
    const RamUse &ram = model.footprint.ram;
    const int64_t stack = std::max<int64_t>(ram.stack, model.board.stack_bytes);
    return static_cast<int64_t>(model.board.main_ram().bytes) - (ram.total() - ram.stack + stack);
}

bool fits(const PreparedModel &model) {
    const bool within_budget = model.ram_budget == 0 || model.plan.arena_bytes <= model.ram_budget;
    return within_budget && flash_margin(model) >= 0 && ram_margin(model) >= 0;
}

GeneratedModel generate_code(const PreparedModel &model, const std::string &command_line) {
    CodegenOptions options;
    options.name = model.name;
    options.command_line = command_line;
    if (model.has_board) options.board = model.board.id;
    options.cost_lines = cost_lines(model);
    return generate_model(model.graph, model.plan, options);
}

}  // namespace embark
