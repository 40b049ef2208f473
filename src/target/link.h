#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/expected.h"

namespace embark {

/// A byte stream to a device that runs the UART service: a serial port, a virtual board's UART, or
/// the pipes of a host process.
class Link {
  public:
    virtual ~Link() = default;
    /// Reads 1 to buffer.size() bytes. \error kTimeout when none came in time, kIo when closed
    virtual Expected<size_t> read(std::span<uint8_t> buffer, std::chrono::milliseconds timeout) = 0;
    virtual Status write(std::span<const uint8_t> bytes) = 0;
    /// "serial:/dev/ttyACM0", for messages.
    virtual std::string name() const = 0;
};

}  // namespace embark
