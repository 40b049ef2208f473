#pragma once
// The peripherals of a chip family, put together for one board.

#include <memory>
#include <vector>

#include "base/expected.h"
#include "boards/board.h"
#include "target/virtual/flash_timing.h"
#include "target/virtual/peripherals/console_uart.h"
#include "target/virtual/peripherals/core_registers.h"

namespace embark {

/// A second address of a part of RAM that the board file does not name.
struct RamAlias {
    uint32_t address = 0, of = 0, bytes = 0;
};

/// Owns the peripherals; pointers into it stay valid with it.
struct ChipPeripherals {
    std::vector<std::unique_ptr<Peripheral>> all;
    SystemControlSpace *core = nullptr;
    ConsoleUart *console = nullptr;
    std::function<uint32_t()> core_clock_hz;
    std::vector<RamAlias> aliases;
};

/// \error kUnsupported  no emulation for board.family, or none of board.console_uart
Expected<ChipPeripherals> make_peripherals(const Board &board, PeripheralHost &host,
                                           FlashTimer &flash, bool model_baud);

}  // namespace embark
