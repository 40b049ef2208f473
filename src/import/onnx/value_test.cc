#include "import/onnx/value.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace embark::onnx {
namespace {

using ::testing::ElementsAre;

/// [1,4,2,3] (NCHW) stored with the channels last.
Value channels_last_value() {
    return stored_as(0, {1, 4, 2, 3}, {{0}, {2}, {3}, {1}});
}

TEST(Value, ChannelsLastIsNotNatural) {
    EXPECT_FALSE(is_natural(channels_last_value()));
    EXPECT_TRUE(is_natural(stored_naturally(0, {1, 4, 2, 3})));
    EXPECT_TRUE(is_natural(stored_naturally(0, {})));
}

TEST(Value, MapsOfOneElementAreStoredAlikeInBothOrders) {
    EXPECT_TRUE(is_natural(stored_as(0, {1, 4, 1, 1}, {{0}, {2}, {3}, {1}})));
}

TEST(Value, TransposingBackIsNatural) {
    EXPECT_TRUE(is_natural(transposed(channels_last_value(), {0, 2, 3, 1})));
}

TEST(Value, FlattenKeepsTheFactorsOfTheJoinedAxes) {
    const auto flat = reshaped(channels_last_value(), {1, 24});
    ASSERT_TRUE(flat.has_value());
    EXPECT_THAT(flat->axes[1], ElementsAre(Factor{4, 1}, Factor{6, 4}));
    EXPECT_FALSE(is_natural(*flat));
    const auto back = reshaped(*flat, {1, 4, 2, 3});
    ASSERT_TRUE(back.has_value());
    EXPECT_EQ(back->axes, channels_last_value().axes);
}

TEST(Value, ChannelsSplitIntoGroups) {
    const auto groups = reshaped(channels_last_value(), {1, 2, 2, 2, 3});
    ASSERT_TRUE(groups.has_value());
    EXPECT_THAT(groups->axes[1], ElementsAre(Factor{2, 2}));
    EXPECT_THAT(groups->axes[2], ElementsAre(Factor{2, 1}));
}

TEST(Value, AxesThatDoNotDivideMustMove) {
    EXPECT_FALSE(reshaped(channels_last_value(), {1, 3, 8}).has_value());
}

TEST(Value, ReducingClosesRanks) {
    const Value pooled = reduced(channels_last_value(), {false, false, true, true});
    EXPECT_THAT(pooled.shape, ElementsAre(1, 4, 1, 1));
    EXPECT_THAT(pooled.axes[1], ElementsAre(Factor{4, 1}));
    const Value summed = reduced(channels_last_value(), {false, true, false, false});
    EXPECT_THAT(summed.axes[2], ElementsAre(Factor{2, 3}));
    EXPECT_THAT(summed.axes[3], ElementsAre(Factor{3, 1}));
}

TEST(Value, OrderOfAxesPutsShortOnesWhereTheStorageHasThem) {
    const auto order = axis_order(channels_last_value(), {1, 2, 3, 4});
    ASSERT_TRUE(order.has_value());
    EXPECT_THAT(*order, ElementsAre(0, 2, 3, 1));
}

}  // namespace
}  // namespace embark::onnx
