#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "base/files.h"
#include "target/target.h"
#include "target/virtual/virtual_board.h"
#include "workflow/prepare.h"

namespace embark {

/// Where a model runs: "host", "virtual:BOARD" or "serial:PORT".
struct TargetSpec {
    enum class Kind { kHost, kVirtual, kSerial };
    Kind kind = Kind::kHost;
    std::string argument;  ///< board or port

    std::string text() const;
};
/// \error kUsage with the three forms
Expected<TargetSpec> parse_target(const std::string &text);

struct SessionOptions {
    bool trace = false;  ///< every step's output can be read
    int baud = 115200;   ///< serial ports
    /// Where to write and build the project; empty: a temporary folder.
    std::filesystem::path directory;
    std::string command_line;  ///< for the generated files
};

/// A target that runs the model and answers.
class Session {
  public:
    /// Host and virtual board: generates the project, builds it, starts it. Serial: opens the port.
    /// Checks that the device runs this very model (its hash).
    /// \error what generating, building or opening gives; kInvalid when another model answers
    static Expected<Session> open(const PreparedModel &model, const TargetSpec &spec,
                                  const SessionOptions &options = {});

    TargetClient &client() { return *client_; }
    const TargetInfo &info() const { return info_; }
    const TargetSpec &spec() const { return spec_; }
    bool on_host() const { return spec_.kind == TargetSpec::Kind::kHost; }
    /// The firmware's ELF file; empty unless it was built here for a board.
    const std::filesystem::path &elf() const { return elf_; }
    /// Statistics of the virtual board; none for other targets.
    std::optional<EmulationStats> emulation() const;

  private:
    TargetSpec spec_;
    std::optional<TemporaryDirectory> temporary_;
    std::filesystem::path elf_;
    VirtualBoard *virtual_board_ = nullptr;  // owned by the client's link
    std::unique_ptr<TargetClient> client_;
    TargetInfo info_;
};

}  // namespace embark
