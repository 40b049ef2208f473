// What the operators of the format become. Models are built in memory; where the value matters, the
// graph is evaluated.
#include "import/tflite/operators.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <numeric>

#include "import/tflite/test_file.h"

namespace embark::tflite {
namespace {

using schema::ActivationFunctionType;
using schema::BuiltinOperator;
using schema::Padding;
using schema::TensorType;
using testing::ElementsAre;
using testing::HasSubstr;
using Ints = std::vector<int64_t>;

/// 0, 1, 2 … in float32 or int32.
Bytes counting(const embark::TensorType &type) {
    Bytes bytes(type.bytes());
    for (size_t i = 0; i < bytes.size() / 4; ++i) {
        const auto real = static_cast<float>(i);
        const auto integer = static_cast<int32_t>(i);
        const bool is_float = type.type == DataType::kFloat32;
        std::memcpy(bytes.data() + 4 * i, is_float ? static_cast<const void *>(&real) : &integer,
                    4);
    }
    return bytes;
}

/// The outputs for inputs that count from 0, as floats.
std::vector<std::vector<float>> run(const Graph &graph) {
    std::vector<Bytes> inputs;
    for (const TensorId id : graph.inputs) inputs.push_back(counting(graph.tensor(id).type));
    const auto outputs = evaluate(graph, inputs);
    EXPECT_TRUE(outputs.ok()) << (outputs.ok() ? "" : to_string(outputs.error()));
    std::vector<std::vector<float>> result;
    for (size_t i = 0; outputs.ok() && i < outputs->size(); ++i) {
        const auto &bytes = (*outputs)[i];
        std::vector<float> values(bytes.size() / 4);
        std::memcpy(values.data(), bytes.data(), bytes.size());
        result.push_back(std::move(values));
    }
    return result;
}

schema::Conv2DOptionsT conv_options(Padding padding, int stride, int dilation = 1) {
    schema::Conv2DOptionsT options;
    options.padding = padding;
    options.stride_h = options.stride_w = stride;
    options.dilation_h_factor = options.dilation_w_factor = dilation;
    return options;
}

TEST(TfliteOperators, SamePaddingPutsTheOddRestBehind) {
    EXPECT_EQ(same_padding(49, 10, 2, 1), (std::pair<int64_t, int64_t>{4, 5}));
    EXPECT_EQ(same_padding(10, 4, 2, 1), (std::pair<int64_t, int64_t>{1, 1}));
    EXPECT_EQ(same_padding(5, 3, 1, 2), (std::pair<int64_t, int64_t>{2, 2}));
    EXPECT_EQ(same_padding(5, 1, 3, 1), (std::pair<int64_t, int64_t>{0, 0}));
    EXPECT_EQ(same_padding(4, 3, 2, 1), (std::pair<int64_t, int64_t>{0, 1}));
}

TEST(TfliteOperators, ConvolutionTakesGroupsFromTheFilterAndFusedActivationsApart) {
    TestModel model;
    const int x = model.add_input("x", {1, 5, 5, 4}), y = model.add_output("y", {1, 3, 3, 6});
    const int w = model.add_floats("w", {6, 3, 3, 2}), b = model.add_floats("b", {6});
    auto options = conv_options(Padding::SAME, 2);
    options.fused_activation_function = ActivationFunctionType::RELU6;
    model.add_operator(BuiltinOperator::CONV_2D, {x, w, b}, {y}, options);
    const Graph graph = model.graph();
    ASSERT_EQ(operators_of(graph), "conv2d relu6");
    EXPECT_EQ(graph.nodes[0].int_or("groups", 1), 2);
    EXPECT_EQ(graph.nodes[0].ints_or("padding", {}), (Ints{1, 1, 1, 1}));
    EXPECT_EQ(graph.nodes[1].name, "y/relu6");
    EXPECT_EQ(graph.tensor(graph.nodes[0].inputs[2]).name, "y/bias");
}

TEST(TfliteOperators, ConvolutionWithoutBiasMaySpellItAsAbsent) {
    TestModel model;
    const int x = model.add_input("x", {1, 5, 5, 1}), y = model.add_output("y", {1, 3, 3, 1});
    model.add_operator(BuiltinOperator::CONV_2D, {x, model.add_floats("w", {1, 3, 3, 1}), -1}, {y},
                       conv_options(Padding::VALID, 1));
    EXPECT_EQ(model.graph().nodes[0].inputs.size(), 2u);
}

TEST(TfliteOperators, BadStridesAndFiltersAreNamed) {
    TestModel model;
    const int x = model.add_input("x", {1, 5, 5, 3}), y = model.add_output("y", {1, 3, 3, 1});
    const int w = model.add_floats("w", {1, 3, 3, 2});
    model.add_operator(BuiltinOperator::CONV_2D, {x, w}, {y}, conv_options(Padding::SAME, 0));
    EXPECT_THAT(model.fault(), HasSubstr("stride is 0, expected 1 to 1048576"));
    TestModel channels;
    const int a = channels.add_input("x", {1, 5, 5, 3}), b = channels.add_output("y", {1, 3, 3, 1});
    const int f = channels.add_floats("w", {1, 3, 3, 2});
    channels.add_operator(BuiltinOperator::CONV_2D, {a, f}, {b}, conv_options(Padding::VALID, 1));
    EXPECT_THAT(channels.fault(), HasSubstr("filter [1,3,3,2] has 2 input channels, expected a "
                                            "divisor of the input's 3"));
}

/// conv(x), once with its dilation and once as three operators.
Graph dilated(bool spelled_out, int crop) {
    TestModel model;
    const int x = model.add_input("x", {1, 6, 6, 1}), y = model.add_output("y", {1, 4, 4, 1});
    const int w = model.add_floats("w", {1, 3, 3, 1}, {1, 2, 3, 4, 5, 6, 7, 8, 9});
    if (!spelled_out) {
        const int padded = model.add_tensor("p", {1, 8, 8, 1});
        const int margins = model.add_constant("m", {4, 2}, TensorType::INT32,
                                               std::vector<int>{0, 0, 1, 1, 1, 1, 0, 0});
        model.add_operator(BuiltinOperator::PAD, {x, margins}, {padded});
        model.add_operator(BuiltinOperator::CONV_2D, {padded, w}, {y},
                           conv_options(Padding::VALID, 1, 2));
        return model.graph();
    }
    const int block = model.add_ints("block", {2, 2});
    const int pads = model.add_constant("pads", {2, 2}, TensorType::INT32,
                                        std::vector<int>{1, 1 + crop, 1, 1 + crop});
    const int crops =
        model.add_constant("crops", {2, 2}, TensorType::INT32, std::vector<int>{0, crop, 0, crop});
    const int side = (8 + crop) / 2;
    const int a = model.add_tensor("a", {4, side, side, 1});
    const int b = model.add_tensor("b", {4, side - 2, side - 2, 1});
    model.add_operator(BuiltinOperator::SPACE_TO_BATCH_ND, {x, block, pads}, {a});
    model.add_operator(BuiltinOperator::CONV_2D, {a, w}, {b}, conv_options(Padding::VALID, 1));
    model.add_operator(BuiltinOperator::BATCH_TO_SPACE_ND, {b, block, crops}, {y});
    return model.graph();
}

TEST(TfliteOperators, DilatedConvolutionInThreeOperatorsIsOne) {
    for (const int crop : {0, 2}) {
        const Graph graph = dilated(true, crop);
        ASSERT_EQ(operators_of(graph), "conv2d");
        EXPECT_EQ(graph.nodes[0].ints_or("dilations", {}), (Ints{2, 2}));
        EXPECT_EQ(graph.nodes[0].ints_or("padding", {}), (Ints{1, 1, 1, 1}));
        EXPECT_EQ(graph.nodes[0].name, "y");
        EXPECT_EQ(run(graph), run(dilated(false, 0)));
    }
}

TEST(TfliteOperators, SpaceToBatchAloneIsTakenApart) {
    TestModel model;
    const int x = model.add_input("x", {1, 2, 3, 1}), a = model.add_output("a", {4, 1, 2, 1});
    const int y = model.add_output("y", {1, 2, 3, 1}), block = model.add_ints("block", {2, 2});
    const int margins =
        model.add_constant("m", {2, 2}, TensorType::INT32, std::vector<int>{0, 0, 1, 0});
    model.add_operator(BuiltinOperator::SPACE_TO_BATCH_ND, {x, block, margins}, {a});
    model.add_operator(BuiltinOperator::BATCH_TO_SPACE_ND, {a, block, margins}, {y});
    const Graph graph = model.graph();
    EXPECT_EQ(operators_of(graph), "pad reshape transpose reshape reshape transpose reshape slice");
    const auto outputs = run(graph);
    ASSERT_EQ(outputs.size(), 2u);
    EXPECT_THAT(outputs[0], ElementsAre(0, 1, 0, 2, 0, 4, 3, 5));
    EXPECT_THAT(outputs[1], ElementsAre(0, 1, 2, 3, 4, 5));
}

TEST(TfliteOperators, FullyConnectedFlattensUnlessItKeepsDimensions) {
    for (const bool keep : {false, true}) {
        TestModel model;
        const int x = model.add_input("x", {2, 3, 4});
        const int y = model.add_output("y", keep ? std::vector{2, 3, 5} : std::vector{6, 5});
        schema::FullyConnectedOptionsT options;
        options.keep_num_dims = keep;
        model.add_operator(BuiltinOperator::FULLY_CONNECTED, {x, model.add_floats("w", {5, 4}), -1},
                           {y}, options);
        EXPECT_EQ(operators_of(model.graph()), keep ? "dense" : "reshape dense");
    }
}

TEST(TfliteOperators, FullyConnectedRefusesShuffledWeights) {
    TestModel model;
    const int x = model.add_input("x", {1, 4}), y = model.add_output("y", {1, 5});
    schema::FullyConnectedOptionsT options;
    options.weights_format = schema::FullyConnectedOptionsWeightsFormat::SHUFFLED4x16INT8;
    model.add_operator(BuiltinOperator::FULLY_CONNECTED, {x, model.add_floats("w", {5, 4})}, {y},
                       options);
    EXPECT_THAT(model.fault(), HasSubstr("has shuffled weights (SHUFFLED4x16INT8)"));
}

TEST(TfliteOperators, TransposedConvolutionGetsItsPaddingFromTheOutput) {
    TestModel model;
    const int x = model.add_input("x", {1, 3, 3, 2}), y = model.add_output("y", {1, 6, 5, 4});
    const int w = model.add_floats("w", {4, 3, 3, 2}), s = model.add_ints("s", {1, 6, 5, 4});
    schema::TransposeConvOptionsT options;
    options.padding = Padding::SAME;
    options.stride_h = options.stride_w = 2;
    model.add_operator(BuiltinOperator::TRANSPOSE_CONV, {s, w, x}, {y}, options);
    const auto graph = model.import();
    if (find_op("conv_transpose2d") == nullptr) GTEST_SKIP();
    ASSERT_TRUE(graph.ok()) << to_string(graph.error());
    // All of it is 7 rows and columns: 6 leave one to cut, behind; 5 leave two, one on each side.
    EXPECT_EQ(graph->nodes[0].ints_or("padding", {}), (Ints{0, 1, 1, 1}));
}

TEST(TfliteOperators, MeanOfAnImageIsGlobalPooling) {
    for (const bool keep : {false, true}) {
        TestModel model;
        const int x = model.add_input("x", {1, 2, 2, 3});
        const int y = model.add_output("y", keep ? std::vector{1, 1, 1, 3} : std::vector{1, 3});
        schema::ReducerOptionsT options;
        options.keep_dims = keep;
        model.add_operator(BuiltinOperator::MEAN, {x, model.add_ints("axes", {-2, 1})}, {y},
                           options);
        const Graph graph = model.graph();
        ASSERT_EQ(operators_of(graph), "global_average_pool");
        EXPECT_THAT(run(graph)[0], ElementsAre(4.5f, 5.5f, 6.5f));
    }
}

TEST(TfliteOperators, ShapesAreComputedWhileImporting) {
    // Keras' Flatten with an open batch: SHAPE, STRIDED_SLICE, PACK, RESHAPE.
    TestModel model;
    const int x = model.add_input("x", {1, 2, 3}), y = model.add_output("y", {1, 6});
    const int shape = model.add_tensor("shape", {3}, TensorType::INT32);
    const int batch = model.add_tensor("batch", {}, TensorType::INT32);
    const int target = model.add_tensor("target", {2}, TensorType::INT32);
    model.add_operator(BuiltinOperator::SHAPE, {x}, {shape}, schema::ShapeOptionsT{});
    model.tensor(shape).type = TensorType::INT32;
    schema::StridedSliceOptionsT slice;
    slice.shrink_axis_mask = 1;
    model.add_operator(
        BuiltinOperator::STRIDED_SLICE,
        {shape, model.add_ints("b", {0}), model.add_ints("e", {1}), model.add_ints("s", {1})},
        {batch}, slice);
    schema::PackOptionsT pack;
    pack.values_count = 2;
    model.add_operator(BuiltinOperator::PACK, {batch, model.add_int("six", -1)}, {target}, pack);
    model.add_operator(BuiltinOperator::RESHAPE, {x, target}, {y});
    const auto graph = model.import();
    ASSERT_TRUE(graph.ok()) << to_string(graph.error());
    EXPECT_EQ(operators_of(*graph), "reshape");
    EXPECT_EQ(output_shape_of(*graph), (Shape{1, 6}));
}

TEST(TfliteOperators, ReshapeByAComputedShapeTakesTheFilesWord) {
    TestModel model;
    const int x = model.add_input("x", {1, 6});
    const int shape = model.add_input("shape", {2}, TensorType::INT32);
    const int y = model.add_output("y", {2, 3});
    model.add_operator(BuiltinOperator::RESHAPE, {x, shape}, {y});
    EXPECT_EQ(output_shape_of(model.graph()), (Shape{2, 3}));
    model.tensor(y).shape_signature = {-1, 3};
    EXPECT_THAT(model.fault(), HasSubstr("makes a shape that is only known when it runs"));
}

TEST(TfliteOperators, ReshapeTakesTheOptionOfOldFiles) {
    TestModel model;
    const int x = model.add_input("x", {1, 6}), y = model.add_output("y", {3, 2});
    schema::ReshapeOptionsT options;
    options.new_shape = {-1, 2};
    model.add_operator(BuiltinOperator::RESHAPE, {x}, {y}, options);
    EXPECT_EQ(output_shape_of(model.graph()), (Shape{3, 2}));
}

TEST(TfliteOperators, SqueezeAndExpandDimsAreReshapes) {
    TestModel model;
    const int x = model.add_input("x", {1, 2, 1, 3}), a = model.add_tensor("a", {2, 1, 3});
    const int b = model.add_tensor("b", {2, 3}), y = model.add_output("y", {2, 3, 1});
    schema::SqueezeOptionsT squeeze;
    squeeze.squeeze_dims = {-4};
    model.add_operator(BuiltinOperator::SQUEEZE, {x}, {a}, squeeze);
    model.add_operator(BuiltinOperator::SQUEEZE, {a}, {b}, schema::SqueezeOptionsT{});
    model.add_operator(BuiltinOperator::EXPAND_DIMS, {b, model.add_int("axis", -1)}, {y});
    EXPECT_EQ(operators_of(model.graph()), "reshape reshape reshape");
    schema::SqueezeOptionsT wrong;
    wrong.squeeze_dims = {1};
    TestModel bad;
    const int u = bad.add_input("u", {1, 2}), v = bad.add_output("v", {1});
    bad.add_operator(BuiltinOperator::SQUEEZE, {u}, {v}, wrong);
    EXPECT_THAT(bad.fault(), HasSubstr("removes axis 1 of [1,2], expected the extent 1"));
}

struct SliceCase {
    const char *name;
    std::vector<int> shape, begin, end, stride;
    int begin_mask, end_mask, ellipsis, new_axis, shrink;
    std::vector<int> expected_shape;
    std::vector<float> expected;
};

/// Expected values are numpy's for numpy.arange(n).reshape(shape).
TEST(TfliteOperators, StridedSliceFollowsNumpy) {
    const SliceCase cases[] = {
        {"1:3", {4}, {1}, {3}, {1}, 0, 0, 0, 0, 0, {2}, {1, 2}},
        {"::-1", {4}, {0}, {0}, {-1}, 1, 1, 0, 0, 0, {4}, {3, 2, 1, 0}},
        {"-1:-4:-2", {4}, {-1}, {-4}, {-2}, 0, 0, 0, 0, 0, {2}, {3, 1}},
        {"1:100:2", {4}, {1}, {100}, {2}, 0, 0, 0, 0, 0, {2}, {1, 3}},
        {"1, 1", {2, 2}, {1, 1}, {2, 2}, {1, 1}, 0, 0, 0, 0, 3, {}, {3}},
        {"-1", {2, 3}, {-1}, {0}, {1}, 0, 0, 0, 0, 1, {3}, {3, 4, 5}},
        {"..., 1", {2, 1, 3}, {0, 1}, {0, 2}, {1, 1}, 0, 0, 1, 0, 2, {2, 1}, {1, 4}},
        {"newaxis, :, 1", {2, 2}, {0, 0, 1}, {0, 2, 2}, {1, 1, 1}, 0, 2, 0, 1, 4, {1, 2}, {1, 3}},
        {"0:2:7", {3}, {0}, {2}, {7}, 0, 0, 0, 0, 0, {1}, {0}},
    };
    for (const SliceCase &test : cases) {
        TestModel model;
        const int x = model.add_input("x", test.shape);
        const int y = model.add_output("y", test.expected_shape);
        schema::StridedSliceOptionsT options;
        options.begin_mask = test.begin_mask;
        options.end_mask = test.end_mask;
        options.ellipsis_mask = test.ellipsis;
        options.new_axis_mask = test.new_axis;
        options.shrink_axis_mask = test.shrink;
        model.add_operator(BuiltinOperator::STRIDED_SLICE,
                           {x, model.add_ints("b", test.begin), model.add_ints("e", test.end),
                            model.add_ints("s", test.stride)},
                           {y}, options);
        const Graph graph = model.graph();
        ASSERT_FALSE(graph.nodes.empty()) << test.name;
        EXPECT_EQ(run(graph)[0], test.expected) << test.name;
        EXPECT_EQ(output_shape_of(graph),
                  Shape(test.expected_shape.begin(), test.expected_shape.end()))
            << test.name;
    }
}

TEST(TfliteOperators, SplitsAndUnpackNameEveryPartAfterItself) {
    TestModel model;
    const int x = model.add_input("x", {2, 3});
    const int a = model.add_output("a", {2, 2}), b = model.add_output("b", {2, 1});
    const int c = model.add_output("c", {3}), d = model.add_output("d", {3});
    model.add_operator(BuiltinOperator::SPLIT_V,
                       {x, model.add_ints("sizes", {-1, 1}), model.add_int("axis", -1)}, {a, b},
                       schema::SplitVOptionsT{});
    schema::UnpackOptionsT unpack;
    unpack.num = 2;
    model.add_operator(BuiltinOperator::UNPACK, {x}, {c, d}, unpack);
    const auto outputs = run(model.graph());
    ASSERT_EQ(outputs.size(), 4u);
    EXPECT_THAT(outputs[0], ElementsAre(0, 1, 3, 4));
    EXPECT_THAT(outputs[1], ElementsAre(2, 5));
    EXPECT_THAT(outputs[3], ElementsAre(3, 4, 5));
}

TEST(TfliteOperators, SplitAndReverse) {
    TestModel model;
    const int x = model.add_input("x", {4}), a = model.add_tensor("a", {2});
    const int b = model.add_tensor("b", {2}), y = model.add_output("y", {2});
    model.add_operator(BuiltinOperator::SPLIT, {model.add_int("axis", 0), x}, {a, b},
                       schema::SplitOptionsT{});
    model.add_operator(BuiltinOperator::REVERSE_V2, {b, model.add_ints("axes", {0})}, {y});
    EXPECT_THAT(run(model.graph())[0], ElementsAre(3, 2));
}

TEST(TfliteOperators, PackAndConcatenationCountAxesFromTheEnd) {
    TestModel model;
    const int x = model.add_input("x", {2}), p = model.add_tensor("p", {2, 2});
    const int y = model.add_output("y", {2, 4});
    schema::PackOptionsT pack;
    pack.values_count = 2;
    pack.axis = -1;
    model.add_operator(BuiltinOperator::PACK, {x, x}, {p}, pack);
    schema::ConcatenationOptionsT concatenation;
    concatenation.axis = -1;
    model.add_operator(BuiltinOperator::CONCATENATION, {p, p}, {y}, concatenation);
    EXPECT_THAT(run(model.graph())[0], ElementsAre(0, 0, 0, 0, 1, 1, 1, 1));
}

TEST(TfliteOperators, RangeFillAndBroadcastAreConstantsWhereTheyCanBe) {
    TestModel model;
    const int x = model.add_input("x", {2, 3}), y = model.add_output("y", {2, 3});
    const int range = model.add_tensor("range", {2}, TensorType::INT32);
    const int fill = model.add_tensor("fill", {2, 3});
    model.add_operator(
        BuiltinOperator::RANGE,
        {model.add_int("start", 2), model.add_int("limit", 4), model.add_int("step", 1)}, {range});
    const int value = model.add_floats("value", {}, {2.0f});
    model.add_operator(BuiltinOperator::FILL, {range, value}, {fill});
    model.add_operator(BuiltinOperator::ADD, {x, fill}, {y});
    const Graph graph = model.graph();
    ASSERT_EQ(operators_of(graph), "add");
    EXPECT_THAT(run(graph)[0], ElementsAre(2, 3, 4, 5, 6, 7));
}

TEST(TfliteOperators, PadTakesItsValueFromAConstantOnly) {
    TestModel model;
    const int x = model.add_input("x", {1, 2}), y = model.add_output("y", {1, 4});
    const int margins =
        model.add_constant("m", {2, 2}, TensorType::INT32, std::vector<int>{0, 0, 1, 1});
    const int value = model.add_floats("v", {}, {7.0f});
    model.add_operator(BuiltinOperator::PADV2, {x, margins, value}, {y});
    EXPECT_THAT(run(model.graph())[0], ElementsAre(7, 0, 1, 7));
    TestModel computed;
    const int a = computed.add_input("a", {1, 2}), v = computed.add_input("v", {});
    const int b = computed.add_output("b", {1, 4});
    const int m =
        computed.add_constant("m", {2, 2}, TensorType::INT32, std::vector<int>{0, 0, 1, 1});
    computed.add_operator(BuiltinOperator::PADV2, {a, m, v}, {b});
    EXPECT_THAT(computed.fault(), HasSubstr("pads with a value that is computed"));
}

TEST(TfliteOperators, QuantizedPaddingIsStoredAsTheZeroPoint) {
    TestModel model;
    const int x = model.add_input("x", {1, 2}, TensorType::INT8);
    const int y = model.add_output("y", {1, 4}, TensorType::INT8);
    model.tensor(x).quantization = quantized({0.5f}, {-7});
    model.tensor(y).quantization = quantized({0.5f}, {-7});
    const int margins =
        model.add_constant("m", {2, 2}, TensorType::INT32, std::vector<int>{0, 0, 1, 1});
    model.add_operator(BuiltinOperator::PAD, {x, margins}, {y});
    EXPECT_EQ(model.graph().nodes[0].float_or("value", 0), -7.0);
}

TEST(TfliteOperators, FusedActivationsThatTheFormatLacksAreNamed) {
    TestModel model;
    const int x = model.add_input("x", {1, 2}), y = model.add_output("y", {1, 2});
    schema::AddOptionsT options;
    options.fused_activation_function = ActivationFunctionType::SIGN_BIT;
    model.add_operator(BuiltinOperator::ADD, {x, x}, {y}, options);
    EXPECT_THAT(model.fault(), HasSubstr("has the fused activation SIGN_BIT on float32"));
}

TEST(TfliteOperators, LstmGatesAreStackedInTheGraphsOrder) {
    TestModel model;
    const int x = model.add_input("x", {1, 3, 2}), y = model.add_output("y", {1, 3, 1});
    std::vector<int> inputs(24, -1);
    inputs[0] = x;
    for (int gate = 0; gate < 4; ++gate) {
        const auto value = static_cast<float>(gate + 1);
        const auto at = static_cast<size_t>(gate);
        inputs[1 + at] = model.add_floats("w", {1, 2}, {value, 10 * value});
        inputs[5 + at] = model.add_floats("r", {1, 1}, {-value});
        inputs[12 + at] = model.add_floats("b", {1}, {100 * value});
    }
    for (const size_t at : {18u, 19u}) {
        inputs[at] = model.add_tensor("state", {1, 1});
        model.tensor(inputs[at]).is_variable = true;
    }
    schema::UnidirectionalSequenceLSTMOptionsT options;
    options.fused_activation_function = ActivationFunctionType::TANH;
    model.add_operator(BuiltinOperator::UNIDIRECTIONAL_SEQUENCE_LSTM, inputs, {y}, options);
    const auto graph = model.import();
    if (find_op("lstm") == nullptr) {
        EXPECT_THAT(model.fault(), HasSubstr("unknown operator 'lstm'"));
        GTEST_SKIP();
    }
    ASSERT_TRUE(graph.ok()) << to_string(graph.error());
    EXPECT_EQ(operators_of(*graph), "reshape lstm reshape reshape");
    const Node &lstm = graph->nodes[1];
    // The file has input, forget, cell, output; the graph input, output, forget, cell.
    const auto w = graph->tensor(lstm.inputs[1]).values<float>();
    EXPECT_THAT(std::vector<float>(w.begin(), w.end()), ElementsAre(1, 10, 4, 40, 2, 20, 3, 30));
    const auto b = graph->tensor(lstm.inputs[3]).values<float>();
    EXPECT_THAT(std::vector<float>(b.begin(), b.end()),
                ElementsAre(100, 400, 200, 300, 0, 0, 0, 0));
    EXPECT_THAT(graph->source.warnings,
                ElementsAre(HasSubstr("recurrent layers start from zero in each inference")));
}

TEST(TfliteOperators, EveryRowHasItsOwnOperator) {
    std::set<BuiltinOperator> seen;
    for (const OperatorDefinition &row : all_operators()) {
        EXPECT_TRUE(seen.insert(row.code).second) << schema::EnumNameBuiltinOperator(row.code);
        EXPECT_EQ(find_operator(row.code), &row);
        EXPECT_LE(row.least_inputs, row.most_inputs);
        EXPECT_LE(row.least_outputs, row.most_outputs);
    }
}

}  // namespace
}  // namespace embark::tflite
