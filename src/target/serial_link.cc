#include "target/serial_link.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <libserialport.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <optional>
#include <vector>

namespace embark {
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

namespace {

constexpr milliseconds kWriteTimeout{10000};  // a port that takes nothing for so long is stuck

struct Rate {
    uint32_t baud;
    speed_t speed;
};
constexpr Rate kRates[] = {
    {1200, B1200},       {2400, B2400},       {4800, B4800},       {9600, B9600},
    {19200, B19200},     {38400, B38400},     {57600, B57600},     {115200, B115200},
    {230400, B230400},   {460800, B460800},   {500000, B500000},   {576000, B576000},
    {921600, B921600},   {1000000, B1000000}, {1500000, B1500000}, {2000000, B2000000},
    {3000000, B3000000}, {4000000, B4000000},
};

Error open_error(const std::filesystem::path &path, int error_number) {
    const bool missing = error_number == ENOENT || error_number == ENODEV || error_number == ENXIO;
    Error error = make_error(missing ? ErrorCode::kNotFound : ErrorCode::kIo,
                             Location{"serial:" + path.string(), ""},
                             missing ? "no such serial port"
                                     : fmt::format("cannot open: {}", std::strerror(error_number)));
    if (error_number == EACCES) {
        error.notes.push_back("serial ports usually belong to the group 'dialout': join it");
    }
    if (!missing) return error;
    const auto ports = list_serial_ports();
    for (const SerialPortInfo &port : ports) {
        error.notes.push_back(fmt::format("there is {}{}", port.path,
                                          port.description.empty() ? "" : ": " + port.description));
    }
    if (ports.empty()) error.notes.push_back("this machine has no serial port");
    return error;
}

/// Raw bytes, 8N1, no flow control. \returns errno, or 0
int configure(int fd, speed_t speed) {
    termios settings;
    if (::tcgetattr(fd, &settings) != 0) return errno;
    ::cfmakeraw(&settings);
    settings.c_cflag |= CLOCAL | CREAD;
    settings.c_cflag &= ~static_cast<tcflag_t>(CSTOPB | PARENB | CRTSCTS);
    settings.c_cc[VMIN] = 0;
    settings.c_cc[VTIME] = 0;
    if (::cfsetispeed(&settings, speed) != 0 || ::cfsetospeed(&settings, speed) != 0) return errno;
    if (::tcsetattr(fd, TCSANOW, &settings) != 0) return errno;
    // What came before we listened is nobody's answer.
    ::tcflush(fd, TCIFLUSH);
    return 0;
}

/// \returns the events, 0 at the deadline
short wait_for(int fd, short events, Clock::time_point deadline) {
    while (true) {
        const auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now()).count();
        pollfd entry{fd, events, 0};
        const int ready =
            ::poll(&entry, 1, static_cast<int>(std::clamp<int64_t>(left, 0, 1 << 30)));
        if (ready > 0) return entry.revents;
        if (ready == 0) return 0;
        if (errno != EINTR) return POLLERR;
    }
}

}  // namespace

std::vector<SerialPortInfo> list_serial_ports() {
    std::vector<SerialPortInfo> ports;
    sp_port **list = nullptr;
    if (sp_list_ports(&list) != SP_OK) return ports;
    for (sp_port **port = list; *port != nullptr; port++) {
        const char *description = sp_get_port_description(*port);
        ports.push_back({sp_get_port_name(*port), description != nullptr ? description : ""});
    }
    sp_free_port_list(list);
    return ports;
}

Expected<std::unique_ptr<SerialLink>> SerialLink::open(const std::filesystem::path &path,
                                                       uint32_t baud) {
    const auto rate = std::find_if(std::begin(kRates), std::end(kRates),
                                   [&](const Rate &entry) { return entry.baud == baud; });
    if (rate == std::end(kRates)) {
        std::vector<uint32_t> known;
        for (const Rate &entry : kRates) known.push_back(entry.baud);
        return make_error(ErrorCode::kUsage, fmt::format("{} baud is not a standard rate, expected "
                                                         "one of {}",
                                                         baud, fmt::join(known, ", ")));
    }
    // Without O_NONBLOCK, open() would wait for a modem's carrier.
    const int fd = ::open(path.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) return open_error(path, errno);
    auto link = std::unique_ptr<SerialLink>(new SerialLink(fd, "serial:" + path.string()));
    if (::isatty(fd) == 0) {
        return make_error(ErrorCode::kIo, Location{link->name(), ""}, "is not a serial port");
    }
    if (::ioctl(fd, TIOCEXCL) != 0) return link->fail("cannot lock", errno);
    if (const int error_number = configure(fd, rate->speed); error_number != 0) {
        return link->fail(fmt::format("cannot set {} baud", baud), error_number);
    }
    return link;
}

SerialLink::~SerialLink() {
    ::ioctl(fd_, TIOCNXCL);
    ::close(fd_);
}

Error SerialLink::fail(std::string_view what, int error_number) const {
    return make_error(ErrorCode::kIo, Location{name_, ""},
                      fmt::format("{}: {}", what, std::strerror(error_number)));
}

Expected<size_t> SerialLink::read(std::span<uint8_t> buffer, milliseconds timeout) {
    const auto deadline = Clock::now() + timeout;
    while (const short events = wait_for(fd_, POLLIN, deadline)) {
        const ssize_t count = ::read(fd_, buffer.data(), buffer.size());
        if (count > 0) return static_cast<size_t>(count);
        if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        if (count < 0 && errno != EIO) return fail("cannot read", errno);
        // End of file or EIO: unplugged, or the other side of a pseudo-terminal is gone.
        if (count < 0 || (events & (POLLHUP | POLLERR)) != 0) {
            return make_error(ErrorCode::kIo, Location{name_, ""}, "the port is gone");
        }
    }
    return make_error(ErrorCode::kTimeout, Location{name_, ""},
                      fmt::format("no answer in {} ms", timeout.count()));
}

Status SerialLink::write(std::span<const uint8_t> bytes) {
    while (!bytes.empty()) {
        const short events = wait_for(fd_, POLLOUT, Clock::now() + kWriteTimeout);
        if (events == 0) {
            return make_error(ErrorCode::kTimeout, Location{name_, ""},
                              fmt::format("took no byte in {} ms", kWriteTimeout.count()));
        }
        const ssize_t count = ::write(fd_, bytes.data(), bytes.size());
        if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        if (count < 0) return fail("cannot write", errno);
        bytes = bytes.subspan(static_cast<size_t>(count));
    }
    return Ok{};
}

}  // namespace embark
