#include "boards/board.h"

#include <algorithm>
#include <utility>

namespace embark {

uint64_t Board::total_bytes(MemoryRegion::Kind kind) const {
    const MemoryRegion &main = kind == MemoryRegion::Kind::kFlash ? main_flash() : main_ram();
    uint64_t total = 0;
    for (const MemoryRegion &region : memory) {
        if (region.kind == kind && (!region.external || &region == &main)) total += region.bytes;
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
        if (largest == nullptr || std::pair(!region.external, region.bytes) >
                                      std::pair(!largest->external, largest->bytes)) {
            largest = &region;
        }
    }
    EMBARK_ASSERT(largest != nullptr);
    return *largest;
}

}  // namespace embark
