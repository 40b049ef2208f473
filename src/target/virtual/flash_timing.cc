#include "target/virtual/flash_timing.h"

#include <algorithm>
#include <bit>

namespace embark {
namespace {

// In straight-line code prefetch reads the next double word while the core runs this one: that many
// cycles of its wait are hidden. Where it is from: docs/design/timing-model.md.
constexpr int kHiddenByPrefetch = 3;

int log2_of(int value) {
    return std::bit_width(static_cast<unsigned>(std::max(value, 1))) - 1;
}

}  // namespace

FlashCache::FlashCache(int lines, int line_bytes, int read_bytes, uint32_t flash_bytes)
    : line_shift_(log2_of(line_bytes)),
      read_shift_(log2_of(read_bytes)),
      slot_((flash_bytes >> line_shift_) + 1, kNone),
      line_(lines, UINT32_MAX),
      filled_(lines, 0),
      used_(lines, 0) {}

uint8_t FlashCache::victim() const {
    return static_cast<uint8_t>(std::min_element(used_.begin(), used_.end()) - used_.begin());
}

bool FlashCache::access(uint32_t offset) {
    const uint32_t line = offset >> line_shift_;
    const uint32_t part =
        1u << ((offset >> read_shift_) & ((1u << (line_shift_ - read_shift_)) - 1));
    uint8_t slot = slot_[line];
    if (slot == kNone) {
        slot = victim();
        if (line_[slot] != UINT32_MAX) {
            slot_[line_[slot]] = kNone;
            ++evictions_;
        }
        line_[slot] = line;
        slot_[line] = slot;
        filled_[slot] = 0;
    }
    touch(slot);
    const bool hit = filled_[slot] & part;
    filled_[slot] |= part;
    return hit;
}

void FlashCache::clear() {
    std::fill(slot_.begin(), slot_.end(), kNone);
    std::fill(line_.begin(), line_.end(), UINT32_MAX);
    std::fill(used_.begin(), used_.end(), 0);
    ++evictions_;
}

uint8_t FlashCache::slot_of(uint32_t offset) const {
    return slot_[offset >> line_shift_];
}

FlashTimer::FlashTimer(const FlashTiming &timing, uint32_t flash_bytes)
    : read_bytes_(std::max(timing.line_bytes, 4)),
      read_shift_(log2_of(read_bytes_)),
      line_bytes_(std::max(timing.cache_line_bytes, read_bytes_)),
      flash_bytes_(flash_bytes),
      has_caches_(timing.instruction_cache_lines > 0 && timing.data_cache_lines > 0),
      instructions_(std::clamp(timing.instruction_cache_lines, 1, 254), line_bytes_, read_bytes_,
                    flash_bytes),
      data_(std::clamp(timing.data_cache_lines, 1, 254), line_bytes_, read_bytes_, flash_bytes) {}

void FlashTimer::configure(const FlashControl &control, bool clear_instructions, bool clear_data) {
    control_ = control;
    control_.instruction_cache &= has_caches_;
    control_.data_cache &= has_caches_;
    if (clear_instructions) instructions_.clear();
    if (clear_data) data_.clear();
    last_read_ = last_fetch_ = kNoRead;
}

uint32_t FlashTimer::fetch_slowly(uint32_t begin, uint32_t end, FetchState &state) {
    state.cached_at = 0;
    if (end > flash_bytes_) return 0;
    const bool cached = control_.instruction_cache;
    const uint64_t evictions = instructions_.evictions();
    const uint32_t first = begin >> read_shift_;
    const uint32_t last = (end - 1) >> read_shift_;
    uint32_t stall = 0;
    for (uint32_t read = first; read <= last; ++read) {
        const bool same = read == last_fetch_;
        const bool sequential = read == last_fetch_ + 1 || read != first;
        last_fetch_ = read;
        if (cached ? instructions_.access(read << read_shift_) : same) continue;
        const int hidden = sequential && control_.prefetch ? kHiddenByPrefetch : 0;
        stall += static_cast<uint32_t>(std::max(control_.wait_states - hidden, 0));
    }
    if (!cached || instructions_.evictions() != evictions) return stall;
    state.cached_at = evictions;
    state.slots.clear();
    for (uint32_t at = begin & ~(line_bytes_ - 1u); at < end; at += line_bytes_)
        state.slots.push_back(instructions_.slot_of(at));
    return stall;
}

uint32_t FlashTimer::read_slowly(uint32_t offset) {
    last_read_ = offset >> read_shift_;
    if (offset >= flash_bytes_) return 0;
    if (control_.data_cache && data_.access(offset)) return 0;
    return static_cast<uint32_t>(control_.wait_states);
}

}  // namespace embark
