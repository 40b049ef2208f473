#include "import/isolate.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <new>

namespace embark {

namespace {

using Clock = std::chrono::steady_clock;

constexpr int kExitThrew = 3;
constexpr int kExitNoMemory = 4;

struct Pipe {
    int read_end = -1, write_end = -1;
    ~Pipe() {
        close_read();
        close_write();
    }
    void close_read() {
        if (read_end >= 0) ::close(read_end);
        read_end = -1;
    }
    void close_write() {
        if (write_end >= 0) ::close(write_end);
        write_end = -1;
    }
};

/// Address space in use, which RLIMIT_AS counts; 0 when unknown.
uint64_t address_space_bytes() {
    unsigned long long pages = 0;
    if (std::FILE *file = std::fopen("/proc/self/statm", "r")) {
        if (std::fscanf(file, "%llu", &pages) != 1) pages = 0;
        std::fclose(file);
    }
    return pages * static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
}

void set_limit(__rlimit_resource resource, uint64_t value) {
    rlimit limit{};
    if (::getrlimit(resource, &limit) != 0) return;
    if (limit.rlim_max != RLIM_INFINITY && value > limit.rlim_max) value = limit.rlim_max;
    limit.rlim_cur = value;
    ::setrlimit(resource, &limit);
}

void confine_child(const IsolationLimits &limits) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::prctl(PR_SET_DUMPABLE, 0);
    // A crash must end the child at once, whatever handlers the program has.
    for (const int number : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGXCPU, SIGPIPE}) {
        std::signal(number, SIG_DFL);
    }
    const int nowhere = ::open("/dev/null", O_RDWR);
    for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(nowhere, stream);
    set_limit(RLIMIT_CORE, 0);
    set_limit(RLIMIT_CPU, static_cast<uint64_t>(limits.cpu_seconds));
    if (const uint64_t used = address_space_bytes(); used > 0) {
        set_limit(RLIMIT_AS, used + limits.memory_bytes);
    }
}

bool send_all(int fd, std::span<const uint8_t> bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = ::write(fd, bytes.data(), bytes.size());
        if (sent < 0 && errno == EINTR) continue;
        if (sent <= 0) return false;
        bytes = bytes.subspan(static_cast<size_t>(sent));
    }
    return true;
}

[[noreturn]] void run_child(int fd, const IsolationLimits &limits,
                            const std::function<void(const Sink &)> &work) {
    confine_child(limits);
    int status = 0;
    try {
        work([fd](std::span<const uint8_t> bytes) { return send_all(fd, bytes); });
    } catch (const std::bad_alloc &) {
        status = kExitNoMemory;
    } catch (const std::exception &) {
        status = kExitThrew;
    }
    ::_exit(status);
}

/// Reads until the child closes its end. \error the limit that it exceeded
Expected<Bytes> collect(int fd, const IsolationLimits &limits) {
    Bytes answer;
    const auto deadline = Clock::now() + std::chrono::seconds(limits.wall_seconds);
    Bytes chunk(1 << 18);
    while (true) {
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
        if (left <= 0) {
            return make_error(ErrorCode::kInvalid, fmt::format("reading it takes longer than {} s",
                                                               limits.wall_seconds));
        }
        pollfd wait{fd, POLLIN, 0};
        if (::poll(&wait, 1, static_cast<int>(left)) <= 0) continue;
        const ssize_t count = ::read(fd, chunk.data(), chunk.size());
        if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        if (count < 0) return make_error(ErrorCode::kIo, "cannot read from the parser's process");
        if (count == 0) return answer;
        if (answer.size() + static_cast<size_t>(count) > limits.answer_bytes) {
            return make_error(ErrorCode::kInvalid,
                              fmt::format("it holds more than the {} bytes that a file of its "
                                          "size can",
                                          limits.answer_bytes));
        }
        // Pages are only taken as they fill; growing by doubling would take three times as much.
        if (answer.empty()) answer.reserve(limits.answer_bytes);
        answer.insert(answer.end(), chunk.begin(), chunk.begin() + count);
    }
}

Status explain_exit(int status) {
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return Ok{};
    std::string why = fmt::format("ended with status {}", WEXITSTATUS(status));
    if (WIFSIGNALED(status)) {
        why = WTERMSIG(status) == SIGXCPU
                  ? "does not come to an end"
                  : fmt::format("crashed: {}", ::strsignal(WTERMSIG(status)));
    } else if (WEXITSTATUS(status) == kExitNoMemory) {
        why = "wants more memory than the file's size justifies";
    }
    return make_error(ErrorCode::kInvalid, "is damaged: its parser " + why);
}

}  // namespace

Expected<Bytes> run_isolated(const IsolationLimits &limits,
                             const std::function<void(const Sink &)> &work) {
    Pipe pipe;
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) {
        return make_error(ErrorCode::kIo,
                          fmt::format("cannot make a pipe: {}", std::strerror(errno)));
    }
    pipe.read_end = ends[0];
    pipe.write_end = ends[1];
    ::fcntl(pipe.write_end, F_SETPIPE_SZ, 1 << 20);  // fewer switches; the default also works
    const pid_t child = ::fork();
    if (child < 0) {
        return make_error(ErrorCode::kIo,
                          fmt::format("cannot make a process: {}", std::strerror(errno)));
    }
    if (child == 0) run_child(pipe.write_end, limits, work);
    pipe.close_write();
    Expected<Bytes> answer = collect(pipe.read_end, limits);
    if (!answer.ok()) ::kill(child, SIGKILL);
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (!answer.ok()) return answer;
    EMBARK_RETURN_IF_ERROR(explain_exit(status));
    return answer;
}

}  // namespace embark
