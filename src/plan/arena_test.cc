#include "plan/arena.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace embark {

namespace {

int64_t aligned(int64_t bytes) {
    return (bytes + kArenaAlignment - 1) / kArenaAlignment * kArenaAlignment;
}

struct Problem {
    std::vector<Lifetime> blocks;
    std::vector<Overlap> overlaps;
};

/// Up to 14 blocks over 8 steps; some pairs that meet at one step may overlap.
Problem random_problem(uint32_t seed) {
    std::mt19937 random(seed);
    Problem problem;
    const size_t count = 1 + random() % 14;
    for (size_t i = 0; i < count; ++i) {
        const int first = static_cast<int>(random() % 8);
        problem.blocks.push_back({static_cast<int64_t>(1 + random() % 500), first,
                                  std::min(7, first + static_cast<int>(random() % 4))});
    }
    for (int early = 0; early < static_cast<int>(count); ++early) {
        for (int late = 0; late < static_cast<int>(count); ++late) {
            const bool meet = problem.blocks[static_cast<size_t>(early)].last ==
                              problem.blocks[static_cast<size_t>(late)].first;
            if (early == late || !meet || random() % 2 == 0) continue;
            problem.overlaps.push_back({early, late, static_cast<int64_t>(random() % 200)});
            Overlap &overlap = problem.overlaps.back();
            overlap.exact = random() % 2 == 0;
            if (overlap.exact) overlap.distance = aligned(overlap.distance);
            break;
        }
    }
    return problem;
}

bool allows(const Problem &problem, const ArenaLayout &layout, size_t early, size_t late) {
    return std::any_of(problem.overlaps.begin(), problem.overlaps.end(), [&](const Overlap &o) {
        const int64_t room = layout.offsets[early] - layout.offsets[late] - o.distance;
        return static_cast<size_t>(o.early) == early && static_cast<size_t>(o.late) == late &&
               (o.exact ? room == 0 : room >= 0);
    });
}

}  // namespace

TEST(PlaceArena, KeepsBlocksThatLiveTogetherApart) {
    for (uint32_t seed = 1; seed <= 60; ++seed) {
        const Problem problem = random_problem(seed);
        const ArenaLayout layout = place_arena(problem.blocks, problem.overlaps);
        ASSERT_EQ(layout.offsets.size(), problem.blocks.size());
        for (size_t a = 0; a < problem.blocks.size(); ++a) {
            const Lifetime &first = problem.blocks[a];
            EXPECT_GE(layout.offsets[a], 0);
            EXPECT_LE(layout.offsets[a] + first.bytes, layout.bytes);
            for (size_t b = 0; b < a; ++b) {
                const Lifetime &second = problem.blocks[b];
                const bool together = first.first <= second.last && second.first <= first.last;
                const bool apart = layout.offsets[a] + first.bytes <= layout.offsets[b] ||
                                   layout.offsets[b] + second.bytes <= layout.offsets[a];
                EXPECT_TRUE(!together || apart || allows(problem, layout, a, b) ||
                            allows(problem, layout, b, a))
                    << "seed " << seed << ", blocks " << b << " and " << a;
            }
        }
    }
}

TEST(PlaceArena, AlignsOffsetsAndSizeAndNamesABoundBelowTheSize) {
    for (uint32_t seed = 1; seed <= 60; ++seed) {
        Problem problem = random_problem(seed);
        problem.overlaps.clear();
        const ArenaLayout layout = place_arena(problem.blocks, {});
        EXPECT_EQ(layout.bytes % kArenaAlignment, 0);
        for (const int64_t offset : layout.offsets) EXPECT_EQ(offset % kArenaAlignment, 0);
        EXPECT_GE(layout.bytes, layout.lower_bound) << "seed " << seed;
        EXPECT_GT(layout.lower_bound, 0);
    }
}

TEST(PlaceArena, GivesTheSameLayoutTwice) {
    for (uint32_t seed = 1; seed <= 10; ++seed) {
        const Problem problem = random_problem(seed);
        EXPECT_EQ(place_arena(problem.blocks, problem.overlaps).offsets,
                  place_arena(problem.blocks, problem.overlaps).offsets);
    }
}

TEST(PlaceArena, ReusesTheBytesOfBlocksThatAreDead) {
    const ArenaLayout layout = place_arena({{100, 0, 1}, {40, 1, 2}, {100, 2, 3}}, {});
    EXPECT_EQ(layout.bytes, aligned(100) + aligned(40));
    EXPECT_EQ(layout.offsets[0], layout.offsets[2]);
}

TEST(PlaceArena, PutsALateBlockItsDistanceBelowTheEarlyOne) {
    const ArenaLayout layout = place_arena({{800, 0, 1}, {600, 1, 2}}, {{0, 1, 80}});
    EXPECT_LE(layout.offsets[1] + 80, layout.offsets[0]);
    EXPECT_EQ(layout.bytes, 880);
    EXPECT_EQ(layout.lower_bound, 880);
}

TEST(PlaceArena, SharesAllBytesInPlace) {
    const ArenaLayout layout = place_arena({{800, 0, 1}, {800, 1, 2}}, {{0, 1, 0}});
    EXPECT_EQ(layout.bytes, 800);
}

TEST(PlaceArena, OfNothingIsEmpty) {
    EXPECT_EQ(place_arena({}, {}).bytes, 0);
}

TEST(LiveBytes, CountsAlignedBlocksStepByStep) {
    EXPECT_EQ(live_bytes({{1, 0, 1}, {16, 1, 2}}, {}), (std::vector<int64_t>{8, 24, 16}));
    EXPECT_EQ(live_bytes({{16, 0, 1}, {16, 1, 2}}, {{0, 1, 0}}),
              (std::vector<int64_t>{16, 16, 16}));
}

}  // namespace embark
