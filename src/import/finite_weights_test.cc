#include "import/finite_weights.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "base/files.h"
#include "import/importer.h"

namespace embark {
namespace {

using testing::HasSubstr;

const std::filesystem::path kSample =
    std::filesystem::path(EMBARK_SOURCE_DIR) / "tests/data/networks/resnet_float.tflite";

/// A network of convolutions and a dense layer, float32 weights each.
Graph sample() {
    auto graph = import_model(kSample);
    EXPECT_TRUE(graph.ok());
    return std::move(*graph);
}

void spoil(Graph &graph, const std::string &op, size_t input, float value) {
    for (const Node &node : graph.nodes) {
        if (node.op != op) continue;
        Tensor &tensor = graph.tensor(node.inputs[input]);
        Bytes bytes = *tensor.data;
        std::memcpy(bytes.data() + 3 * sizeof value, &value, sizeof value);
        tensor.data = std::make_shared<const Bytes>(std::move(bytes));
        return;
    }
    FAIL() << "no " << op;
}

TEST(FiniteWeights, SoundNetworkPasses) {
    EXPECT_TRUE(check_finite_weights(sample(), "a.tflite").ok());
}

TEST(FiniteWeights, EveryRuinedWeightIsNamed) {
    Graph graph = sample();
    spoil(graph, "conv2d", 1, std::numeric_limits<float>::quiet_NaN());
    spoil(graph, "dense", 2, -std::numeric_limits<float>::infinity());
    const Status status = check_finite_weights(graph, "a.tflite");
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().code, ErrorCode::kInvalid);
    const std::string text = to_string(status.error());
    EXPECT_THAT(text, HasSubstr("a.tflite: layer "));
    EXPECT_THAT(text, HasSubstr("values are not finite (the first, at 3, is nan)"));
    EXPECT_THAT(text, HasSubstr("values are not finite (the first, at 3, is -inf)"));
}

TEST(FiniteWeights, FileWithARuinedWeightIsRefused) {
    const Graph graph = sample();
    const auto conv = std::find_if(graph.nodes.begin(), graph.nodes.end(),
                                   [](const Node &node) { return node.op == "conv2d"; });
    ASSERT_NE(conv, graph.nodes.end());
    const Bytes &weights = *graph.tensor(conv->inputs[1]).data;
    Bytes file = *read_file(kSample);
    const auto place = std::search(file.begin(), file.end(), weights.begin(), weights.end());
    ASSERT_NE(place, file.end());
    const float value = std::numeric_limits<float>::quiet_NaN();
    std::memcpy(&*place, &value, sizeof value);
    const auto folder = TemporaryDirectory::create();
    const auto path = folder->path() / "ruined.tflite";
    ASSERT_TRUE(write_file(path, file).ok());
    const auto imported = import_model(path);
    ASSERT_FALSE(imported.ok());
    EXPECT_THAT(to_string(imported.error()), HasSubstr("ruined.tflite: layer "));
    EXPECT_THAT(imported.error().message, HasSubstr("1 of 216 values are not finite"));
}

}  // namespace
}  // namespace embark
