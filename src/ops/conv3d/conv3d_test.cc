#include <gtest/gtest.h>

#include "ops/node_testing.h"

namespace embark {
namespace {

using Ints = std::vector<int64_t>;

TEST(Conv3d, OfOneSliceIsConv2dBitForBit) {
    const Operand x = noise_operand({2, 5, 6, 4}), filter = noise_operand({6, 3, 2, 2}, 2),
                  bias = noise_operand({6}, 3);
    Operand volume = x, volume_filter = filter;
    volume.type.shape = {2, 1, 5, 6, 4};
    volume_filter.type.shape = {6, 1, 3, 2, 2};
    EXPECT_EQ(
        run_node("conv2d", {x, filter, bias},
                 {{"strides", Ints{2, 1}}, {"padding", Ints{1, 1, 0, 1}}, {"groups", 2}}),
        run_node("conv3d", {volume, volume_filter, bias},
                 {{"strides", Ints{1, 2, 1}}, {"padding", Ints{0, 0, 1, 1, 0, 1}}, {"groups", 2}}));
}

TEST(Conv3d, SumsOverDepthToo) {
    std::vector<float> x(3 * 2 * 2);
    for (size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i);
    const std::vector<Operand> operands = {operand({1, 3, 2, 2, 1}, x),
                                           operand({1, 2, 1, 1, 1}, std::vector<float>{1, 10})};
    const Attributes attributes = {{"padding", Ints{1, 0, 0, 0, 0, 0}}};
    EXPECT_EQ(inferred("conv3d", operands, attributes), "[1,3,2,2,1]");
    EXPECT_EQ(values_of(run_node("conv3d", operands, attributes)[0]),
              (std::vector<float>{0, 10, 20, 30, 40, 51, 62, 73, 84, 95, 106, 117}));
    EXPECT_EQ(inferred("conv3d", operands, {{"dilations", Ints{3, 1, 1}}}),
              "window of 4x1x1 is larger than the padded input of 3x2x2");
}

}  // namespace
}  // namespace embark
