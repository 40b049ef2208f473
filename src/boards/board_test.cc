#include "boards/board.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.h"

namespace embark {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr char kMinimal[] = R"(name = "N"
mcu = "M"
vendor = "V"
price_class = "$"
[core]
name = "cortex-m4"
fpu = "sp"
[clock]
hz = 1_000_000
[[memory]]
name = "flash"
kind = "flash"
origin = 0x0800_0000
bytes = 1024
[[memory]]
name = "sram"
kind = "ram"
origin = 0x2000_0000
bytes = 512
source = "manual"
[flash]
wait_states = 0
line_bytes = 8
source = "manual"
)";

class BoardFile : public testing::Test {
  protected:
    BoardFile() : folder_(*TemporaryDirectory::create()) {}

    std::filesystem::path write(const std::string &id, std::string_view text) {
        const auto path = folder_.path() / id / "board.toml";
        std::filesystem::create_directories(path.parent_path());
        EXPECT_TRUE(write_file(path, text).ok());
        return path;
    }
    std::string error_of(std::string_view text) {
        const auto board = load_board_file(write("test-board", text));
        return board.ok() ? "no error" : to_string(board.error());
    }
    static std::string replaced(std::string_view from, std::string_view to) {
        std::string text = kMinimal;
        const size_t at = text.find(from);
        EXPECT_NE(at, std::string::npos) << from;
        return text.replace(at, from.size(), to);
    }

    TemporaryDirectory folder_;
};

TEST_F(BoardFile, MinimalOneLoadsWithDefaults) {
    const auto board = load_board_file(write("mine", kMinimal));
    ASSERT_TRUE(board.ok()) << to_string(board.error());
    EXPECT_EQ(board->id, "mine");
    EXPECT_EQ(board->stack_bytes, 2048u);
    EXPECT_EQ(board->console_baud, 115200u);
    EXPECT_FALSE(board->dsp);
    EXPECT_TRUE(board->memory[0].code);
    EXPECT_EQ(board->flash.cache_line_bytes, 32);
    EXPECT_EQ(board->emulator, "");
    EXPECT_EQ(board->folder, folder_.path() / "mine");
}

TEST_F(BoardFile, ListsFiguresWithoutASource) {
    const auto board = load_board_file(write("mine", kMinimal));
    ASSERT_TRUE(board.ok());
    EXPECT_THAT(board->unsourced, ElementsAre("clock", "memory.flash"));
}

TEST_F(BoardFile, UnknownKeyIsAnErrorWithItsLine) {
    EXPECT_THAT(error_of(replaced("hz = 1_000_000", "hz = 1\nhertz = 2")),
                HasSubstr("board.toml: line 10: unknown key 'hertz' in clock, expected one of hz"));
    EXPECT_THAT(error_of(replaced("vendor = \"V\"", "vendor = \"V\"\nowner = 1")),
                HasSubstr("line 4: unknown key 'owner', expected one of"));
    EXPECT_THAT(error_of(std::string(kMinimal) + "[radio]\nhz = 1\n"),
                HasSubstr("line 25: unknown key 'radio'"));
}

TEST_F(BoardFile, MissingKeyIsAnError) {
    EXPECT_THAT(error_of(replaced("hz = 1_000_000", "")), HasSubstr("line 8: clock.hz is missing"));
    EXPECT_THAT(error_of("name = \"N\"\n"), HasSubstr("mcu is missing"));
}

TEST_F(BoardFile, WrongTypeIsAnErrorThatNamesBoth) {
    EXPECT_THAT(error_of(replaced("hz = 1_000_000", "hz = \"fast\"")),
                HasSubstr("line 9: clock.hz is a string, expected an integer"));
    EXPECT_THAT(error_of(replaced("name = \"N\"", "name = 3")),
                HasSubstr("line 1: name is an integer, expected a string"));
    EXPECT_THAT(error_of("energy = 3\n" + std::string(kMinimal)),
                HasSubstr("line 1: energy is an integer, expected a table"));
}

TEST_F(BoardFile, ValuesOutOfRangeAreErrors) {
    EXPECT_THAT(error_of(replaced("bytes = 512", "bytes = -1")),
                HasSubstr("memory.bytes is -1, expected 1 to 4294967295"));
    EXPECT_THAT(error_of(replaced("fpu = \"sp\"", "fpu = \"half\"")),
                HasSubstr("core.fpu is 'half', expected one of '', 'sp', 'dp'"));
    EXPECT_THAT(error_of(replaced("mcu = \"M\"", "mcu = \"M\"\nstack_bytes = 1000")),
                HasSubstr("line 3: stack_bytes is 1000, expected a multiple of 16"));
}

TEST_F(BoardFile, AllFaultsAreToldAtOnce) {
    const std::string text = error_of(replaced("fpu = \"sp\"", "fpu = 1\nextra = 1"));
    EXPECT_THAT(text, HasSubstr("core.fpu is an integer"));
    EXPECT_THAT(text, HasSubstr("unknown key 'extra'"));
}

TEST_F(BoardFile, MemoryMustBeConsistent) {
    EXPECT_THAT(error_of(replaced("kind = \"ram\"", "kind = \"flash\"")),
                HasSubstr("no memory region of kind 'ram'"));
    EXPECT_THAT(error_of(replaced("0x2000_0000", "0x0800_0010")),
                HasSubstr("line 15: memory sram overlaps flash"));
    EXPECT_THAT(error_of(replaced("name = \"sram\"", "name = \"flash\"")),
                HasSubstr("two memory regions named 'flash'"));
    EXPECT_THAT(error_of(replaced("0x2000_0000", "0xffff_ff00")),
                HasSubstr("ends beyond the 32-bit address space"));
}

TEST_F(BoardFile, ExternalMemoryHoldsNothingBesideMemoryOnTheChip) {
    const std::string more = "[[memory]]\nkind = \"ram\"\nexternal = true\n";
    const auto board = load_board_file(
        write("mine", kMinimal + more + "name = \"sdram\"\norigin = 0x6000_0000\nbytes = 8192\n"));
    ASSERT_TRUE(board.ok()) << to_string(board.error());
    EXPECT_EQ(board->main_ram().name, "sram");
    EXPECT_EQ(board->total_bytes(MemoryRegion::Kind::kRam), 512u);
    const auto without = load_board_file(write("mine", replaced("512", "512\nexternal = true")));
    ASSERT_TRUE(without.ok()) << to_string(without.error());
    EXPECT_EQ(without->main_ram().name, "sram");
    EXPECT_EQ(without->total_bytes(MemoryRegion::Kind::kRam), 512u);
}

TEST_F(BoardFile, BrokenTomlIsAnErrorWithItsLine) {
    EXPECT_THAT(error_of("name = \"N\"\nmcu = = 1\n"), HasSubstr("board.toml: line 2: "));
    EXPECT_THAT(error_of("\xff\xfe"), HasSubstr("board.toml: line 1: "));
    EXPECT_THAT(error_of(""), HasSubstr("name is missing"));
}

TEST_F(BoardFile, BoardPathAddsAndReplacesBoards) {
    write("mine", kMinimal);
    write("nucleo-f401re", kMinimal);
    const auto mine = find_board("mine", {folder_.path()});
    ASSERT_TRUE(mine.ok()) << to_string(mine.error());
    const auto replaced = find_board("nucleo-f401re", {folder_.path()});
    ASSERT_TRUE(replaced.ok());
    EXPECT_EQ(replaced->name, "N");
    EXPECT_TRUE(find_board("mine", {folder_.path() / "mine"}).ok());
}

TEST_F(BoardFile, BoardPathWithoutBoardsIsAnError) {
    const auto boards = load_boards({folder_.path()});
    ASSERT_FALSE(boards.ok());
    EXPECT_EQ(boards.error().code, ErrorCode::kNotFound);
}

TEST_F(BoardFile, FaultInOneBoardDoesNotHideOthers) {
    write("broken", "name = 1\n");
    write("mine", kMinimal);
    EXPECT_TRUE(find_board("mine", {folder_.path()}).ok());
    const auto all = load_boards({folder_.path()});
    ASSERT_FALSE(all.ok());
    EXPECT_THAT(to_string(all.error()), HasSubstr("broken/board.toml: line 1"));
}

TEST(FindBoard, KnowsTheDiscoveryKitOfTheReport) {
    const auto board = find_board("stm32l4r9i-disco");
    ASSERT_TRUE(board.ok()) << to_string(board.error());
    EXPECT_EQ(board->clock_hz, 120'000'000u);
    EXPECT_EQ(board->main_flash().bytes, 2u << 20);
    EXPECT_EQ(board->main_flash().origin, 0x08000000u);
    EXPECT_EQ(board->main_ram().bytes, 640u << 10);
    EXPECT_EQ(board->main_ram().name, "sram");
    EXPECT_EQ(board->flash.wait_states, 5);
    EXPECT_EQ(board->family, "stm32l4");
    EXPECT_THAT(board->unsourced, testing::IsEmpty());
    EXPECT_TRUE(std::filesystem::exists(board->folder / "board.toml"));
}

TEST(FindBoard, SuggestsTheNearestNames) {
    const auto board = find_board("stm32l4r9-disco");
    ASSERT_FALSE(board.ok());
    EXPECT_EQ(board.error().code, ErrorCode::kNotFound);
    EXPECT_EQ(board.error().message, "no board 'stm32l4r9-disco'");
    ASSERT_FALSE(board.error().notes.empty());
    EXPECT_EQ(board.error().notes[0], "did you mean 'stm32l4r9i-disco'?");
}

TEST(LoadBoards, ShippedOnesAllLoadSortedById) {
    const auto boards = load_boards();
    ASSERT_TRUE(boards.ok()) << to_string(boards.error());
    std::vector<std::string> ids;
    for (const Board &board : *boards) ids.push_back(board.id);
    EXPECT_TRUE(std::is_sorted(ids.begin(), ids.end()));
    EXPECT_THAT(ids, Contains("stm32l4r9i-disco"));
    EXPECT_GE(ids.size(), 40u);
}

// Whoever adds a board names its sources; whoever finds one for an old board lowers the number.
TEST(LoadBoards, ShippedOnesDoNotGetMoreFiguresWithoutASource) {
    size_t unsourced = 0;
    const std::vector<Board> boards = load_boards().value();
    for (const Board &board : boards) unsourced += board.unsourced.size();
    EXPECT_LE(unsourced, 118u);
}

TEST(LoadBoards, MemoryIsCountedByRegion) {
    const auto board = find_board("nucleo-h743zi2");
    ASSERT_TRUE(board.ok());
    EXPECT_EQ(board->total_bytes(MemoryRegion::Kind::kRam), 1056u << 10);
    EXPECT_EQ(board->main_ram().name, "axi_sram");
    const auto f407 = find_board("stm32f407g-disc1");
    ASSERT_TRUE(f407.ok());
    EXPECT_FALSE(f407->memory[2].code);
    EXPECT_THAT(f407->unsourced, ElementsAre("energy"));
}

}  // namespace
}  // namespace embark
