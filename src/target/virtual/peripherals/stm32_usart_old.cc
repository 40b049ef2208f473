#include <fmt/format.h>

#include "target/virtual/peripherals/stm32_usart.h"

namespace embark {
namespace {

constexpr uint32_t kStatus = 0x00, kData = 0x04, kBaud = 0x08, kControl1 = 0x0C, kControl3 = 0x14;
constexpr uint32_t kReceiver = 1u << 2, kTransmitter = 1u << 3, kEnable = 1u << 13;
constexpr uint32_t kInterrupts = 0x1F0, kParity = 1u << 10, kLongWord = 1u << 12, kOver8 = 1u << 15;
constexpr uint32_t kNotEmpty = 1u << 5, kComplete = 1u << 6, kSpace = 1u << 7;

const RegisterSpec kUsartRegisters[] = {
    {kStatus, "SR", 0xC0, 0x360},  {kData, "DR", 0, 0x1FF},  {kBaud, "BRR", 0, 0xFFFF},
    {kControl1, "CR1", 0, 0xBFFF}, {0x10, "CR2", 0, 0x7F6F}, {kControl3, "CR3", 0, 0xFFF},
    {0x18, "GTPR", 0, 0xFFFF},
};

}  // namespace

Stm32UsartOld::Stm32UsartOld(PeripheralHost &host, const std::string &name, uint32_t base,
                             UartSettings settings)
    : ConsoleUart(host, name, base, kUsartRegisters, std::move(settings)) {}

bool Stm32UsartOld::receiver_on() const {
    return (stored(kControl1) & (kEnable | kReceiver)) == (kEnable | kReceiver);
}

bool Stm32UsartOld::transmitter_on() const {
    return (stored(kControl1) & (kEnable | kTransmitter)) == (kEnable | kTransmitter);
}

std::string Stm32UsartOld::divisor() const {
    return fmt::format("BRR {}", stored(kBaud));
}

/// The divisor is in sixteenths of 16 clocks: with sixteen samples a bit, simply in clocks.
double Stm32UsartOld::baud() const {
    const uint32_t divisor = stored(kBaud);
    if (divisor == 0) return 0;
    const double clock = settings_.clock_hz();
    if (!(stored(kControl1) & kOver8)) return clock / divisor;
    return 2 * clock / ((divisor & 0xFFF0) | (divisor & 7) << 1);
}

uint32_t Stm32UsartOld::status() {
    if (!(stored(kControl1) & kEnable)) return kComplete | kSpace;
    uint32_t flags = 0;
    if (byte_ready()) flags |= kNotEmpty;
    if (!transmitting()) flags |= kComplete;
    if (transmit_space()) flags |= kSpace;
    polled(flags & kNotEmpty);
    return flags;
}

uint32_t Stm32UsartOld::write_control(uint32_t value) {
    if (value & kInterrupts)
        host_.fault(
            fmt::format("interrupts of {} are enabled (CR1 0x{:08x}), but the virtual "
                        "board delivers no interrupts",
                        name(), value));
    if ((value & kEnable) && (value & (kParity | kLongWord)))
        host_.fault(
            fmt::format("{} is set to another frame than 8N1 (CR1 0x{:08x}): the console "
                        "is 8N1",
                        name(), value));
    return value;
}

uint32_t Stm32UsartOld::on_read(uint32_t offset, uint32_t value) {
    if (offset == kStatus) return status();
    if (offset == kData) return take();
    return value;
}

uint32_t Stm32UsartOld::on_write(uint32_t offset, uint32_t, uint32_t value) {
    switch (offset) {
        case kControl1:
            return write_control(value);
        case kControl3:
            if (value & 0xC0)
                host_.fault(fmt::format("{}_CR3 asks for DMA, which is not emulated", name()));
            return value;
        case kData:
            if (transmitter_on())
                send(static_cast<uint8_t>(value));
            else
                host_.fault(fmt::format(
                    "{}_DR is written while the transmitter is off (CR1.UE, CR1.TE)", name()));
            return 0;
        default:
            return value;
    }
}

}  // namespace embark
