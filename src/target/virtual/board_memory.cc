#include "target/virtual/board_memory.h"

#include <fmt/format.h>

#include <cstdlib>
#include <cstring>

#include "base/bytes.h"

namespace embark {
namespace {

constexpr uint32_t kPage = 4096;
constexpr uint8_t kErased = 0xFF;

/// Differs from word to word, so that neither zeroes nor copies are mistaken for it.
uint32_t fill_word(uint32_t index) {
    return (index + 1) * 0x9E3779B9u ^ 0xA5A5C3C3u;
}

}  // namespace

uint8_t *BoardMemory::allocate(uint32_t bytes) {
    auto *raw = static_cast<uint8_t *>(std::aligned_alloc(kPage, bytes));
    storage_.emplace_back(raw);
    return raw;
}

Status BoardMemory::add_region(const Board &board, const MemoryRegion &region) {
    if (region.origin % kPage != 0 || region.bytes % kPage != 0 || region.bytes == 0)
        return make_error(ErrorCode::kUnsupported,
                          fmt::format("board {}: region {} of {} bytes at 0x{:08x} cannot be "
                                      "emulated, expected multiples of {}",
                                      board.id, region.name, region.bytes, region.origin, kPage));
    MemoryWindow window{region.name,
                        region.origin,
                        region.bytes,
                        allocate(region.bytes),
                        region.kind == MemoryRegion::Kind::kFlash,
                        region.code,
                        false};
    if (window.flash) {
        std::memset(window.host, kErased, window.bytes);
    } else {
        for (uint32_t i = 0; i < window.bytes / 4; ++i) {
            const uint32_t word = fill_word(i);
            std::memcpy(window.host + 4 * i, &word, sizeof word);
        }
    }
    windows_.push_back(window);
    if (region.alias) {
        window.address = *region.alias;
        window.alias = true;
        windows_.push_back(window);
    }
    return Ok{};
}

Expected<BoardMemory> BoardMemory::create(const Board &board,
                                          const std::vector<RamAlias> &aliases) {
    BoardMemory memory;
    for (const MemoryRegion &region : board.memory)
        EMBARK_RETURN_IF_ERROR(memory.add_region(board, region));
    for (const RamAlias &alias : aliases) {
        const MemoryWindow *of = memory.find(alias.of, alias.bytes);
        if (!of || memory.find(alias.address, 1)) continue;
        MemoryWindow window = *of;
        window.host += alias.of - of->address;
        window.address = alias.address;
        window.bytes = alias.bytes;
        window.alias = true;
        memory.windows_.push_back(window);
    }
    const uint32_t boot = board.main_flash().origin;
    if (const MemoryWindow *flash = memory.find(boot, 1); flash && boot != 0) {
        MemoryWindow window = *flash;
        window.address = 0;
        window.alias = true;
        memory.windows_.push_back(window);
    }
    return memory;
}

const MemoryWindow *BoardMemory::find(uint32_t address, uint32_t bytes) const {
    for (const MemoryWindow &window : windows_)
        if (address >= window.address && bytes <= window.bytes &&
            address - window.address <= window.bytes - bytes)
            return &window;
    return nullptr;
}

uint8_t *BoardMemory::host(uint32_t address, uint32_t bytes) const {
    const MemoryWindow *window = find(address, bytes);
    return window ? window->host + (address - window->address) : nullptr;
}

Status BoardMemory::program(const ElfImage &image) {
    for (const ElfSegment &segment : image.segments()) {
        const auto bytes = static_cast<uint32_t>(segment.bytes.size());
        const MemoryWindow *window = find(segment.address, bytes);
        if (!window || !window->flash)
            return make_error(
                ErrorCode::kInvalid, Location{image.path().string(), {}},
                fmt::format("segment of {} bytes has its load address at 0x{:08x}, expected one "
                            "within the board's flash: a flasher would not write it",
                            bytes, segment.address));
        std::memcpy(window->host + (segment.address - window->address), segment.bytes.data(),
                    bytes);
    }
    return Ok{};
}

uint32_t BoardMemory::touched_bytes(uint32_t skip_begin, uint32_t skip_end) const {
    uint32_t touched = 0;
    for (const MemoryWindow &window : windows_) {
        if (window.flash || window.alias) continue;
        for (uint32_t i = 0; i < window.bytes / 4; ++i) {
            const uint32_t address = window.address + 4 * i;
            if (address >= skip_begin && address < skip_end) continue;
            if (load_le<uint32_t>(window.host + 4 * i) != fill_word(i)) touched += 4;
        }
    }
    return touched;
}

}  // namespace embark
