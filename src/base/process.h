#pragma once
// Other programs: run one to its end, or talk to one through its standard input and output.

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/expected.h"

namespace embark {

struct ProcessOptions {
    std::filesystem::path directory;                   ///< to run in; empty: the current one
    std::optional<std::chrono::milliseconds> timeout;  ///< none: as long as it takes
    std::vector<std::pair<std::string, std::string>> environment;  ///< added to the current one
};

struct ProcessResult {
    int exit_status = 0;  ///< 128 + the signal's number when a signal ended it, as in a shell
    std::string output;   ///< standard output and standard error, interleaved
};

/// The program's file: \p name itself when it holds a slash, else the first match on PATH.
std::optional<std::filesystem::path> find_program(const std::string &name);

/// Runs argv[0] (no shell) with an empty standard input and waits for its end. An exit status
/// other than 0 is a result, not an error.
/// \error kNotFound  no such program or directory
/// \error kTimeout   it was killed, with its children; the last lines of its output are a note
/// \error kIo        it could not be started
Expected<ProcessResult> run_process(const std::vector<std::string> &argv,
                                    const ProcessOptions &options = {});

/// A running program whose standard input and output are ours; standard error stays the caller's.
/// The destructor closes its input, gives it a moment to end, and else kills it.
class Process {
  public:
    /// \error as run_process(); options.timeout is not used
    static Expected<Process> spawn(const std::vector<std::string> &argv,
                                   const ProcessOptions &options = {});
    Process(Process &&other) noexcept;
    Process &operator=(Process &&) = delete;
    ~Process();

    /// 1 to buffer.size() bytes. \error kTimeout none came in time, kIo its output is closed
    Expected<size_t> read(std::span<uint8_t> buffer, std::chrono::milliseconds timeout);
    /// All bytes. \error kIo its input is closed
    Status write(std::span<const uint8_t> bytes);
    /// Ends its input; reading goes on.
    void close_input();
    /// Waits for its end: its exit status (see ProcessResult). \error kTimeout it still runs
    Expected<int> wait(std::chrono::milliseconds timeout);
    pid_t pid() const { return pid_; }

  private:
    Process(std::string name, pid_t pid, int socket)
        : name_(std::move(name)), pid_(pid), socket_(socket) {}
    std::string name_;
    pid_t pid_ = -1;
    int socket_ = -1;  // one end of a socket pair: unlike a pipe, it can be written without SIGPIPE
    std::optional<int> exit_status_;
};

/// The last \p lines lines of \p text, to quote from a failed program's output.
std::string last_lines(std::string_view text, size_t lines);

}  // namespace embark
