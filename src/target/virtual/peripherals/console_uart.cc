#include "target/virtual/peripherals/console_uart.h"

#include <fmt/format.h>

#include <cmath>

namespace embark {
namespace {

constexpr int kBitsPerByte = 10;
constexpr double kTolerance = 0.03;

}  // namespace

ConsoleUart::ConsoleUart(PeripheralHost &host, const std::string &name, uint32_t base,
                         std::span<const RegisterSpec> registers, UartSettings settings)
    : Peripheral(host, name, base, 0x400, registers), settings_(std::move(settings)) {}

uint64_t ConsoleUart::byte_cycles() const {
    const double rate = baud();
    if (!settings_.model_baud || rate <= 0) return 0;
    return static_cast<uint64_t>(kBitsPerByte * settings_.core_hz() / rate);
}

bool ConsoleUart::line_works(bool transmit) {
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
        fmt::format("{} {} at {:.0f} baud (kernel clock {:.3f} MHz, {}), the line "
                    "runs at {:.0f}: bytes would be garbled",
                    name(), verb, rate, settings_.clock_hz() / 1e6, divisor(), expected));
    return false;
}

void ConsoleUart::receive(std::span<const uint8_t> bytes) {
    if (received_.empty()) next_byte_at_ = std::max(next_byte_at_, host_.now() + byte_cycles());
    received_.insert(received_.end(), bytes.begin(), bytes.end());
    wake();
}

bool ConsoleUart::byte_ready() const {
    return receiver_on() && !received_.empty() && host_.now() >= next_byte_at_;
}

bool ConsoleUart::transmitting() const {
    return host_.now() < line_free_at_;
}

bool ConsoleUart::transmit_space() const {
    // One byte is in the shift register, the others wait.
    return line_free_at_ <= host_.now() + transmit_fifo() * byte_cycles();
}

void ConsoleUart::polled(bool found) {
    if (!settings_.console || found || !received_.empty() || transmitting()) {
        empty_polls_ = 0;
        return;
    }
    ++empty_polls_;
    if (idle()) host_.waiting_for_input();
}

uint8_t ConsoleUart::take() {
    empty_polls_ = 0;
    if (!byte_ready() || !line_works(false)) return 0;
    const uint8_t byte = received_.front();
    received_.pop_front();
    ++received_count_;
    next_byte_at_ += byte_cycles();
    return byte;
}

void ConsoleUart::send(uint8_t byte) {
    empty_polls_ = 0;
    if (!settings_.console || !line_works(true)) return;
    line_free_at_ = std::max(line_free_at_, host_.now()) + byte_cycles();
    sent_.push_back(byte);
    ++sent_count_;
    host_.output_ready();
}

}  // namespace embark
