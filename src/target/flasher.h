#pragma once

#include <chrono>
#include <filesystem>

#include "base/expected.h"
#include "boards/board.h"

namespace embark {

enum class FlashTool { kAny, kOpenocd, kStFlash };

struct FlashOptions {
    FlashTool tool = FlashTool::kAny;  ///< kAny: OpenOCD, else st-flash, whichever is installed
    std::string serial;                ///< of the debug probe, when several are plugged in
    std::chrono::seconds timeout{120};
};

/// Writes \p elf to the board's flash, verifies it and resets the board, with OpenOCD or
/// stlink-tools' st-flash (which takes a .bin: it must lie beside the ELF).
/// \error kNotFound     neither tool is installed, or the firmware does not exist
/// \error kUnsupported  the board file tells no way for the tool
/// \error kIo           the tool failed; the end of its output is a note
Status flash_firmware(const Board &board, const std::filesystem::path &elf,
                      const FlashOptions &options = {});

}  // namespace embark
