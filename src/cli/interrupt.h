#pragma once
// Ctrl-C, and what must not be left behind by it.

#include <atomic>
#include <optional>

#include "base/files.h"

namespace embark {

/// The folder of all temporary files of this process and of the tools that it starts (TMPDIR).
///
/// It goes with this object, and also when SIGINT, SIGTERM or SIGHUP ends the process: then the
/// exit status is 128 plus the signal's number. One object in main(), before any thread is started.
class Scratch {
  public:
    Scratch();
    ~Scratch();
    Scratch(const Scratch &) = delete;
    Scratch &operator=(const Scratch &) = delete;

  private:
    std::optional<TemporaryDirectory> folder_;
};

/// From now on the first Ctrl-C only sets the result; a second one ends the program.
const std::atomic<bool> &catch_interrupt();

}  // namespace embark
