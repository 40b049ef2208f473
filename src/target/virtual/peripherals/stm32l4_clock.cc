#include "target/virtual/peripherals/stm32l4_clock.h"

#include <fmt/format.h>

namespace embark {
namespace {

constexpr uint32_t kAll = 0xFFFFFFFF;
constexpr uint32_t kControl = 0x00, kConfiguration = 0x08, kPllConfiguration = 0x0C;
constexpr uint32_t kBackupDomain = 0x90, kControlStatus = 0x94, kRecovery = 0x98;
constexpr uint32_t kMsiOn = 1u << 0, kMsiRangeSelected = 1u << 3, kHsiOn = 1u << 8;
constexpr uint32_t kHseOn = 1u << 16, kPllOn = 1u << 24;
constexpr uint32_t kSai1On = 1u << 26, kSai2On = 1u << 28;

// RM0432, 6.4. Ready bits follow their ON bits (ready_bits()).
const RegisterSpec kClockRegisters[] = {
    {kControl, "CR", 0x00000063, 0x150D0BFD},
    {0x04, "ICSCR", 0x40000000, 0x7F00FF00},
    {kConfiguration, "CFGR", 0, 0x7F00BFF3},
    {kPllConfiguration, "PLLCFGR", 0x00001000, 0xFF737FF3},
    {0x10, "PLLSAI1CFGR", 0x00001000, 0xFF737FF0},
    {0x14, "PLLSAI2CFGR", 0x00001000, 0xFF737FF0},
    {0x18, "CIER", 0, 0x67F},
    {0x1C, "CIFR", 0, 0},
    {0x20, "CICR", 0, 0x77F},
    {0x28, "AHB1RSTR", 0, kAll},
    {0x2C, "AHB2RSTR", 0, kAll},
    {0x30, "AHB3RSTR", 0, kAll},
    {0x38, "APB1RSTR1", 0, kAll},
    {0x3C, "APB1RSTR2", 0, kAll},
    {0x40, "APB2RSTR", 0, kAll},
    {0x48, "AHB1ENR", 0x00000100, kAll},
    {0x4C, "AHB2ENR", 0, kAll},
    {0x50, "AHB3ENR", 0, kAll},
    {0x58, "APB1ENR1", 0x00000400, kAll},
    {0x5C, "APB1ENR2", 0, kAll},
    {0x60, "APB2ENR", 0, kAll},
    {0x68, "AHB1SMENR", 0x00071307, kAll},
    {0x6C, "AHB2SMENR", 0x005777FF, kAll},
    {0x70, "AHB3SMENR", 0x00000301, kAll},
    {0x78, "APB1SMENR1", 0xF2FECA3F, kAll},
    {0x7C, "APB1SMENR2", 0x00000023, kAll},
    {0x80, "APB2SMENR", 0x0D677801, kAll},
    {0x88, "CCIPR", 0, 0x3FFFFFFF},
    {kBackupDomain, "BDCR", 0, 0x0301837D},
    {kControlStatus, "CSR", 0x0C000600, 0x00800F05},
    {kRecovery, "CRRCR", 0, 0x1},
    {0x9C, "CCIPR2", 0, 0x0030771F},
};

/// \p on is followed by \p ready; both one bit of a register.
uint32_t follow(uint32_t value, uint32_t on, uint32_t ready) {
    return value & on ? value | ready : value & ~ready;
}

constexpr uint32_t kMsiRanges[] = {100000,  200000,  400000,   800000,   1000000,  2000000,
                                   4000000, 8000000, 16000000, 24000000, 32000000, 48000000};

double mhz(double hz) {
    return hz / 1e6;
}

struct Limit {
    const char *range;
    uint32_t top_hz;   ///< HCLK that the voltage allows
    uint32_t step_hz;  ///< HCLK per wait state
};

/// RM0432, "Number of wait states according to CPU clock (HCLK) frequency"
Limit limit_of(const Stm32l4Power &power) {
    if (power.voltage_range() == 2) return {"range 2", 26000000, 8000000};
    if (power.boost()) return {"range 1 boost mode", 120000000, 20000000};
    return {"range 1 normal mode", 80000000, 20000000};
}

}  // namespace

Stm32l4Clock::Stm32l4Clock(PeripheralHost &host, const Stm32l4Power &power,
                           const Stm32l4Flash &flash)
    : Peripheral(host, "RCC", 0x40021000, 0x400, kClockRegisters), power_(power), flash_(flash) {}

bool Stm32l4Clock::hsi16_on() const {
    return stored(kControl) & kHsiOn;
}

bool Stm32l4Clock::lse_on() const {
    return stored(kBackupDomain) & 1;
}

uint32_t Stm32l4Clock::msi_hz() const {
    const uint32_t control = stored(kControl);
    const uint32_t range =
        control & kMsiRangeSelected ? control >> 4 & 0xF : stored(kControlStatus) >> 8 & 0xF;
    return range < std::size(kMsiRanges) ? kMsiRanges[range] : 0;
}

uint32_t Stm32l4Clock::pll_r_hz() const {
    const uint32_t pll = stored(kPllConfiguration);
    if (!(stored(kControl) & kPllOn) || !(pll & 1u << 24)) return 0;
    const uint32_t source = pll & 3;
    const uint32_t input = source == 1 ? msi_hz() : source == 2 ? kHsi16Hz : 0;
    const uint32_t m = (pll >> 4 & 0xF) + 1, n = pll >> 8 & 0x7F, r = 2 * (pll >> 25 & 3) + 2;
    return static_cast<uint32_t>(uint64_t{input} * n / (m * r));
}

uint32_t Stm32l4Clock::sysclk_hz() const {
    switch (stored(kConfiguration) & 3) {
        case 0:
            return msi_hz();
        case 1:
            return kHsi16Hz;
        case 3:
            return pll_r_hz();
        default:
            return 0;
    }
}

uint32_t Stm32l4Clock::hclk_hz() const {
    static constexpr uint32_t kDivisors[] = {2, 4, 8, 16, 64, 128, 256, 512};
    const uint32_t prescaler = stored(kConfiguration) >> 4 & 0xF;
    return sysclk_hz() / (prescaler & 8 ? kDivisors[prescaler & 7] : 1);
}

uint32_t Stm32l4Clock::pclk_hz(int bus) const {
    const uint32_t prescaler = stored(kConfiguration) >> (bus == 1 ? 8 : 11) & 7;
    return hclk_hz() / (prescaler & 4 ? 2u << (prescaler & 3) : 1);
}

void Stm32l4Clock::check_operating_point() {
    const uint32_t hclk = hclk_hz();
    const Limit limit = limit_of(power_);
    if (hclk == 0) return host_.fault("the system clock stops: its source gives no clock");
    if (hclk > limit.top_hz) {
        host_.fault(
            fmt::format("core clock of {} MHz in voltage {} (PWR_CR1.VOS, PWR_CR5.R1MODE), "
                        "which allows {} MHz",
                        mhz(hclk), limit.range, mhz(limit.top_hz)));
        return;
    }
    const auto needed = static_cast<int>((hclk - 1) / limit.step_hz);
    if (flash_.wait_states() < needed) {
        host_.fault(
            fmt::format("core clock of {} MHz in voltage {} with {} flash wait states "
                        "(FLASH_ACR.LATENCY), needs {}",
                        mhz(hclk), limit.range, flash_.wait_states(), needed));
        return;
    }
    constexpr uint32_t kStepLimitHz = 80000000;
    if (hclk > kStepLimitHz && last_hclk_hz_ < hclk / 2)
        host_.note(
            fmt::format("the core clock steps from {} to {} MHz at once; RM0432 asks for a "
                        "step at half speed (RCC_CFGR.HPRE) above 80 MHz",
                        mhz(last_hclk_hz_), mhz(hclk)));
    last_hclk_hz_ = hclk;
}

/// VCO input 2.66 to 16 MHz (ST's drivers recommend 8 at most), VCO 64 to 344 MHz.
void Stm32l4Clock::check_pll() {
    const uint32_t pll = stored(kPllConfiguration);
    const uint32_t source = pll & 3;
    const uint32_t input = source == 1 ? msi_hz() : source == 2 ? kHsi16Hz : 0;
    const double vco_in = input / double((pll >> 4 & 0xF) + 1);
    const double vco = vco_in * (pll >> 8 & 0x7F);
    if (source == 2 && !hsi16_on()) return host_.fault("the PLL is fed by HSI16, which is off");
    if (source == 3) return host_.fault("the PLL is fed by HSE, which is not emulated");
    if (source == 0) return host_.fault("the PLL is turned on without a source (PLLCFGR.PLLSRC)");
    if (vco_in < 2.66e6 || vco_in > 16e6)
        return host_.fault(
            fmt::format("PLL input of {:.2f} MHz, expected 2.66 to 16", mhz(vco_in)));
    if (vco < 64e6 || vco > 344e6)
        host_.fault(fmt::format("PLL oscillator at {:.1f} MHz, expected 64 to 344", mhz(vco)));
}

uint32_t Stm32l4Clock::write_control(uint32_t old_value, uint32_t value) {
    if (value & kHseOn) host_.fault("HSE is turned on, which is not emulated: use MSI or HSI16");
    value = follow(value, kMsiOn, 1u << 1);
    value = follow(value, kHsiOn, 1u << 10);
    value = follow(value, kPllOn, 1u << 25);
    value = follow(value, kSai1On, 1u << 27);
    value = follow(value, kSai2On, 1u << 29);
    store(kControl, value);
    if ((value & kPllOn) && !(old_value & kPllOn)) check_pll();
    check_operating_point();
    return value;
}

uint32_t Stm32l4Clock::write_configuration(uint32_t old_value, uint32_t value) {
    static constexpr const char *kNames[] = {"MSI", "HSI16", "HSE", "the PLL"};
    static constexpr uint32_t kReady[] = {1u << 1, 1u << 10, 1u << 17, 1u << 25};
    const uint32_t source = value & 3;
    if (!(stored(kControl) & kReady[source])) {
        host_.fault(
            fmt::format("the system clock is switched to {}, which is not ready", kNames[source]));
        return old_value;
    }
    value = (value & ~0xCu) | source << 2;
    store(kConfiguration, value);
    check_operating_point();
    return value;
}

uint32_t Stm32l4Clock::on_write(uint32_t offset, uint32_t old_value, uint32_t value) {
    switch (offset) {
        case kControl:
            return write_control(old_value, value);
        case kConfiguration:
            return write_configuration(old_value, value);
        case kPllConfiguration:
            // The output enables may change while it runs, the factors not.
            if ((stored(kControl) & kPllOn) && ((old_value ^ value) & 0x7FF3))
                host_.fault("RCC_PLLCFGR is changed while the PLL runs: on the chip it is lost");
            return value;
        case kBackupDomain:
            return follow(value, 1u << 0, 1u << 1);
        case kControlStatus:
            return follow(value, 1u << 0, 1u << 1);
        case kRecovery:
            return follow(value, 1u << 0, 1u << 1);
        default:
            return value;
    }
}

namespace {

constexpr uint32_t kPowerControl1 = 0x00, kPowerStatus1 = 0x10, kPowerStatus2 = 0x14;
constexpr uint32_t kPowerControl5 = 0x80;

const RegisterSpec kPowerRegisters[] = {
    {kPowerControl1, "CR1", 0x200, 0x4717},
    {0x04, "CR2", 0, 0x6FF},
    {0x08, "CR3", 0x8000, 0xDF1F},
    {0x0C, "CR4", 0, 0x731F},
    {kPowerStatus1, "SR1", 0, 0},
    {kPowerStatus2, "SR2", 0x100, 0},
    {0x18, "SCR", 0, 0},
    {kPowerControl5, "CR5", 0x100, 0x100},
};

constexpr uint32_t kAccessControl = 0x00, kOptionRegister = 0x20;
constexpr uint32_t kPrefetch = 1u << 8, kInstructionCache = 1u << 9, kDataCache = 1u << 10;
constexpr uint32_t kInstructionReset = 1u << 11, kDataReset = 1u << 12;

const RegisterSpec kFlashRegisters[] = {
    {kAccessControl, "ACR", 0x600, 0x7F0F},
    {0x10, "SR", 0, 0xC3FB},
    {0x14, "CR", 0xC0000000, 0},
    {kOptionRegister, "OPTR", 0xFFEFF8AA, 0},
};

}  // namespace

Stm32l4Power::Stm32l4Power(PeripheralHost &host)
    : Peripheral(host, "PWR", 0x40007000, 0x400, kPowerRegisters) {}

int Stm32l4Power::voltage_range() const {
    return (stored(kPowerControl1) >> 9 & 3) == 2 ? 2 : 1;
}

bool Stm32l4Power::boost() const {
    return voltage_range() == 1 && !(stored(kPowerControl5) & 0x100);
}

uint32_t Stm32l4Power::on_read(uint32_t offset, uint32_t value) {
    // Low-power run is entered when the bit is written.
    if (offset == kPowerStatus2) return value | (stored(kPowerControl1) >> 14 & 1) << 9;
    return value;
}

uint32_t Stm32l4Power::on_write(uint32_t offset, uint32_t, uint32_t value) {
    if (offset == kPowerControl1 && (value >> 9 & 3) != 1 && (value >> 9 & 3) != 2)
        host_.fault(fmt::format("PWR_CR1.VOS is {}, expected 1 or 2", value >> 9 & 3));
    store(offset, value);
    if (clock_) clock_->check_operating_point();
    return value;
}

Stm32l4Flash::Stm32l4Flash(PeripheralHost &host, FlashTimer &timer)
    : Peripheral(host, "FLASH", 0x40022000, 0x400, kFlashRegisters), timer_(timer) {
    configure(0, stored(kAccessControl));
}

int Stm32l4Flash::wait_states() const {
    return static_cast<int>(stored(kAccessControl) & 0xF);
}

void Stm32l4Flash::configure(uint32_t old_value, uint32_t value) {
    const FlashControl control{static_cast<int>(value & 0xF), (value & kInstructionCache) != 0,
                               (value & kDataCache) != 0, (value & kPrefetch) != 0};
    const uint32_t turned_off = old_value & ~value;
    timer_.configure(control, (value & kInstructionReset) || (turned_off & kInstructionCache),
                     (value & kDataReset) || (turned_off & kDataCache));
}

uint32_t Stm32l4Flash::on_write(uint32_t offset, uint32_t old_value, uint32_t value) {
    if (offset != kAccessControl) return old_value & ~value;
    const uint32_t resets = value & (kInstructionReset | kDataReset);
    const uint32_t enabled = value & (kInstructionCache | kDataCache);
    if (((resets & kInstructionReset) && (enabled & kInstructionCache)) ||
        ((resets & kDataReset) && (enabled & kDataCache)))
        host_.fault("a flash cache is reset (FLASH_ACR.ICRST, DCRST) while it is enabled");
    configure(old_value, value);
    store(offset, value);
    if (clock_) clock_->check_operating_point();
    return value;
}

}  // namespace embark
