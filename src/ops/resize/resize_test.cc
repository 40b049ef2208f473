// Expected values: the reference implementation of ONNX 1.23.

#include <gtest/gtest.h>

#include "ops/node_testing.h"

namespace embark {
namespace {

using Ints = std::vector<int64_t>;
using Doubles = std::vector<double>;

/// 1 … 16 as a map of one channel.
Operand sixteen() {
    std::vector<float> x(16);
    for (size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i + 1);
    return operand({1, 4, 4, 1}, x);
}

std::vector<float> resized(Attributes attributes, std::string mode, std::string coordinates = "") {
    attributes["mode"] = std::move(mode);
    if (!coordinates.empty()) attributes["coordinates"] = std::move(coordinates);
    return values_of(run_node("resize", {sixteen()}, std::move(attributes))[0]);
}

TEST(Resize, LinearFollowsTheScaleRatherThanTheSize) {
    const Attributes attributes = {{"size", Ints{2, 2}}, {"scales", Doubles{0.6, 0.6}}};
    expect_near(resized(attributes, "linear"), {2.6666667f, 4.3333333f, 9.3333333f, 11}, 1e-6);
    expect_near(resized(attributes, "linear", "align_corners"),
                {1, 3.142857f, 9.571428f, 11.714286f}, 1e-6);
    expect_near(resized(attributes, "linear", "half_pixel_symmetric"),
                {4.333333f, 6, 11, 12.666667f}, 1e-6);
    expect_near(resized({{"size", Ints{1, 3}}}, "linear", "pytorch_half_pixel"),
                {1.1666667f, 2.5f, 3.8333333f}, 1e-6);
}

TEST(Resize, LinearEnlargesFromTheCorner) {
    const Operand x = operand({1, 2, 2, 1}, std::vector<float>{1, 2, 5, 6});
    EXPECT_EQ(values_of(run_node("resize", {x},
                                 {{"size", Ints{4, 2}},
                                  {"mode", std::string("linear")},
                                  {"coordinates", std::string("asymmetric")}})[0]),
              (std::vector<float>{1, 2, 3, 4, 5, 6, 5, 6}));
}

TEST(Resize, CubicMayLeaveOutWhatLiesOutside) {
    expect_near(resized({{"size", Ints{3, 3}},
                         {"scales", Doubles{0.8, 0.8}},
                         {"exclude_outside", 1},
                         {"cubic_coeff", -0.5}},
                        "cubic"),
                {1.368127f, 2.669501f, 4.013337f, 6.573626f, 7.875f, 9.218835f, 11.94897f,
                 13.25034f, 14.59418f},
                1e-6);
}

TEST(Resize, AntialiasingWidensTheFilter) {
    expect_near(resized({{"size", Ints{3, 2}}, {"antialias", 1}}, "cubic"),
                {2.110242f, 4.129773f, 7.490235f, 9.509767f, 12.87023f, 14.88976f}, 1e-6);
    expect_near(
        resized({{"size", Ints{2, 2}}, {"scales", Doubles{0.6, 0.6}}, {"antialias", 1}}, "linear"),
        {2.875f, 4.5f, 9.375f, 11}, 1e-6);
}

TEST(Resize, NearestRoundsInFourWays) {
    const std::pair<std::string, std::vector<float>> cases[] = {
        {"round_prefer_floor", {5, 5, 6, 6, 7, 7, 8, 8}},
        {"round_prefer_ceil", {9, 9, 10, 10, 11, 11, 12, 12}},
        {"floor", {5, 5, 5, 6, 6, 7, 7, 8}},
        {"ceil", {9, 10, 10, 11, 11, 12, 12, 12}},
    };
    for (const auto &[rounding, expected] : cases) {
        EXPECT_EQ(resized({{"size", Ints{1, 8}}, {"nearest", rounding}}, "nearest"), expected)
            << rounding;
    }
}

TEST(Resize, NearestTakesAnyTypeAndKeepsChannelsAndImagesApart) {
    const Operand x = operand<int16_t>({2, 1, 2, 2}, {1, 2, 3, 4, -5, -6, -7, -8});
    const auto out = run_node("resize", {x},
                              {{"size", Ints{2, 3}},
                               {"coordinates", std::string("asymmetric")},
                               {"nearest", std::string("floor")}});
    EXPECT_EQ(values_of<int16_t>(out[0]),
              (std::vector<int16_t>{1,  2,  1,  2,  3,  4,  1,  2,  1,  2,  3,  4,
                                    -5, -6, -5, -6, -7, -8, -5, -6, -5, -6, -7, -8}));
}

TEST(Resize, WholeCoordinatesStayWhole) {
    std::vector<float> x(147);
    for (size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i);
    for (const int64_t out : {1, 3, 7, 21, 49}) {
        const auto found = values_of(run_node("resize", {operand({1, 147, 1, 1}, x)},
                                              {{"size", Ints{out, 1}},
                                               {"coordinates", std::string("asymmetric")},
                                               {"nearest", std::string("floor")}})[0]);
        for (size_t i = 0; i < found.size(); ++i) {
            EXPECT_EQ(found[i], static_cast<float>(i * static_cast<size_t>(147 / out)));
        }
    }
}

TEST(Resize, CropsAndExtrapolates) {
    expect_near(
        resized(
            {{"size", Ints{3, 3}}, {"roi", Doubles{0.4, 0.6, 1.2, 1.7}}, {"extrapolation", 10.0}},
            "linear", "tf_crop_and_resize"),
        {7.6f, 10, 10, 12.4f, 10, 10, 10, 10, 10}, 1e-6);
}

TEST(Resize, ExplainsBadAttributes) {
    EXPECT_EQ(inferred("resize", {sixteen()}), "attribute size is missing, expected [h,w]");
    EXPECT_EQ(
        inferred("resize", {sixteen()}, {{"size", Ints{2, 2}}, {"mode", std::string("lanczos")}}),
        "attribute mode is 'lanczos', expected one that resize knows");
    EXPECT_EQ(
        inferred("resize", {sixteen()}, {{"size", Ints{2, 2}}, {"scales", Doubles{0.0, 1.0}}}),
        "attribute scales is not a list of 2 numbers from 1e-06 to 1048576");
}

}  // namespace
}  // namespace embark
