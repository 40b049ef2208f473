#pragma once
// What all UARTs do for the board's console, whatever their registers look like.

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

/// A line of 8N1 bytes with the firmware at one end and the host at the other.
class ConsoleUart : public Peripheral {
  public:
    ConsoleUart(PeripheralHost &host, const std::string &name, uint32_t base,
                std::span<const RegisterSpec> registers, UartSettings settings);

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
    virtual bool receiver_on() const = 0;
    virtual bool transmitter_on() const = 0;
    /// Bytes a second times ten, as the registers say; 0: none.
    virtual double baud() const = 0;
    /// Bytes that wait for the shift register.
    virtual uint32_t transmit_fifo() const { return 1; }
    /// How a message names what the baud rate comes from.
    virtual std::string divisor() const = 0;

    bool byte_ready() const;
    bool transmitting() const;
    bool transmit_space() const;
    /// Counts a look at the receiver: many in vain mean that the firmware waits.
    void polled(bool found);
    uint8_t take();
    void send(uint8_t byte);
    void forget_received() { received_.clear(); }
    const UartSettings settings_;

  private:
    static constexpr int kIdlePolls = 64;
    uint64_t byte_cycles() const;
    bool line_works(bool transmit);

    std::deque<uint8_t> received_, sent_;
    uint64_t sent_count_ = 0, received_count_ = 0;
    uint64_t line_free_at_ = 0;  ///< when the last byte will have left
    uint64_t next_byte_at_ = 0;  ///< when the first of received_ will have come
    int empty_polls_ = 0;
};

}  // namespace embark
