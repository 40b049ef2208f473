#include "target/virtual/block.h"

#include <algorithm>

namespace embark {
namespace {

bool is_single_access(const Instruction &instruction) {
    return instruction.kind == InstructionKind::kLoad ||
           instruction.kind == InstructionKind::kStore;
}

uint16_t address_registers(const Instruction &instruction) {
    if (instruction.memory.count == 0) return 0;
    unsigned mask = 1u << instruction.memory.base;
    if (instruction.memory.index >= 0) mask |= 1u << instruction.memory.index;
    return static_cast<uint16_t>(mask);
}

/// Cycles of \p next when it follows \p previous.
uint32_t cycles_after(const Instruction &previous, const Instruction &next) {
    uint32_t cycles = next.cycles;
    const bool depends = previous.writes & address_registers(next);
    if (previous.kind == InstructionKind::kLoad && is_single_access(next) && !depends &&
        next.cycles > 1)
        --cycles;
    if (previous.kind == InstructionKind::kArithmetic && depends) ++cycles;
    if (previous.kind == InstructionKind::kFloat && (previous.float_writes & next.float_reads))
        ++cycles;
    return cycles;
}

}  // namespace

TimedBlock time_block(std::vector<Instruction> instructions) {
    TimedBlock block;
    block.instructions = std::move(instructions);
    const Instruction *previous = nullptr;
    uint32_t free_at = 0;  // when the FPU is done with a division
    for (const Instruction &instruction : block.instructions) {
        block.before.push_back(block.cycles);
        if (instruction.floating) block.cycles = std::max(block.cycles, free_at);
        block.cycles += previous ? cycles_after(*previous, instruction) : instruction.cycles;
        if (instruction.busy_cycles > 0) free_at = block.cycles + instruction.busy_cycles;
        if (instruction.floating && block.first_floating < 0)
            block.first_floating = static_cast<int>(block.count);
        ++block.count;
        previous = &instruction;
    }
    block.cycles = std::max(block.cycles, free_at);
    if (previous) {
        block.begin = block.instructions.front().address;
        block.end = previous->address + previous->bytes;
        block.taken_cycles = previous->taken_cycles;
    }
    return block;
}

}  // namespace embark
