#pragma once
// The Cortex-M4's own registers: System Control Space, DWT, and ST's DBGMCU beside them.

#include "target/virtual/peripherals/peripheral.h"

namespace embark {

/// SysTick, NVIC, SCB, FPU and debug control at 0xE000E000 (Arm DDI 0403E, B3.2, B3.3, B3.4).
/// Exceptions are not delivered: enabling one that would come is a fault.
class SystemControlSpace : public Peripheral {
  public:
    SystemControlSpace(PeripheralHost &host, bool has_fpu);
    /// CPACR grants the FPU.
    bool fpu_enabled() const { return fpu_enabled_; }
    bool trace_enabled() const { return trace_enabled_; }

  protected:
    uint32_t on_read(uint32_t offset, uint32_t value) override;
    uint32_t on_write(uint32_t offset, uint32_t old_value, uint32_t value) override;

  private:
    uint32_t systick_value() const;
    uint64_t systick_ticks() const;
    void systick_restart();
    void write_application_control(uint32_t value);
    bool has_fpu_, fpu_enabled_ = false, trace_enabled_ = false;
    uint64_t systick_start_ = 0, systick_wraps_seen_ = 0;
};

/// Data watchpoint and trace unit at 0xE0001000: the cycle counter (DDI 0403E, C1.8).
class TraceUnit : public Peripheral {
  public:
    TraceUnit(PeripheralHost &host, const SystemControlSpace &core);

  protected:
    uint32_t on_read(uint32_t offset, uint32_t value) override;
    uint32_t on_write(uint32_t offset, uint32_t old_value, uint32_t value) override;

  private:
    bool counting() const;
    uint32_t count() const;
    const SystemControlSpace &core_;
    uint64_t started_ = 0;  ///< now() when the counter was `base_`
    uint32_t base_ = 0;
};

}  // namespace embark
