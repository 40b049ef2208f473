#include "cli/interrupt.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <thread>

namespace embark {

namespace {

// Signal handlers reach nothing but globals.
std::atomic<bool> caught{false};
std::atomic<bool> interrupted{false};
std::atomic<int> signal_pipe{-1};

void on_signal(int number) {
    if (number == SIGINT && caught && !interrupted.exchange(true)) return;
    const int saved = errno;
    const auto byte = static_cast<unsigned char>(number);
    if (::write(signal_pipe, &byte, 1) != 1) ::_exit(128 + number);
    errno = saved;
}

/// Removing a tree is nothing that a signal handler may do, so a thread waits for its word.
void clean_up_on_signal(int read_end, std::filesystem::path folder) {
    unsigned char number = 0;
    while (::read(read_end, &number, 1) != 1) {
        if (errno != EINTR) return;
    }
    // A compiler that has not heard of it yet may still be writing.
    std::error_code ignored;
    for (int attempt = 0; attempt < 50; ++attempt) {
        std::filesystem::remove_all(folder, ignored);
        if (attempt > 5 && !std::filesystem::exists(folder, ignored)) break;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    ::_exit(128 + number);
}

}  // namespace

Scratch::Scratch() {
    // Without a folder or pipe the commands that need one say so; others run.
    Expected<TemporaryDirectory> folder = TemporaryDirectory::create();
    int ends[2];
    if (!folder.ok() || ::pipe2(ends, O_CLOEXEC) != 0) return;
    folder_.emplace(std::move(*folder));
    ::setenv("TMPDIR", folder_->path().c_str(), 1);
    signal_pipe = ends[1];
    // The thread takes no signal, so that a command may block them and read them from a signalfd.
    sigset_t all, before;
    sigfillset(&all);
    ::pthread_sigmask(SIG_BLOCK, &all, &before);
    std::thread(clean_up_on_signal, ends[0], folder_->path()).detach();
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    struct sigaction action {};
    action.sa_handler = on_signal;
    action.sa_flags = SA_RESTART;
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
        struct sigaction old {};
        // Who ignores a signal (nohup) wants it ignored.
        if (::sigaction(number, nullptr, &old) == 0 && old.sa_handler != SIG_IGN) {
            ::sigaction(number, &action, nullptr);
        }
    }
}

Scratch::~Scratch() = default;

const std::atomic<bool> &catch_interrupt() {
    caught = true;
    return interrupted;
}

}  // namespace embark
