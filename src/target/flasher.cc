#include "target/flasher.h"

#include <fmt/format.h>

#include <optional>

#include "base/process.h"

namespace embark {
namespace fs = std::filesystem;

namespace {

constexpr size_t kQuotedLines = 20;

/// Braces keep OpenOCD's Tcl from reading anything into a path.
std::string tcl_quoted(const std::string &text) {
    return "{" + text + "}";
}

std::vector<std::string> openocd_command(const Board &board, const fs::path &elf,
                                         const FlashOptions &options) {
    std::vector<std::string> argv = {"openocd", "-f", board.openocd_config};
    if (!options.serial.empty()) {
        argv.insert(argv.end(), {"-c", "adapter serial " + tcl_quoted(options.serial)});
    }
    argv.insert(argv.end(), {"-c", fmt::format("program {} verify reset exit",
                                               tcl_quoted(fs::absolute(elf).string()))});
    return argv;
}

std::vector<std::string> st_flash_command(const Board &board, const fs::path &bin,
                                          const FlashOptions &options) {
    std::vector<std::string> argv = {"st-flash", "--reset"};
    if (!options.serial.empty()) argv.insert(argv.end(), {"--serial", options.serial});
    argv.insert(argv.end(), {"write", fs::absolute(bin).string(),
                             fmt::format("0x{:08x}", board.main_flash().origin)});
    return argv;
}

Status require_file(const fs::path &path) {
    std::error_code error;
    if (fs::is_regular_file(path, error)) return Ok{};
    return make_error(ErrorCode::kNotFound, Location{path.string(), ""},
                      "no such file, expected a built firmware");
}

Error no_tool(const Board &board, const FlashOptions &options) {
    const bool openocd = options.tool != FlashTool::kStFlash;
    const bool st_flash = options.tool != FlashTool::kOpenocd;
    if ((!openocd || board.openocd_config.empty()) && (!st_flash || !board.st_flash)) {
        return make_error(ErrorCode::kUnsupported,
                          fmt::format("the board file of {} has no [flasher] for {}", board.id,
                                      !st_flash  ? "OpenOCD"
                                      : !openocd ? "st-flash"
                                                 : "any tool"));
    }
    const std::string_view missing = !st_flash  ? "openocd is not"
                                     : !openocd ? "st-flash is not"
                                                : "neither openocd nor st-flash is";
    Error error = make_error(ErrorCode::kNotFound,
                             fmt::format("cannot flash {}: {} on PATH", board.id, missing));
    error.notes.push_back("on Debian: apt install openocd, or apt install stlink-tools");
    return error;
}

}  // namespace

Status flash_firmware(const Board &board, const fs::path &elf, const FlashOptions &options) {
    EMBARK_RETURN_IF_ERROR(require_file(elf));
    std::vector<std::string> argv;
    if (options.tool != FlashTool::kStFlash && !board.openocd_config.empty() &&
        find_program("openocd")) {
        argv = openocd_command(board, elf, options);
    } else if (options.tool != FlashTool::kOpenocd && board.st_flash && find_program("st-flash")) {
        const fs::path bin = fs::path(elf).replace_extension(".bin");
        EMBARK_RETURN_IF_ERROR(require_file(bin));
        argv = st_flash_command(board, bin, options);
    } else {
        return no_tool(board, options);
    }
    ProcessOptions process_options;
    process_options.timeout = options.timeout;
    EMBARK_ASSIGN(const ProcessResult result, run_process(argv, process_options));
    if (result.exit_status == 0) return Ok{};
    Error error = make_error(ErrorCode::kIo, fmt::format("cannot flash {}: {} ended with status {}",
                                                         board.id, argv[0], result.exit_status));
    error.notes.push_back(last_lines(result.output, kQuotedLines));
    return error;
}

}  // namespace embark
