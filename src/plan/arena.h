#pragma once

#include <cstdint>
#include <vector>

namespace embark {

constexpr int64_t kArenaAlignment = 8;

/// \p bytes rounded up to the alignment of blocks.
constexpr int64_t align_arena(int64_t bytes) {
    return (bytes + kArenaAlignment - 1) / kArenaAlignment * kArenaAlignment;
}

/// A block of memory that is alive during the steps first … last, inclusive.
struct Lifetime {
    int64_t bytes = 0;  ///< > 0
    int first = 0;
    int last = 0;
};

/// The block `late` is written while `early` is read for the last time, and may share its bytes if
/// it starts at least `distance` bytes below it: offset(late) + distance <= offset(early), or, with
/// `exact` (then `distance` is a multiple of kArenaAlignment), equals it.
struct Overlap {
    int early = 0;
    int late = 0;
    int64_t distance = 0;  ///< >= 0
    bool exact = false;
};

struct ArenaLayout {
    std::vector<int64_t> offsets;  ///< in input order
    int64_t bytes = 0;             ///< a multiple of kArenaAlignment
    int64_t lower_bound = 0;       ///< no layout can be smaller
};

/// Bytes saved when a block shares memory with the one that it replaces, as far as \p overlap
/// allows: two blocks of \p early and \p late bytes, \p distance as in Overlap.
int64_t overlap_saving(int64_t early, int64_t late, int64_t distance);

/// Bytes alive at each step, overlaps used as far as each pair allows; the largest is a lower bound
/// of any layout.
std::vector<int64_t> live_bytes(const std::vector<Lifetime> &blocks,
                                const std::vector<Overlap> &overlaps);

/// Assigns every block an offset so that blocks alive at the same step never overlap, other than
/// by an allowed Overlap.
///
/// First fit over orders of the blocks: by size (Pisarchyk & Lee 2020, arXiv:2001.03288), by
/// lifetime, by start and backwards, then seeded random exchanges and earlier turns for the
/// topmost block until the lower bound is met or the search
/// budget is spent. Deterministic.
ArenaLayout place_arena(const std::vector<Lifetime> &blocks, const std::vector<Overlap> &overlaps);

}  // namespace embark
