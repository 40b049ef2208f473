#pragma once
// USART, UART and LPUART of an STM32L4+ (RM0432, chapters 51 and 52): asynchronous, polled.

#include <deque>
#include <functional>
#include <span>

#include "target/virtual/peripherals/peripheral.h"

namespace embark {

struct UartSettings {
    bool low_power = false;  ///< LPUART: 256 clocks per unit of BRR
    bool console = false;    ///< this one is connected; what others send is dropped
    uint32_t expected_baud = 0;
    bool model_baud = false;
    std::function<uint32_t()> clock_hz;  ///< kernel clock; 0: off
    std::function<uint32_t()> core_hz;
    std::function<bool(bool transmit)> pin;  ///< a pin carries the signal
    std::string pins;                        ///< "PA2 (AF7), …", for messages
};

class Stm32Usart : public Peripheral {
  public:
    Stm32Usart(PeripheralHost &host, const std::string &name, uint32_t base, UartSettings settings);

    void receive(std::span<const uint8_t> bytes);
    std::deque<uint8_t> &sent() { return sent_; }
    /// The firmware polls for a byte again and again and none is there.
    bool idle() const { return empty_polls_ >= kIdlePolls; }
    bool has_input() const { return !received_.empty(); }
    /// Forgets the polls, so that a new wait is noticed as one.
    void wake() { empty_polls_ = 0; }
    uint64_t sent_count() const { return sent_count_; }
    uint64_t received_count() const { return received_count_; }

  protected:
    uint32_t on_read(uint32_t offset, uint32_t value) override;
    uint32_t on_write(uint32_t offset, uint32_t old_value, uint32_t value) override;

  private:
    static constexpr int kIdlePolls = 64;
    uint32_t status();
    uint8_t take();
    void send(uint8_t byte);
    bool byte_ready() const;
    bool transmitting() const;
    double baud() const;
    uint64_t byte_cycles() const;
    bool line_works(bool transmit);
    uint32_t write_control(uint32_t old_value, uint32_t value);

    UartSettings settings_;
    std::deque<uint8_t> received_, sent_;
    uint64_t sent_count_ = 0, received_count_ = 0;
    uint64_t line_free_at_ = 0;  ///< when the last byte will have left
    uint64_t next_byte_at_ = 0;  ///< when the first of received_ will have come
    int empty_polls_ = 0;
};

}  // namespace embark
