#include "target/virtual/peripherals/stm32_usart.h"

#include <fmt/format.h>

#include <cmath>

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
constexpr int kBitsPerByte = 10;
constexpr double kTolerance = 0.03;

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
    : Peripheral(host, name, base, 0x400, kUsartRegisters), settings_(std::move(settings)) {}

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

uint64_t Stm32Usart::byte_cycles() const {
    const double rate = baud();
    if (!settings_.model_baud || rate <= 0) return 0;
    return static_cast<uint64_t>(kBitsPerByte * settings_.core_hz() / rate);
}

bool Stm32Usart::line_works(bool transmit) {
    const char *verb = transmit ? "sends" : "receives";
    if (!settings_.pin(transmit)) {
        host_.fault(fmt::format("{} {} a byte, but no pin is switched to it: expected {}", name(),
                                verb, settings_.pins));
        return false;
    }
    const double rate = baud();
    const double expected = settings_.expected_baud;
    if (expected == 0 || std::abs(rate - expected) <= kTolerance * expected) return true;
    host_.fault(
        fmt::format("{} {} at {:.0f} baud (kernel clock {:.3f} MHz, BRR {}), the line "
                    "runs at {:.0f}: bytes would be garbled",
                    name(), verb, rate, settings_.clock_hz() / 1e6, stored(kBaud), expected));
    return false;
}

void Stm32Usart::receive(std::span<const uint8_t> bytes) {
    if (received_.empty()) next_byte_at_ = std::max(next_byte_at_, host_.now() + byte_cycles());
    received_.insert(received_.end(), bytes.begin(), bytes.end());
    wake();
}

bool Stm32Usart::byte_ready() const {
    const uint32_t on = kEnable | kReceiver;
    return (stored(kControl1) & on) == on && !received_.empty() && host_.now() >= next_byte_at_;
}

bool Stm32Usart::transmitting() const {
    return host_.now() < line_free_at_;
}

uint32_t Stm32Usart::status() {
    const uint32_t control = stored(kControl1);
    uint32_t flags = 0;
    if (!(control & kEnable)) return kComplete | kSpace;
    if (control & kTransmitter) flags |= kTransmitterOn;
    if (control & kReceiver) flags |= kReceiverOn;
    if (byte_ready()) flags |= kNotEmpty;
    if (!transmitting()) flags |= kComplete;
    // One byte is in the shift register, the others in TDR or the FIFO.
    const uint64_t room = (control & kFifo ? kFifoBytes : 1) * byte_cycles();
    if (line_free_at_ <= host_.now() + room) flags |= kSpace;
    if (!settings_.console || (flags & kNotEmpty) || !received_.empty() || transmitting()) {
        empty_polls_ = 0;
        return flags;
    }
    ++empty_polls_;
    if (idle()) host_.waiting_for_input();
    return flags;
}

uint8_t Stm32Usart::take() {
    empty_polls_ = 0;
    if (!byte_ready() || !line_works(false)) return 0;
    const uint8_t byte = received_.front();
    received_.pop_front();
    ++received_count_;
    next_byte_at_ += byte_cycles();
    return byte;
}

void Stm32Usart::send(uint8_t byte) {
    empty_polls_ = 0;
    const uint32_t on = kEnable | kTransmitter;
    if ((stored(kControl1) & on) != on) {
        host_.fault(
            fmt::format("{}_TDR is written while the transmitter is off (CR1.UE, CR1.TE)", name()));
        return;
    }
    if (!settings_.console || !line_works(true)) return;
    line_free_at_ = std::max(line_free_at_, host_.now()) + byte_cycles();
    sent_.push_back(byte);
    ++sent_count_;
    host_.output_ready();
}

uint32_t Stm32Usart::write_control(uint32_t, uint32_t value) {
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

uint32_t Stm32Usart::on_write(uint32_t offset, uint32_t old_value, uint32_t value) {
    switch (offset) {
        case kControl1:
            return write_control(old_value, value);
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
            send(static_cast<uint8_t>(value));
            return 0;
        case kRequest:
            if (value & 8) received_.clear();
            return 0;
        case kClear:
            return 0;
        default:
            return value;
    }
}

}  // namespace embark
