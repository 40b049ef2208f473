// Every sample of tests/data/keras, through the reference evaluator, against what Keras answered.
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "base/bytes.h"
#include "import/keras/test_file.h"
#include "ir/text.h"
#include "ops/registry.h"

namespace embark::keras {
namespace {

/// "conv_mix.h5", "conv_mix.keras" …
std::vector<std::string> sample_files() {
    std::vector<std::string> names;
    for (const auto &entry : std::filesystem::directory_iterator(sample(""))) {
        const auto suffix = entry.path().extension();
        if (suffix == ".h5" || suffix == ".keras") names.push_back(entry.path().filename());
    }
    std::sort(names.begin(), names.end());
    return names;
}

class KerasOutput : public testing::TestWithParam<std::string> {};

TEST_P(KerasOutput, EqualsWhatKerasComputed) {
    const std::string name = std::filesystem::path(GetParam()).stem();
    const auto graph = import_model(sample(GetParam()));
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

INSTANTIATE_TEST_SUITE_P(Samples, KerasOutput, testing::ValuesIn(sample_files()),
                         [](const auto &info) {
                             std::string name = info.param;
                             std::replace(name.begin(), name.end(), '.', '_');
                             return name;
                         });

TEST(KerasOutput, EveryFormatHasSamples) {
    EXPECT_GE(sample_files().size(), 35u);
}

/// The same network as HDF5 and as an archive: the same nodes with the same constants.
TEST(KerasOutput, ArchiveGivesTheGraphOfTheHdf5File) {
    const auto models = std::filesystem::path(EMBARK_SOURCE_DIR) / "models";
    for (const auto &stem :
         {models / "cifar10_vgg11_light", sample("sequences"), sample("recurrent"),
          sample("both_directions"), sample("each_step"), sample("attention"), sample("nested"),
          sample("keras2_nested"), sample("keras2_recurrent")}) {
        const auto old = import_model(stem.string() + ".h5");
        const auto now = import_model(stem.string() + ".keras");
        ASSERT_TRUE(old.ok()) << to_string(old.error());
        ASSERT_TRUE(now.ok()) << to_string(now.error());
        EXPECT_EQ(print(*old), print(*now)) << stem;
        EXPECT_EQ(now->source.format, "Keras archive");
    }
}

}  // namespace
}  // namespace embark::keras
