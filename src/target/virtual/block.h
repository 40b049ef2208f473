#pragma once
// A block of straight-line code as the emulator runs it, with its cost.

#include <cstdint>
#include <span>
#include <vector>

#include "target/virtual/flash_timing.h"
#include "target/virtual/instruction.h"

namespace embark {

struct TimedBlock {
    uint32_t begin = 0, end = 0;
    uint32_t cycles = 0;        ///< once through, no wait states, the last branch not taken
    uint32_t taken_cycles = 0;  ///< on top when the block does not fall through
    uint32_t count = 0;         ///< instructions
    int first_floating = -1;    ///< index of the first instruction that needs the FPU
    bool in_flash = false;
    uint32_t flash_offset = 0;
    uint32_t function = 0;  ///< index of its profile entry
    std::vector<Instruction> instructions;
    std::vector<uint32_t> before;  ///< cycles before instruction i
    std::vector<uint8_t> code;     ///< for code in RAM, to notice that it was replaced
    FetchState fetch;
};

/// Adds up instruction costs with what neighbours do to each other (DDI 0439D, 3.3.2 and 7.2.3):
/// single loads and stores pipeline; an address from the instruction just before costs a cycle; so
/// does a floating-point result that the next instruction consumes. Integer instructions run beside
/// a division or square root; what is left of it at the block's end is waited for there.
TimedBlock time_block(std::vector<Instruction> instructions);

}  // namespace embark
