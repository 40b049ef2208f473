// Networks of others: every output equals that of TensorFlow Lite Micro's reference kernels.
#include <gtest/gtest.h>

#include "import/tflite/test_file.h"

namespace embark::tflite {
namespace {

class TfliteOutput : public testing::TestWithParam<const char *> {};

TEST_P(TfliteOutput, EqualsTheReferenceByteForByte) {
    const std::string name = GetParam();
    const auto graph = import_tflite(sample(name + ".tflite"));
    ASSERT_TRUE(graph.ok()) << to_string(graph.error());
    std::vector<Bytes> inputs;
    for (size_t i = 0; i < graph->inputs.size(); ++i) {
        inputs.push_back(read_file(sample(name + ".in" + std::to_string(i) + ".bin")).value());
    }
    const auto outputs = evaluate(*graph, inputs);
    ASSERT_TRUE(outputs.ok()) << to_string(outputs.error());
    ASSERT_EQ(outputs->size(), 1u);
    EXPECT_EQ((*outputs)[0], read_file(sample(name + ".out0.bin")).value());
}

INSTANTIATE_TEST_SUITE_P(Samples, TfliteOutput,
                         testing::Values("kws_int8", "ad_int8", "ic_int8", "vww_int8",
                                         "seanet_add0", "seanet_conv20", "seanet_leaky_relu12",
                                         "seanet_pad0", "seanet_quantize0", "seanet_strided_slice0",
                                         "seanet_sub0", "seanet_transpose_conv4"),
                         [](const auto &info) { return std::string(info.param); });

}  // namespace
}  // namespace embark::tflite
