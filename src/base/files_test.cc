#include "base/files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <optional>

namespace embark {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Makes every write beyond \p bytes fail with EFBIG, as a full disk would with ENOSPC.
class FileSizeLimit {
  public:
    explicit FileSizeLimit(rlim_t bytes) {
        ::getrlimit(RLIMIT_FSIZE, &before_);
        handler_ = std::signal(SIGXFSZ, SIG_IGN);
        rlimit limit = before_;
        limit.rlim_cur = bytes;
        ::setrlimit(RLIMIT_FSIZE, &limit);
    }
    ~FileSizeLimit() {
        ::setrlimit(RLIMIT_FSIZE, &before_);
        std::signal(SIGXFSZ, handler_);
    }

  private:
    rlimit before_{};
    void (*handler_)(int) = SIG_DFL;
};

class Environment {
  public:
    Environment(const char *name, const std::string &value) : name_(name) {
        if (const char *before = std::getenv(name)) before_ = before;
        ::setenv(name, value.c_str(), 1);
    }
    ~Environment() {
        if (before_.empty()) {
            ::unsetenv(name_);
        } else {
            ::setenv(name_, before_.c_str(), 1);
        }
    }

  private:
    const char *name_;
    std::string before_;
};

/// Every test works in a directory of its own.
class Files : public testing::Test {
  protected:
    void SetUp() override {
        auto directory = TemporaryDirectory::create();
        ASSERT_TRUE(directory.ok()) << to_string(directory.error());
        directory_.emplace(std::move(directory).value());
        root_ = directory_->path();
    }

    /// All paths below the root, hidden ones included, sorted.
    std::vector<std::string> listing() const {
        std::vector<std::string> names;
        for (const auto &entry : fs::recursive_directory_iterator(root_)) {
            names.push_back(entry.path().lexically_relative(root_).string());
        }
        std::sort(names.begin(), names.end());
        return names;
    }
    std::string content(const fs::path &name) const {
        auto text = read_text_file(root_ / name);
        return text.ok() ? *text : to_string(text.error());
    }
    void put(const fs::path &name, std::string_view text) const {
        fs::create_directories((root_ / name).parent_path());
        std::ofstream(root_ / name) << text;
    }

    std::optional<TemporaryDirectory> directory_;
    fs::path root_;
};

TEST_F(Files, WrittenBytesAreReadBack) {
    Bytes bytes(200'000);
    for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<uint8_t>(i * 7);
    ASSERT_TRUE(write_file(root_ / "a.bin", bytes).ok());
    const auto read = read_file(root_ / "a.bin");
    ASSERT_TRUE(read.ok());
    EXPECT_EQ(*read, bytes);
}

TEST_F(Files, EmptyFileIsWrittenAndRead) {
    ASSERT_TRUE(write_file(root_ / "empty", "").ok());
    EXPECT_EQ(content("empty"), "");
    EXPECT_THAT(listing(), ElementsAre("empty"));
}

TEST_F(Files, MissingFileIsNotFoundAndNamesThePath) {
    const auto read = read_file(root_ / "nope.h5");
    ASSERT_FALSE(read.ok());
    EXPECT_EQ(read.error().code, ErrorCode::kNotFound);
    EXPECT_EQ(to_string(read.error()),
              (root_ / "nope.h5").string() + ": cannot open: No such file or directory");
}

TEST_F(Files, ReadingADirectoryIsAnError) {
    const auto read = read_file(root_);
    ASSERT_FALSE(read.ok());
    EXPECT_EQ(read.error().code, ErrorCode::kIo);
}

TEST_F(Files, FailedWriteLeavesNothing) {
    {
        const FileSizeLimit limit(1000);
        const Status status = write_file(root_ / "big", std::string(5000, 'x'));
        ASSERT_FALSE(status.ok());
        EXPECT_EQ(status.error().code, ErrorCode::kIo);
    }
    EXPECT_THAT(listing(), IsEmpty());
}

TEST_F(Files, FailedWriteKeepsTheOldContent) {
    put("report", "old");
    {
        const FileSizeLimit limit(1000);
        EXPECT_FALSE(write_file(root_ / "report", std::string(5000, 'x')).ok());
    }
    EXPECT_THAT(listing(), ElementsAre("report"));
    EXPECT_EQ(content("report"), "old");
}

TEST_F(Files, FullDeviceIsAnError) {
    const Status status = write_file("/dev/full", std::string(5000, 'x'));
    ASSERT_FALSE(status.ok());
    EXPECT_THAT(status.error().message, HasSubstr("No space left on device"));
    EXPECT_TRUE(fs::is_character_file("/dev/full"));
}

TEST_F(Files, DevicesAreWrittenDirectly) {
    EXPECT_TRUE(write_file("/dev/null", "text").ok());
    EXPECT_TRUE(fs::is_character_file("/dev/null"));
}

TEST_F(Files, WritingIntoAMissingFolderIsAnError) {
    EXPECT_FALSE(write_file(root_ / "no" / "file", "text").ok());
    EXPECT_THAT(listing(), IsEmpty());
}

TEST_F(Files, WritingToADirectoryIsAnError) {
    EXPECT_FALSE(write_file(root_, "text").ok());
    EXPECT_THAT(listing(), IsEmpty());
}

TEST_F(Files, SymbolicLinkIsWrittenThrough) {
    put("target", "old");
    fs::create_symlink("target", root_ / "link");
    ASSERT_TRUE(write_file(root_ / "link", "new").ok());
    EXPECT_TRUE(fs::is_symlink(root_ / "link"));
    EXPECT_EQ(content("target"), "new");
}

TEST_F(Files, NewFilesFollowTheUmask) {
    const mode_t before = ::umask(077);
    ASSERT_TRUE(write_file(root_ / "private", "text").ok());
    ::umask(before);
    EXPECT_EQ(fs::status(root_ / "private").permissions(),
              fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(Files, StagedDirectoryAppearsAtCommit) {
    const fs::path out = root_ / "a" / "b" / "out";
    {
        auto staged = StagedDirectory::create(out);
        ASSERT_TRUE(staged.ok()) << to_string(staged.error());
        ASSERT_TRUE(staged->write("src/model.c", "int x;").ok());
        ASSERT_TRUE(staged->write("README.md", "hello").ok());
        EXPECT_FALSE(fs::exists(out));
        ASSERT_TRUE(staged->commit().ok());
    }
    EXPECT_THAT(listing(), ElementsAre("a", "a/b", "a/b/out", "a/b/out/README.md", "a/b/out/src",
                                       "a/b/out/src/model.c"));
    EXPECT_EQ(content("a/b/out/src/model.c"), "int x;");
}

TEST_F(Files, StagedDirectoryWithoutCommitLeavesNothing) {
    {
        auto staged = StagedDirectory::create(root_ / "a" / "b" / "out");
        ASSERT_TRUE(staged.ok());
        ASSERT_TRUE(staged->write("src/model.c", "int x;").ok());
    }
    EXPECT_THAT(listing(), IsEmpty());
}

TEST_F(Files, StagedDirectoryAcceptsATrailingSlash) {
    {
        auto staged = StagedDirectory::create(root_ / "out" / "");
        ASSERT_TRUE(staged.ok());
        ASSERT_TRUE(staged->write("f", "1").ok());
        const Status status = staged->commit();
        ASSERT_TRUE(status.ok()) << to_string(status.error());
    }
    EXPECT_THAT(listing(), ElementsAre("out", "out/f"));
}

TEST_F(Files, StagedDirectoryMergesIntoAnExistingOne) {
    put("out/keep", "kept");
    put("out/src/model.c", "old");
    {
        auto staged = StagedDirectory::create(root_ / "out");
        ASSERT_TRUE(staged.ok());
        ASSERT_TRUE(staged->write("src/model.c", "new").ok());
        ASSERT_TRUE(staged->write("src/deep/model.h", "h").ok());
        const Status status = staged->commit();
        ASSERT_TRUE(status.ok()) << to_string(status.error());
    }
    EXPECT_THAT(listing(), ElementsAre("out", "out/keep", "out/src", "out/src/deep",
                                       "out/src/deep/model.h", "out/src/model.c"));
    EXPECT_EQ(content("out/src/model.c"), "new");
    EXPECT_EQ(content("out/keep"), "kept");
}

TEST_F(Files, StagedDirectoryThatCannotMergeChangesNothing) {
    put("out/a", "old");
    put("out/src", "a file where a folder must go");
    {
        auto staged = StagedDirectory::create(root_ / "out");
        ASSERT_TRUE(staged.ok());
        ASSERT_TRUE(staged->write("a", "new").ok());
        ASSERT_TRUE(staged->write("src/model.c", "new").ok());
        EXPECT_FALSE(staged->commit().ok());
    }
    EXPECT_THAT(listing(), ElementsAre("out", "out/a", "out/src"));
    EXPECT_EQ(content("out/a"), "old");
}

TEST_F(Files, StagedDirectoryRefusesAFile) {
    put("out", "a file");
    const auto staged = StagedDirectory::create(root_ / "out");
    ASSERT_FALSE(staged.ok());
    EXPECT_EQ(staged.error().message, "is a file, expected a directory to write to");
    EXPECT_FALSE(StagedDirectory::create(root_ / "out" / "below").ok());
    EXPECT_THAT(listing(), ElementsAre("out"));
}

TEST_F(Files, FailedWriteInAStagedDirectoryLeavesNothing) {
    {
        auto staged = StagedDirectory::create(root_ / "out");
        ASSERT_TRUE(staged.ok());
        const FileSizeLimit limit(1000);
        EXPECT_FALSE(staged->write("big", std::string(5000, 'x')).ok());
    }
    EXPECT_THAT(listing(), IsEmpty());
}

TEST_F(Files, TemporaryDirectoryIsRemovedWithItsContent) {
    fs::path path;
    {
        auto directory = TemporaryDirectory::create();
        ASSERT_TRUE(directory.ok());
        path = directory->path();
        ASSERT_TRUE(write_file(path / "f", "1").ok());
    }
    EXPECT_FALSE(fs::exists(path));
}

TEST_F(Files, MissingTmpdirIsAnErrorNotAnException) {
    const Environment tmpdir("TMPDIR", (root_ / "nowhere").string());
    EXPECT_FALSE(TemporaryDirectory::create().ok());
}

TEST_F(Files, DataDirectoryFollowsTheEnvironment) {
    fs::create_directory(root_ / "boards");
    const Environment data("EMBARK_DATA", root_.string());
    const auto found = data_directory();
    ASSERT_TRUE(found.ok());
    EXPECT_EQ(*found, root_);
}

TEST_F(Files, DataDirectoryWithoutBoardsIsAnError) {
    const Environment data("EMBARK_DATA", root_.string());
    const auto found = data_directory();
    ASSERT_FALSE(found.ok());
    EXPECT_EQ(found.error().code, ErrorCode::kNotFound);
}

TEST_F(Files, DataDirectoryFallsBackToTheSourceTree) {
    const auto found = data_directory();
    ASSERT_TRUE(found.ok());
    EXPECT_TRUE(fs::equivalent(*found, EMBARK_SOURCE_DIR));
}

}  // namespace
}  // namespace embark
