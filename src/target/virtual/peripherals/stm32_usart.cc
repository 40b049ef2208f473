#include "target/virtual/peripherals/stm32_usart.h"

#include <fmt/format.h>

namespace embark {
namespace {

constexpr uint32_t kControl1 = 0x00, kControl2 = 0x04, kControl3 = 0x08, kBaud = 0x0C;
constexpr uint32_t kRequest = 0x18, kStatus = 0x1C, kClear = 0x20;
constexpr uint32_t kReceive = 0x24, kTransmit = 0x28, kPrescaler = 0x2C;

constexpr uint32_t kEnable = 1u << 0, kReceiver = 1u << 2, kTransmitter = 1u << 3;
constexpr uint32_t kParity = 1u << 10, kOver8 = 1u << 15, kFifo = 1u << 29;
constexpr uint32_t kWordLength = 1u << 12 | 1u << 28;
// IDLEIE, RXNEIE, TCIE, TXEIE, PEIE and those of match, timeout, FIFO.
constexpr uint32_t kInterrupts = 0xCC0041F0;

constexpr uint32_t kNotEmpty = 1u << 5, kComplete = 1u << 6, kSpace = 1u << 7;
constexpr uint32_t kTransmitterOn = 1u << 21, kReceiverOn = 1u << 22;
constexpr uint32_t kFifoBytes = 8;

const RegisterSpec kUsartRegisters[] = {
    {kControl1, "CR1", 0, 0xFFFFFFFF}, {kControl2, "CR2", 0, 0xFFFFFFF9},
    {kControl3, "CR3", 0, 0xFFFFFFFF}, {kBaud, "BRR", 0, 0xFFFFF},
    {0x10, "GTPR", 0, 0xFFFF},         {0x14, "RTOR", 0, 0xFFFFFFFF},
    {kRequest, "RQR", 0, 0x1F},        {kStatus, "ISR", 0xC0, 0},
    {kClear, "ICR", 0, 0x00123BFF},    {kReceive, "RDR", 0, 0},
    {kTransmit, "TDR", 0, 0x1FF},      {kPrescaler, "PRESC", 0, 0xF},
};

}  // namespace

Stm32Usart::Stm32Usart(PeripheralHost &host, const std::string &name, uint32_t base,
                       UartSettings settings)
    : ConsoleUart(host, name, base, kUsartRegisters, std::move(settings)) {}

bool Stm32Usart::receiver_on() const {
    return (stored(kControl1) & (kEnable | kReceiver)) == (kEnable | kReceiver);
}

bool Stm32Usart::transmitter_on() const {
    return (stored(kControl1) & (kEnable | kTransmitter)) == (kEnable | kTransmitter);
}

std::string Stm32Usart::divisor() const {
    return fmt::format("BRR {}", stored(kBaud));
}

uint32_t Stm32Usart::transmit_fifo() const {
    return stored(kControl1) & kFifo ? kFifoBytes : 1;
}

double Stm32Usart::baud() const {
    static constexpr int kDivisors[] = {1, 2, 4, 6, 8, 10, 12, 16, 32, 64, 128, 256};
    const uint32_t prescaler = stored(kPrescaler);
    const uint32_t divisor = stored(kBaud);
    if (divisor == 0 || prescaler >= std::size(kDivisors)) return 0;
    const double clock = double(settings_.clock_hz()) / kDivisors[prescaler];
    if (settings_.low_power) return 256 * clock / divisor;
    if (!(stored(kControl1) & kOver8)) return clock / divisor;
    return 2 * clock / ((divisor & 0xFFF0) | (divisor & 7) << 1);
}

uint32_t Stm32Usart::status() {
    const uint32_t control = stored(kControl1);
    uint32_t flags = 0;
    if (!(control & kEnable)) return kComplete | kSpace;
    if (control & kTransmitter) flags |= kTransmitterOn;
    if (control & kReceiver) flags |= kReceiverOn;
    if (byte_ready()) flags |= kNotEmpty;
    if (!transmitting()) flags |= kComplete;
    if (transmit_space()) flags |= kSpace;
    polled(flags & kNotEmpty);
    return flags;
}

uint32_t Stm32Usart::write_control(uint32_t value) {
    if (value & kInterrupts)
        host_.fault(
            fmt::format("interrupts of {} are enabled (CR1 0x{:08x}), but the virtual "
                        "board delivers no interrupts",
                        name(), value));
    if ((value & kEnable) && (value & (kParity | kWordLength)))
        host_.fault(
            fmt::format("{} is set to another frame than 8N1 (CR1 0x{:08x}): the console "
                        "is 8N1",
                        name(), value));
    return value;
}

uint32_t Stm32Usart::on_read(uint32_t offset, uint32_t value) {
    if (offset == kStatus) return status();
    if (offset == kReceive) return take();
    return value;
}

uint32_t Stm32Usart::on_write(uint32_t offset, uint32_t, uint32_t value) {
    switch (offset) {
        case kControl1:
            return write_control(value);
        case kBaud:
            if (stored(kControl1) & kEnable)
                host_.fault(
                    fmt::format("{}_BRR is written while the USART is on: on the chip it "
                                "is lost",
                                name()));
            return value;
        case kControl3:
            if (value & 0xC0)
                host_.fault(fmt::format("{}_CR3 asks for DMA, which is not emulated", name()));
            return value;
        case kTransmit:
            if (transmitter_on())
                send(static_cast<uint8_t>(value));
            else
                host_.fault(fmt::format(
                    "{}_TDR is written while the transmitter is off (CR1.UE, CR1.TE)", name()));
            return 0;
        case kRequest:
            if (value & 8) forget_received();
            return 0;
        case kClear:
            return 0;
        default:
            return value;
    }
}

}  // namespace embark
