#include "base/process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <thread>

extern "C" char **environ;

namespace embark {
namespace fs = std::filesystem;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

namespace {

constexpr milliseconds kGrace{500};    // between closing a program's input and killing it
constexpr milliseconds kPollStep{2};   // waitpid has no timeout of its own
constexpr int kExitAfterSignal = 128;  // the shell's convention
constexpr size_t kQuotedLines = 20;

Error process_error(const std::string &program, std::string_view what, int error_number) {
    const ErrorCode code = error_number == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo;
    return make_error(code, fmt::format("{}: {}: {}", program, what, std::strerror(error_number)));
}

/// Everything that the child needs, made before the fork: after it only async-signal-safe calls
/// are allowed, since other threads may have held the allocator's lock.
struct ChildPlan {
    std::string program, directory;
    std::vector<std::string> arguments, environment;
    std::vector<char *> argv, envp;
    int input = -1, output = -1, error = -1;  // descriptors to become 0, 1, 2; -1 keeps it
    bool own_group = false;
};

void add_environment(ChildPlan &plan, const ProcessOptions &options) {
    for (char **entry = environ; *entry != nullptr; entry++) {
        const std::string_view text = *entry;
        const std::string_view key = text.substr(0, text.find('='));
        const bool replaced = std::any_of(options.environment.begin(), options.environment.end(),
                                          [&](const auto &pair) { return pair.first == key; });
        if (!replaced) plan.environment.emplace_back(text);
    }
    for (const auto &[key, value] : options.environment) {
        plan.environment.push_back(key + "=" + value);
    }
}

Expected<ChildPlan> make_plan(const std::vector<std::string> &argv, const ProcessOptions &options) {
    EMBARK_ASSERT(!argv.empty());
    const auto program = find_program(argv[0]);
    if (!program) {
        return make_error(ErrorCode::kNotFound,
                          fmt::format("{}: no such program{}", argv[0],
                                      argv[0].find('/') == std::string::npos ? " on PATH" : ""));
    }
    std::error_code error;
    if (!options.directory.empty() && !fs::is_directory(options.directory, error)) {
        return make_error(ErrorCode::kNotFound, Location{options.directory.string(), ""},
                          fmt::format("no such directory, to run {} in", argv[0]));
    }
    ChildPlan plan;
    // The child changes its directory before it starts the program.
    plan.program = fs::absolute(*program).string();
    plan.directory = options.directory.string();
    plan.arguments = argv;
    add_environment(plan, options);
    return plan;
}

[[noreturn]] void become(ChildPlan &plan, int report) {
    if (plan.own_group) {
        ::setpgid(0, 0);
#ifdef __linux__
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
    }
    const int wanted[] = {plan.input, plan.output, plan.error};
    bool good = plan.directory.empty() || ::chdir(plan.directory.c_str()) == 0;
    for (int fd = 0; fd < 3 && good; fd++) {
        good = wanted[fd] < 0 || ::dup2(wanted[fd], fd) >= 0;
    }
    if (good) ::execve(plan.program.c_str(), plan.argv.data(), plan.envp.data());
    const int error_number = errno;
    [[maybe_unused]] const ssize_t told = ::write(report, &error_number, sizeof error_number);
    ::_exit(127);
}

/// Starts the child; the report pipe closes at exec, or carries errno.
Expected<pid_t> start(ChildPlan &plan) {
    for (std::string &text : plan.arguments) plan.argv.push_back(text.data());
    for (std::string &text : plan.environment) plan.envp.push_back(text.data());
    plan.argv.push_back(nullptr);
    plan.envp.push_back(nullptr);
    int report[2];
    if (::pipe2(report, O_CLOEXEC) != 0) return process_error(plan.program, "cannot start", errno);
    const pid_t pid = ::fork();
    if (pid == 0) become(plan, report[1]);
    const int fork_error = errno;
    ::close(report[1]);
    int error_number = 0;
    ssize_t count = 0;
    if (pid > 0) {
        do {
            count = ::read(report[0], &error_number, sizeof error_number);
        } while (count < 0 && errno == EINTR);
    }
    ::close(report[0]);
    if (pid < 0) return process_error(plan.program, "cannot start", fork_error);
    if (count == 0) return pid;
    ::waitpid(pid, nullptr, 0);
    return process_error(plan.program, "cannot start", error_number);
}

int status_of(int wait_status) {
    if (WIFSIGNALED(wait_status)) return kExitAfterSignal + WTERMSIG(wait_status);
    return WEXITSTATUS(wait_status);
}

int reap(pid_t pid) {
    int wait_status = 0;
    while (::waitpid(pid, &wait_status, 0) < 0 && errno == EINTR) {
    }
    return status_of(wait_status);
}

/// The exit status, or nothing when it still runs at \p deadline.
std::optional<int> reap_until(pid_t pid, Clock::time_point deadline) {
    while (true) {
        int wait_status = 0;
        const pid_t done = ::waitpid(pid, &wait_status, WNOHANG);
        if (done == pid) return status_of(wait_status);
        if (Clock::now() >= deadline) return std::nullopt;
        std::this_thread::sleep_for(kPollStep);
    }
}

/// Milliseconds until \p deadline for poll(), rounded up; -1 without one.
int poll_timeout(std::optional<Clock::time_point> deadline) {
    if (!deadline) return -1;
    const auto left = std::chrono::ceil<milliseconds>(*deadline - Clock::now()).count();
    return static_cast<int>(std::clamp<int64_t>(left, 0, 1 << 30));
}

/// Polls \p fd for \p events. \returns whether it is ready before \p deadline
bool wait_ready(int fd, short events, std::optional<Clock::time_point> deadline) {
    while (true) {
        pollfd entry{fd, events, 0};
        const int ready = ::poll(&entry, 1, poll_timeout(deadline));
        if (ready > 0) return true;
        if (ready == 0) return false;
        if (errno != EINTR) return true;  // let the read or write say what is wrong
    }
}

/// Reads until end of file. \returns false at the deadline
bool collect(int fd, std::string &output, std::optional<Clock::time_point> deadline) {
    std::array<char, 1 << 14> chunk;
    while (wait_ready(fd, POLLIN, deadline)) {
        const ssize_t count = ::read(fd, chunk.data(), chunk.size());
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return true;
        output.append(chunk.data(), static_cast<size_t>(count));
    }
    return false;
}

}  // namespace

std::optional<fs::path> find_program(const std::string &name) {
    const auto usable = [](const fs::path &path) {
        std::error_code error;
        return fs::is_regular_file(path, error) && ::access(path.c_str(), X_OK) == 0;
    };
    if (name.find('/') != std::string::npos) {
        return usable(name) ? std::optional<fs::path>(name) : std::nullopt;
    }
    const char *variable = std::getenv("PATH");
    std::string_view folders = variable != nullptr ? variable : "/usr/local/bin:/usr/bin:/bin";
    while (true) {
        const size_t colon = folders.find(':');
        const fs::path candidate = fs::path(folders.substr(0, colon)) / name;
        if (usable(candidate)) return candidate;
        if (colon == std::string_view::npos) return std::nullopt;
        folders.remove_prefix(colon + 1);
    }
}

Expected<ProcessResult> run_process(const std::vector<std::string> &argv,
                                    const ProcessOptions &options) {
    EMBARK_ASSIGN(ChildPlan plan, make_plan(argv, options));
    int output[2];
    if (::pipe2(output, O_CLOEXEC) != 0) return process_error(argv[0], "cannot start", errno);
    plan.input = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    plan.output = plan.error = output[1];
    plan.own_group = true;
    auto pid = start(plan);
    ::close(output[1]);
    if (plan.input >= 0) ::close(plan.input);
    if (!pid.ok()) {
        ::close(output[0]);
        return std::move(pid).error();
    }
    std::optional<Clock::time_point> deadline;
    if (options.timeout) deadline = Clock::now() + *options.timeout;
    ProcessResult result;
    bool ended = collect(output[0], result.output, deadline);
    ::close(output[0]);
    if (ended) {  // its output is; it may still run
        const auto status = deadline ? reap_until(*pid, *deadline) : reap(*pid);
        if (status) result.exit_status = *status;
        ended = status.has_value();
    }
    if (ended) return result;
    ::kill(-*pid, SIGKILL);
    reap(*pid);
    Error error = make_error(ErrorCode::kTimeout, fmt::format("{}: still running after {} ms",
                                                              argv[0], options.timeout->count()));
    if (!result.output.empty()) error.notes.push_back(last_lines(result.output, kQuotedLines));
    return error;
}

Expected<Process> Process::spawn(const std::vector<std::string> &argv,
                                 const ProcessOptions &options) {
    EMBARK_ASSIGN(ChildPlan plan, make_plan(argv, options));
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        return process_error(argv[0], "cannot start", errno);
    }
    plan.input = plan.output = ends[1];
    auto pid = start(plan);
    ::close(ends[1]);
    if (!pid.ok()) {
        ::close(ends[0]);
        return std::move(pid).error();
    }
    return Process(argv[0], *pid, ends[0]);
}

Process::Process(Process &&other) noexcept
    : name_(std::move(other.name_)),
      pid_(std::exchange(other.pid_, -1)),
      socket_(std::exchange(other.socket_, -1)),
      exit_status_(other.exit_status_) {}

Process::~Process() {
    if (socket_ >= 0) ::close(socket_);
    if (pid_ < 0 || exit_status_) return;
    if (reap_until(pid_, Clock::now() + kGrace)) return;
    ::kill(pid_, SIGKILL);
    reap(pid_);
}

Expected<size_t> Process::read(std::span<uint8_t> buffer, milliseconds timeout) {
    const auto deadline = Clock::now() + timeout;
    while (wait_ready(socket_, POLLIN, deadline)) {
        const ssize_t count = ::recv(socket_, buffer.data(), buffer.size(), 0);
        if (count > 0) return static_cast<size_t>(count);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0 && errno != ECONNRESET) return process_error(name_, "cannot read", errno);
        Error error = make_error(ErrorCode::kIo, fmt::format("{}: closed its output", name_));
        if (const auto status = wait(kGrace); status.ok()) {
            error.message += fmt::format(" and ended with status {}", *status);
        }
        return error;
    }
    return make_error(ErrorCode::kTimeout,
                      fmt::format("{}: no answer in {} ms", name_, timeout.count()));
}

Status Process::write(std::span<const uint8_t> bytes) {
    while (!bytes.empty()) {
        const ssize_t count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return process_error(name_, "cannot write to it", errno);
        bytes = bytes.subspan(static_cast<size_t>(count));
    }
    return Ok{};
}

void Process::close_input() {
    ::shutdown(socket_, SHUT_WR);
}

Expected<int> Process::wait(milliseconds timeout) {
    if (!exit_status_) exit_status_ = reap_until(pid_, Clock::now() + timeout);
    if (exit_status_) return *exit_status_;
    return make_error(ErrorCode::kTimeout,
                      fmt::format("{}: still running after {} ms", name_, timeout.count()));
}

std::string last_lines(std::string_view text, size_t lines) {
    while (!text.empty() && text.back() == '\n') text.remove_suffix(1);
    size_t start = text.size();
    for (size_t line = 0; line < lines && start != std::string_view::npos; line++) {
        start = start == 0 ? std::string_view::npos : text.rfind('\n', start - 1);
    }
    return std::string(start == std::string_view::npos ? text : text.substr(start + 1));
}

}  // namespace embark
