// Round trips: what import(export(graph)) computes equals what the graph computes, bit for bit.
#include "export/tflite/tflite_exporter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <random>

#include "export/tflite/writer.h"
#include "import/importer.h"
#include "import/tflite/tflite_importer.h"
#include "ops/registry.h"
#include "ops/testing.h"

namespace embark {
namespace {

using testing::HasSubstr;
using Ints = std::vector<int64_t>;

Graph round_trip(const Graph &graph) {
    const auto bytes = export_tflite(graph);
    EXPECT_TRUE(bytes.ok()) << (bytes.ok() ? "" : to_string(bytes.error()));
    if (!bytes.ok()) return {};
    auto back = tflite::build_graph(*bytes, "back.tflite");
    EXPECT_TRUE(back.ok()) << (back.ok() ? "" : to_string(back.error()));
    return back.ok() ? std::move(back).value() : Graph{};
}

/// Inputs that fit their types: small numbers, of both signs where there are some.
std::vector<Bytes> random_inputs(const Graph &graph, uint32_t seed) {
    std::mt19937 random(seed);
    std::vector<Bytes> inputs;
    for (const TensorId id : graph.inputs) {
        const TensorType &type = graph.tensor(id).type;
        Bytes bytes(type.bytes());
        for (size_t i = 0; i < bytes.size(); i += size_of(type.type)) {
            const auto real = static_cast<float>(static_cast<int>(random() % 2001) - 1000) / 500;
            const int64_t integer = type.type == DataType::kBool ? random() % 2 : random() % 3;
            const bool small = type.type == DataType::kInt8 || type.type == DataType::kInt16;
            const auto noise = static_cast<int16_t>(random());
            const void *from = type.type == DataType::kFloat32 ? static_cast<const void *>(&real)
                               : small                         ? &noise
                                       : static_cast<const void *>(&integer);
            std::memcpy(bytes.data() + i, from, size_of(type.type));
        }
        inputs.push_back(std::move(bytes));
    }
    return inputs;
}

void expect_same_outputs(const Graph &graph) {
    const Graph back = round_trip(graph);
    ASSERT_EQ(back.inputs.size(), graph.inputs.size());
    ASSERT_EQ(back.outputs.size(), graph.outputs.size());
    for (size_t i = 0; i < graph.outputs.size(); ++i) {
        EXPECT_EQ(back.tensor(back.outputs[i]).type, graph.tensor(graph.outputs[i]).type);
    }
    for (const uint32_t seed : {1u, 2u}) {
        const auto inputs = random_inputs(graph, seed);
        const auto expected = evaluate(graph, inputs), found = evaluate(back, inputs);
        ASSERT_TRUE(expected.ok()) << to_string(expected.error());
        ASSERT_TRUE(found.ok()) << to_string(found.error());
        EXPECT_EQ(*found, *expected);
    }
}

class TfliteExportSample : public testing::TestWithParam<const char *> {};

TEST_P(TfliteExportSample, ComesBackTheSame) {
    const auto path = std::filesystem::path(EMBARK_SOURCE_DIR) / "tests/data/tflite" / GetParam();
    const auto graph = tflite::import_tflite(path);
    ASSERT_TRUE(graph.ok()) << to_string(graph.error());
    expect_same_outputs(*graph);
    const Graph back = round_trip(*graph);
    ASSERT_EQ(back.nodes.size(), graph->nodes.size());
    for (size_t i = 0; i < back.nodes.size(); ++i) EXPECT_EQ(back.nodes[i].op, graph->nodes[i].op);
}

INSTANTIATE_TEST_SUITE_P(Samples, TfliteExportSample,
                         testing::Values("kws_int8.tflite", "ad_int8.tflite", "ic_int8.tflite",
                                         "kws_float.tflite", "seanet_add0.tflite",
                                         "seanet_conv20.tflite", "seanet_leaky_relu12.tflite",
                                         "seanet_pad0.tflite", "seanet_quantize0.tflite",
                                         "seanet_strided_slice0.tflite", "seanet_sub0.tflite"));

/// Every sample network, whatever wrote it, says the same as a TensorFlow Lite file; networks with
/// operators that the format lacks apart.
TEST(TfliteExport, SampleNetworksComeBackTheSame) {
    const auto folder = std::filesystem::path(EMBARK_SOURCE_DIR) / "tests/data/networks";
    size_t compared = 0;
    for (const auto &entry : std::filesystem::directory_iterator(folder)) {
        const std::string extension = entry.path().extension().string();
        if (extension == ".bin" || extension == ".md") continue;
        SCOPED_TRACE(entry.path().filename().string());
        const Graph graph = import_model(entry.path()).value();
        const auto bytes = export_tflite(graph);
        if (!bytes.ok() && bytes.error().code == ErrorCode::kUnsupported) continue;
        expect_same_outputs(graph);
        ++compared;
    }
    EXPECT_GE(compared, 26u);
}

/// A graph of one node on an input, constants behind it.
Graph single(const std::string &op, Shape shape, std::vector<Shape> constants,
             Attributes attributes, DataType type = DataType::kFloat32) {
    Graph graph = graph_with_input(std::move(shape), type);
    std::vector<TensorId> inputs{0};
    for (size_t i = 0; i < constants.size(); ++i) {
        const auto values = noise(element_count(constants[i]), static_cast<uint32_t>(i) + 3);
        inputs.push_back(graph.add_constant("c" + std::to_string(i), constants[i], values));
    }
    const auto made = append_node(graph, make_node(op, "y", inputs, std::move(attributes)));
    EXPECT_TRUE(made.ok()) << op << ": " << (made.ok() ? "" : to_string(made.error()));
    if (made.ok()) graph.outputs = {*made};
    return graph;
}

struct Case {
    std::string op;
    Shape input;
    std::vector<Shape> constants = {};
    Attributes attributes = {};
    DataType type = DataType::kFloat32;
};

const std::vector<Case> kCases = {
    {"conv2d", {1, 7, 6, 4}, {{6, 3, 3, 2}, {6}}, {{"groups", int64_t{2}}}},
    {"conv2d",
     {1, 7, 6, 2},
     {{3, 3, 3, 2}},
     {{"strides", Ints{2, 2}}, {"padding", Ints{1, 1, 0, 1}}}},
    {"conv2d", {1, 7, 6, 2}, {{3, 3, 3, 2}}, {{"padding", Ints{2, 0, 0, 3}}}},
    {"conv2d",
     {1, 9, 9, 1},
     {{2, 3, 3, 1}},
     {{"dilations", Ints{2, 2}}, {"padding", Ints{2, 2, 2, 2}}}},
    {"conv2d", {2, 5, 5, 1}, {{2, 3, 3, 1}}},
    {"depthwise_conv2d", {1, 7, 6, 2}, {{3, 3, 4}, {4}}, {{"strides", Ints{2, 1}}}},
    {"conv3d", {1, 4, 5, 6, 2}, {{3, 2, 3, 2, 2}, {3}}, {{"padding", Ints{0, 1, 1, 1, 0, 1}}}},
    {"conv_transpose2d",
     {1, 3, 4, 2},
     {{3, 3, 3, 2}, {3}},
     {{"strides", Ints{2, 2}}, {"padding", Ints{0, 1, 0, 1}}}},
    {"conv_transpose2d",
     {1, 3, 4, 2},
     {{3, 2, 2, 2}},
     {{"strides", Ints{3, 3}}, {"output_padding", Ints{1, 1}}}},
    {"dense", {1, 6}, {{4, 6}, {4}}},
    {"dense", {1, 3, 6}, {{4, 6}}},
    {"matmul", {2, 3, 4}, {{2, 5, 4}}, {{"transpose_b", int64_t{1}}}},
    {"batch_norm", {1, 3, 3, 4}, {{4}, {4}}},
    {"max_pool2d",
     {1, 7, 6, 2},
     {},
     {{"kernel", Ints{3, 2}}, {"strides", Ints{2, 2}}, {"padding", Ints{2, 0, 0, 0}}}},
    {"max_pool2d", {1, 7, 6, 2}, {}, {{"kernel", Ints{2, 2}}, {"strides", Ints{2, 2}}}},
    {"average_pool2d",
     {1, 7, 6, 2},
     {},
     {{"kernel", Ints{3, 3}}, {"strides", Ints{2, 2}}, {"padding", Ints{1, 1, 0, 1}}}},
    {"global_average_pool", {1, 4, 3, 2}, {}, {{"keep_dims", int64_t{1}}}},
    {"global_max_pool", {1, 4, 3, 2}},
    {"relu", {1, 5}},
    {"sigmoid", {1, 5}},
    {"hard_swish", {1, 5}},
    {"elu", {1, 5}},
    {"gelu", {1, 5}, {}, {{"approximate", int64_t{1}}}},
    {"leaky_relu", {1, 5}, {}, {{"alpha", 0.25}}},
    {"clip", {1, 5}, {}, {{"min", -1.0}, {"max", 1.0}}},
    {"clip", {1, 5}, {}, {{"min", -0.5}, {"max", 0.75}}},
    {"softmax", {2, 5}, {}, {{"beta", 0.5}}},
    {"log_softmax", {2, 5}},
    {"l2_normalize", {2, 5}},
    {"lrn",
     {1, 2, 2, 5},
     {},
     {{"size", int64_t{3}}, {"alpha", 0.75}, {"beta", 0.5}, {"bias", 1.0}}},
    {"prelu", {1, 2, 3}, {{3}}},
    {"add", {1, 2, 3}, {{3}}},
    {"subtract", {1, 2, 3}, {{2, 1}}},
    {"divide", {1, 2, 3}, {{3}}},
    {"maximum", {1, 2, 3}, {{3}}},
    {"squared_difference", {1, 2, 3}, {{3}}},
    {"less", {1, 2, 3}, {{3}}},
    {"neg", {2, 3}, {}, {}, DataType::kInt32},
    {"cast", {2, 3}, {}, {{"to", std::string("int32")}}},
    {"reshape", {1, 6}, {}, {{"shape", Shape{1, 2, 3}}}},
    {"transpose", {2, 3, 4}, {}, {{"perm", Ints{2, 0, 1}}}},
    {"slice", {4, 5}, {}, {{"start", Ints{1, 4}}, {"step", Ints{1, -2}}, {"size", Ints{2, 3}}}},
    {"slice", {4, 5}, {}, {{"start", Ints{1, 0}}, {"step", Ints{1, 1}}, {"size", Ints{2, 3}}}},
    {"expand", {2, 1}, {}, {{"shape", Shape{3, 2, 4}}}},
    {"tile", {2, 3}, {}, {{"repeats", Ints{2, 1}}}},
    {"pad", {2, 3}, {}, {{"before", Ints{1, 0}}, {"after", Ints{0, 2}}, {"value", 1.5}}},
    {"pad",
     {3, 3},
     {},
     {{"before", Ints{1, 0}}, {"after", Ints{0, 2}}, {"mode", std::string("reflect")}}},
    {"concat", {2, 3}, {{2, 1}}, {{"axis", int64_t{1}}}},
    {"depth_to_space", {1, 2, 2, 8}, {}, {{"block", int64_t{2}}}},
    {"space_to_depth", {1, 4, 4, 2}, {}, {{"block", int64_t{2}}}},
    {"reduce_sum", {2, 3, 4}, {}, {{"axes", Ints{0, 2}}}},
    {"reduce_mean", {1, 3, 4, 2}, {}, {{"axes", Ints{1, 2}}, {"keep_dims", int64_t{1}}}},
    {"arg_max", {2, 5}, {}, {{"axis", int64_t{1}}, {"to", std::string("int32")}}},
    {"cumsum", {2, 5}, {}, {{"axis", int64_t{1}}, {"reverse", int64_t{1}}}},
    {"top_k", {2, 5}, {}, {{"k", int64_t{2}}, {"axis", int64_t{1}}, {"to", std::string("int32")}}},
    {"resize",
     {1, 3, 4, 2},
     {},
     {{"size", Ints{5, 6}},
      {"mode", std::string("linear")},
      {"coordinates", std::string("half_pixel")}}},
    {"resize",
     {1, 3, 4, 2},
     {},
     {{"size", Ints{5, 6}},
      {"mode", std::string("nearest")},
      {"coordinates", std::string("asymmetric")},
      {"nearest", std::string("floor")}}},
    {"lstm", {3, 2, 4}, {{1, 20, 4}, {1, 20, 5}}},
    {"rnn", {3, 2, 4}, {{1, 5, 4}, {1, 5, 5}}},
};

class TfliteExportOperator : public testing::TestWithParam<size_t> {};

TEST_P(TfliteExportOperator, ComesBackTheSame) {
    const Case &test = kCases[GetParam()];
    if (find_op(test.op) == nullptr) GTEST_SKIP() << test.op;
    SCOPED_TRACE(test.op);
    expect_same_outputs(single(test.op, test.input, test.constants, test.attributes, test.type));
}

INSTANTIATE_TEST_SUITE_P(Operators, TfliteExportOperator, testing::Range<size_t>(0, kCases.size()));

TEST(TfliteExport, ActivationsBehindLayersAreFused) {
    Graph graph = graph_with_input({1, 4});
    const TensorId w = graph.add_constant("w", {3, 4}, noise(12));
    const TensorId y = append_node(graph, make_node("dense", "fc", {0, w})).value();
    const TensorId z = append_node(graph, make_node("relu6", "fc/relu6", {y})).value();
    graph.outputs = {z};
    const Bytes bytes = export_tflite(graph).value();
    const auto *model = tflite::schema::GetModel(bytes.data());
    EXPECT_EQ(model->subgraphs()->Get(0)->operators()->size(), 1u);
    expect_same_outputs(graph);
    graph.outputs = {y, z};  // now somebody sees the sums
    const Bytes apart = export_tflite(graph).value();
    EXPECT_EQ(tflite::schema::GetModel(apart.data())->subgraphs()->Get(0)->operators()->size(), 2u);
    expect_same_outputs(graph);
}

TEST(TfliteExport, ReshapesOfIntegersAreOfTheFirstVersion) {
    Graph graph = graph_with_input({1, 4}, DataType::kInt8);
    graph.tensor(0).type.quantization = {{0.5f}, {3}, 0};
    const TensorId y =
        append_node(graph, make_node("reshape", "y", {0}, {{"shape", Shape{2, 2}}})).value();
    graph.tensor(y).type.quantization = graph.tensor(0).type.quantization;
    graph.outputs = {y};
    const Bytes bytes = export_tflite(graph).value();
    const auto *code = tflite::schema::GetModel(bytes.data())->operator_codes()->Get(0);
    EXPECT_EQ(code->builtin_code(), tflite::schema::BuiltinOperator::RESHAPE);
    EXPECT_EQ(code->version(), 1);
}

TEST(TfliteExport, AllNodesThatTheFormatLacksAreListed) {
    Graph graph = graph_with_input({1, 4});
    const TensorId a = append_node(graph, make_node("selu", "first", {0})).value();
    const TensorId b =
        append_node(graph, make_node("elu", "second", {a}, {{"alpha", 0.5}})).value();
    graph.outputs = {append_node(graph, make_node("softsign", "third", {b})).value()};
    const auto bytes = export_tflite(graph);
    ASSERT_FALSE(bytes.ok());
    EXPECT_EQ(bytes.error().code, ErrorCode::kUnsupported);
    const std::string fault = to_string(bytes.error());
    EXPECT_THAT(fault, HasSubstr("node first: TensorFlow Lite has no operator for selu"));
    EXPECT_THAT(fault, HasSubstr("node second: elu: has alpha, expected 1"));
    EXPECT_THAT(fault, HasSubstr("node third: TensorFlow Lite has no operator for softsign"));
}

TEST(TfliteExport, EveryWriterIsForAnOperatorOfTheGraph) {
    size_t writers = 0;
    for (const OpDefinition &op : all_ops()) writers += tflite::find_node_writer(op.name) ? 1 : 0;
    EXPECT_EQ(writers, tflite::node_writer_count());
}

TEST(TfliteExport, TheSameGraphGivesTheSameBytes) {
    const Graph graph = single("dense", {1, 6}, {{4, 6}, {4}}, {});
    EXPECT_EQ(export_tflite(graph).value(), export_tflite(graph).value());
}

}  // namespace
}  // namespace embark
