#include "target/virtual/peripherals/stm32_gpio.h"

namespace embark {
namespace {

constexpr uint32_t kMode = 0x00, kPull = 0x0C, kInput = 0x10, kOutput = 0x14, kSetReset = 0x18;
constexpr uint32_t kAlternateLow = 0x20, kReset = 0x28;

/// Reset values: the debug port lies on A13 … A15, B3 and B4 (RM0432, 8.5).
std::vector<RegisterSpec> registers_of(char letter) {
    const uint32_t mode = letter == 'A' ? 0xABFFFFFF : letter == 'B' ? 0xFFFFFEBF : 0xFFFFFFFF;
    const uint32_t speed = letter == 'A' ? 0x0C000000 : letter == 'B' ? 0x000000C0 : 0;
    const uint32_t pull = letter == 'A' ? 0x64000000 : letter == 'B' ? 0x00000100 : 0;
    return {
        {kMode, "MODER", mode, 0xFFFFFFFF},
        {0x04, "OTYPER", 0, 0xFFFF},
        {0x08, "OSPEEDR", speed, 0xFFFFFFFF},
        {kPull, "PUPDR", pull, 0xFFFFFFFF},
        {kInput, "IDR", 0, 0},
        {kOutput, "ODR", 0, 0xFFFF},
        {kSetReset, "BSRR", 0, 0xFFFFFFFF},
        {0x1C, "LCKR", 0, 0x1FFFF},
        {kAlternateLow, "AFRL", 0, 0xFFFFFFFF},
        {0x24, "AFRH", 0, 0xFFFFFFFF},
        {kReset, "BRR", 0, 0xFFFF},
    };
}

}  // namespace

Stm32Gpio::Stm32Gpio(PeripheralHost &host, char letter, uint32_t base)
    : Peripheral(host, std::string("GPIO") + letter, base, 0x400, registers_of(letter)),
      letter_(letter) {}

int Stm32Gpio::alternate_function(int pin) const {
    if ((stored(kMode) >> (2 * pin) & 3) != 2) return -1;
    return static_cast<int>(stored(kAlternateLow + 4 * (pin / 8)) >> (4 * (pin % 8)) & 0xF);
}

uint32_t Stm32Gpio::on_read(uint32_t offset, uint32_t value) {
    if (offset == kSetReset || offset == kReset) return 0;
    if (offset != kInput) return value;
    uint32_t levels = 0;
    for (int pin = 0; pin < 16; ++pin) {
        const uint32_t mode = stored(kMode) >> (2 * pin) & 3;
        const bool pulled_up = (stored(kPull) >> (2 * pin) & 3) == 1;
        const bool driven_high = stored(kOutput) >> pin & 1;
        if (mode == 1 ? driven_high : mode != 3 && pulled_up) levels |= 1u << pin;
    }
    return levels;
}

uint32_t Stm32Gpio::on_write(uint32_t offset, uint32_t, uint32_t value) {
    if (offset == kSetReset) {
        // Set wins over reset.
        store(kOutput, (stored(kOutput) & ~(value >> 16)) | (value & 0xFFFF));
        return 0;
    }
    if (offset == kReset) {
        store(kOutput, stored(kOutput) & ~value);
        return 0;
    }
    return value;
}

}  // namespace embark
