#include <fmt/format.h>

#include "cli/command.h"
#include "cli/common.h"
#include "target/flasher.h"

namespace embark {

namespace {

struct FlashCommand {
    std::string elf, board, tool = "any", serial;
    std::vector<std::filesystem::path> board_paths;
};

Expected<int> run(const FlashCommand &options) {
    EMBARK_ASSIGN(const Board board, find_board(options.board, options.board_paths));
    FlashOptions flash_options;
    flash_options.serial = options.serial;
    if (options.tool == "openocd") flash_options.tool = FlashTool::kOpenocd;
    if (options.tool == "st-flash") flash_options.tool = FlashTool::kStFlash;
    EMBARK_RETURN_IF_ERROR(flash_firmware(board, options.elf, flash_options));
    fmt::print("{} is in the flash of {}\n", options.elf, board.id);
    return 0;
}

}  // namespace

void add_flash(CLI::App &app, Invocation &invocation) {
    auto options = std::make_shared<FlashCommand>();
    app.add_option("firmware", options->elf, "ELF file")->required();
    app.add_option("-b,--board", options->board, "board (see 'embark boards')")->required();
    app.add_option("--board-path", options->board_paths, "folder with more boards")
        ->type_name("DIR");
    app.add_option("--tool", options->tool, "program that writes the flash")
        ->check(CLI::IsMember({"any", "openocd", "st-flash"}))
        ->capture_default_str();
    app.add_option("--serial", options->serial, "serial number of the debug probe");
    app.callback([options, &invocation] {
        invocation.run = [options] { return guarded([&] { return run(*options); }); };
    });
}

}  // namespace embark
