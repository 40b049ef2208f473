#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/expected.h"

namespace embark {

/// One figure of a board file with where it is from; empty `source` means unsourced.
struct Sourced {
    double value = 0;
    std::string source;
};

/// A contiguous range of addresses. Sizes in bytes.
struct MemoryRegion {
    enum class Kind { kFlash, kRam };
    std::string name;  ///< "flash", "sram"
    Kind kind = Kind::kRam;
    uint32_t origin = 0;
    uint32_t bytes = 0;
    std::optional<uint32_t> alias;  ///< a second address of the same memory
    bool code = true;               ///< instructions can be fetched from here
    std::string source;
};

/// Flash read timing and its accelerator (data of the timing model).
struct FlashTiming {
    int wait_states = 0;         ///< at the board's clock
    int line_bytes = 8;          ///< one flash read
    int instruction_cache_lines = 0;
    int data_cache_lines = 0;
    int cache_line_bytes = 32;
    bool prefetch = false;
    std::string source;
};

struct Board {
    std::string id;      ///< folder name: "stm32l4r9i-disco"
    std::string name;    ///< "32L4R9IDISCOVERY"
    std::string mcu;     ///< "STM32L4R9AII6"
    std::string vendor;
    std::string family;  ///< folder under boards/families: "stm32l4"
    std::string core;    ///< "cortex-m4"
    std::string fpu;     ///< "", "sp" or "dp"
    bool dsp = false;
    uint32_t clock_hz = 0;
    std::string clock_source;
    std::vector<MemoryRegion> memory;
    FlashTiming flash;
    uint32_t stack_bytes = 2048;       ///< what the linker script reserves
    double microamps_per_mhz = 0;      ///< run mode; 0 unknown
    double supply_volts = 0;
    std::string energy_source;
    std::string price_class;           ///< "$" … "$$$$"
    std::string console_uart;          ///< "USART2"
    uint32_t console_baud = 115200;
    std::string openocd_config;        ///< "board/stm32l4discovery.cfg"; empty unknown
    std::string emulator;              ///< "unicorn", "" when it cannot be emulated
    std::vector<std::string> unsourced;  ///< keys of figures without a source
    std::filesystem::path folder;

    uint64_t total_bytes(MemoryRegion::Kind kind) const;
    /// The region where code starts / the largest RAM region, which holds stack, data and arena.
    const MemoryRegion &main_flash() const;
    const MemoryRegion &main_ram() const;
};

/// All boards below the data directory's boards/ and below \p extra (--board-path), by id.
/// \error every fault of every board file
Expected<std::vector<Board>> load_boards(const std::vector<std::filesystem::path> &extra = {});

/// \error kNotFound with the nearest names as notes
Expected<Board> find_board(const std::string &id,
                           const std::vector<std::filesystem::path> &extra = {});

/// Parses one boards/<id>/board.toml. \error file, line, what was expected
Expected<Board> load_board_file(const std::filesystem::path &path);

}  // namespace embark
