#include "target/flasher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include "base/files.h"

namespace embark {
namespace {

using testing::HasSubstr;

/// A PATH that holds only our own tools, which are shell scripts.
class FlashFirmware : public testing::Test {
  protected:
    FlashFirmware()
        : folder_(*TemporaryDirectory::create()),
          path_(::getenv("PATH")),
          board_(*find_board("stm32l4r9i-disco")) {
        ::setenv("PATH", folder_.path().c_str(), 1);
        elf_ = folder_.path() / "my firmware.elf";
        EXPECT_TRUE(write_file(elf_, std::string_view("elf")).ok());
    }
    ~FlashFirmware() override { ::setenv("PATH", path_.c_str(), 1); }

    void install(const std::string &tool, const std::string &commands) {
        const auto file = folder_.path() / tool;
        EXPECT_TRUE(write_file(file, "#!/bin/sh\n" + commands).ok());
        std::filesystem::permissions(file, std::filesystem::perms::owner_all);
    }
    void install_recorder(const std::string &tool) {
        install(tool, "for a in \"$@\"; do echo \"$a\"; done > " + record().string() + "\n");
    }
    std::filesystem::path record() const { return folder_.path() / "arguments"; }

    TemporaryDirectory folder_;
    std::string path_;
    Board board_;
    std::filesystem::path elf_;
};

TEST_F(FlashFirmware, SaysThatNoToolIsInstalled) {
    const Status status = flash_firmware(board_, elf_);
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().code, ErrorCode::kNotFound);
    EXPECT_EQ(status.error().message,
              "cannot flash stm32l4r9i-disco: neither openocd nor st-flash is on PATH");
    EXPECT_THAT(status.error().notes[0], HasSubstr("apt install openocd"));
}

TEST_F(FlashFirmware, CallsOpenocdWithTheBoardsConfiguration) {
    install_recorder("openocd");
    install("st-flash", "exit 1\n");
    const Status status = flash_firmware(board_, elf_);
    ASSERT_TRUE(status.ok()) << to_string(status.error());
    EXPECT_EQ(*read_text_file(record()), "-f\nboard/stm32l4discovery.cfg\n-c\nprogram {" +
                                             elf_.string() + "} verify reset exit\n");
}

TEST_F(FlashFirmware, CallsStFlashWithTheImageBesideTheElf) {
    install_recorder("st-flash");
    const Status missing = flash_firmware(board_, elf_);
    ASSERT_FALSE(missing.ok());
    EXPECT_THAT(to_string(missing.error()), HasSubstr("my firmware.bin: no such file"));
    const auto bin = folder_.path() / "my firmware.bin";
    ASSERT_TRUE(write_file(bin, std::string_view("bin")).ok());
    FlashOptions options;
    options.serial = "0671FF";
    const Status status = flash_firmware(board_, elf_, options);
    ASSERT_TRUE(status.ok()) << to_string(status.error());
    EXPECT_EQ(*read_text_file(record()),
              "--reset\n--serial\n0671FF\nwrite\n" + bin.string() + "\n0x08000000\n");
}

TEST_F(FlashFirmware, ShowsTheToolsOutputWhenItFails) {
    install("openocd", "echo 'Error: open failed' >&2\nexit 1\n");
    const Status status = flash_firmware(board_, elf_);
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().code, ErrorCode::kIo);
    EXPECT_EQ(status.error().message, "cannot flash stm32l4r9i-disco: openocd ended with status 1");
    EXPECT_THAT(status.error().notes, testing::ElementsAre("Error: open failed"));
}

TEST_F(FlashFirmware, NeedsABoardThatCanBeFlashed) {
    board_.openocd_config.clear();
    FlashOptions options;
    options.tool = FlashTool::kOpenocd;
    const Status status = flash_firmware(board_, elf_, options);
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().code, ErrorCode::kUnsupported);
    EXPECT_EQ(status.error().message,
              "the board file of stm32l4r9i-disco has no [flasher] for OpenOCD");
}

TEST_F(FlashFirmware, NeedsAFirmware) {
    const Status status = flash_firmware(board_, folder_.path() / "none.elf");
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace embark
