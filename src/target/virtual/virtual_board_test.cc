#include "target/virtual/virtual_board.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ctime>

#include "base/bytes.h"
#include "target/virtual/test_firmware.h"

namespace embark {
namespace {

using testing::HasSubstr;

constexpr uint64_t kEnough = 200000000;

std::unique_ptr<VirtualBoard> boot(const std::filesystem::path &elf,
                                   const VirtualBoardOptions &options = {}) {
    auto board = VirtualBoard::create(test_board(), elf, options);
    EXPECT_TRUE(board.ok()) << (board.ok() ? "" : to_string(board.error()));
    return board.ok() ? std::move(*board) : nullptr;
}

void run_to_sleep(VirtualBoard &board) {
    auto end = board.run({.cycles = kEnough});
    ASSERT_TRUE(end.ok()) << to_string(end.error());
    ASSERT_EQ(*end, RunEnd::kIdle);
}

std::vector<uint32_t> words_at(const VirtualBoard &board, const std::string &name, uint32_t count) {
    auto address = board.symbol(name);
    if (!address.ok()) return {};
    auto bytes = board.read_memory(*address, 4 * count);
    std::vector<uint32_t> words;
    for (uint32_t i = 0; i < count; ++i) words.push_back(load_le<uint32_t>(bytes->data() + 4 * i));
    return words;
}

TEST(VirtualBoard, CountsTheCyclesOfKnownCode) {
    EMBARK_NEEDS_CROSS_COMPILER();
    auto board = boot(build_firmware("loops", {"start.S", "loops.S", "loops.c"}));
    ASSERT_TRUE(board);
    run_to_sleep(*board);
    const std::vector<std::pair<std::string, uint32_t>> expected = {
        {"ten_nops", 10},
        {"counted_loop", 1 + 100 * 2 + 99 * 2},
        {"grouped_loads", 2 + 1 + 1 + 1},
        {"chained_loads", 2 + 2},
        {"load_behind_address", 1 + 2 + 1},
        {"stores", 1 + 1 + 1 + 1 + 2},
        {"load_multiple", 1 + 4},
        {"load_double", 1 + 2},
        {"push_and_pop", 5 + 5},
        {"multiply", 4},
        {"divide", 1 + 7},
        {"jump", 1 + 2},
        {"condition", 1 + 1 + 1},
        {"float_apart", 3},
        {"float_chain", 1 + 2 + 4},
        {"float_divide", 14 + 13},  // NOP and return run beside them
        {"float_dot", 3 + 3},
        {"float_loads", 2 + 5 + 3},
        {"float_moves", 1 + 2 + 1},
    };
    const auto measured = words_at(*board, "results", static_cast<uint32_t>(expected.size()));
    for (size_t i = 0; i < expected.size(); ++i)
        EXPECT_EQ(measured[i], expected[i].second) << expected[i].first;
}

TEST(VirtualBoard, ComputesWithDspAndFloatingPoint) {
    EMBARK_NEEDS_CROSS_COMPILER();
    auto board = boot(build_firmware("compute", {"start.S", "compute.c"}));
    ASSERT_TRUE(board);
    run_to_sleep(*board);
    const auto results = words_at(*board, "results", 5);
    EXPECT_EQ(results[0], 100u - 5 + 21);
    EXPECT_EQ(results[1], 6375u);
    EXPECT_LE(results[3], results[4]);
}

TEST(VirtualBoard, BlockCountsEqualInstructionByInstructionCounts) {
    EMBARK_NEEDS_CROSS_COMPILER();
    auto board = boot(build_firmware("compute", {"start.S", "compute.c"}), {.cross_check = true});
    ASSERT_TRUE(board);
    run_to_sleep(*board);
    EXPECT_GT(board->stats().instructions, 100000u);
}

TEST(VirtualBoard, StoppingAndGoingOnChangesNothing) {
    EMBARK_NEEDS_CROSS_COMPILER();
    const auto elf = build_firmware("compute", {"start.S", "compute.c"});
    auto whole = boot(elf), sliced = boot(elf);
    ASSERT_TRUE(whole && sliced);
    run_to_sleep(*whole);
    auto end = sliced->run({.cycles = 7});
    while (end.ok() && *end == RunEnd::kBudget) end = sliced->run({.cycles = 97});
    ASSERT_TRUE(end.ok()) << to_string(end.error());
    EXPECT_EQ(sliced->stats().instructions, whole->stats().instructions);
    EXPECT_EQ(sliced->stats().cycles, whole->stats().cycles);
    EXPECT_EQ(words_at(*sliced, "results", 5), words_at(*whole, "results", 5));
}

TEST(VirtualBoard, StackHighWaterIsExactThoughTheFirmwarePaintsItsStack) {
    EMBARK_NEEDS_CROSS_COMPILER();
    auto board = boot(build_firmware("stack", {"start.S", "stack.S"}));
    ASSERT_TRUE(board);
    run_to_sleep(*board);
    EXPECT_EQ(board->stats().stack_high_water, 20u + 96 + 8);
    EXPECT_EQ(board->stats().stack_bytes, 2048u);
}

TEST(VirtualBoard, RamHighWaterCountsWordsWrittenOutsideOfTheStack) {
    EMBARK_NEEDS_CROSS_COMPILER();
    auto board = boot(build_firmware("compute", {"start.S", "compute.c"}));
    ASSERT_TRUE(board);
    run_to_sleep(*board);
    // results[0..4] and numbers[200]
    EXPECT_EQ(board->stats().ram_high_water, 4u * (5 + 200));
}

TEST(VirtualBoard, FlashCostsWaitStatesThatRamAndCachesAvoid) {
    EMBARK_NEEDS_CROSS_COMPILER();
    auto board = boot(build_firmware("timing", {"start.S", "timing.c"}));
    ASSERT_TRUE(board);
    run_to_sleep(*board);
    const auto r = words_at(*board, "results", 6);
    EXPECT_EQ(r[0], r[1]) << "no wait states at 4 MHz";
    EXPECT_EQ(r[2], r[0]) << "the loop runs from the instruction cache, its data from RAM";
    // After the loop the address of `sum` is read again: the stream has evicted it.
    EXPECT_EQ(r[3], r[2] + (1024 / 2 + 1) * 5) << "a double word of flash waits once";
    EXPECT_GT(r[4], r[2] + 1024 * 5) << "without the caches the loop waits at each turn";
    EXPECT_NEAR(static_cast<int32_t>(r[5]), 0, 30) << "SysTick and CYCCNT count alike";
    EXPECT_EQ(board->clock_hz(), 120000000u);
    EXPECT_GT(board->stats().data_stalls, 1024u / 2 * 5 - 1);
    EXPECT_TRUE(board->stats().notes.empty());
}

TEST(VirtualBoard, RunsReplacedCodeFromRam) {
    EMBARK_NEEDS_CROSS_COMPILER();
    auto board = boot(build_firmware("ram_code", {"start.S", "ram_code.c"}), {.cross_check = true});
    ASSERT_TRUE(board);
    run_to_sleep(*board);
    EXPECT_EQ(words_at(*board, "results", 2), (std::vector<uint32_t>{1, 2}));
}

TEST(VirtualBoard, ShowsSram2AtItsSecondAddress) {
    EMBARK_NEEDS_CROSS_COMPILER();
    auto board = boot(build_firmware("compute", {"start.S", "compute.c"}));
    ASSERT_TRUE(board);
    auto first = board->read_memory(0x20030000, 64 * 1024);
    auto second = board->read_memory(0x10000000, 64 * 1024);
    ASSERT_TRUE(first.ok() && second.ok());
    EXPECT_EQ(*first, *second);
    EXPECT_FALSE(board->read_memory(0x10010000, 1).ok());
}

TEST(VirtualBoard, NamesTheOffsetWhenThereIsNoDebugInformation) {
    EMBARK_NEEDS_CROSS_COMPILER();
    auto board = boot(build_firmware("bare", {"start.S", "faults.c"},
                                     "-g0 -O1 -fno-inline -w -DFAULT=flash_write"));
    ASSERT_TRUE(board);
    auto end = board->run({.cycles = kEnough});
    ASSERT_FALSE(end.ok());
    EXPECT_THAT(end.error().location.place, testing::StartsWith("flash_write+0x"));
    EXPECT_THAT(end.error().notes,
                testing::ElementsAre(HasSubstr("link register points into main")));
}

TEST(VirtualBoard, ProfileAddsUpToAllCycles) {
    EMBARK_NEEDS_CROSS_COMPILER();
    auto board = boot(build_firmware("compute", {"start.S", "compute.c"}), {.profile = true});
    ASSERT_TRUE(board);
    run_to_sleep(*board);
    const EmulationStats stats = board->stats();
    ASSERT_FALSE(stats.profile.empty());
    uint64_t cycles = 0;
    for (const FunctionCycles &function : stats.profile) cycles += function.cycles;
    EXPECT_NEAR(static_cast<double>(cycles), static_cast<double>(stats.cycles), 50);
    EXPECT_EQ(stats.profile.front().name, "main");
}

TEST(VirtualBoard, RunsThousandsOfInstructionsInAMicrosecond) {
    EMBARK_NEEDS_CROSS_COMPILER();
    auto board = boot(build_firmware("speed", {"start.S", "speed.c"}));
    ASSERT_TRUE(board);
    const std::clock_t start = std::clock();
    run_to_sleep(*board);
    const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    const double rate = static_cast<double>(board->stats().instructions) / seconds / 1e6;
    fmt::print("{:.0f} million instructions a second of processor time\n", rate);
    RecordProperty("mips", static_cast<int>(rate));
}

TEST(VirtualBoard, RejectsWhatIsNotFirmwareForTheBoard) {
    EMBARK_NEEDS_CROSS_COMPILER();
    const auto missing = VirtualBoard::create(test_board(), "/nonexistent.elf");
    ASSERT_FALSE(missing.ok());
    EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
    const auto host = VirtualBoard::create(test_board(), "/proc/self/exe");
    ASSERT_FALSE(host.ok());
    EXPECT_THAT(host.error().message, HasSubstr("expected 32-bit little-endian Arm"));
    const auto text = VirtualBoard::create(test_board(), firmware_folder() / "loops.c");
    ASSERT_FALSE(text.ok());
    EXPECT_THAT(text.error().message, HasSubstr("not an ELF file"));
    Board other = test_board();
    other.family = "stm32f4";
    const auto elf = build_firmware("compute", {"start.S", "compute.c"});
    const auto family = VirtualBoard::create(other, elf);
    ASSERT_FALSE(family.ok());
    EXPECT_EQ(family.error().code, ErrorCode::kUnsupported);
    Board small = test_board();
    small.memory[0].origin = 0x09000000;
    const auto elsewhere = VirtualBoard::create(small, elf);
    ASSERT_FALSE(elsewhere.ok());
    EXPECT_THAT(elsewhere.error().message, HasSubstr("load address at 0x08000000"));
}

struct FaultCase {
    const char *name;
    const char *message;
};

class Fault : public testing::TestWithParam<FaultCase> {};

TEST_P(Fault, NamesFunctionLineAndReason) {
    EMBARK_NEEDS_CROSS_COMPILER();
    const std::string name = GetParam().name;
    auto board =
        boot(build_firmware(name, {"start.S", "faults.c"},
                            "-O1 -fno-inline -fno-optimize-sibling-calls -w -DFAULT=" + name));
    ASSERT_TRUE(board);
    auto end = board->run({.cycles = kEnough});
    ASSERT_FALSE(end.ok()) << "no fault";
    EXPECT_EQ(end.error().code, ErrorCode::kInvalid);
    EXPECT_THAT(end.error().message, HasSubstr(GetParam().message));
    const int line = line_of("faults.c", "/* here: " + name + " */");
    if (line > 0) {
        EXPECT_EQ(end.error().location.place, fmt::format("{} (faults.c:{})", name, line));
    }
    auto again = board->run({.cycles = 1});
    ASSERT_FALSE(again.ok()) << "a fault is final";
    EXPECT_EQ(again.error().message, end.error().message);
}

INSTANTIATE_TEST_SUITE_P(
    VirtualBoard, Fault,
    testing::Values(
        FaultCase{"null_write", "write of 4 bytes to 0x00000000, flash (null pointer?)"},
        FaultCase{"flash_write", "write of 4 bytes to 0x08001000, flash"},
        FaultCase{"outside_read", "read of 4 bytes from 0x60000000, where the board has no memory"},
        FaultCase{"beyond_ram", "write of 4 bytes to 0x200a0000, where the board has no memory"},
        FaultCase{"float_off", "floating-point instruction while the FPU is off"},
        FaultCase{"no_peripheral", "read of 4 bytes at 0x40015000, where no peripheral"},
        FaultCase{"no_register", "read of RCC register at offset 0x200"},
        FaultCase{"clock_off", "write to GPIOA_MODER while its clock is off (RCC_AHB2ENR.GPIOAEN"},
        FaultCase{"undefined", "undefined instruction 0xde07"},
        FaultCase{"semihosting", "semihosting call"},
        FaultCase{"supervisor_call", "supervisor call"},
        FaultCase{"wild_jump", "jump to 0x70000000, where no code can be"},
        FaultCase{"overflow", "stack overflow"},
        FaultCase{"too_fast_for_flash",
                  "120 MHz in voltage range 1 boost mode with 4 flash wait "
                  "states (FLASH_ACR.LATENCY), needs 5"},
        FaultCase{"no_boost", "core clock of 120 MHz in voltage range 1 normal mode"},
        FaultCase{"pll_off", "switched to the PLL, which is not ready"},
        FaultCase{"no_pin", "USART2 sends a byte, but no pin is switched to it"},
        FaultCase{"wrong_baud", "USART2 sends at 9592 baud"},
        FaultCase{"interrupt", "TICKINT is set"}),
    [](const auto &info) { return std::string(info.param.name); });

}  // namespace
}  // namespace embark
