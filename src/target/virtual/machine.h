#pragma once
// The Cortex-M4 on Unicorn: memory map, cycle counting, stack watching, faults.

#include <unicorn/unicorn.h>

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "target/virtual/block.h"
#include "target/virtual/board_memory.h"
#include "target/virtual/elf_image.h"
#include "target/virtual/flash_timing.h"
#include "target/virtual/peripherals/family.h"
#include "target/virtual/virtual_board.h"

namespace embark {

/// Cycle counts come from a hook at each block of straight-line code and one at each read of flash.
/// Unicorn 2.0.1 does not tell the program counter inside of a block; where it matters (faults,
/// registers that depend on the time) it is found by matching the access with the operands of the
/// block's instructions.
class Machine : public PeripheralHost {
  public:
    static Expected<std::unique_ptr<Machine>> create(const Board &board, ElfImage image,
                                                     const VirtualBoardOptions &options);
    ~Machine() override;

    Expected<RunEnd> run(const RunRequest &request);
    ConsoleUart &console() { return *chip_.console; }
    EmulationStats stats() const;
    uint32_t clock_hz() const { return chip_.core_clock_hz(); }
    uint64_t time() const { return cycles_ + idle_cycles_; }
    const BoardMemory &memory() const { return memory_; }
    const ElfImage &image() const { return image_; }

    uint64_t now() const override;
    void fault(const std::string &message) override;
    void note(const std::string &message) override;
    void output_ready() override;
    void waiting_for_input() override { deadline_ = 0; }

  private:
    Machine(const Board &board, ElfImage image, const VirtualBoardOptions &options);
    Status start_engine();
    template <typename Callback>
    Status add_hook(int type, Callback *callback, uint64_t begin, uint64_t end);
    Status add_hooks();
    Status add_memory_hooks();
    Status map_registers();
    Status reset_core();
    void find_stack();

    // machine.cc: running and counting
    void on_block(uint32_t address, uint32_t bytes);
    void on_flash_read(uint32_t address);
    TimedBlock *find_block(uint32_t address, uint32_t bytes);
    TimedBlock *make_block(uint32_t address, uint32_t bytes);
    uint32_t profile_entry(uint32_t address);
    void attribute();
    void execute();
    bool pass_idle_time(const RunRequest &request, uint64_t end);

    // machine_access.cc: what accesses mean, and what is wrong with them
    uint32_t on_register_read(uint32_t address, uint32_t bytes);
    void on_register_write(uint32_t address, uint32_t bytes, uint32_t value);
    void on_stack_write(uint32_t address);
    bool on_invalid_access(uc_mem_type type, uint32_t address, uint32_t bytes);
    void on_exception(uint32_t number);
    void on_invalid_instruction();
    Peripheral *peripheral_at(uint32_t address);
    int find_access(uint32_t address, bool store) const;
    uint32_t current_pc() const;
    uint32_t core_register(int number) const;
    void fault_at(uint32_t pc, const std::string &message);
    std::string memory_name(uint32_t address) const;

    const Board board_;
    const VirtualBoardOptions options_;
    ElfImage image_;
    BoardMemory memory_;
    FlashTimer flash_;
    const uint32_t flash_origin_;
    ChipPeripherals chip_;
    std::vector<Peripheral *> by_address_;
    InstructionDecoder decoder_;
    uc_engine *engine_ = nullptr;

    // counting
    uint64_t cycles_ = 0, idle_cycles_ = 0, instructions_ = 0;
    uint64_t fetch_stalls_ = 0, data_stalls_ = 0, branch_cycles_ = 0;
    uint64_t checked_instructions_ = 0;  ///< one by one, for options_.cross_check
    uint64_t deadline_ = 0;              ///< in cycles_; 0: stop at the next block
    uint32_t pc_ = 0;                    ///< where to go on
    bool stopped_in_hook_ = false, sleeping_ = false, stop_on_output_ = false;
    static constexpr size_t kQuickBlocks = 1 << 14;
    std::vector<TimedBlock *> quick_blocks_ = std::vector<TimedBlock *>(kQuickBlocks);
    std::unordered_map<uint64_t, std::unique_ptr<TimedBlock>> blocks_;
    TimedBlock *block_ = nullptr;  ///< the one that runs
    uint32_t expected_ = 0;        ///< address that follows it
    int access_ = -1;              ///< instruction of the access under way
    mutable int match_from_ = 0;   ///< first instruction that may do the next matched access

    // stack
    uint32_t stack_limit_ = 0, stack_top_ = 0, deepest_ = 0;
    uint32_t stack_reach_ = 0;  ///< writes further below deepest_ are not the stack's
    bool stack_bounds_known_ = false;

    // outcome
    std::optional<Error> fault_;
    std::vector<std::string> notes_;
    std::vector<FunctionCycles> profile_;
    std::unordered_map<uint32_t, uint32_t> profile_index_;
    uint64_t attributed_cycles_ = 0, attributed_instructions_ = 0;
};

}  // namespace embark
