#pragma once

#include <cstdint>
#include <vector>

namespace embark {

constexpr int64_t kArenaAlignment = 8;

/// A block of memory that is alive during the steps first … last, inclusive.
struct Lifetime {
    int64_t bytes = 0;  ///< > 0
    int first = 0;
    int last = 0;
};

/// The block `late` is written while `early` is read for the last time, and may share its bytes if
/// it starts at least `distance` bytes below it: offset(late) + distance <= offset(early).
struct Overlap {
    int early = 0;
    int late = 0;
    int64_t distance = 0;  ///< >= 0
};

struct ArenaLayout {
    std::vector<int64_t> offsets;  ///< in input order
    int64_t bytes = 0;             ///< a multiple of kArenaAlignment
    int64_t lower_bound = 0;       ///< no layout can be smaller
};

/// Bytes alive at each step, overlaps used as far as one pair at a time allows; the largest is a
/// lower bound of any layout.
std::vector<int64_t> live_bytes(const std::vector<Lifetime> &blocks,
                                const std::vector<Overlap> &overlaps);

/// Assigns every block an offset so that blocks alive at the same step never overlap, other than
/// by an allowed Overlap.
///
/// First fit over orders of the blocks: by size (Pisarchyk & Lee 2020, arXiv:2001.03288), by
/// lifetime, by start, then seeded random exchanges until the lower bound is met or the search
/// budget is spent. Deterministic.
ArenaLayout place_arena(const std::vector<Lifetime> &blocks, const std::vector<Overlap> &overlaps);

}  // namespace embark
