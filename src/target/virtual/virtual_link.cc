#include <algorithm>

#include "target/virtual/virtual_board.h"

namespace embark {
namespace {

// After the first byte of an answer the board runs on this long, again and again, while more come.
constexpr uint64_t kGatherCycles = 50000;
// The clock may change while the board runs, so time is counted in slices.
constexpr double kSliceMilliseconds = 50;

}  // namespace

VirtualLink::VirtualLink(std::unique_ptr<VirtualBoard> board, std::string name)
    : board_(std::move(board)), name_(std::move(name)) {}

Expected<std::unique_ptr<VirtualLink>> VirtualLink::open(const Board &board,
                                                         const std::filesystem::path &elf,
                                                         const VirtualBoardOptions &options) {
    EMBARK_ASSIGN(auto emulated, VirtualBoard::create(board, elf, options));
    return std::make_unique<VirtualLink>(std::move(emulated), "virtual:" + board.id);
}

Expected<size_t> VirtualLink::read(std::span<uint8_t> buffer, std::chrono::milliseconds timeout) {
    if (buffer.empty()) return size_t{0};
    double left = static_cast<double>(timeout.count());
    while (board_->uart_pending() == 0) {
        if (left <= 0)
            return make_error(ErrorCode::kTimeout, Location{name_, {}},
                              "no byte within " + std::to_string(timeout.count()) + " ms");
        const double slice = std::min(left, kSliceMilliseconds);
        const double cycles_per_ms = board_->clock_hz() / 1000.0;
        const uint64_t before = board_->time_cycles();
        EMBARK_RETURN_IF_ERROR(
            board_->run({.cycles = static_cast<uint64_t>(slice * cycles_per_ms) + 1,
                         .stop_on_output = true,
                         .stop_when_idle = false}));
        left -= static_cast<double>(board_->time_cycles() - before) / cycles_per_ms;
    }
    size_t pending = 0;
    while (board_->uart_pending() > pending && board_->uart_pending() < buffer.size()) {
        pending = board_->uart_pending();
        // A fault is told by the next call, after the bytes that were sent before it.
        const auto end = board_->run({.cycles = kGatherCycles});
        if (!end.ok() || *end == RunEnd::kIdle) break;
    }
    const Bytes taken = board_->uart_take(buffer.size());
    std::copy(taken.begin(), taken.end(), buffer.begin());
    return taken.size();
}

Status VirtualLink::write(std::span<const uint8_t> bytes) {
    board_->uart_write(bytes);
    return Ok{};
}

}  // namespace embark
