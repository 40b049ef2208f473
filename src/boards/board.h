#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/expected.h"

namespace embark {

/// A contiguous range of addresses. Sizes in bytes.
struct MemoryRegion {
    enum class Kind { kFlash, kRam };
    std::string name;  ///< "flash", "sram"
    Kind kind = Kind::kRam;
    uint32_t origin = 0;
    uint32_t bytes = 0;
    std::optional<uint32_t> alias;  ///< a second address of the same memory
    bool code = true;               ///< instructions can be fetched from here
    bool external = false;          ///< a chip of its own beside the microcontroller
    std::string source;
};

/// Flash read timing and its accelerator (data of the timing model).
struct FlashTiming {
    int wait_states = 0;  ///< at the board's clock
    int line_bytes = 8;   ///< one flash read
    int instruction_cache_lines = 0;
    int data_cache_lines = 0;
    int cache_line_bytes = 32;
    bool prefetch = false;
    std::string source;
};

struct Board {
    std::string id;    ///< folder name: "stm32l4r9i-disco"
    std::string name;  ///< "32L4R9IDISCOVERY"
    std::string mcu;   ///< "STM32L4R9AII6"
    std::string vendor;
    std::string family;  ///< folder under boards/families: "stm32l4"; empty: no firmware support
    std::string core;    ///< "cortex-m4"
    std::string fpu;     ///< "", "sp" or "dp"
    bool dsp = false;
    bool mve = false;  ///< M-profile vector extension (Helium)
    uint32_t clock_hz = 0;
    std::string clock_source;
    std::vector<MemoryRegion> memory;
    FlashTiming flash;
    uint32_t stack_bytes = 2048;   ///< what the linker script reserves
    double microamps_per_mhz = 0;  ///< run mode; 0 unknown
    double supply_volts = 0;
    std::string energy_source;
    std::string price_class;   ///< "$" … "$$$$"
    std::string console_uart;  ///< "USART2"
    uint32_t console_baud = 115200;
    std::string console_transmit, console_receive;  ///< pins: "PA2"; empty: not given
    int console_function = 0;                       ///< alternate function of both pins
    std::string console_source;
    std::string openocd_config;          ///< "board/stm32l4discovery.cfg"; empty unknown
    bool st_flash = false;               ///< stlink-tools can write it
    std::string emulator;                ///< "unicorn", "" when it cannot be emulated
    std::vector<std::string> unsourced;  ///< tables whose figures have no source: "memory.sram"
    std::filesystem::path folder;

    /// On the chip, and of the main regions; other external memory holds nothing yet.
    uint64_t total_bytes(MemoryRegion::Kind kind) const;
    /// The first flash region, where code starts / the largest RAM region on the chip, which holds
    /// stack, data and arena: external RAM only where there is no other. Every loaded board has
    /// both.
    const MemoryRegion &main_flash() const;
    const MemoryRegion &main_ram() const;
};

/// All boards below the data directory's boards/ and of \p extra (--board-path), sorted by id.
///
/// A folder of \p extra is a board's own or holds boards' folders; a board there replaces one of
/// the same id. \error kNotFound a folder of \p extra holds no board; else every fault of every
/// file
Expected<std::vector<Board>> load_boards(const std::vector<std::filesystem::path> &extra = {});

/// \error kNotFound with the nearest names as notes
Expected<Board> find_board(const std::string &id,
                           const std::vector<std::filesystem::path> &extra = {});

/// Parses one boards/<id>/board.toml; boards/README.md has the schema, unknown keys are errors.
/// \error kInvalid with file and line, what was found and what was expected: all faults at once
Expected<Board> load_board_file(const std::filesystem::path &path);

}  // namespace embark
