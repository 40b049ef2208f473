// Every sample of tests/data/keras, through the reference evaluator, against what Keras answered.
#include <gmock/gmock.h>

#include <cmath>

#include "base/bytes.h"
#include "import/keras/test_file.h"
#include "ops/registry.h"

namespace embark::keras {
namespace {

class KerasOutput : public testing::TestWithParam<const char *> {};

TEST_P(KerasOutput, EqualsWhatKerasComputed) {
    const std::string name = GetParam();
    const auto graph = import_model(sample(name + ".h5"));
    ASSERT_TRUE(graph.ok()) << to_string(graph.error());
    const auto given = read_file(sample(name + ".in.bin"));
    const auto expected = read_file(sample(name + ".out.bin"));
    ASSERT_TRUE(given.ok() && expected.ok());

    std::vector<Bytes> inputs;
    auto next = given->begin();
    for (const TensorId id : graph->inputs) {
        const auto size = static_cast<ptrdiff_t>(graph->tensor(id).type.bytes());
        ASSERT_LE(size, given->end() - next);
        inputs.emplace_back(next, next + size);
        next += size;
    }
    EXPECT_EQ(next, given->end());
    const auto outputs = evaluate(*graph, inputs);
    ASSERT_TRUE(outputs.ok()) << to_string(outputs.error());
    Bytes answer;
    for (const Bytes &output : *outputs) answer.insert(answer.end(), output.begin(), output.end());
    ASSERT_EQ(answer.size(), expected->size());
    for (size_t i = 0; i < answer.size(); i += sizeof(float)) {
        const float found = load_le<float>(&answer[i]), wanted = load_le<float>(&(*expected)[i]);
        ASSERT_NEAR(found, wanted, 1e-5f * std::max(1.0f, std::abs(wanted))) << "element " << i / 4;
    }
}

INSTANTIATE_TEST_SUITE_P(Samples, KerasOutput,
                         testing::Values("conv_mix", "depthwise_stride", "pooling",
                                         "activation_arguments", "activation_layers", "merging",
                                         "sequential", "shared_layer", "keras2_functional",
                                         "keras2_sequential"),
                         [](const auto &info) { return std::string(info.param); });

}  // namespace
}  // namespace embark::keras
