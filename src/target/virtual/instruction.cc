#include "target/virtual/instruction.h"

#include <capstone/capstone.h>

#include "base/assert.h"

namespace embark {
namespace {

// P of the TRM, "1 to 3 depending on the alignment and width of the target instruction, and whether
// the processor manages to speculate the address early".
constexpr int kRefill = 2;
// LDR to PC and TBB/TBH cannot speculate.
constexpr int kBlindRefill = 3;
// 2 to 12 by operand values, which the model does not see.
constexpr int kDivide = 7;
constexpr int kFloatMultiplyAdd = 3;
constexpr int kFloatDivide = 14;

int core_register(unsigned reg) {
    if (reg >= ARM_REG_R0 && reg <= ARM_REG_R12) return static_cast<int>(reg - ARM_REG_R0);
    switch (reg) {
        case ARM_REG_SP:
            return 13;
        case ARM_REG_LR:
            return 14;
        case ARM_REG_PC:
            return 15;
        default:
            return -1;
    }
}

uint32_t float_mask(unsigned reg) {
    if (reg >= ARM_REG_S0 && reg <= ARM_REG_S31) return 1u << (reg - ARM_REG_S0);
    if (reg >= ARM_REG_D0 && reg <= ARM_REG_D15) return 3u << (2 * (reg - ARM_REG_D0));
    return 0;
}

void add_register(unsigned reg, uint16_t &core, uint32_t &floats) {
    const int number = core_register(reg);
    if (number >= 0) core = static_cast<uint16_t>(core | 1u << number);
    floats |= float_mask(reg);
}

/// Capstone 4 leaves some sources without an access mark: an operand that is not only written, and
/// is not first, is taken as read.
void collect_registers(const cs_arm &arm, Instruction &out) {
    for (int i = 0; i < arm.op_count; ++i) {
        const cs_arm_op &operand = arm.operands[i];
        if (operand.type == ARM_OP_MEM) {
            add_register(operand.mem.base, out.reads, out.float_reads);
            if (operand.mem.index != ARM_REG_INVALID)
                add_register(operand.mem.index, out.reads, out.float_reads);
        } else if (operand.type == ARM_OP_REG) {
            if (operand.access & CS_AC_WRITE)
                add_register(operand.reg, out.writes, out.float_writes);
            if ((operand.access & CS_AC_READ) || (operand.access == 0 && i > 0))
                add_register(operand.reg, out.reads, out.float_reads);
        }
    }
}

struct AccessShape {
    InstructionKind kind = InstructionKind::kOther;
    uint8_t width = 0;
    uint8_t count = 0;  ///< 0: by the register list
};

AccessShape access_shape(unsigned id) {
    using enum InstructionKind;
    switch (id) {
        case ARM_INS_LDR:
        case ARM_INS_LDRT:
        case ARM_INS_LDREX:
            return {kLoad, 4, 1};
        case ARM_INS_LDRB:
        case ARM_INS_LDRSB:
        case ARM_INS_LDRBT:
        case ARM_INS_LDRSBT:
        case ARM_INS_LDREXB:
            return {kLoad, 1, 1};
        case ARM_INS_LDRH:
        case ARM_INS_LDRSH:
        case ARM_INS_LDRHT:
        case ARM_INS_LDRSHT:
        case ARM_INS_LDREXH:
            return {kLoad, 2, 1};
        case ARM_INS_STR:
        case ARM_INS_STRT:
        case ARM_INS_STREX:
            return {kStore, 4, 1};
        case ARM_INS_STRB:
        case ARM_INS_STRBT:
        case ARM_INS_STREXB:
            return {kStore, 1, 1};
        case ARM_INS_STRH:
        case ARM_INS_STRHT:
        case ARM_INS_STREXH:
            return {kStore, 2, 1};
        case ARM_INS_LDRD:
            return {kLoadMultiple, 4, 2};
        case ARM_INS_STRD:
            return {kStoreMultiple, 4, 2};
        case ARM_INS_VLDR:
            return {kLoadMultiple, 4, 1};
        case ARM_INS_VSTR:
            return {kStoreMultiple, 4, 1};
        case ARM_INS_LDM:
        case ARM_INS_LDMDB:
        case ARM_INS_POP:
        case ARM_INS_VLDMIA:
        case ARM_INS_VLDMDB:
        case ARM_INS_VPOP:
            return {kLoadMultiple, 4, 0};
        case ARM_INS_STM:
        case ARM_INS_STMDB:
        case ARM_INS_PUSH:
        case ARM_INS_VSTMIA:
        case ARM_INS_VSTMDB:
        case ARM_INS_VPUSH:
            return {kStoreMultiple, 4, 0};
        default:
            return {};
    }
}

bool uses_stack_pointer(unsigned id) {
    return id == ARM_INS_PUSH || id == ARM_INS_POP || id == ARM_INS_VPUSH || id == ARM_INS_VPOP;
}

bool descends(unsigned id) {
    return id == ARM_INS_PUSH || id == ARM_INS_VPUSH || id == ARM_INS_STMDB ||
           id == ARM_INS_LDMDB || id == ARM_INS_VSTMDB || id == ARM_INS_VLDMDB;
}

/// Register lists: {base!, regs…}, or only the registers for PUSH and POP.
void decode_list(unsigned id, const cs_arm &arm, Instruction &out) {
    const bool stack = uses_stack_pointer(id);
    uint16_t listed = 0;
    uint32_t listed_floats = 0;
    for (int i = stack ? 0 : 1; i < arm.op_count; ++i)
        add_register(arm.operands[i].reg, listed, listed_floats);
    const int words = __builtin_popcount(listed) + __builtin_popcount(listed_floats);
    const int base = stack ? 13 : core_register(arm.operands[0].reg);
    out.memory.base = static_cast<uint8_t>(base < 0 ? 13 : base);
    out.memory.writeback = stack || arm.writeback;
    out.memory.count = static_cast<uint8_t>(words);
    out.memory.offset = descends(id) ? -4 * words : 0;
    out.reads = out.writes = static_cast<uint16_t>(1u << out.memory.base);
    if (!out.memory.writeback) out.writes = 0;
    out.float_reads = out.float_writes = 0;
    uint16_t &core = out.memory.store ? out.reads : out.writes;
    core = static_cast<uint16_t>(core | listed);
    (out.memory.store ? out.float_reads : out.float_writes) = listed_floats;
    out.cycles = static_cast<uint8_t>(1 + words);
}

void decode_single(const cs_arm &arm, Instruction &out) {
    for (int i = 0; i < arm.op_count; ++i) {
        const cs_arm_op &operand = arm.operands[i];
        if (operand.type != ARM_OP_MEM) continue;
        out.memory.base = static_cast<uint8_t>(core_register(operand.mem.base));
        out.memory.index = static_cast<int8_t>(core_register(operand.mem.index));
        out.memory.offset = operand.mem.disp;
        if (operand.shift.type == ARM_SFT_LSL)
            out.memory.shift = static_cast<uint8_t>(operand.shift.value);
    }
    out.memory.writeback = arm.writeback;
    if (arm.writeback) out.writes = static_cast<uint16_t>(out.writes | 1u << out.memory.base);
}

void decode_access(const cs_insn &raw, const AccessShape &shape, Instruction &out) {
    const cs_arm &arm = raw.detail->arm;
    out.kind = shape.kind;
    out.memory.width = shape.width;
    out.memory.store =
        shape.kind == InstructionKind::kStore || shape.kind == InstructionKind::kStoreMultiple;
    if (shape.count == 0) return decode_list(raw.id, arm, out);
    out.memory.count = shape.count;
    decode_single(arm, out);
    const bool wide = __builtin_popcount(out.float_reads | out.float_writes) == 2;
    if (wide) out.memory.count = 2;
    // "STR Rx,[Ry,#imm] is always one cycle"; pairs and FPU registers 1 + N.
    if (shape.kind == InstructionKind::kStore)
        out.cycles = out.memory.index < 0 ? 1 : 2;
    else
        out.cycles = static_cast<uint8_t>(1 + out.memory.count);
}

int arithmetic_cycles(unsigned id) {
    switch (id) {
        case ARM_INS_SDIV:
        case ARM_INS_UDIV:
            return kDivide;
        case ARM_INS_MRS:
        case ARM_INS_MSR:
        case ARM_INS_CPS:
            return 2;
        case ARM_INS_ISB:
            return 1 + kRefill;
        case ARM_INS_VMLA:
        case ARM_INS_VMLS:
        case ARM_INS_VNMLA:
        case ARM_INS_VNMLS:
        case ARM_INS_VFMA:
        case ARM_INS_VFMS:
        case ARM_INS_VFNMA:
        case ARM_INS_VFNMS:
            return kFloatMultiplyAdd;
        case ARM_INS_VDIV:
        case ARM_INS_VSQRT:
            return kFloatDivide;
        default:
            return 1;
    }
}

bool is_branch(const cs_insn &raw, const Instruction &decoded) {
    switch (raw.id) {
        case ARM_INS_B:
        case ARM_INS_BL:
        case ARM_INS_BX:
        case ARM_INS_BLX:
        case ARM_INS_CBZ:
        case ARM_INS_CBNZ:
        case ARM_INS_TBB:
        case ARM_INS_TBH:
            return true;
        default:
            return decoded.writes & 1u << 15;
    }
}

void add_branch_cost(const cs_insn &raw, Instruction &out) {
    out.taken_cycles = kRefill;
    if (raw.id == ARM_INS_TBB || raw.id == ARM_INS_TBH) {
        out.cycles = 3;
        out.taken_cycles = kBlindRefill;
    } else if (out.kind == InstructionKind::kLoad) {
        out.taken_cycles = kBlindRefill;
    } else if (out.memory.count == 0) {
        out.kind = InstructionKind::kOther;
    }
    // Skipped by its condition, it takes one cycle.
    const bool conditional =
        raw.detail->arm.cc != ARM_CC_AL && raw.detail->arm.cc != ARM_CC_INVALID;
    if (conditional && out.memory.count > 0) {
        out.taken_cycles = static_cast<uint8_t>(out.taken_cycles + out.cycles - 1);
        out.cycles = 1;
    }
}

/// FPU data processing, whose results come late: what writes s registers from s registers, but for
/// the moves (VABS and VNEG are moves as well).
bool is_float_arithmetic(const cs_insn &raw, const Instruction &out) {
    switch (raw.id) {
        case ARM_INS_VMOV:
        case ARM_INS_VABS:
        case ARM_INS_VNEG:
            return false;
        default:
            return out.float_writes != 0 && out.float_reads != 0;
    }
}

/// "Multiply with accumulate instructions consume their addend one cycle later": it never stalls
/// them, so only the factors count as read.
void drop_addend(const cs_arm &arm, Instruction &out) {
    out.float_reads = 0;
    uint16_t core = 0;
    for (int i = 1; i < arm.op_count; ++i)
        if (arm.operands[i].type == ARM_OP_REG)
            add_register(arm.operands[i].reg, core, out.float_reads);
}

Instruction translate(const cs_insn &raw) {
    const cs_arm &arm = raw.detail->arm;
    Instruction out;
    out.address = static_cast<uint32_t>(raw.address);
    out.bytes = static_cast<uint8_t>(raw.size);
    collect_registers(arm, out);
    out.floating = out.float_reads != 0 || out.float_writes != 0 || raw.id == ARM_INS_VMRS ||
                   raw.id == ARM_INS_VMSR;
    const AccessShape shape = access_shape(raw.id);
    if (shape.width != 0) {
        decode_access(raw, shape, out);
    } else {
        out.cycles = static_cast<uint8_t>(arithmetic_cycles(raw.id));
        if (out.floating && out.cycles == kFloatMultiplyAdd) drop_addend(arm, out);
        if (out.floating && out.cycles == kFloatDivide) {
            out.cycles = 1;
            out.busy_cycles = kFloatDivide - 1;
        }
        // VMOV between two core registers and two s registers moves twice.
        if (raw.id == ARM_INS_VMOV && arm.op_count == 4) out.cycles = 2;
        if (is_float_arithmetic(raw, out))
            out.kind = InstructionKind::kFloat;
        else if (out.writes != 0 && !out.floating)
            out.kind = InstructionKind::kArithmetic;
    }
    if (is_branch(raw, out)) add_branch_cost(raw, out);
    return out;
}

/// For code that Capstone does not know.
Instruction unknown(uint32_t address, std::span<const uint8_t> code) {
    Instruction out;
    out.address = address;
    const bool wide = code.size() >= 4 && (code[1] >> 3) >= 0x1D;
    out.bytes = wide ? 4 : 2;
    return out;
}

}  // namespace

InstructionDecoder::InstructionDecoder() {
    csh handle = 0;
    const auto mode = static_cast<cs_mode>(CS_MODE_THUMB | CS_MODE_MCLASS);
    const cs_err opened = cs_open(CS_ARCH_ARM, mode, &handle);
    EMBARK_ASSERT(opened == CS_ERR_OK);
    cs_option(handle, CS_OPT_DETAIL, CS_OPT_ON);
    handle_ = handle;
}

InstructionDecoder::~InstructionDecoder() {
    csh handle = handle_;
    cs_close(&handle);
}

std::vector<Instruction> InstructionDecoder::decode(uint32_t address,
                                                    std::span<const uint8_t> code) const {
    std::vector<Instruction> instructions;
    cs_insn *raw = cs_malloc(handle_);
    EMBARK_ASSERT(raw != nullptr);
    const uint8_t *cursor = code.data();
    size_t left = code.size();
    uint64_t at = address;
    while (left >= 2) {
        if (cs_disasm_iter(handle_, &cursor, &left, &at, raw)) {
            instructions.push_back(translate(*raw));
            continue;
        }
        instructions.push_back(unknown(static_cast<uint32_t>(at), {cursor, left}));
        const size_t bytes = instructions.back().bytes;
        cursor += bytes;
        at += bytes;
        left -= bytes;
    }
    cs_free(raw, 1);
    return instructions;
}

}  // namespace embark
