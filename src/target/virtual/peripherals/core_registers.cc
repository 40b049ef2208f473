#include "target/virtual/peripherals/core_registers.h"

#include <fmt/format.h>

namespace embark {
namespace {

constexpr uint32_t kAll = 0xFFFFFFFF;
constexpr uint32_t kSystickControl = 0x010, kSystickLoad = 0x014, kSystickValue = 0x018;
constexpr uint32_t kIrqEnable = 0x100, kIrqDisable = 0x180, kIrqPend = 0x200, kIrqUnpend = 0x280;
constexpr uint32_t kInterruptControl = 0xD04, kApplicationControl = 0xD0C, kConfiguration = 0xD14;
constexpr uint32_t kConfigurableFault = 0xD28, kHardFault = 0xD2C, kDebugFault = 0xD30;
constexpr uint32_t kCoprocessor = 0xD88, kMpuControl = 0xD94, kDebugMonitor = 0xDFC;
constexpr uint32_t kFirstPriority = 0x400;
constexpr int kIrqWords = 3;  // 96 lines
constexpr int kPriorityWords = 24;

const RegisterSpec kSystemRegisters[] = {
    {0x004, "ICTR", 0x2, 0},
    {0x008, "ACTLR", 0, 0x307},
    {kSystickControl, "SYST_CSR", 0x4, 0x7},
    {kSystickLoad, "SYST_RVR", 0, 0xFFFFFF},
    {kSystickValue, "SYST_CVR", 0, 0xFFFFFF},
    {0x01C, "SYST_CALIB", 0x4000000F, 0},
    {0xD00, "CPUID", 0x410FC241, 0},
    {kInterruptControl, "ICSR", 0, 0x9A000000},
    {0xD08, "VTOR", 0, 0xFFFFFF80},
    {kApplicationControl, "AIRCR", 0xFA050000, kAll},
    {0xD10, "SCR", 0, 0x16},
    {kConfiguration, "CCR", 0x200, 0x31B},
    {0xD18, "SHPR1", 0, 0xF0F0F0},
    {0xD1C, "SHPR2", 0, 0xF0000000},
    {0xD20, "SHPR3", 0, 0xF0F00000},
    {0xD24, "SHCSR", 0, 0x70000},
    {kConfigurableFault, "CFSR", 0, kAll},
    {kHardFault, "HFSR", 0, kAll},
    {kDebugFault, "DFSR", 0, kAll},
    {0xD34, "MMFAR", 0, kAll},
    {0xD38, "BFAR", 0, kAll},
    {0xD3C, "AFSR", 0, kAll},
    {kCoprocessor, "CPACR", 0, 0x00F00000},
    {0xD90, "MPU_TYPE", 0x800, 0},
    {kMpuControl, "MPU_CTRL", 0, 0x7},
    {0xDF0, "DHCSR", 0, 0},
    {kDebugMonitor, "DEMCR", 0, 0x010F07F1},
    {0xF34, "FPCCR", 0xC0000000, 0xC0000000},
    {0xF38, "FPCAR", 0, 0xFFFFFFF8},
    {0xF3C, "FPDSCR", 0, 0x07C00000},
    {0xF40, "MVFR0", 0x10110021, 0},
    {0xF44, "MVFR1", 0x11000011, 0},
};

std::vector<RegisterSpec> system_registers() {
    std::vector<RegisterSpec> all(std::begin(kSystemRegisters), std::end(kSystemRegisters));
    for (uint32_t i = 0; i < kIrqWords; ++i) {
        all.push_back({kIrqEnable + 4 * i, "NVIC_ISER", 0, kAll});
        all.push_back({kIrqDisable + 4 * i, "NVIC_ICER", 0, kAll});
        all.push_back({kIrqPend + 4 * i, "NVIC_ISPR", 0, kAll});
        all.push_back({kIrqUnpend + 4 * i, "NVIC_ICPR", 0, kAll});
    }
    for (uint32_t i = 0; i < kPriorityWords; ++i)
        all.push_back({kFirstPriority + 4 * i, "NVIC_IPR", 0, 0xF0F0F0F0});
    return all;
}

constexpr uint32_t kTraceControl = 0x0, kCycleCount = 0x4;

const RegisterSpec kTraceRegisters[] = {
    {kTraceControl, "CTRL", 0x40000000, 0x1},
    {kCycleCount, "CYCCNT", 0, kAll},
    {0x08, "CPICNT", 0, 0xFF},
    {0x0C, "EXCCNT", 0, 0xFF},
    {0x10, "SLEEPCNT", 0, 0xFF},
    {0x14, "LSUCNT", 0, 0xFF},
    {0x18, "FOLDCNT", 0, 0xFF},
    {0xFB0, "LAR", 0, kAll},
};

}  // namespace

SystemControlSpace::SystemControlSpace(PeripheralHost &host, bool has_fpu)
    : Peripheral(host, "SCS", 0xE000E000, 0x1000, system_registers()), has_fpu_(has_fpu) {}

uint64_t SystemControlSpace::systick_ticks() const {
    const uint64_t cycles = host_.now() - systick_start_;
    return stored(kSystickControl) & 4 ? cycles : cycles / 8;
}

uint32_t SystemControlSpace::systick_value() const {
    const uint64_t load = stored(kSystickLoad);
    if (!(stored(kSystickControl) & 1) || load == 0) return 0;
    const auto phase = static_cast<uint32_t>(systick_ticks() % (load + 1));
    return phase == 0 ? 0 : static_cast<uint32_t>(load + 1 - phase);
}

void SystemControlSpace::systick_restart() {
    systick_start_ = host_.now();
    systick_wraps_seen_ = 0;
}

uint32_t SystemControlSpace::on_read(uint32_t offset, uint32_t value) {
    if (offset == kSystickValue) return systick_value();
    if (offset == kApplicationControl) return (value & 0xFFFF) | 0xFA050000;
    if (offset != kSystickControl || !(value & 1) || stored(kSystickLoad) == 0) return value;
    const uint64_t wraps = systick_ticks() / (uint64_t{stored(kSystickLoad)} + 1);
    const bool wrapped = wraps != systick_wraps_seen_;
    systick_wraps_seen_ = wraps;
    return value | (wrapped ? 1u << 16 : 0);
}

void SystemControlSpace::write_application_control(uint32_t value) {
    if (value >> 16 != 0x05FA) return;
    if (value & 0x4) host_.fault("the firmware asks for a system reset (AIRCR.SYSRESETREQ)");
}

uint32_t SystemControlSpace::on_write(uint32_t offset, uint32_t old_value, uint32_t value) {
    if (offset >= kIrqEnable && offset < kIrqEnable + 4 * kIrqWords && value != 0)
        host_.fault(
            fmt::format("interrupt lines 0x{:08x} of NVIC_ISER{} are enabled, but the "
                        "virtual board delivers no interrupts",
                        value, (offset - kIrqEnable) / 4));
    if (offset >= kIrqDisable && offset < kFirstPriority) return 0;
    switch (offset) {
        case kSystickControl:
            if (value & 2)
                host_.fault(
                    "SYST_CSR.TICKINT is set, but the virtual board delivers no "
                    "interrupts");
            if ((value & 1) && !(old_value & 1)) systick_restart();
            return value;
        case kSystickValue:
            systick_restart();
            return 0;
        case kInterruptControl:
            if (value & 0x94000000)
                host_.fault(
                    "an exception is made pending in ICSR, but the virtual board delivers "
                    "no interrupts");
            return 0;
        case kApplicationControl:
            write_application_control(value);
            return value & 0x700;
        case kConfigurableFault:
        case kHardFault:
        case kDebugFault:
            return old_value & ~value;
        case kCoprocessor:
            if (!has_fpu_) return 0;
            fpu_enabled_ = (value >> 20 & 0xF) == 0xF;
            return value;
        case kMpuControl:
            if (value & 1) host_.fault("MPU_CTRL.ENABLE is set, but the MPU is not emulated");
            return value;
        case kDebugMonitor:
            trace_enabled_ = value & 1u << 24;
            return value;
        default:
            return value;
    }
}

TraceUnit::TraceUnit(PeripheralHost &host, const SystemControlSpace &core)
    : Peripheral(host, "DWT", 0xE0001000, 0x1000, kTraceRegisters), core_(core) {}

bool TraceUnit::counting() const {
    return core_.trace_enabled() && (stored(kTraceControl) & 1);
}

uint32_t TraceUnit::count() const {
    return counting() ? base_ + static_cast<uint32_t>(host_.now() - started_) : base_;
}

uint32_t TraceUnit::on_read(uint32_t offset, uint32_t value) {
    return offset == kCycleCount ? count() : value;
}

uint32_t TraceUnit::on_write(uint32_t offset, uint32_t, uint32_t value) {
    if (!core_.trace_enabled()) {
        host_.fault("write to DWT while DEMCR.TRCENA is clear: on the chip it is lost");
        return stored(offset);
    }
    base_ = offset == kCycleCount ? value : count();
    started_ = host_.now();
    return value;
}

}  // namespace embark
