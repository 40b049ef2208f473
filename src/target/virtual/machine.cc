#include "target/virtual/machine.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/bytes.h"

namespace embark {
namespace {

constexpr uint32_t kThumb = 1;
constexpr uint64_t kNeverReached = 0xFFFFFFFF;
constexpr uint32_t kPeripheralBase = 0x40000000, kPeripheralBytes = 0x10000000;
constexpr uint32_t kSystemBase = 0xE0000000, kSystemBytes = 0x100000;

Error engine_error(const char *what, uc_err error) {
    return make_error(ErrorCode::kInternal,
                      fmt::format("unicorn: {}: {}", what, uc_strerror(error)));
}

}  // namespace

Machine::Machine(const Board &board, ElfImage image, const VirtualBoardOptions &options)
    : board_(board),
      options_(options),
      image_(std::move(image)),
      flash_(board.flash, board.main_flash().bytes),
      flash_origin_(board.main_flash().origin) {}

Machine::~Machine() {
    if (engine_) uc_close(engine_);
}

Expected<std::unique_ptr<Machine>> Machine::create(const Board &board, ElfImage image,
                                                   const VirtualBoardOptions &options) {
    if (board.core != "cortex-m4")
        return make_error(ErrorCode::kUnsupported,
                          fmt::format("board {}: core \"{}\" is not emulated, expected "
                                      "\"cortex-m4\"",
                                      board.id, board.core));
    std::unique_ptr<Machine> machine(new Machine(board, std::move(image), options));
    EMBARK_ASSIGN(machine->chip_,
                  make_peripherals(machine->board_, *machine, machine->flash_, options.model_baud));
    for (const auto &peripheral : machine->chip_.all)
        machine->by_address_.push_back(peripheral.get());
    std::sort(machine->by_address_.begin(), machine->by_address_.end(),
              [](const Peripheral *a, const Peripheral *b) { return a->base() < b->base(); });
    EMBARK_ASSIGN(machine->memory_, BoardMemory::create(machine->board_, machine->chip_.aliases));
    EMBARK_RETURN_IF_ERROR(machine->memory_.program(machine->image_));
    EMBARK_RETURN_IF_ERROR(machine->start_engine());
    EMBARK_RETURN_IF_ERROR(machine->reset_core());
    EMBARK_RETURN_IF_ERROR(machine->add_hooks());
    return machine;
}

Status Machine::start_engine() {
    const auto mode = static_cast<uc_mode>(UC_MODE_THUMB | UC_MODE_MCLASS);
    if (uc_err error = uc_open(UC_ARCH_ARM, mode, &engine_); error != UC_ERR_OK)
        return engine_error("open", error);
    if (uc_err error = uc_ctl_set_cpu_model(engine_, UC_CPU_ARM_CORTEX_M4); error != UC_ERR_OK)
        return engine_error("select Cortex-M4", error);
    for (const MemoryWindow &window : memory_.windows()) {
        uint32_t rights = UC_PROT_READ;
        if (!window.flash) rights |= UC_PROT_WRITE;
        if (window.code) rights |= UC_PROT_EXEC;
        uc_err error = uc_mem_map_ptr(engine_, window.address, window.bytes, rights, window.host);
        if (error != UC_ERR_OK) return engine_error(window.name.c_str(), error);
    }
    return Ok{};
}

/// What the core does when it leaves reset: stack pointer and program counter from the vector
/// table.
Status Machine::reset_core() {
    const uint32_t table = board_.main_flash().origin;
    const uint8_t *vectors = memory_.host(table, 8);
    const auto stack = load_le<uint32_t>(vectors), entry = load_le<uint32_t>(vectors + 4);
    const Location where{image_.path().string(), "vector table"};
    const MemoryWindow *stack_memory = memory_.find(stack - 4, 4);
    if (!stack_memory || stack_memory->flash || stack % 4 != 0)
        return make_error(ErrorCode::kInvalid, where,
                          fmt::format("initial stack pointer is 0x{:08x}, expected an address in "
                                      "RAM",
                                      stack));
    if (!(entry & kThumb) || !memory_.find(entry & ~kThumb, 2))
        return make_error(
            ErrorCode::kInvalid, where,
            fmt::format("reset vector is 0x{:08x}, expected an odd address in flash", entry));
    // Registers are unknown after reset.
    const uint32_t garbage = 0xDEADBEEF, no_return = 0xFFFFFFFF;
    for (int i = 0; i <= 12; ++i) uc_reg_write(engine_, UC_ARM_REG_R0 + i, &garbage);
    uc_reg_write(engine_, UC_ARM_REG_LR, &no_return);
    uc_reg_write(engine_, UC_ARM_REG_SP, &stack);
    pc_ = entry & ~kThumb;
    find_stack();
    stack_top_ = stack_bounds_known_ ? stack_top_ : stack;
    deepest_ = stack_top_;
    return Ok{};
}

void Machine::find_stack() {
    const uint32_t *limit = image_.find_symbol("emk_stack_limit");
    const uint32_t *top = image_.find_symbol("emk_stack_top");
    if (!limit || !top || *limit >= *top || !memory_.find(*limit, *top - *limit)) return;
    stack_limit_ = *limit;
    stack_top_ = *top;
    stack_bounds_known_ = true;
}

template <typename Callback>
Status Machine::add_hook(int type, Callback *callback, uint64_t begin, uint64_t end) {
    uc_hook hook = 0;
    const uc_err error =
        uc_hook_add(engine_, &hook, type, reinterpret_cast<void *>(callback), this, begin, end);
    if (error != UC_ERR_OK) return engine_error("add hook", error);
    return Ok{};
}

Status Machine::add_hooks() {
    using Self = Machine *;
    constexpr uint64_t kFirst = 1, kLast = 0;  // begin > end: everywhere
    const auto block = +[](uc_engine *, uint64_t address, uint32_t bytes, void *self) {
        static_cast<Self>(self)->on_block(static_cast<uint32_t>(address), bytes);
    };
    const auto exception = +[](uc_engine *, uint32_t number, void *self) {
        static_cast<Self>(self)->on_exception(number);
    };
    const auto invalid = +[](uc_engine *, void *self) {
        static_cast<Self>(self)->on_invalid_instruction();
        return false;
    };
    EMBARK_RETURN_IF_ERROR(add_hook(UC_HOOK_BLOCK, block, kFirst, kLast));
    EMBARK_RETURN_IF_ERROR(add_hook(UC_HOOK_INTR, exception, kFirst, kLast));
    EMBARK_RETURN_IF_ERROR(add_hook(UC_HOOK_INSN_INVALID, invalid, kFirst, kLast));
    if (options_.cross_check) {
        const auto one = +[](uc_engine *, uint64_t, uint32_t, void *self) {
            ++static_cast<Self>(self)->checked_instructions_;
        };
        EMBARK_RETURN_IF_ERROR(add_hook(UC_HOOK_CODE, one, kFirst, kLast));
    }
    EMBARK_RETURN_IF_ERROR(add_memory_hooks());
    return map_registers();
}

Status Machine::add_memory_hooks() {
    using Self = Machine *;
    const auto read = +[](uc_engine *, uc_mem_type, uint64_t address, int, int64_t, void *self) {
        static_cast<Self>(self)->on_flash_read(static_cast<uint32_t>(address));
    };
    const auto write = +[](uc_engine *, uc_mem_type, uint64_t address, int, int64_t, void *self) {
        auto *machine = static_cast<Self>(self);
        if (address < machine->deepest_ && machine->deepest_ - address <= machine->stack_reach_)
            machine->on_stack_write(static_cast<uint32_t>(address));
    };
    const auto invalid =
        +[](uc_engine *, uc_mem_type type, uint64_t address, int bytes, int64_t, void *self) {
            return static_cast<Self>(self)->on_invalid_access(type, static_cast<uint32_t>(address),
                                                              static_cast<uint32_t>(bytes));
        };
    for (const MemoryWindow &window : memory_.windows())
        if (window.flash)
            EMBARK_RETURN_IF_ERROR(add_hook(UC_HOOK_MEM_READ, read, window.address,
                                            window.address + window.bytes - 1));
    // Beyond the end of a stack with bounds, so that an overflow into other data is noticed.
    // Without bounds, what lies far below the deepest use is taken for data: looking at each write
    // is slow.
    constexpr uint32_t kBeyond = 1024, kUnbounded = 64 * 1024, kReach = 4096;
    const uint32_t depth = stack_bounds_known_ ? stack_top_ - stack_limit_ + kBeyond : kUnbounded;
    const uint32_t low = stack_top_ - std::min(stack_top_, depth);
    stack_reach_ = stack_bounds_known_ ? depth : kReach;
    EMBARK_RETURN_IF_ERROR(add_hook(UC_HOOK_MEM_WRITE, write, low, stack_top_ - 1));
    return add_hook(UC_HOOK_MEM_INVALID, invalid, 1, 0);
}

Status Machine::map_registers() {
    using Self = Machine *;
    const auto map = [&](auto base) {
        constexpr uint32_t kBase = decltype(base)::value;
        constexpr uint32_t kBytes = kBase == kSystemBase ? kSystemBytes : kPeripheralBytes;
        return uc_mmio_map(
            engine_, kBase, kBytes,
            [](uc_engine *, uint64_t offset, unsigned bytes, void *self) -> uint64_t {
                return static_cast<Self>(self)->on_register_read(
                    kBase + static_cast<uint32_t>(offset), bytes);
            },
            this,
            [](uc_engine *, uint64_t offset, unsigned bytes, uint64_t value, void *self) {
                static_cast<Self>(self)->on_register_write(kBase + static_cast<uint32_t>(offset),
                                                           bytes, static_cast<uint32_t>(value));
            },
            this);
    };
    uc_err error = map(std::integral_constant<uint32_t, kPeripheralBase>{});
    if (error == UC_ERR_OK) error = map(std::integral_constant<uint32_t, kSystemBase>{});
    if (error != UC_ERR_OK) return engine_error("map registers", error);
    return Ok{};
}

uint32_t Machine::profile_entry(uint32_t address) {
    const CodeSymbol *function = image_.function_at(address);
    const uint32_t key = function ? function->address : 0;
    const auto [entry, added] =
        profile_index_.try_emplace(key, static_cast<uint32_t>(profile_.size()));
    if (added) profile_.push_back({function ? function->name : "(unknown)", 0, 0});
    return entry->second;
}

TimedBlock *Machine::make_block(uint32_t address, uint32_t bytes) {
    const uint8_t *code = memory_.host(address, bytes);
    if (!code) return nullptr;
    auto block =
        std::make_unique<TimedBlock>(time_block(decoder_.decode(address, std::span(code, bytes))));
    block->begin = address;
    block->end = address + bytes;
    const MemoryWindow *window = memory_.find(address, bytes);
    block->in_flash = window->flash;
    block->flash_offset = address - window->address;
    if (!block->in_flash) block->code.assign(code, code + bytes);
    block->function = profile_entry(address);
    std::unique_ptr<TimedBlock> &place = blocks_[uint64_t{address} << 32 | bytes];
    place = std::move(block);
    return place.get();
}

TimedBlock *Machine::find_block(uint32_t address, uint32_t bytes) {
    TimedBlock *&quick = quick_blocks_[address / 2 % kQuickBlocks];
    if (!quick || quick->begin != address || quick->end != address + bytes) {
        const auto found = blocks_.find(uint64_t{address} << 32 | bytes);
        quick = found != blocks_.end() ? found->second.get() : make_block(address, bytes);
    }
    if (quick && !quick->in_flash) {
        const uint8_t *code = memory_.host(address, bytes);
        if (std::memcmp(code, quick->code.data(), bytes) != 0) quick = make_block(address, bytes);
    }
    return quick;
}

void Machine::attribute() {
    if (!options_.profile || !block_) return;
    FunctionCycles &entry = profile_[block_->function];
    entry.cycles += cycles_ - attributed_cycles_;
    entry.instructions += instructions_ - attributed_instructions_;
    attributed_cycles_ = cycles_;
    attributed_instructions_ = instructions_;
}

void Machine::on_block(uint32_t address, uint32_t bytes) {
    if (cycles_ >= deadline_) {
        stopped_in_hook_ = true;
        pc_ = address;
        uc_emu_stop(engine_);
        return;
    }
    if (block_ && address != expected_) {
        cycles_ += block_->taken_cycles;
        branch_cycles_ += block_->taken_cycles;
    }
    attribute();
    TimedBlock *block = find_block(address, bytes);
    block_ = block;
    expected_ = address + bytes;
    match_from_ = 0;
    if (!block) return;
    cycles_ += block->cycles;
    instructions_ += block->count;
    if (block->in_flash) {
        const uint32_t stall =
            flash_.fetch(block->flash_offset, block->flash_offset + bytes, block->fetch);
        cycles_ += stall;
        fetch_stalls_ += stall;
    }
    if (block->first_floating < 0 || chip_.core->fpu_enabled()) return;
    fault_at(block->instructions[block->first_floating].address,
             board_.fpu.empty() ? "floating-point instruction, but the core has no FPU"
                                : "floating-point instruction while the FPU is off: the firmware "
                                  "must set CP10 and CP11 in CPACR first");
}

void Machine::on_flash_read(uint32_t address) {
    const uint32_t stall =
        flash_.read(address >= flash_origin_ ? address - flash_origin_ : address);
    cycles_ += stall;
    data_stalls_ += stall;
}

uint64_t Machine::now() const {
    if (!block_ || access_ < 0) return time();
    return time() - block_->cycles + block_->before[access_];
}

void Machine::output_ready() {
    if (stop_on_output_) deadline_ = 0;
}

void Machine::note(const std::string &message) {
    if (std::find(notes_.begin(), notes_.end(), message) == notes_.end()) notes_.push_back(message);
}

/// Until the next stop. Unicorn returns without an error, and without our having asked for it, when
/// the core sleeps (WFI, WFE).
void Machine::execute() {
    stopped_in_hook_ = false;
    const uc_err error = uc_emu_start(engine_, pc_ | kThumb, kNeverReached, 0, 0);
    if (fault_) return;
    if (error != UC_ERR_OK) {
        fault_at(current_pc(), fmt::format("the emulator stopped: {}", uc_strerror(error)));
        return;
    }
    if (stopped_in_hook_) return;
    uc_reg_read(engine_, UC_ARM_REG_PC, &pc_);
    sleeping_ = true;
}

/// \returns whether to come back to the caller
bool Machine::pass_idle_time(const RunRequest &request, uint64_t end) {
    if (!sleeping_ && !console().idle()) return false;
    if (console().has_input()) {
        sleeping_ = false;
        console().wake();
        return false;
    }
    if (request.stop_when_idle) return true;
    const uint64_t millisecond = std::max<uint64_t>(clock_hz() / 1000, 1);
    idle_cycles_ += std::min(millisecond, end - time());
    sleeping_ = false;
    return false;
}

Expected<RunEnd> Machine::run(const RunRequest &request) {
    const uint64_t end = time() + request.cycles;
    stop_on_output_ = request.stop_on_output;
    console().wake();
    sleeping_ = false;
    while (!fault_) {
        if (stop_on_output_ && !console().sent().empty()) return RunEnd::kOutput;
        if (time() >= end) return RunEnd::kBudget;
        if (pass_idle_time(request, end)) return RunEnd::kIdle;
        if (time() >= end) continue;
        deadline_ = cycles_ + (end - time());
        execute();
        if (options_.cross_check && !fault_ && checked_instructions_ != instructions_)
            fault_at(pc_, fmt::format("the emulator ran {} instructions, block counts say {}",
                                      checked_instructions_, instructions_));
    }
    return *fault_;
}

EmulationStats Machine::stats() const {
    EmulationStats stats;
    stats.cycles = cycles_;
    stats.idle_cycles = idle_cycles_;
    stats.instructions = instructions_;
    stats.fetch_stalls = fetch_stalls_;
    stats.data_stalls = data_stalls_;
    stats.branch_cycles = branch_cycles_;
    stats.clock_hz = clock_hz();
    stats.stack_bytes = stack_bounds_known_ ? stack_top_ - stack_limit_ : 0;
    stats.stack_high_water = stack_top_ - deepest_;
    const uint32_t stack_begin = stack_bounds_known_ ? stack_limit_ : deepest_;
    stats.ram_high_water = memory_.touched_bytes(stack_begin, stack_top_);
    stats.uart_sent = chip_.console->sent_count();
    stats.uart_received = chip_.console->received_count();
    stats.notes = notes_;
    if (!options_.profile) return stats;
    stats.profile = profile_;
    std::erase_if(stats.profile, [](const FunctionCycles &f) { return f.cycles == 0; });
    std::stable_sort(
        stats.profile.begin(), stats.profile.end(),
        [](const FunctionCycles &a, const FunctionCycles &b) { return a.cycles > b.cycles; });
    return stats;
}

}  // namespace embark
