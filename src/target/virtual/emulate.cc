// A virtual board whose console is a pseudo-terminal or this process's standard streams.

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include "target/virtual/virtual_board.h"

namespace embark {
namespace {

using Clock = std::chrono::steady_clock;

// Host time between looks at the console while the firmware computes: about 5 ms.
constexpr uint64_t kSliceCycles = 1000000;
// While the firmware waits, its time goes on in steps of this length.
constexpr int kIdleWaitMs = 100;
// Output beyond this waits for a reader before the board runs on.
constexpr size_t kOutputLimit = 64 * 1024;

Error io_error(const std::string &what) {
    return make_error(ErrorCode::kIo, fmt::format("{}: {}", what, std::strerror(errno)));
}

class Descriptor {
  public:
    explicit Descriptor(int fd = -1) : fd_(fd) {}
    Descriptor(Descriptor &&other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Descriptor &operator=(Descriptor &&other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    int get() const { return fd_; }

  private:
    int fd_;
};

/// SIGINT and SIGTERM as a readable descriptor, until destroyed.
class Signals {
  public:
    Signals() {
        sigset_t set;
        sigemptyset(&set);
        sigaddset(&set, SIGINT);
        sigaddset(&set, SIGTERM);
        pthread_sigmask(SIG_BLOCK, &set, &before_);
        fd_ = Descriptor(signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
    }
    ~Signals() {
        // Taken signals must not kill the process once they are unblocked.
        signalfd_siginfo info;
        while (::read(fd_.get(), &info, sizeof info) > 0) {
        }
        pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    }
    Signals(const Signals &) = delete;
    Signals &operator=(const Signals &) = delete;
    int get() const { return fd_.get(); }

  private:
    sigset_t before_;
    Descriptor fd_;
};

/// Where the console's bytes go. The slave stays open here, so that a program that closes the
/// pseudo-terminal does not end it for the next.
class Console {
  public:
    static Expected<Console> open(const EmulateOptions &options) {
        Console console;
        if (options.console == EmulateOptions::Console::kStdio) {
            console.in_ = STDIN_FILENO;
            console.out_ = STDOUT_FILENO;
        } else if (options.console == EmulateOptions::Console::kPty) {
            EMBARK_RETURN_IF_ERROR(console.open_pty());
            EMBARK_RETURN_IF_ERROR(console.make_link(options.link));
        }
        return console;
    }
    Console(Console &&other) noexcept = default;
    ~Console() {
        std::error_code ignored;
        if (!link_.empty()) std::filesystem::remove(link_, ignored);
    }

    int in() const { return in_; }
    int out() const { return out_; }
    void end_input() { in_ = -1; }
    const std::string &name() const { return name_; }

  private:
    Console() = default;

    Status open_pty() {
        master_ = Descriptor(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK));
        if (master_.get() < 0 || grantpt(master_.get()) != 0 || unlockpt(master_.get()) != 0)
            return io_error("cannot make a pseudo-terminal");
        char name[128];
        if (ptsname_r(master_.get(), name, sizeof name) != 0)
            return io_error("cannot name the pseudo-terminal");
        name_ = name;
        slave_ = Descriptor(::open(name, O_RDWR | O_NOCTTY | O_CLOEXEC));
        termios settings;
        if (slave_.get() < 0 || tcgetattr(slave_.get(), &settings) != 0) return io_error(name_);
        cfmakeraw(&settings);
        if (tcsetattr(slave_.get(), TCSANOW, &settings) != 0) return io_error(name_);
        in_ = out_ = master_.get();
        return Ok{};
    }

    /// Replaces an old link, but nothing else that may lie there.
    Status make_link(const std::filesystem::path &link) {
        if (link.empty()) return Ok{};
        std::error_code error;
        if (std::filesystem::is_symlink(link, error)) std::filesystem::remove(link, error);
        std::filesystem::create_symlink(name_, link, error);
        if (error)
            return make_error(ErrorCode::kIo, Location{link.string(), {}},
                              "cannot make the symbolic link: " + error.message());
        link_ = std::filesystem::absolute(link);
        return Ok{};
    }

    int in_ = -1, out_ = -1;
    Descriptor master_, slave_;
    std::string name_;
    std::filesystem::path link_;
};

class Session {
  public:
    Session(VirtualBoard &board, Console &console, const Signals &signals,
            const EmulateOptions &options)
        : board_(board), console_(console), signals_(signals) {
        if (options.seconds > 0)
            end_ = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                      std::chrono::duration<double>(options.seconds));
    }

    Status run() {
        bool idle = false;
        while (!finished(idle)) {
            EMBARK_RETURN_IF_ERROR(exchange(idle));
            if (signalled_) break;
            if (output_.size() >= kOutputLimit) continue;
            auto end = advance(idle);
            collect();
            if (!end.ok()) {
                write_out();
                return std::move(end).error();
            }
            idle = *end == RunEnd::kIdle;
        }
        write_out();
        return Ok{};
    }

  private:
    bool finished(bool idle) const {
        if (end_ && Clock::now() >= *end_) return true;
        return input_ended_ && idle && output_.empty();
    }

    /// After a wait the firmware's clock catches up with the wall's before it is asked again.
    Expected<RunEnd> advance(bool was_idle) {
        if (was_idle && !got_input_) {
            const uint64_t cycles = uint64_t{board_.clock_hz()} * kIdleWaitMs / 1000;
            auto end =
                board_.run({.cycles = cycles, .stop_on_output = true, .stop_when_idle = false});
            if (!end.ok()) return end;
        }
        got_input_ = false;
        return board_.run(
            {.cycles = kSliceCycles, .stop_on_output = false, .stop_when_idle = true});
    }

    void collect() {
        const Bytes sent = board_.uart_take();
        if (console_.out() >= 0) output_.insert(output_.end(), sent.begin(), sent.end());
    }

    int wait_ms(bool idle) const {
        if (!idle && output_.size() < kOutputLimit) return 0;
        if (!end_) return kIdleWaitMs;
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(*end_ - Clock::now());
        return static_cast<int>(std::clamp<int64_t>(left.count() + 1, 0, kIdleWaitMs));
    }

    Status exchange(bool idle) {
        pollfd fds[] = {{signals_.get(), POLLIN, 0},
                        {console_.in(), POLLIN, 0},
                        {output_.empty() ? -1 : console_.out(), POLLOUT, 0}};
        if (::poll(fds, std::size(fds), wait_ms(idle)) < 0 && errno != EINTR)
            return io_error("waiting for the console");
        if (fds[0].revents & POLLIN) signalled_ = true;
        if (fds[1].revents & (POLLIN | POLLHUP)) EMBARK_RETURN_IF_ERROR(read_in());
        if (fds[2].revents & POLLOUT) write_out();
        return Ok{};
    }

    Status read_in() {
        uint8_t buffer[4096];
        const ssize_t count = ::read(console_.in(), buffer, sizeof buffer);
        if (count > 0) {
            board_.uart_write({buffer, static_cast<size_t>(count)});
            got_input_ = true;
        } else if (count == 0) {
            input_ended_ = true;
            console_.end_input();
        } else if (errno != EAGAIN && errno != EINTR) {
            return io_error("reading the console");
        }
        return Ok{};
    }

    void write_out() {
        if (output_.empty() || console_.out() < 0) return;
        const ssize_t count = ::write(console_.out(), output_.data(), output_.size());
        if (count > 0) output_.erase(output_.begin(), output_.begin() + count);
    }

    VirtualBoard &board_;
    Console &console_;
    const Signals &signals_;
    Bytes output_;
    std::optional<Clock::time_point> end_;
    bool signalled_ = false, input_ended_ = false, got_input_ = false;
};

}  // namespace

Expected<EmulationStats> emulate(const Board &board, const std::filesystem::path &elf,
                                 const EmulateOptions &options) {
    const VirtualBoardOptions board_options{.profile = options.profile,
                                            .model_baud = options.model_baud};
    EMBARK_ASSIGN(auto emulated, VirtualBoard::create(board, elf, board_options));
    // Signals first: once the link exists, a signal must remove it.
    const Signals signals;
    EMBARK_ASSIGN(Console console, Console::open(options));
    Session session(*emulated, console, signals, options);
    if (options.on_ready) options.on_ready(console.name());
    EMBARK_RETURN_IF_ERROR(session.run());
    return emulated->stats();
}

}  // namespace embark
