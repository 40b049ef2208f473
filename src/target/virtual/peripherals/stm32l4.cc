// STM32L4+ (STM32L4Rxxx, L4Sxxx) after RM0432.

#include <fmt/format.h>

#include <algorithm>

#include "target/virtual/peripherals/family.h"
#include "target/virtual/peripherals/stm32_gpio.h"
#include "target/virtual/peripherals/stm32_usart.h"
#include "target/virtual/peripherals/stm32l4_clock.h"

namespace embark {
namespace {

constexpr uint32_t kAhb2Enable = 0x4C, kApb1Enable1 = 0x58, kApb1Enable2 = 0x5C, kApb2Enable = 0x60;
constexpr uint32_t kKernelClocks = 0x88;  // RCC_CCIPR
constexpr uint32_t kGpioBase = 0x48000000;
constexpr char kLastPort = 'I';

struct Pin {
    char port;
    int number;
    int function;
    bool transmit;
};

struct Uart {
    const char *name;
    uint32_t base;
    int bus;          ///< APB1 or APB2
    uint32_t enable;  ///< RCC register
    int bit;
    int selector;  ///< of the kernel clock: first bit in CCIPR
    bool low_power;
    std::vector<Pin> pins;  ///< DS12023, alternate functions
};

const std::vector<Uart> &uarts() {
    static const std::vector<Uart> kUarts = {
        {"USART1",
         0x40013800,
         2,
         kApb2Enable,
         14,
         0,
         false,
         {{'A', 9, 7, true},
          {'A', 10, 7, false},
          {'B', 6, 7, true},
          {'B', 7, 7, false},
          {'G', 9, 7, true},
          {'G', 10, 7, false}}},
        {"USART2",
         0x40004400,
         1,
         kApb1Enable1,
         17,
         2,
         false,
         {{'A', 2, 7, true},
          {'A', 3, 7, false},
          {'D', 5, 7, true},
          {'D', 6, 7, false},
          {'A', 15, 3, false}}},
        {"USART3",
         0x40004800,
         1,
         kApb1Enable1,
         18,
         4,
         false,
         {{'B', 10, 7, true},
          {'B', 11, 7, false},
          {'C', 4, 7, true},
          {'C', 5, 7, false},
          {'C', 10, 7, true},
          {'C', 11, 7, false},
          {'D', 8, 7, true},
          {'D', 9, 7, false}}},
        {"UART4",
         0x40004C00,
         1,
         kApb1Enable1,
         19,
         6,
         false,
         {{'A', 0, 8, true}, {'A', 1, 8, false}, {'C', 10, 8, true}, {'C', 11, 8, false}}},
        {"UART5",
         0x40005000,
         1,
         kApb1Enable1,
         20,
         8,
         false,
         {{'C', 12, 8, true}, {'D', 2, 8, false}}},
        {"LPUART1",
         0x40008000,
         1,
         kApb1Enable2,
         0,
         10,
         true,
         {{'A', 2, 8, true},
          {'A', 3, 8, false},
          {'B', 11, 8, true},
          {'B', 10, 8, false},
          {'C', 1, 8, true},
          {'C', 0, 8, false},
          {'G', 7, 8, true},
          {'G', 8, 8, false}}},
    };
    return kUarts;
}

using Ports = std::vector<const Stm32Gpio *>;

bool carries(const Ports &ports, const Uart &uart, bool transmit) {
    return std::any_of(uart.pins.begin(), uart.pins.end(), [&](const Pin &pin) {
        return pin.transmit == transmit &&
               ports[pin.port - 'A']->alternate_function(pin.number) == pin.function;
    });
}

uint32_t kernel_clock_hz(const Stm32l4Clock &clock, const Uart &uart) {
    constexpr uint32_t kLseHz = 32768;
    switch (clock.stored(kKernelClocks) >> uart.selector & 3) {
        case 0:
            return clock.pclk_hz(uart.bus);
        case 1:
            return clock.sysclk_hz();
        case 2:
            return clock.hsi16_on() ? Stm32l4Clock::kHsi16Hz : 0;
        default:
            return clock.lse_on() ? kLseHz : 0;
    }
}

std::string pin_list(const Uart &uart) {
    std::string text;
    for (const Pin &pin : uart.pins)
        text += fmt::format("{}P{}{} (AF{}, {})", text.empty() ? "" : ", ", pin.port, pin.number,
                            pin.function, pin.transmit ? "transmit" : "receive");
    return text;
}

UartSettings uart_settings(const Board &board, const Uart &uart, const Stm32l4Clock &clock,
                           const Ports &ports, bool model_baud) {
    UartSettings settings;
    settings.low_power = uart.low_power;
    settings.console = board.console_uart == uart.name;
    settings.expected_baud = board.console_baud;
    settings.model_baud = model_baud;
    settings.clock_hz = [&clock, &uart] { return kernel_clock_hz(clock, uart); };
    settings.core_hz = [&clock] { return clock.hclk_hz(); };
    settings.pin = [ports, &uart](bool transmit) { return carries(ports, uart, transmit); };
    settings.pins = pin_list(uart);
    return settings;
}

// What a port's start-up code may read or set though it changes nothing here.
const RegisterSpec kDebugRegisters[] = {
    {0x00, "IDCODE", 0x10006470, 0},  // DEV_ID 0x470: STM32L4Rxxx, L4Sxxx
    {0x04, "CR", 0, 0xE7},
    {0x08, "APB1FZR1", 0, 0xFFFFFFFF},
    {0x0C, "APB1FZR2", 0, 0xFFFFFFFF},
    {0x10, "APB2FZR", 0, 0xFFFFFFFF},
};

class Builder {
  public:
    Builder(const Board &board, PeripheralHost &host, FlashTimer &flash, bool model_baud)
        : board_(board), host_(host), flash_(flash), model_baud_(model_baud) {}

    Expected<ChipPeripherals> build() {
        chip_.core = add<SystemControlSpace>(host_, !board_.fpu.empty());
        add<TraceUnit>(host_, *chip_.core);
        add<Peripheral>(host_, "DBGMCU", 0xE0042000u, 0x400u, kDebugRegisters);
        add_clock();
        add_ports();
        add_uarts();
        if (!chip_.console)
            return make_error(ErrorCode::kUnsupported,
                              fmt::format("board {}: console {} is not emulated", board_.id,
                                          board_.console_uart));
        // SRAM2 is a part of the contiguous RAM (RM0432, 2.4).
        chip_.aliases.push_back({0x10000000, 0x20030000, 64 * 1024});
        return std::move(chip_);
    }

  private:
    template <typename T, typename... Arguments>
    T *add(Arguments &&...arguments) {
        auto owned = std::make_unique<T>(std::forward<Arguments>(arguments)...);
        T *raw = owned.get();
        chip_.all.push_back(std::move(owned));
        return raw;
    }

    void add_clock() {
        auto *power = add<Stm32l4Power>(host_);
        auto *flash = add<Stm32l4Flash>(host_, flash_);
        clock_ = add<Stm32l4Clock>(host_, *power, *flash);
        power->set_clock(clock_);
        flash->set_clock(clock_);
        gate(*power, kApb1Enable1, 28, "RCC_APB1ENR1.PWREN");
        chip_.core_clock_hz = [clock = clock_] { return clock->hclk_hz(); };
    }

    void gate(Peripheral &peripheral, uint32_t offset, int bit, std::string name) {
        peripheral.set_clock_gate(
            [clock = clock_, offset, bit] { return clock->enabled(offset, bit); }, std::move(name));
    }

    void add_ports() {
        for (char letter = 'A'; letter <= kLastPort; ++letter) {
            const int index = letter - 'A';
            auto *port = add<Stm32Gpio>(host_, letter, kGpioBase + 0x400u * index);
            gate(*port, kAhb2Enable, index, fmt::format("RCC_AHB2ENR.GPIO{}EN", letter));
            ports_.push_back(port);
        }
    }

    void add_uarts() {
        for (const Uart &uart : uarts()) {
            auto *added =
                add<Stm32Usart>(host_, uart.name, uart.base,
                                uart_settings(board_, uart, *clock_, ports_, model_baud_));
            gate(*added, uart.enable, uart.bit,
                 fmt::format("RCC_APB{}ENR{}.{}EN", uart.bus,
                             uart.bus == 2                 ? ""
                             : uart.enable == kApb1Enable1 ? "1"
                                                           : "2",
                             uart.name));
            if (board_.console_uart == uart.name) chip_.console = added;
        }
    }

    const Board &board_;
    PeripheralHost &host_;
    FlashTimer &flash_;
    bool model_baud_;
    Stm32l4Clock *clock_ = nullptr;
    Ports ports_;
    ChipPeripherals chip_;
};

}  // namespace

Expected<ChipPeripherals> make_peripherals(const Board &board, PeripheralHost &host,
                                           FlashTimer &flash, bool model_baud) {
    if (board.family != "stm32l4")
        return make_error(ErrorCode::kUnsupported,
                          fmt::format("board {}: family \"{}\" is not emulated, expected "
                                      "\"stm32l4\"",
                                      board.id, board.family));
    return Builder(board, host, flash, model_baud).build();
}

}  // namespace embark
