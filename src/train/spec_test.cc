#include "train/spec.h"

#include <gmock/gmock.h>

namespace embark {
namespace {

using ::testing::HasSubstr;

constexpr const char *kBranches = R"(# two ways, joined
network branches
input 9 7 3
stem: conv 8 3x3 stride 2 relu
a: conv 4 1x1 nobias
b: depthwise 3x3 multiplier 2 pad 1,1,1,1 relu6 from stem
c: separable 4 5x3 dilation 2x1 leaky_relu alpha 0.1
sum: add a c
all: concat sum b
batch_norm epsilon 0.01
max_pool 3x3 stride 2 same
spatial_dropout 0.25
global_average_pool
dense 5 tanh
dropout 0.5
dense 2
softmax
)";

TEST(SpecText, PrintedSpecIsReadAsTheSameLayers) {
    const auto spec = parse_spec(kBranches);
    ASSERT_TRUE(spec.ok()) << to_string(spec.error());
    const std::string text = print_spec(*spec);
    const auto again = parse_spec(text);
    ASSERT_TRUE(again.ok()) << to_string(again.error()) << "\n" << text;
    EXPECT_EQ(print_spec(*again), text);
    EXPECT_THAT(text, HasSubstr("c/depthwise: depthwise 5x3 dilation 2x1 nobias"));
    EXPECT_THAT(text, HasSubstr("c: conv 4 1x1 leaky_relu alpha 0.1"));
    EXPECT_THAT(text, HasSubstr("max_pool: max_pool 3x3 stride 2 same"));
    const auto shapes = infer_shapes(*again);
    ASSERT_TRUE(shapes.ok());
    EXPECT_EQ((*shapes)[static_cast<size_t>(again->index_of("stem"))], (Shape{5, 4, 8}));
    EXPECT_EQ((*shapes)[static_cast<size_t>(again->index_of("all"))], (Shape{5, 4, 20}));
    EXPECT_EQ(shapes->back(), Shape{2});
}

TEST(SpecText, StepsHaveWindowsOfOneExtent) {
    const auto spec = parse_spec("input 128 3\nconv 8 5 stride 2 relu\nmax_pool 2\nflatten\n");
    ASSERT_TRUE(spec.ok()) << to_string(spec.error());
    const auto shapes = infer_shapes(*spec);
    ASSERT_TRUE(shapes.ok());
    EXPECT_EQ((*shapes)[2], (Shape{32, 8}));
    EXPECT_THAT(print_spec(*spec), HasSubstr("conv: conv 8 5 stride 2 relu\n"));
}

TEST(SpecText, AllFaultyLinesAreNamed) {
    const auto spec = parse_spec(
        "input 8 8 1\nconv 3x3\nconvolution 4\nx: relu from nobody\n"
        "dropout 1.5\nconv 4 3x3 same fast\ndense 2 from",
        "net.spec");
    ASSERT_FALSE(spec.ok());
    const std::string text = to_string(spec.error());
    EXPECT_THAT(text, HasSubstr("net.spec: line 2: expected the number of outputs behind 'conv'"));
    EXPECT_THAT(text, HasSubstr("line 3: 'convolution' is no layer"));
    EXPECT_THAT(text, HasSubstr("line 4: no layer 'nobody' above"));
    EXPECT_THAT(text, HasSubstr("line 5: expected a rate in [0,1)"));
    EXPECT_THAT(text, HasSubstr("line 6: 'fast' does not belong to 'conv'"));
    EXPECT_THAT(text, HasSubstr("line 7: expected a layer's name behind 'from'"));
}

TEST(SpecText, ShapesThatDoNotFitNameTheLine) {
    for (const auto &[text, message] : std::initializer_list<std::pair<const char *, const char *>>{
             {"input 4 4 1\ndense 3\n", "f.spec: line 2: dense reads [4,4,1]"},
             {"input 4 4 1\nconv 2 5x5 valid\n", "line 2: the window 5x5 does not fit"},
             {"input 4 4 1\na: conv 2 1x1\nb: conv 3 1x1\nadd a b\n", "line 4: add of"},
             {"input 4 4 3\nconv 4 1x1 groups 2\n", "line 2: 2 groups of 3 input"},
             {"conv 4 1x1\n", "line 1: found 'conv', expected the input first"},
             {"", "expected a first line such as 'input 32 32 3'"},
             {"input 4\ninput 4\n", "line 2: a second input"},
             {"input 4\nx: relu\nx: relu\n", "line 3: the name 'x' is taken"}}) {
        const auto spec = parse_spec(text, "f.spec");
        ASSERT_FALSE(spec.ok()) << text;
        EXPECT_THAT(to_string(spec.error()), HasSubstr(message));
    }
}

}  // namespace
}  // namespace embark
