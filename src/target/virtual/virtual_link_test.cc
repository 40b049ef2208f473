#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ctime>
#include <future>
#include <thread>

#include "base/files.h"
#include "project/project.h"
#include "target/virtual/test_firmware.h"
#include "target/virtual/virtual_board.h"

namespace embark {
namespace {

using namespace std::chrono_literals;

/// The board family's own start-up code and port: what the real chip runs.
std::filesystem::path echo_firmware() {
    static Expected<TemporaryDirectory> folder = TemporaryDirectory::create();
    const auto files = board_files(test_board());
    if (!folder.ok() || !files.ok()) return {};
    std::filesystem::create_directories(folder->path() / "board");
    for (const auto &[name, text] : *files)
        if (!write_file(folder->path() / name, text).ok()) return {};
    const std::string board = folder->path().string() + "/board/";
    return build_firmware("echo", {"echo.c", board + "startup.c", board + "port.c"});
}

TEST(VirtualLink, EchoesThroughTheFamilysOwnStartUpCode) {
    EMBARK_NEEDS_CROSS_COMPILER();
    auto link = VirtualLink::open(test_board(), echo_firmware());
    ASSERT_TRUE(link.ok()) << to_string(link.error());
    const uint8_t sent[] = {1, 2, 3, 255};
    ASSERT_TRUE((*link)->write(sent).ok());
    uint8_t received[8];
    auto count = (*link)->read(received, 1s);
    ASSERT_TRUE(count.ok()) << to_string(count.error());
    ASSERT_EQ(*count, 4u);
    EXPECT_EQ(received[0], 2);
    EXPECT_EQ(received[3], 0);
    EXPECT_EQ((*link)->board().clock_hz(), 120000000u);
    EXPECT_EQ((*link)->board().stats().uart_received, 4u);
    EXPECT_THAT((*link)->board().stats().notes, testing::IsEmpty());
    EXPECT_EQ((*link)->name(), "virtual:test-l4r9");
}

TEST(VirtualLink, WaitingForNothingTakesTheBoardsTimeButNotTheHosts) {
    EMBARK_NEEDS_CROSS_COMPILER();
    auto link = VirtualLink::open(test_board(), echo_firmware());
    ASSERT_TRUE(link.ok());
    uint8_t byte[1];
    const std::clock_t start = std::clock();
    auto count = (*link)->read(byte, 60s);
    const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    ASSERT_FALSE(count.ok());
    EXPECT_EQ(count.error().code, ErrorCode::kTimeout);
    EXPECT_LT(seconds, 5);
    const EmulationStats stats = (*link)->board().stats();
    EXPECT_GT(stats.idle_cycles, 59ull * 120000000);
    EXPECT_LT(stats.cycles, 100000000u);
}

TEST(VirtualLink, ModelledBaudRateTakesTenBitsPerByte) {
    EMBARK_NEEDS_CROSS_COMPILER();
    auto link = VirtualLink::open(test_board(), echo_firmware(), {.model_baud = true});
    ASSERT_TRUE(link.ok());
    uint8_t none[1];
    (void)(*link)->read(none, 10ms);
    const uint64_t before = (*link)->board().time_cycles();
    ASSERT_TRUE((*link)->write(std::vector<uint8_t>(100, 7)).ok());
    size_t got = 0;
    while (got < 100) {
        uint8_t buffer[100];
        auto count = (*link)->read(buffer, 1s);
        ASSERT_TRUE(count.ok()) << to_string(count.error());
        got += *count;
    }
    const double cycles = static_cast<double>((*link)->board().time_cycles() - before);
    EXPECT_NEAR(cycles, 100 * 10 * 120e6 / 115200, 3 * 10 * 120e6 / 115200);
}

TEST(Emulate, AnswersOnAPseudoTerminalThroughItsLink) {
    EMBARK_NEEDS_CROSS_COMPILER();
    auto folder = TemporaryDirectory::create();
    ASSERT_TRUE(folder.ok());
    std::promise<std::string> ready;
    EmulateOptions options;
    options.link = folder->path() / "board";
    options.seconds = 3;
    options.on_ready = [&](const std::string &name) { ready.set_value(name); };
    auto emulation = std::async(std::launch::async, [&] {
        timespec begin, end;
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begin);
        auto stats = emulate(test_board(), echo_firmware(), options);
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
        const double used = static_cast<double>(end.tv_sec - begin.tv_sec) +
                            1e-9 * static_cast<double>(end.tv_nsec - begin.tv_nsec);
        return std::make_pair(std::move(stats), used);
    });
    const std::string name = ready.get_future().get();
    EXPECT_EQ(std::filesystem::read_symlink(options.link), name);
    const int fd = ::open(options.link.c_str(), O_RDWR | O_NOCTTY);
    ASSERT_GE(fd, 0);
    ASSERT_EQ(::write(fd, "HAL\r", 4), 4);
    std::string received;
    pollfd waiting{fd, POLLIN, 0};
    while (received.size() < 4 && ::poll(&waiting, 1, 2500) > 0) {
        char buffer[8];
        const ssize_t count = ::read(fd, buffer, sizeof buffer);
        if (count <= 0) break;
        received.append(buffer, static_cast<size_t>(count));
    }
    ::close(fd);
    EXPECT_EQ(received, "IBM\x0e");
    auto [stats, used] = emulation.get();
    ASSERT_TRUE(stats.ok()) << to_string(stats.error());
    EXPECT_EQ(stats->uart_sent, 4u);
    EXPECT_LT(used, 1.0) << "processor seconds of three while idle";
    EXPECT_FALSE(std::filesystem::exists(std::filesystem::symlink_status(options.link)));
}

TEST(Emulate, EndsCleanlyOnSigterm) {
    EMBARK_NEEDS_CROSS_COMPILER();
    auto folder = TemporaryDirectory::create();
    ASSERT_TRUE(folder.ok());
    EmulateOptions options;
    options.link = folder->path() / "board";
    const std::filesystem::path elf = echo_firmware();
    const pid_t child = ::fork();
    if (child == 0) ::_exit(emulate(test_board(), elf, options).ok() ? 0 : 1);
    const auto linked = [&] { return std::filesystem::is_symlink(options.link); };
    for (int i = 0; i < 200 && !linked(); ++i) std::this_thread::sleep_for(50ms);
    EXPECT_TRUE(linked());
    ::kill(child, SIGTERM);
    int status = -1;
    ::waitpid(child, &status, 0);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
    EXPECT_FALSE(linked());
}

TEST(Emulate, ReturnsTheFirmwaresFault) {
    EMBARK_NEEDS_CROSS_COMPILER();
    EmulateOptions options;
    options.console = EmulateOptions::Console::kNone;
    options.seconds = 5;
    const auto stats = emulate(
        test_board(),
        build_firmware("null_write", {"start.S", "faults.c"}, "-w -DFAULT=null_write"), options);
    ASSERT_FALSE(stats.ok());
    EXPECT_THAT(stats.error().message, testing::HasSubstr("null pointer?"));
}

}  // namespace
}  // namespace embark
