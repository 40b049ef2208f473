// Accesses to registers, to the stack and to nothing; exceptions; how a fault is told.

#include <fmt/format.h>

#include <algorithm>

#include "base/bytes.h"
#include "target/virtual/machine.h"

namespace embark {
namespace {

constexpr int kStackPointer = 13, kProgramCounter = 15;

// Exception numbers of the emulator's core (QEMU, target/arm/cpu.h).
enum : uint32_t {
    kUndefined = 1,
    kSupervisorCall = 2,
    kFetchAbort = 3,
    kDataAbort = 4,
    kBreakpoint = 7,
    kExceptionReturn = 8,
    kNoCoprocessor = 17,
    kNotThumb = 18,
};

}  // namespace

uint32_t Machine::core_register(int number) const {
    static constexpr int kIds[] = {UC_ARM_REG_R0,  UC_ARM_REG_R1, UC_ARM_REG_R2,  UC_ARM_REG_R3,
                                   UC_ARM_REG_R4,  UC_ARM_REG_R5, UC_ARM_REG_R6,  UC_ARM_REG_R7,
                                   UC_ARM_REG_R8,  UC_ARM_REG_R9, UC_ARM_REG_R10, UC_ARM_REG_R11,
                                   UC_ARM_REG_R12, UC_ARM_REG_SP, UC_ARM_REG_LR,  UC_ARM_REG_PC};
    uint32_t value = 0;
    uc_reg_read(engine_, kIds[number], &value);
    return value;
}

/// The instruction of the running block that accesses \p address now, or -1. Registers are up to
/// date at an access; earlier matches rule out the instructions before them.
int Machine::find_access(uint32_t address, bool store) const {
    if (!block_) return -1;
    for (size_t i = match_from_; i < block_->instructions.size(); ++i) {
        const Instruction &instruction = block_->instructions[i];
        const MemoryOperand &memory = instruction.memory;
        if (memory.count == 0 || memory.store != store) continue;
        uint32_t first = memory.base == kProgramCounter ? (instruction.address + 4) & ~3u
                                                        : core_register(memory.base);
        first += static_cast<uint32_t>(memory.offset);
        if (memory.index >= 0) first += core_register(memory.index) << memory.shift;
        if (address - first >= uint32_t{memory.count} * memory.width) continue;
        match_from_ = static_cast<int>(i) + (memory.count == 1 ? 1 : 0);
        return static_cast<int>(i);
    }
    return -1;
}

uint32_t Machine::current_pc() const {
    if (!block_) return pc_;
    return access_ >= 0 ? block_->instructions[access_].address : block_->begin;
}

void Machine::fault_at(uint32_t pc, const std::string &message) {
    if (fault_) return;
    Error error =
        make_error(ErrorCode::kInvalid, Location{image_.path().string(), image_.describe(pc)},
                   fmt::format("{} (pc 0x{:08x})", message, pc));
    const uint32_t caller = core_register(14) & ~1u;
    const CodeSymbol *function = image_.function_at(caller - 2);
    if (function && function != image_.function_at(pc))
        error.notes.push_back(
            fmt::format("link register points into {}", image_.describe(caller - 2)));
    fault_ = std::move(error);
    deadline_ = 0;
    uc_emu_stop(engine_);
}

void Machine::fault(const std::string &message) {
    fault_at(current_pc(), message);
}

Peripheral *Machine::peripheral_at(uint32_t address) {
    auto after = std::upper_bound(by_address_.begin(), by_address_.end(), address,
                                  [](uint32_t a, const Peripheral *p) { return a < p->base(); });
    if (after == by_address_.begin()) return nullptr;
    Peripheral *found = *std::prev(after);
    return address - found->base() < found->bytes() ? found : nullptr;
}

uint32_t Machine::on_register_read(uint32_t address, uint32_t bytes) {
    if (fault_) return 0;
    access_ = find_access(address, false);
    uint32_t value = 0;
    if (Peripheral *peripheral = peripheral_at(address))
        value = peripheral->read(address - peripheral->base(), bytes);
    else
        fault(fmt::format("read of {} bytes at 0x{:08x}, where no peripheral is emulated", bytes,
                          address));
    access_ = -1;
    return value;
}

void Machine::on_register_write(uint32_t address, uint32_t bytes, uint32_t value) {
    if (fault_) return;
    access_ = find_access(address, true);
    if (Peripheral *peripheral = peripheral_at(address))
        peripheral->write(address - peripheral->base(), bytes, value);
    else
        fault(fmt::format("write of {} bytes at 0x{:08x}, where no peripheral is emulated", bytes,
                          address));
    access_ = -1;
}

/// Only what the stack pointer covers is stack: firmware that paints its stack to measure it writes
/// below the pointer with plain stores. A push writes before the pointer moves.
void Machine::on_stack_write(uint32_t address) {
    const uint32_t pointer = core_register(kStackPointer);
    access_ = find_access(address, true);
    bool pushes = false;
    if (access_ >= 0) {
        const MemoryOperand &memory = block_->instructions[access_].memory;
        pushes = memory.base == kStackPointer && memory.writeback;
    }
    if (address >= pointer || pushes) {
        deepest_ = std::min(address, pointer);
        if (stack_bounds_known_ && deepest_ < stack_limit_)
            fault(
                fmt::format("stack overflow: write at 0x{:08x}, {} bytes below the end of the "
                            "stack of {} bytes",
                            deepest_, stack_limit_ - deepest_, stack_top_ - stack_limit_));
    }
    access_ = -1;
}

std::string Machine::memory_name(uint32_t address) const {
    const MemoryWindow *window = memory_.find(address, 1);
    std::string name = window ? window->name : "where the board has no memory";
    constexpr uint32_t kNullPage = 0x400;
    if (address < kNullPage) name += " (null pointer?)";
    return name;
}

bool Machine::on_invalid_access(uc_mem_type type, uint32_t address, uint32_t bytes) {
    if (type == UC_MEM_FETCH_UNMAPPED || type == UC_MEM_FETCH_PROT) {
        const uint32_t from =
            block_ && !block_->instructions.empty() ? block_->instructions.back().address : pc_;
        fault_at(from, fmt::format("jump to 0x{:08x}, where no code can be", address));
        return false;
    }
    const bool store = type == UC_MEM_WRITE_UNMAPPED || type == UC_MEM_WRITE_PROT;
    access_ = find_access(address, store);
    constexpr uint32_t kNear = 4096;
    const bool overflow = stack_bounds_known_ && address < stack_limit_ &&
                          stack_limit_ - address <= kNear &&
                          core_register(kStackPointer) < stack_limit_ + kNear;
    fault(fmt::format("{}{} of {} bytes {} 0x{:08x}, {}", overflow ? "stack overflow: " : "",
                      store ? "write" : "read", bytes, store ? "to" : "from", address,
                      memory_name(address)));
    access_ = -1;
    return false;
}

void Machine::on_invalid_instruction() {
    const uint32_t pc = core_register(kProgramCounter);
    const uint8_t *code = memory_.host(pc, 2);
    const uint32_t half = code ? load_le<uint16_t>(code) : 0;
    fault_at(pc, fmt::format("undefined instruction 0x{:04x}", half));
}

void Machine::on_exception(uint32_t number) {
    const uint32_t pc = core_register(kProgramCounter);
    const uint32_t last =
        block_ && !block_->instructions.empty() ? block_->instructions.back().address : pc;
    const uint8_t *code = memory_.host(pc, 2);
    switch (number) {
        case kUndefined:
        case kNoCoprocessor:
            return on_invalid_instruction();
        case kSupervisorCall:
            return fault_at(pc - 2,
                            "supervisor call (SVC): the virtual board delivers no "
                            "exceptions");
        case kFetchAbort:
            return fault_at(last, fmt::format("jump to 0x{:08x}, where no code can be", pc));
        case kBreakpoint:
            if (code && code[0] == 0xAB)
                return fault_at(pc, "semihosting call (BKPT 0xAB), which is not supported");
            return fault_at(pc, "breakpoint instruction (BKPT) without a debugger");
        case kExceptionReturn:
            return fault_at(last, "return from an exception, but none was taken");
        case kNotThumb:
            return fault_at(last, "jump to an even address: this core runs Thumb code only");
        default:
            return fault_at(pc, fmt::format("exception {} of the core", number));
    }
}

}  // namespace embark
