#pragma once
// USART, UART and LPUART of STM32 in their two register layouts: asynchronous, polled.

#include "target/virtual/peripherals/console_uart.h"

namespace embark {

/// The newer layout: STM32F0, F3, F7, G0, G4, H7, L4, L5, U5 (RM0432, chapters 51 and 52).
class Stm32Usart : public ConsoleUart {
  public:
    Stm32Usart(PeripheralHost &host, const std::string &name, uint32_t base, UartSettings settings);

  protected:
    uint32_t on_read(uint32_t offset, uint32_t value) override;
    uint32_t on_write(uint32_t offset, uint32_t old_value, uint32_t value) override;
    bool receiver_on() const override;
    bool transmitter_on() const override;
    double baud() const override;
    uint32_t transmit_fifo() const override;
    std::string divisor() const override;

  private:
    uint32_t status();
    uint32_t write_control(uint32_t value);
};

/// The older layout: STM32F1, F2, F4, L1 (RM0008, chapter 27; RM0368, chapter 19).
class Stm32UsartOld : public ConsoleUart {
  public:
    Stm32UsartOld(PeripheralHost &host, const std::string &name, uint32_t base,
                  UartSettings settings);

  protected:
    uint32_t on_read(uint32_t offset, uint32_t value) override;
    uint32_t on_write(uint32_t offset, uint32_t old_value, uint32_t value) override;
    bool receiver_on() const override;
    bool transmitter_on() const override;
    double baud() const override;
    std::string divisor() const override;

  private:
    uint32_t status();
    uint32_t write_control(uint32_t value);
};

}  // namespace embark
