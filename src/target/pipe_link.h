#pragma once

#include "base/process.h"
#include "target/link.h"

namespace embark {

/// A process that serves its standard input and output (runtime/link/port_host.c) as a Link.
class PipeLink : public Link {
  public:
    /// \error as Process::spawn()
    static Expected<std::unique_ptr<PipeLink>> open(const std::vector<std::string> &argv,
                                                    const ProcessOptions &options = {});

    Expected<size_t> read(std::span<uint8_t> buffer, std::chrono::milliseconds timeout) override;
    Status write(std::span<const uint8_t> bytes) override;
    /// "host:<program>"
    std::string name() const override { return name_; }
    Process &process() { return process_; }

  private:
    PipeLink(Process process, std::string name)
        : process_(std::move(process)), name_(std::move(name)) {}
    Process process_;
    std::string name_;
};

}  // namespace embark
