#include "target/virtual/flash_timing.h"

#include <gtest/gtest.h>

namespace embark {
namespace {

constexpr uint32_t kFlashBytes = 1 << 20;

FlashTimer timer(const FlashControl &control) {
    FlashTimer made({5, 8, 32, 8, 32, true, {}}, kFlashBytes);
    made.configure(control, false, false);
    return made;
}

TEST(FlashCache, EvictsTheLineThatWasUsedLongestAgo) {
    FlashCache cache(2, 32, 8, kFlashBytes);
    EXPECT_FALSE(cache.access(0));
    EXPECT_FALSE(cache.access(32));
    EXPECT_TRUE(cache.access(0));
    EXPECT_FALSE(cache.access(64)) << "takes the place of 32";
    EXPECT_TRUE(cache.access(0));
    EXPECT_FALSE(cache.access(32));
}

TEST(FlashCache, FillsALineReadByRead) {
    FlashCache cache(2, 32, 8, kFlashBytes);
    EXPECT_FALSE(cache.access(0));
    EXPECT_TRUE(cache.access(4));
    EXPECT_FALSE(cache.access(8));
    EXPECT_TRUE(cache.access(0));
}

TEST(FlashTimer, SequentialReadsWaitOncePerDoubleWord) {
    FlashTimer flash = timer({5, true, true, true});
    uint32_t stall = 0;
    for (uint32_t at = 0; at < 4096; ++at) stall += flash.read(at);
    EXPECT_EQ(stall, 4096u / 8 * 5);
}

TEST(FlashTimer, WithoutTheDataCacheEveryReadWaits) {
    FlashTimer flash = timer({5, true, false, true});
    EXPECT_EQ(flash.read(0) + flash.read(4), 10u);
}

TEST(FlashTimer, CodeInTheInstructionCacheRunsWithoutStalls) {
    FlashTimer flash = timer({5, true, true, false});
    FetchState state;
    EXPECT_EQ(flash.fetch(0, 64, state), 8u * 5);
    EXPECT_EQ(flash.fetch(0, 64, state), 0u);
    FetchState large;
    flash.fetch(4096, 4096 + 1024, large);
    EXPECT_GT(flash.fetch(0, 64, state), 0u) << "a kilobyte of other code evicts it";
}

TEST(FlashTimer, PrefetchHidesAPartOfSequentialWaits) {
    FlashTimer flash = timer({5, true, true, true});
    FetchState state;
    EXPECT_EQ(flash.fetch(0, 64, state), 5u + 7 * 2);
}

TEST(FlashTimer, NoWaitStatesNoStalls) {
    FlashTimer flash = timer({0, false, false, false});
    FetchState state;
    EXPECT_EQ(flash.fetch(0, 64, state) + flash.read(100), 0u);
}

}  // namespace
}  // namespace embark
