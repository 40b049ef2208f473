#pragma once

#include <memory>
#include <vector>

#include "base/files.h"
#include "target/link.h"

namespace embark {

/// Host side of the classic exchange (docs/protocol.md): no framing, no check sum. embark itself
/// uses TargetClient; this is for firmware that speaks nothing else, and for tests.
class ClassicClient {
  public:
    explicit ClassicClient(std::unique_ptr<Link> link) : link_(std::move(link)) {}

    /// Writes 0xAB until 0xCD comes, at most \p attempts times, a second each; then drops one more
    /// read, as the existing scripts do. \error kTimeout no 0xCD
    Status synchronise(int attempts = 10);
    /// Sends one raw input and reads \p classes bytes: each probability times 255, truncated.
    /// \error kTimeout fewer bytes came within \p timeout
    Expected<Bytes> classify(std::span<const uint8_t> image, size_t classes,
                             std::chrono::milliseconds timeout = std::chrono::seconds(60));
    Link &link() { return *link_; }

  private:
    std::unique_ptr<Link> link_;
};

}  // namespace embark
