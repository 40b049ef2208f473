#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/expected.h"
#include "evaluate/npy.h"

namespace embark {

/// Arrays of a .npz file (numpy.savez, numpy.savez_compressed), read one by one.
class NpzFile {
  public:
    /// \error kNotFound, kIo, kInvalid  the file is missing, unreadable or no zip archive
    static Expected<NpzFile> open(const std::filesystem::path &path);
    NpzFile(NpzFile &&other) noexcept;
    NpzFile &operator=(NpzFile &&) = delete;
    ~NpzFile();

    /// Names of the arrays, without ".npy", in the file's order.
    std::vector<std::string> names() const;
    bool contains(const std::string &name) const;

    /// Reads the first \p most rows (of the first axis; 0: all) of an array.
    /// \error kInvalid  damaged entry, size that contradicts the header, more than 2 GiB;
    ///                  else as parse_npy_header. The location is file and "array NAME".
    Expected<NpyArray> read(const std::string &name, int64_t most = 0) const;

  private:
    struct State;
    explicit NpzFile(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace embark
