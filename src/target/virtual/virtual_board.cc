#include "target/virtual/virtual_board.h"

#include <fmt/format.h>

#include <algorithm>

#include "target/virtual/machine.h"

namespace embark {

struct VirtualBoard::State {
    std::unique_ptr<Machine> machine;
};

VirtualBoard::VirtualBoard(std::unique_ptr<State> state) : state_(std::move(state)) {}
VirtualBoard::~VirtualBoard() = default;

Expected<std::unique_ptr<VirtualBoard>> VirtualBoard::create(const Board &board,
                                                             const std::filesystem::path &elf,
                                                             const VirtualBoardOptions &options) {
    EMBARK_ASSIGN(ElfImage image, ElfImage::load(elf));
    auto state = std::make_unique<State>();
    EMBARK_ASSIGN(state->machine, Machine::create(board, std::move(image), options));
    return std::unique_ptr<VirtualBoard>(new VirtualBoard(std::move(state)));
}

Expected<RunEnd> VirtualBoard::run(const RunRequest &request) {
    return state_->machine->run(request);
}

void VirtualBoard::uart_write(std::span<const uint8_t> bytes) {
    state_->machine->console().receive(bytes);
}

Bytes VirtualBoard::uart_take(size_t limit) {
    std::deque<uint8_t> &sent = state_->machine->console().sent();
    const auto end = sent.begin() + static_cast<std::ptrdiff_t>(std::min(limit, sent.size()));
    Bytes taken(sent.begin(), end);
    sent.erase(sent.begin(), end);
    return taken;
}

size_t VirtualBoard::uart_pending() const {
    return state_->machine->console().sent().size();
}

EmulationStats VirtualBoard::stats() const {
    return state_->machine->stats();
}

uint32_t VirtualBoard::clock_hz() const {
    return state_->machine->clock_hz();
}

uint64_t VirtualBoard::time_cycles() const {
    return state_->machine->time();
}

Expected<Bytes> VirtualBoard::read_memory(uint32_t address, uint32_t bytes) const {
    const uint8_t *host = state_->machine->memory().host(address, bytes);
    if (!host)
        return make_error(
            ErrorCode::kNotFound,
            fmt::format("{} bytes at 0x{:08x} are not in the board's memory", bytes, address));
    return Bytes(host, host + bytes);
}

Status VirtualBoard::write_memory(uint32_t address, std::span<const uint8_t> bytes) {
    const auto size = static_cast<uint32_t>(bytes.size());
    EMBARK_RETURN_IF_ERROR(read_memory(address, size));
    std::memcpy(state_->machine->memory().host(address, size), bytes.data(), size);
    return Ok{};
}

Expected<uint32_t> VirtualBoard::symbol(const std::string &name) const {
    const ElfImage &image = state_->machine->image();
    if (const uint32_t *value = image.find_symbol(name)) return *value;
    return make_error(ErrorCode::kNotFound, Location{image.path().string(), {}},
                      fmt::format("no symbol {}", name));
}

}  // namespace embark
