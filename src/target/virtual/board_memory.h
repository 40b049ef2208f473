#pragma once
// Flash and RAM of a board in host memory, under all their addresses.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/expected.h"
#include "boards/board.h"
#include "target/virtual/elf_image.h"
#include "target/virtual/peripherals/family.h"

namespace embark {

/// One range of addresses. Several may show the same bytes.
struct MemoryWindow {
    std::string name;
    uint32_t address = 0, bytes = 0;
    uint8_t *host = nullptr;
    bool flash = false, code = true;
    bool alias = false;
};

class BoardMemory {
  public:
    /// Erased flash (0xFF), which is seen at 0 too as after a boot from it, and RAM that holds a
    /// pattern. \error kUnsupported for a region that is not in units of 4 KiB
    static Expected<BoardMemory> create(const Board &board, const std::vector<RamAlias> &aliases);

    /// Writes segments to their load addresses. \error kInvalid when one is not in flash
    Status program(const ElfImage &image);

    const std::vector<MemoryWindow> &windows() const { return windows_; }
    /// The window that holds all of it, or null.
    const MemoryWindow *find(uint32_t address, uint32_t bytes) const;
    /// Host address of board memory, or null.
    uint8_t *host(uint32_t address, uint32_t bytes) const;
    /// Bytes of RAM that no longer hold the pattern, by words, outside of [skip_begin, skip_end).
    uint32_t touched_bytes(uint32_t skip_begin, uint32_t skip_end) const;

  private:
    struct Free {
        void operator()(uint8_t *bytes) const { std::free(bytes); }
    };
    uint8_t *allocate(uint32_t bytes);
    Status add_region(const Board &board, const MemoryRegion &region);
    std::vector<std::unique_ptr<uint8_t, Free>> storage_;
    std::vector<MemoryWindow> windows_;
};

}  // namespace embark
