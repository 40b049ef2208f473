#include "train/network.h"

#include <gmock/gmock.h>

#include <cstring>

#include "import/importer.h"
#include "ops/registry.h"

namespace embark {
namespace {

using ::testing::HasSubstr;

/// Answers of \p graph to inputs made from a simple sequence.
std::vector<float> answer(const Graph &graph) {
    const TensorType &type = graph.tensor(graph.inputs[0]).type;
    std::vector<float> x(static_cast<size_t>(element_count(type.shape)));
    for (size_t i = 0; i < x.size(); ++i) {
        x[i] = static_cast<float>((i * 37) % 101) / 101.0f - 0.3f;
    }
    Bytes bytes(type.bytes());
    std::memcpy(bytes.data(), x.data(), bytes.size());
    const auto outputs = evaluate(graph, std::vector<Bytes>{bytes});
    EXPECT_TRUE(outputs.ok());
    std::vector<float> y(outputs->front().size() / sizeof(float));
    std::memcpy(y.data(), outputs->front().data(), outputs->front().size());
    return y;
}

Graph imported(const std::string &file) {
    auto graph = import_model(std::string(EMBARK_SOURCE_DIR) + "/" + file);
    EXPECT_TRUE(graph.ok()) << to_string(graph.error());
    return std::move(*graph);
}

TEST(NetworkOfGraph, ComputesTheSameAsTheImportedFile) {
    for (const char *file :
         {"models/cifar10_vgg11_light.h5", "tests/data/keras/depthwise_stride.h5",
          "tests/data/keras/conv_mix.h5", "tests/data/networks/resnet_float.tflite",
          "tests/data/networks/mobilenet_v2_float.tflite"}) {
        const Graph graph = imported(file);
        const auto network = network_of(graph);
        ASSERT_TRUE(network.ok()) << to_string(network.error());
        const auto again = graph_of(*network);
        ASSERT_TRUE(again.ok()) << to_string(again.error());
        const auto expected = answer(graph), found = answer(*again);
        ASSERT_EQ(found.size(), expected.size());
        for (size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i], expected[i], 1e-6) << file;
    }
}

TEST(NetworkOfGraph, KeepsDropouts) {
    const auto network = network_of(imported("models/cifar10_vgg11_light.h5"));
    ASSERT_TRUE(network.ok());
    const std::string text = print_spec(network->spec);
    EXPECT_THAT(text, HasSubstr("spatial_dropout 0.25"));
    EXPECT_THAT(text, HasSubstr("dropout 0.3"));
    EXPECT_FALSE(network->has_statistics);
}

TEST(NetworkOfGraph, RefusesWhatHasNoLayer) {
    const auto network = network_of(imported("tests/data/networks/unet_float.tflite"));
    ASSERT_FALSE(network.ok());
    EXPECT_THAT(to_string(network.error()), HasSubstr("has no layer that embark trains"));
}

TEST(GraphOfNetwork, EveryLayerSurvivesTheWayToTheGraphAndBack) {
    const auto spec = parse_spec(
        "input 9 7 3\nstem: conv 8 3x3 stride 2 relu\na: conv 4 1x1 nobias\n"
        "b: depthwise 3x3 multiplier 2 pad 1,1,1,1 relu6 from stem\nc: separable 4 5x3 elu alpha "
        "1\n"
        "sum: add a c a\nall: concat sum b\nbatch_norm\nswish\naverage_pool 3x3 stride 2 same\n"
        "flatten\ndense 5 tanh\ndense 2\nsoftmax\n");
    ASSERT_TRUE(spec.ok()) << to_string(spec.error());
    const auto weights = initial_weights(*spec, 1);
    ASSERT_TRUE(weights.ok());
    const auto graph = graph_of({*spec, *weights});
    ASSERT_TRUE(graph.ok()) << to_string(graph.error());
    const auto network = network_of(*graph);
    ASSERT_TRUE(network.ok()) << to_string(network.error());
    const auto again = graph_of(*network);
    ASSERT_TRUE(again.ok()) << to_string(again.error());
    const auto expected = answer(*graph), found = answer(*again);
    for (size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i], expected[i], 1e-6);
}

TEST(GraphOfNetwork, StepsPassAsImagesOfOneRow) {
    const auto spec = parse_spec(
        "input 32 3\nconv 8 5 stride 2 relu\nbatch_norm\nseparable 6 3\n"
        "max_pool 2\nglobal_average_pool\ndense 2\n");
    ASSERT_TRUE(spec.ok()) << to_string(spec.error());
    const auto graph = graph_of({*spec, *initial_weights(*spec, 1)});
    ASSERT_TRUE(graph.ok()) << to_string(graph.error());
    EXPECT_EQ(graph->tensor(graph->inputs[0]).type.shape, (Shape{1, 32, 3}));
    const auto network = network_of(*graph);
    ASSERT_TRUE(network.ok()) << to_string(network.error());
    EXPECT_THAT(print_spec(network->spec), HasSubstr("conv 8 5 stride 2 relu"));
    EXPECT_EQ(network->spec.layers.size(), spec->layers.size());
}

TEST(CheckWeights, NamesWhatLacks) {
    const auto spec = parse_spec("input 4\nfc: dense 3\n");
    ASSERT_TRUE(spec.ok());
    Network network{*spec, *initial_weights(*spec, 1)};
    network.weights["fc/kernel"].shape = {4, 3};
    network.weights.erase("fc/bias");
    const Status status = check_weights(network);
    ASSERT_FALSE(status.ok());
    EXPECT_THAT(to_string(status.error()),
                HasSubstr("'fc/kernel' has shape [4,3], expected [3,4]"));
    EXPECT_THAT(to_string(status.error()), HasSubstr("there is no 'fc/bias'"));
}

}  // namespace
}  // namespace embark
