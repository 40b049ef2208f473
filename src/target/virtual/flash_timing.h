#pragma once
// Wait states of flash reads behind an ART accelerator: instruction cache, data cache, prefetch.

#include <cstdint>
#include <vector>

#include "boards/board.h"

namespace embark {

/// Fully associative, least recently used. A line of four double words is filled read by read, as
/// RM0432 describes the ART accelerator, so each read of it misses once.
class FlashCache {
  public:
    FlashCache(int lines, int line_bytes, int read_bytes, uint32_t flash_bytes);

    /// \returns whether the flash read that holds \p offset is cached; it is afterwards
    bool access(uint32_t offset);
    void clear();
    /// Grows whenever a line is evicted: what was cached at the same count still is.
    uint64_t evictions() const { return evictions_; }
    /// The slot that holds a cached offset / marks a slot as just used.
    uint8_t slot_of(uint32_t offset) const;
    void touch(uint8_t slot) { used_[slot] = ++clock_; }

  private:
    static constexpr uint8_t kNone = 0xFF;
    uint8_t victim() const;
    int line_shift_, read_shift_;
    std::vector<uint8_t> slot_;     ///< by line of the flash
    std::vector<uint32_t> line_;    ///< by slot
    std::vector<uint32_t> filled_;  ///< by slot: reads that are there
    std::vector<uint64_t> used_;    ///< by slot: time of the last use
    uint64_t clock_ = 0;
    uint64_t evictions_ = 1;
};

/// Set by the firmware through FLASH_ACR.
struct FlashControl {
    int wait_states = 0;
    bool instruction_cache = false;
    bool data_cache = false;
    bool prefetch = false;
};

/// Fetch state of one block of straight-line code, kept by the caller.
struct FetchState {
    uint64_t cached_at = 0;  ///< evictions() when all of it was seen in the cache; 0: not
    std::vector<uint8_t> slots;
};

class FlashTimer {
  public:
    FlashTimer(const FlashTiming &timing, uint32_t flash_bytes);

    /// New settings; \p clear_instructions and \p clear_data empty the caches.
    void configure(const FlashControl &control, bool clear_instructions, bool clear_data);
    const FlashControl &control() const { return control_; }

    /// Stall cycles of running through flash offsets [begin, end) once.
    uint32_t fetch(uint32_t begin, uint32_t end, FetchState &state) {
        if (control_.wait_states == 0) return 0;
        if (state.cached_at == instructions_.evictions() && control_.instruction_cache) {
            for (uint8_t slot : state.slots) instructions_.touch(slot);
            last_fetch_ = (end - 1) >> read_shift_;
            return 0;
        }
        return fetch_slowly(begin, end, state);
    }
    /// Stall cycles of one data read.
    uint32_t read(uint32_t offset) {
        if (control_.wait_states == 0) return 0;
        if (control_.data_cache && (offset >> read_shift_) == last_read_) return 0;
        return read_slowly(offset);
    }

  private:
    uint32_t fetch_slowly(uint32_t begin, uint32_t end, FetchState &state);
    uint32_t read_slowly(uint32_t offset);
    static constexpr uint32_t kNoRead = UINT32_MAX - 1;  ///< neither equal to nor before any read
    int read_bytes_, read_shift_, line_bytes_;
    uint32_t flash_bytes_;
    bool has_caches_;
    FlashCache instructions_, data_;
    FlashControl control_;
    uint32_t last_read_ = kNoRead;
    uint32_t last_fetch_ = kNoRead;
};

}  // namespace embark
