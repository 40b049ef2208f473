#pragma once
// A pseudo-terminal with a process behind it, and a line between them that damages bytes by a seed:
// the same faults for the same traffic.

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include <atomic>
#include <random>
#include <thread>

#include "base/process.h"

namespace embark::test {

/// Chances of each fault, by byte.
struct LineFaults {
    double drop = 0, twice = 0, flip = 0;
};

class FaultyTerminal {
  public:
    FaultyTerminal(Process process, LineFaults faults, unsigned seed)
        : process_(std::move(process)), faults_(faults), there_(seed), back_(seed + 1) {
        fd_ = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
        if (fd_ < 0 || ::grantpt(fd_) != 0 || ::unlockpt(fd_) != 0) std::abort();
        path_ = ::ptsname(fd_);
        // Held open, so that the terminal lasts from one host to the next.
        held_ = ::open(path_.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC);
        to_device_ = std::jthread([this](std::stop_token stop) { carry_to_device(stop); });
        to_host_ = std::jthread([this](std::stop_token stop) { carry_to_host(stop); });
    }
    ~FaultyTerminal() {
        to_device_ = {};
        to_host_ = {};
        ::close(held_);
        ::close(fd_);
    }
    FaultyTerminal(const FaultyTerminal &) = delete;
    FaultyTerminal &operator=(const FaultyTerminal &) = delete;

    const std::string &path() const { return path_; }
    uint64_t faults() const { return count_; }
    uint64_t bytes_to_device() const { return sent_; }
    uint64_t bytes_to_host() const { return received_; }

  private:
    static constexpr int kLookMs = 20;  // for the end of the test

    Bytes damage(std::span<const uint8_t> bytes, std::mt19937 &random) {
        std::uniform_real_distribution<double> chance(0, 1);
        Bytes out;
        for (uint8_t byte : bytes) {
            const double x = chance(random);
            const bool drop = x < faults_.drop;
            const bool twice = !drop && x < faults_.drop + faults_.twice;
            const bool flip = !drop && !twice && x < faults_.drop + faults_.twice + faults_.flip;
            if (drop || twice || flip) ++count_;
            if (flip) byte ^= static_cast<uint8_t>(1u << (random() % 8));
            if (!drop) out.push_back(byte);
            if (twice) out.push_back(byte);
        }
        return out;
    }
    void carry_to_device(const std::stop_token &stop) {
        uint8_t chunk[4096];
        while (!stop.stop_requested()) {
            pollfd entry{fd_, POLLIN, 0};
            if (::poll(&entry, 1, kLookMs) <= 0) continue;
            const ssize_t count = ::read(fd_, chunk, sizeof chunk);
            if (count <= 0) continue;
            sent_ += static_cast<uint64_t>(count);
            const Bytes bytes = damage(std::span(chunk, static_cast<size_t>(count)), there_);
            if (!bytes.empty()) (void)process_.write(bytes);
        }
    }
    void carry_to_host(const std::stop_token &stop) {
        uint8_t chunk[4096];
        while (!stop.stop_requested()) {
            const auto count = process_.read(chunk, std::chrono::milliseconds(kLookMs));
            if (!count.ok() && count.error().code != ErrorCode::kTimeout) return;
            if (!count.ok()) continue;
            received_ += *count;
            const Bytes bytes = damage(std::span(chunk, *count), back_);
            for (size_t at = 0; at < bytes.size() && !stop.stop_requested();) {
                const ssize_t done = ::write(fd_, bytes.data() + at, bytes.size() - at);
                if (done > 0) at += static_cast<size_t>(done);
            }
        }
    }

    Process process_;
    LineFaults faults_;
    std::mt19937 there_, back_;
    int fd_ = -1, held_ = -1;
    std::string path_;
    std::atomic<uint64_t> count_ = 0, sent_ = 0, received_ = 0;
    std::jthread to_device_, to_host_;
};

}  // namespace embark::test
