#pragma once
// What the cycle model and the fault reports need to know of an instruction of a Cortex-M4.

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace embark {

enum class InstructionKind : uint8_t {
    kArithmetic,     ///< writes its result to a core register in its last stage
    kLoad,           ///< single load: pipelines with its neighbours
    kStore,          ///< single store
    kLoadMultiple,   ///< LDM, POP, LDRD, VLDR, VLDM: on its own
    kStoreMultiple,  ///< STM, PUSH, STRD, VSTR, VSTM: on its own
    kFloat,          ///< result is late by a cycle for the next instruction
    kOther,          ///< branches, barriers, hints, moves to and from the FPU
};

/// `count` accesses of `width` bytes each at rising addresses from
/// base + offset + (index << shift).
struct MemoryOperand {
    uint8_t base = 0;   ///< core register, 15: PC aligned to 4
    int8_t index = -1;  ///< core register or none
    uint8_t shift = 0;
    uint8_t count = 0;  ///< 0: no access
    uint8_t width = 0;
    bool store = false;
    bool writeback = false;
    int32_t offset = 0;
};

struct Instruction {
    uint32_t address = 0;
    uint8_t bytes = 0;
    InstructionKind kind = InstructionKind::kOther;
    uint8_t cycles = 1;              ///< alone, with no wait states; of a branch: when not taken
    uint8_t taken_cycles = 0;        ///< on top when it branches
    uint8_t busy_cycles = 0;         ///< the FPU is busy so long while integer instructions go on
    bool floating = false;           ///< needs the FPU
    uint16_t reads = 0, writes = 0;  ///< core registers, by bit
    uint32_t float_reads = 0, float_writes = 0;  ///< s0 … s31, by bit
    MemoryOperand memory;
};

/// Decodes straight-line Thumb code with Capstone and attaches the costs of the Cortex-M4 TRM
/// (DDI 0439D, tables 3-1, 3-2 and 7-1). What Capstone does not know counts as one cycle.
class InstructionDecoder {
  public:
    InstructionDecoder();
    ~InstructionDecoder();
    InstructionDecoder(const InstructionDecoder &) = delete;
    InstructionDecoder &operator=(const InstructionDecoder &) = delete;

    std::vector<Instruction> decode(uint32_t address, std::span<const uint8_t> code) const;

  private:
    size_t handle_ = 0;
};

}  // namespace embark
