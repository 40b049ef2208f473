#pragma once

#include <filesystem>
#include <vector>

#include "target/link.h"

namespace embark {

/// A serial port of this machine.
struct SerialPortInfo {
    std::string path;         ///< "/dev/ttyACM0"
    std::string description;  ///< "STM32 STLink"; may be empty
};

/// The ports that exist, by libserialport.
std::vector<SerialPortInfo> list_serial_ports();

/// A serial port, 8N1 without flow control, opened for ourselves alone. Pseudo-terminals work as
/// well, which is why it is opened by termios: libserialport takes none.
class SerialLink : public Link {
  public:
    /// \param path  the port's device file, without "serial:"
    /// \param baud  one of the system's standard rates
    /// \error kNotFound no such port, with those that exist as notes; kUsage not a standard rate;
    /// kIo not permitted, busy, or not a serial port
    static Expected<std::unique_ptr<SerialLink>> open(const std::filesystem::path &path,
                                                      uint32_t baud = 115200);
    ~SerialLink() override;
    SerialLink(const SerialLink &) = delete;
    SerialLink &operator=(const SerialLink &) = delete;

    Expected<size_t> read(std::span<uint8_t> buffer, std::chrono::milliseconds timeout) override;
    Status write(std::span<const uint8_t> bytes) override;
    /// "serial:<path>"
    std::string name() const override { return name_; }

  private:
    SerialLink(int fd, std::string name) : fd_(fd), name_(std::move(name)) {}
    Error fail(std::string_view what, int error_number) const;
    int fd_;
    std::string name_;
};

}  // namespace embark
