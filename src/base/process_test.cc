#include "base/process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.h"

namespace embark {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

TEST(RunProcess, GivesOutputAndErrorsInterleavedAndTheExitStatus) {
    const auto result = run_process({"sh", "-c", "echo one; echo two >&2; exit 3"});
    ASSERT_TRUE(result.ok()) << to_string(result.error());
    EXPECT_EQ(result->output, "one\ntwo\n");
    EXPECT_EQ(result->exit_status, 3);
}

TEST(RunProcess, PassesArgumentsWithoutAShell) {
    const auto result = run_process({"printf", "%s|%s", "a b", "$HOME;*"});
    ASSERT_TRUE(result.ok());
    EXPECT_EQ(result->output, "a b|$HOME;*");
}

TEST(RunProcess, RunsInTheGivenDirectoryWithTheGivenEnvironment) {
    ProcessOptions options;
    options.directory = "/";
    options.environment = {{"EMBARK_TEST_VALUE", "42"}};
    const auto result = run_process({"sh", "-c", "pwd; echo $EMBARK_TEST_VALUE"}, options);
    ASSERT_TRUE(result.ok());
    EXPECT_EQ(result->output, "/\n42\n");
}

TEST(RunProcess, HasAnEmptyStandardInput) {
    const auto result = run_process({"cat"});
    ASSERT_TRUE(result.ok());
    EXPECT_EQ(result->output, "");
}

TEST(RunProcess, ReportsASignalLikeAShell) {
    const auto result = run_process({"sh", "-c", "kill -9 $$"});
    ASSERT_TRUE(result.ok());
    EXPECT_EQ(result->exit_status, 137);
}

TEST(RunProcess, CollectsMoreThanAPipeHolds) {
    const auto result = run_process({"head", "-c", "300000", "/dev/zero"});
    ASSERT_TRUE(result.ok());
    EXPECT_EQ(result->output.size(), 300000u);
}

TEST(RunProcess, SaysThatAProgramIsNotOnThePath) {
    const auto result = run_process({"no-such-program-of-embark"});
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().code, ErrorCode::kNotFound);
    EXPECT_EQ(result.error().message, "no-such-program-of-embark: no such program on PATH");
}

TEST(RunProcess, SaysThatTheDirectoryDoesNotExist) {
    ProcessOptions options;
    options.directory = "/no/such/directory";
    const auto result = run_process({"true"}, options);
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().code, ErrorCode::kNotFound);
}

TEST(RunProcess, SaysThatAFileIsNotAProgram) {
    auto folder = TemporaryDirectory::create();
    ASSERT_TRUE(folder.ok());
    const auto file = folder->path() / "broken";
    ASSERT_TRUE(write_file(file, std::string_view("\x7f not a program")).ok());
    std::filesystem::permissions(file, std::filesystem::perms::owner_all);
    const auto result = run_process({file.string()});
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().code, ErrorCode::kIo);
    EXPECT_THAT(result.error().message, HasSubstr("cannot start"));
}

TEST(RunProcess, KillsAProgramThatTakesTooLong) {
    ProcessOptions options;
    options.timeout = milliseconds(100);
    const auto start = std::chrono::steady_clock::now();
    const auto result = run_process({"sh", "-c", "echo begun; sleep 30; true"}, options);
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().code, ErrorCode::kTimeout);
    EXPECT_THAT(result.error().notes, testing::ElementsAre("begun"));
}

TEST(RunProcess, KillsAProgramThatClosedItsOutputAndRunsOn) {
    ProcessOptions options;
    options.timeout = milliseconds(100);
    const auto result = run_process({"sh", "-c", "exec >&- 2>&-; sleep 30; true"}, options);
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().code, ErrorCode::kTimeout);
}

TEST(Process, EchoesWhatIsWritten) {
    auto process = Process::spawn({"cat"});
    ASSERT_TRUE(process.ok());
    const uint8_t sent[] = {1, 2, 0, 255};
    ASSERT_TRUE(process->write(sent).ok());
    uint8_t got[16];
    size_t count = 0;
    while (count < sizeof sent) {
        const auto read = process->read(std::span(got).subspan(count), milliseconds(5000));
        ASSERT_TRUE(read.ok()) << to_string(read.error());
        count += *read;
    }
    EXPECT_TRUE(std::equal(std::begin(sent), std::end(sent), got));
    process->close_input();
    const auto status = process->wait(milliseconds(5000));
    ASSERT_TRUE(status.ok());
    EXPECT_EQ(*status, 0);
}

TEST(Process, TimesOutWhenNothingComes) {
    auto process = Process::spawn({"cat"});
    ASSERT_TRUE(process.ok());
    uint8_t byte;
    const auto read = process->read(std::span(&byte, 1), milliseconds(20));
    ASSERT_FALSE(read.ok());
    EXPECT_EQ(read.error().code, ErrorCode::kTimeout);
}

TEST(Process, TellsThatTheProgramEnded) {
    auto process = Process::spawn({"sh", "-c", "exit 7"});
    ASSERT_TRUE(process.ok());
    uint8_t byte;
    const auto read = process->read(std::span(&byte, 1), milliseconds(5000));
    ASSERT_FALSE(read.ok());
    EXPECT_EQ(read.error().code, ErrorCode::kIo);
    EXPECT_THAT(read.error().message, HasSubstr("ended with status 7"));
    const auto written = process->write(std::span(&byte, 1));
    ASSERT_FALSE(written.ok());
    EXPECT_EQ(written.error().code, ErrorCode::kIo);
}

TEST(FindProgram, FindsOnPathOrByPath) {
    EXPECT_TRUE(find_program("sh").has_value());
    EXPECT_TRUE(find_program("/bin/sh").has_value());
    EXPECT_FALSE(find_program("/etc/passwd").has_value());
    EXPECT_FALSE(find_program("/tmp").has_value());
}

TEST(LastLines, KeepsTheEnd) {
    EXPECT_EQ(last_lines("a\nb\nc\n", 2), "b\nc");
    EXPECT_EQ(last_lines("a\nb", 5), "a\nb");
    EXPECT_EQ(last_lines("\na", 2), "\na");
    EXPECT_EQ(last_lines("", 3), "");
}

}  // namespace
}  // namespace embark
