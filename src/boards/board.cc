#include "boards/board.h"

#include <algorithm>

namespace embark {

uint64_t Board::total_bytes(MemoryRegion::Kind kind) const {
    uint64_t total = 0;
    for (const MemoryRegion &region : memory) {
        if (region.kind == kind) total += region.bytes;
    }
    return total;
}

const MemoryRegion &Board::main_flash() const {
    const auto found = std::find_if(memory.begin(), memory.end(), [](const MemoryRegion &region) {
        return region.kind == MemoryRegion::Kind::kFlash;
    });
    EMBARK_ASSERT(found != memory.end());
    return *found;
}

const MemoryRegion &Board::main_ram() const {
    const MemoryRegion *largest = nullptr;
    for (const MemoryRegion &region : memory) {
        if (region.kind != MemoryRegion::Kind::kRam) continue;
        if (largest == nullptr || region.bytes > largest->bytes) largest = &region;
    }
    EMBARK_ASSERT(largest != nullptr);
    return *largest;
}

}  // namespace embark
