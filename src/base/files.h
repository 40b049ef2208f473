#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/expected.h"

namespace embark {

using Bytes = std::vector<uint8_t>;

/// The whole file. \error kNotFound, kIo
Expected<Bytes> read_file(const std::filesystem::path &path);
Expected<std::string> read_text_file(const std::filesystem::path &path);

/// Writes next to \p path and renames, so the file appears whole or not at all; an existing file
/// stays as it was on any error. Symbolic links are written through; devices and pipes directly.
/// \error kNotFound when the folder is missing, kIo
Status write_file(const std::filesystem::path &path, std::span<const uint8_t> bytes);
Status write_file(const std::filesystem::path &path, std::string_view text);

/// A directory that appears whole or not at all: files are staged in a hidden folder on the same
/// file system and moved by commit(), which also makes the missing parents; without commit() the
/// destructor removes them and nothing else has changed.
/// An existing directory is merged into: files of the same name are replaced, others stay. A file
/// where a folder must go, or the reverse, is an error before anything moves.
class StagedDirectory {
  public:
    /// \error kIo when \p final_path is a file or nothing can be written there
    static Expected<StagedDirectory> create(const std::filesystem::path &final_path);
    StagedDirectory(StagedDirectory &&other) noexcept;
    StagedDirectory &operator=(StagedDirectory &&) = delete;
    ~StagedDirectory();

    /// Where to write; has the layout of the final directory.
    const std::filesystem::path &path() const { return staging_; }
    /// Writes one file below path(), making its folders. \p name is relative.
    Status write(const std::filesystem::path &name, std::string_view text);
    Status commit();

  private:
    StagedDirectory(std::filesystem::path staging, std::filesystem::path final_path)
        : staging_(std::move(staging)), final_(std::move(final_path)) {}
    std::filesystem::path staging_, final_;
};

/// A fresh directory under the system's temporary one, removed by the destructor.
class TemporaryDirectory {
  public:
    static Expected<TemporaryDirectory> create();
    TemporaryDirectory(TemporaryDirectory &&other) noexcept;
    TemporaryDirectory &operator=(TemporaryDirectory &&) = delete;
    ~TemporaryDirectory();
    const std::filesystem::path &path() const { return path_; }

  private:
    explicit TemporaryDirectory(std::filesystem::path path) : path_(std::move(path)) {}
    std::filesystem::path path_;
};

/// The root of embark's data (holds `runtime/` and `boards/`): $EMBARK_DATA, else share/embark
/// beside the program's bin/, else the source tree that it was built from. \error kNotFound
Expected<std::filesystem::path> data_directory();

}  // namespace embark
