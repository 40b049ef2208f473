#pragma once

#include "target/virtual/peripherals/peripheral.h"

namespace embark {

/// One GPIO port of an STM32 (RM0432, chapter 8). Outputs are stored, inputs read their pull or
/// their own output.
class Stm32Gpio : public Peripheral {
  public:
    /// \param letter  'A' …
    Stm32Gpio(PeripheralHost &host, char letter, uint32_t base);
    /// The pin's alternate function, or -1 when it is in another mode.
    int alternate_function(int pin) const;
    char letter() const { return letter_; }

  protected:
    uint32_t on_read(uint32_t offset, uint32_t value) override;
    uint32_t on_write(uint32_t offset, uint32_t old_value, uint32_t value) override;

  private:
    char letter_;
};

}  // namespace embark
