// Round trips: what import(export(graph)) computes equals what the graph computes, bit for bit.
#include "export/onnx/onnx_exporter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "export/onnx/writer.h"
#include "import/importer.h"
#include "import/onnx/onnx_importer.h"
#include "ops/registry.h"
#include "ops/samples/samples.h"
#include "ops/testing.h"
#include "passes/passes.h"

namespace embark {
namespace {

using testing::HasSubstr;

Graph round_trip(const Graph &graph) {
    const auto bytes = export_onnx(graph);
    EXPECT_TRUE(bytes.ok()) << (bytes.ok() ? "" : to_string(bytes.error()));
    if (!bytes.ok()) return {};
    auto back = onnx::import_onnx_bytes(*bytes, "back.onnx", ".", {});
    EXPECT_TRUE(back.ok()) << (back.ok() ? "" : to_string(back.error()));
    return back.ok() ? std::move(back).value() : Graph{};
}

/// Operators that the format says by several others, whose roundings differ.
bool is_composed(const std::string &op) {
    return op == "swish" || op == "rsqrt" || op == "hard_sigmoid" || op == "rms_norm" ||
           op == "l2_normalize";
}

void expect_same_outputs(const Graph &graph, bool exactly) {
    const Graph back = round_trip(graph);
    ASSERT_EQ(back.inputs.size(), graph.inputs.size());
    ASSERT_EQ(back.outputs.size(), graph.outputs.size());
    for (size_t i = 0; i < graph.outputs.size(); ++i) {
        const TensorType &now = back.tensor(back.outputs[i]).type;
        EXPECT_EQ(now.shape, graph.tensor(graph.outputs[i]).type.shape);
        EXPECT_EQ(now.type, graph.tensor(graph.outputs[i]).type.type);
        EXPECT_EQ(back.tensor(back.outputs[i]).name, graph.tensor(graph.outputs[i]).name);
    }
    const auto inputs = sample_inputs(graph);
    const auto expected = evaluate(graph, inputs), found = evaluate(back, inputs);
    ASSERT_TRUE(expected.ok()) << to_string(expected.error());
    ASSERT_TRUE(found.ok()) << to_string(found.error());
    if (exactly) {
        EXPECT_EQ(*found, *expected);
        return;
    }
    const auto numbers = to_floats(expected->front()), others = to_floats(found->front());
    ASSERT_EQ(numbers.size(), others.size());
    for (size_t i = 0; i < numbers.size(); ++i) {
        if (std::isnan(numbers[i]) && std::isnan(others[i])) continue;
        EXPECT_NEAR(others[i], numbers[i], 1e-6 * (1 + std::fabs(numbers[i]))) << i;
    }
}

TEST(OnnxExport, EveryOperatorComesBackTheSame) {
    size_t compared = 0;
    for (const OpSample &sample : op_samples()) {
        if (onnx_file::find_node_writer(sample.op) == nullptr) continue;
        for (const SampleType &type : sample_types()) {
            if (type.quantized || !supports(sample, type)) continue;
            SCOPED_TRACE(std::string(sample.op) + " " + std::string(type.name));
            const bool floats = type.type == DataType::kFloat32;
            if (is_composed(std::string(sample.op)) && !floats) continue;
            Graph graph = sample_graph(sample, type).value();
            if (!export_onnx(graph).ok()) continue;  // ONNX lacks the operator for this type
            expect_same_outputs(graph, !is_composed(std::string(sample.op)));
            ++compared;
        }
    }
    EXPECT_GT(compared, 450u);
}

std::set<std::filesystem::path> sample_networks() {
    std::set<std::filesystem::path> files;
    for (const char *folder : {"keras", "networks", "tflite"}) {
        const auto path = std::filesystem::path(EMBARK_SOURCE_DIR) / "tests/data" / folder;
        for (const auto &entry : std::filesystem::directory_iterator(path)) {
            const std::string extension = entry.path().extension().string();
            if (extension != ".bin" && extension != ".md") files.insert(entry.path());
        }
    }
    return files;
}

bool is_quantized_network(const Graph &graph) {
    return std::any_of(graph.tensors.begin(), graph.tensors.end(),
                       [](const Tensor &tensor) { return !tensor.type.quantization.empty(); });
}

bool has_operator(const Graph &graph, std::string_view op) {
    return std::any_of(graph.nodes.begin(), graph.nodes.end(),
                       [&](const Node &node) { return node.op == op; });
}

/// Networks in float32 of every format that embark reads.
TEST(OnnxExport, SampleNetworksComeBackTheSame) {
    size_t compared = 0;
    for (const std::filesystem::path &file : sample_networks()) {
        SCOPED_TRACE(file.filename().string());
        const auto graph = import_model(file);
        ASSERT_TRUE(graph.ok());
        if (is_quantized_network(*graph)) continue;
        // ONNX's importer adds up a mean in the order in which a transposed map is stored.
        bool composed = file.filename() == "accelerometer_float.tflite";
        for (const Node &node : graph->nodes) composed = composed || is_composed(node.op);
        expect_same_outputs(*graph, !composed);
        ++compared;
    }
    EXPECT_GT(compared, 60u);
}

/// Quantised networks become QDQ, which fuse_quantized turns into the same integers again.
TEST(OnnxExport, QuantisedNetworksComeBackTheSame) {
    size_t compared = 0;
    for (const std::filesystem::path &file : sample_networks()) {
        SCOPED_TRACE(file.filename().string());
        Graph graph = import_model(file).value();
        if (!is_quantized_network(graph)) continue;
        if (has_operator(graph, "lstm")) {
            EXPECT_FALSE(export_onnx(graph).ok());  // whose integers ONNX does not have
            continue;
        }
        Graph back = round_trip(graph);
        ASSERT_TRUE(run_passes(graph).ok());
        const auto passed = run_passes(back);
        ASSERT_TRUE(passed.ok()) << to_string(passed.error());
        const auto inputs = sample_inputs(graph);
        const auto expected = evaluate(graph, inputs), found = evaluate(back, inputs);
        ASSERT_TRUE(expected.ok() && found.ok());
        EXPECT_EQ(*found, *expected);
        ++compared;
    }
    EXPECT_GT(compared, 15u);
}

TEST(OnnxExport, AllNodesThatTheFormatLacksAreListed) {
    Graph graph = graph_with_input({1, 4});
    const TensorId a = append_node(graph, make_node("atan2", "first", {0, 0})).value();
    const TensorId b = append_node(graph, make_node("pad", "second", {a},
                                                    {{"before", std::vector<int64_t>{0, 1}},
                                                     {"after", std::vector<int64_t>{0, 0}},
                                                     {"mode", std::string("symmetric")}}))
                           .value();
    graph.outputs = {b};
    const auto bytes = export_onnx(graph);
    ASSERT_FALSE(bytes.ok());
    EXPECT_EQ(bytes.error().code, ErrorCode::kUnsupported);
    const std::string fault = to_string(bytes.error());
    EXPECT_THAT(fault, HasSubstr("node first: ONNX has no operator for atan2"));
    EXPECT_THAT(fault, HasSubstr("node second: pad: pads symmetrically"));
}

TEST(OnnxExport, LayersBehindEachOtherNeedNoTranspositionBetween) {
    Graph graph = graph_with_input({1, 8, 8, 3});
    const TensorId w = graph.add_constant("w", {4, 3, 3, 3}, noise(108));
    const TensorId y = append_node(graph, make_node("conv2d", "conv", {0, w})).value();
    const TensorId z = append_node(graph, make_node("relu", "relu", {y})).value();
    graph.outputs = {append_node(graph, make_node("max_pool2d", "pool", {z},
                                                  {{"kernel", std::vector<int64_t>{2, 2}},
                                                   {"strides", std::vector<int64_t>{2, 2}}}))
                         .value()};
    const Bytes bytes = export_onnx(graph).value();
    const std::string text(bytes.begin(), bytes.end());
    size_t transposes = 0;
    const std::string word = "\"\tTranspose";  // field 4 of a node, nine letters
    for (size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
        ++transposes;
    }
    EXPECT_EQ(transposes, 2u);  // at the input and at the output
    expect_same_outputs(graph, true);
}

TEST(OnnxExport, EveryWriterIsForAnOperatorOfTheGraph) {
    for (const auto &row : onnx_file::all_node_writers()) {
        EXPECT_NE(find_op(row.op), nullptr) << row.op;
    }
}

TEST(OnnxExport, TheSameGraphGivesTheSameBytes) {
    Graph graph = graph_with_input({1, 6});
    const TensorId w = graph.add_constant("w", {4, 6}, noise(24));
    graph.outputs = {append_node(graph, make_node("dense", "fc", {0, w})).value()};
    EXPECT_EQ(export_onnx(graph).value(), export_onnx(graph).value());
}

}  // namespace
}  // namespace embark
