#include "plan/arena.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <random>

namespace embark {

namespace {

bool alive_together(const Lifetime &a, const Lifetime &b) {
    return a.first <= b.last && b.first <= a.last;
}

/// One attempt at a layout, block by block.
class Placer {
  public:
    Placer(const std::vector<Lifetime> &blocks, const std::vector<Overlap> &overlaps)
        : blocks_(blocks),
          distance_(blocks.size() * blocks.size(), -1),
          exact_(distance_.size(), false) {
        for (const Overlap &overlap : overlaps) {
            distance_[index(overlap.early, overlap.late)] = align_arena(overlap.distance);
            exact_[index(overlap.early, overlap.late)] = overlap.exact;
        }
    }

    /// \returns the arena's size, giving up (with a larger one) once it is above \p limit
    int64_t run(const std::vector<int> &order, int64_t limit, std::vector<int64_t> &offsets) {
        offsets.assign(blocks_.size(), -1);
        placed_.clear();
        int64_t total = 0;
        for (const int block : order) {
            offsets[static_cast<size_t>(block)] = lowest_fit(block, offsets);
            placed_.push_back(block);
            total = std::max(total, end_of(block, offsets));
            if (total > limit) break;
        }
        return total;
    }

  private:
    size_t index(int early, int late) const {
        return static_cast<size_t>(early) * blocks_.size() + static_cast<size_t>(late);
    }
    int64_t end_of(int block, const std::vector<int64_t> &offsets) const {
        return offsets[static_cast<size_t>(block)] +
               align_arena(blocks_[static_cast<size_t>(block)].bytes);
    }

    bool compatible(int a, int64_t offset, int b, const std::vector<int64_t> &offsets) const {
        const Lifetime &first = blocks_[static_cast<size_t>(a)];
        if (!alive_together(first, blocks_[static_cast<size_t>(b)])) return true;
        const int64_t other = offsets[static_cast<size_t>(b)];
        if (offset + align_arena(first.bytes) <= other || end_of(b, offsets) <= offset) return true;
        return may_share(b, other, a, offset) || may_share(a, offset, b, other);
    }

    bool may_share(int early, int64_t early_at, int late, int64_t late_at) const {
        const int64_t distance = distance_[index(early, late)];
        if (distance < 0) return false;
        const int64_t room = early_at - late_at - distance;
        return exact_[index(early, late)] ? room == 0 : room >= 0;
    }

    int64_t lowest_fit(int block, const std::vector<int64_t> &offsets) {
        candidates_.assign(1, 0);
        for (const int other : placed_) {
            const int64_t at = offsets[static_cast<size_t>(other)];
            candidates_.push_back(end_of(other, offsets));
            if (const int64_t late = distance_[index(other, block)]; late >= 0 && at >= late) {
                candidates_.push_back(at - late);
            }
            if (const int64_t early = distance_[index(block, other)]; early >= 0) {
                candidates_.push_back(at + early);
            }
        }
        std::sort(candidates_.begin(), candidates_.end());
        for (const int64_t candidate : candidates_) {
            const bool fits = std::all_of(placed_.begin(), placed_.end(), [&](int other) {
                return compatible(block, candidate, other, offsets);
            });
            if (fits) return candidate;
        }
        return candidates_.back();  // behind everything: always fits, so not reached
    }

    const std::vector<Lifetime> &blocks_;
    std::vector<int64_t> distance_;  ///< by (early, late); -1 where no overlap is allowed
    std::vector<bool> exact_;
    std::vector<int> placed_;
    std::vector<int64_t> candidates_;
};

/// Moves one of the blocks that end highest to an earlier place in the order, where it finds a
/// lower one in the arena.
void promote_topmost(const std::vector<Lifetime> &blocks, const std::vector<int64_t> &offsets,
                     uint32_t random, std::vector<int> &order) {
    const auto end_of = [&](int i) {
        return offsets[static_cast<size_t>(i)] + align_arena(blocks[static_cast<size_t>(i)].bytes);
    };
    const auto topmost = std::max_element(order.begin(), order.end(),
                                          [&](int a, int b) { return end_of(a) < end_of(b); });
    const auto place = static_cast<uint32_t>(topmost - order.begin());
    if (place == 0) return;
    std::rotate(order.begin() + static_cast<std::ptrdiff_t>(random % place), topmost, topmost + 1);
}

}  // namespace

int64_t overlap_saving(int64_t early, int64_t late, int64_t distance) {
    const int64_t joint = std::max(align_arena(distance) + align_arena(early), align_arena(late));
    return std::max<int64_t>(align_arena(early) + align_arena(late) - joint, 0);
}

std::vector<int64_t> live_bytes(const std::vector<Lifetime> &blocks,
                                const std::vector<Overlap> &overlaps) {
    int last = -1;
    for (const Lifetime &block : blocks) last = std::max(last, block.last);
    std::vector<int64_t> live(static_cast<size_t>(last + 1), 0);
    for (const Lifetime &block : blocks) {
        for (int t = block.first; t <= block.last; ++t) {
            live[static_cast<size_t>(t)] += align_arena(block.bytes);
        }
    }
    std::map<std::pair<int, int>, int64_t> savings;  // by time and late block
    for (const Overlap &overlap : overlaps) {
        const Lifetime &early = blocks[static_cast<size_t>(overlap.early)];
        const Lifetime &late = blocks[static_cast<size_t>(overlap.late)];
        const int64_t saving = overlap_saving(early.bytes, late.bytes, overlap.distance);
        for (int t = std::max(early.first, late.first); t <= std::min(early.last, late.last); ++t) {
            savings[{t, overlap.late}] += saving;
        }
    }
    for (const auto &[key, saving] : savings) {
        const int64_t most = align_arena(blocks[static_cast<size_t>(key.second)].bytes);
        live[static_cast<size_t>(key.first)] -= std::min(saving, most);
    }
    return live;
}

ArenaLayout place_arena(const std::vector<Lifetime> &blocks, const std::vector<Overlap> &overlaps) {
    ArenaLayout best;
    if (blocks.empty()) return best;
    const std::vector<int64_t> live = live_bytes(blocks, overlaps);
    best.lower_bound = *std::max_element(live.begin(), live.end());

    std::vector<int> order(blocks.size());
    std::iota(order.begin(), order.end(), 0);
    const auto block = [&](int i) -> const Lifetime & { return blocks[static_cast<size_t>(i)]; };
    Placer placer(blocks, overlaps);
    std::vector<int64_t> offsets;
    int64_t best_bytes = INT64_MAX;
    std::vector<int> best_order;
    const auto attempt = [&](const std::vector<int> &candidate) {
        // One that is as good is taken as well: the way to a better one may lead over it.
        const int64_t bytes = placer.run(candidate, best_bytes, offsets);
        if (bytes > best_bytes) return;
        best_bytes = bytes;
        best_order = candidate;
        best.offsets = offsets;
    };
    attempt(order);
    std::stable_sort(order.begin(), order.end(),
                     [&](int a, int b) { return block(a).bytes > block(b).bytes; });
    attempt(order);
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
        return block(a).last - block(a).first > block(b).last - block(b).first;
    });
    attempt(order);
    std::stable_sort(order.begin(), order.end(),
                     [&](int a, int b) { return block(a).first < block(b).first; });
    attempt(order);
    // An output that lies below its input is lower still below the next one's.
    std::reverse(order.begin(), order.end());
    attempt(order);

    std::mt19937 random(1);
    const auto n = static_cast<int64_t>(blocks.size());
    const int64_t attempts = std::clamp<int64_t>(40'000'000 / (n * n * n + 1), 100, 2000);
    for (int64_t i = 0; i < attempts && best_bytes > best.lower_bound; ++i) {
        std::vector<int> candidate = best_order;
        if (i % 2 == 0) {
            promote_topmost(blocks, best.offsets, random(), candidate);
            attempt(candidate);
            continue;
        }
        const int exchanges = 1 + static_cast<int>(random() % 3);
        for (int k = 0; k < exchanges; ++k) {
            std::swap(candidate[random() % candidate.size()],
                      candidate[random() % candidate.size()]);
        }
        attempt(candidate);
    }
    best.bytes = best_bytes;
    return best;
}

}  // namespace embark
