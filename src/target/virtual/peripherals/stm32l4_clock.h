#pragma once
// Clock, power and flash interface of an STM32L4+: three peripherals that allow a clock together.

#include <cstdint>
#include <string>

#include "target/virtual/flash_timing.h"
#include "target/virtual/peripherals/peripheral.h"

namespace embark {

class Stm32l4Power;
class Stm32l4Flash;

/// RCC (RM0432, chapter 6). Oscillators are ready at once. HSE is not emulated: a board file does
/// not say its frequency.
class Stm32l4Clock : public Peripheral {
  public:
    Stm32l4Clock(PeripheralHost &host, const Stm32l4Power &power, const Stm32l4Flash &flash);

    uint32_t sysclk_hz() const;
    uint32_t hclk_hz() const;
    /// \p bus 1 or 2
    uint32_t pclk_hz(int bus) const;
    static constexpr uint32_t kHsi16Hz = 16000000;
    bool hsi16_on() const;
    bool lse_on() const;
    /// A bit of an enable register; \p offset is the register's.
    bool enabled(uint32_t offset, int bit) const { return stored(offset) >> bit & 1; }

    /// Faults when voltage range and flash wait states do not allow the present HCLK (RM0432,
    /// tables "Number of wait states according to CPU clock" and 5.1.8). Called whenever one of the
    /// three changes.
    void check_operating_point();

  protected:
    uint32_t on_write(uint32_t offset, uint32_t old_value, uint32_t value) override;

  private:
    uint32_t msi_hz() const;
    uint32_t pll_r_hz() const;
    uint32_t write_control(uint32_t old_value, uint32_t value);
    uint32_t write_configuration(uint32_t old_value, uint32_t value);
    void check_pll();
    const Stm32l4Power &power_;
    const Stm32l4Flash &flash_;
    uint32_t last_hclk_hz_ = 4000000;
};

/// PWR (RM0432, chapter 5). The regulator is ready at once.
class Stm32l4Power : public Peripheral {
  public:
    explicit Stm32l4Power(PeripheralHost &host);
    void set_clock(Stm32l4Clock *clock) { clock_ = clock; }
    /// 1 or 2
    int voltage_range() const;
    bool boost() const;

  protected:
    uint32_t on_read(uint32_t offset, uint32_t value) override;
    uint32_t on_write(uint32_t offset, uint32_t old_value, uint32_t value) override;

  private:
    Stm32l4Clock *clock_ = nullptr;
};

/// FLASH (RM0432, chapter 3): wait states and caches feed the timing model; programming and erasing
/// are not emulated.
class Stm32l4Flash : public Peripheral {
  public:
    Stm32l4Flash(PeripheralHost &host, FlashTimer &timer);
    void set_clock(Stm32l4Clock *clock) { clock_ = clock; }
    int wait_states() const;

  protected:
    uint32_t on_write(uint32_t offset, uint32_t old_value, uint32_t value) override;

  private:
    void configure(uint32_t old_value, uint32_t value);
    FlashTimer &timer_;
    Stm32l4Clock *clock_ = nullptr;
};

}  // namespace embark
