#include "import/onnx/onnx_importer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "import/onnx/test_model.h"
#include "ops/registry.h"

namespace embark::onnx {
namespace {

using testing::attribute;
using ::testing::ElementsAre;
using testing::floats;
using ::testing::HasSubstr;
using testing::int64s;
using testing::Message;
using testing::node;
using testing::Parts;
using testing::value;

Expected<Graph> import(const Parts &parts, const ImportOptions &options = {}) {
    return import_onnx_bytes(testing::model(parts), "test.onnx", "/nonexistent", options);
}

std::vector<float> noise(size_t count, unsigned seed) {
    std::mt19937 random(seed);
    std::vector<float> values;
    for (size_t i = 0; i < count; ++i) {
        values.push_back(static_cast<float>(random() % 2001) / 1000 - 1);
    }
    return values;
}

Bytes as_bytes(const std::vector<float> &values) {
    const auto *raw = reinterpret_cast<const uint8_t *>(values.data());
    return {raw, raw + values.size() * sizeof(float)};
}

std::vector<float> run(const Graph &graph, const std::vector<float> &input) {
    const std::vector<Bytes> inputs = {as_bytes(input)};
    const auto outputs = evaluate(graph, inputs);
    EXPECT_TRUE(outputs.ok()) << to_string(outputs.error());
    if (!outputs.ok()) return {};
    const auto *raw = reinterpret_cast<const float *>((*outputs)[0].data());
    return {raw, raw + (*outputs)[0].size() / sizeof(float)};
}

long count_of(const Graph &graph, std::string_view op) {
    return std::count_if(graph.nodes.begin(), graph.nodes.end(),
                         [&](const Node &node) { return node.op == op; });
}

/// Two convolutions, a pool, Flatten and Gemm, as PyTorch exports them.
Parts small_network() {
    Parts parts;
    parts.inputs = {value("x", {0, 3, 8, 8})};
    parts.outputs = {value("y", {0, 5})};
    parts.initializers = {floats("w1", {4, 3, 3, 3}, noise(108, 1)), floats("b1", {4}, noise(4, 2)),
                          floats("w2", {6, 4, 3, 3}, noise(216, 3)),
                          floats("w3", {5, 96}, noise(480, 4)), floats("b3", {5}, noise(5, 5))};
    const Message pads = attribute("pads", std::vector<int64_t>{1, 1, 1, 1});
    parts.nodes = {node("Conv", {"x", "w1", "b1"}, {"c1"}, {pads}),
                   node("Relu", {"c1"}, {"r1"}),
                   node("MaxPool", {"r1"}, {"p1"},
                        {attribute("kernel_shape", std::vector<int64_t>{2, 2}),
                         attribute("strides", std::vector<int64_t>{2, 2})}),
                   node("Conv", {"p1", "w2"}, {"c2"}, {pads}),
                   node("Flatten", {"c2"}, {"f"}),
                   node("Gemm", {"f", "w3", "b3"}, {"y"}, {attribute("transB", int64_t{1})})};
    return parts;
}

/// What small_network computes, straight from the definitions in NCHW.
std::vector<float> convolved(const std::vector<float> &x, int64_t channels, int64_t size,
                             const std::vector<float> &w, const std::vector<float> &b) {
    const int64_t out = static_cast<int64_t>(w.size()) / (channels * 9);
    std::vector<float> y;
    for (int64_t o = 0; o < out; ++o) {
        for (int64_t row = 0; row < size; ++row) {
            for (int64_t column = 0; column < size; ++column) {
                float sum = b.empty() ? 0 : b[static_cast<size_t>(o)];
                for (int64_t i = 0; i < channels * 9; ++i) {
                    const int64_t c = i / 9, r = row + i % 9 / 3 - 1, k = column + i % 3 - 1;
                    if (r < 0 || r >= size || k < 0 || k >= size) continue;
                    sum += x[static_cast<size_t>((c * size + r) * size + k)] *
                           w[static_cast<size_t>((o * channels + c) * 9 + i % 9)];
                }
                y.push_back(sum);
            }
        }
    }
    return y;
}

std::vector<float> small_network_by_hand(const std::vector<float> &x) {
    const std::vector<float> c1 = convolved(x, 3, 8, noise(108, 1), noise(4, 2));
    std::vector<float> p1;
    for (size_t i = 0; i < 64; ++i) {
        const size_t corner = i / 16 * 64 + i % 16 / 4 * 16 + i % 4 * 2;
        p1.push_back(std::max({0.0f, c1[corner], c1[corner + 1], c1[corner + 8], c1[corner + 9]}));
    }
    const std::vector<float> c2 = convolved(p1, 4, 4, noise(216, 3), {});
    const std::vector<float> w3 = noise(480, 4);
    std::vector<float> y = noise(5, 5);
    for (size_t o = 0; o < 5; ++o) {
        for (size_t i = 0; i < 96; ++i) y[o] += c2[i] * w3[o * 96 + i];
    }
    return y;
}

TEST(ImportOnnx, ChannelsFirstNetworkTransposesItsInputAlone) {
    const auto graph = import(small_network());
    ASSERT_TRUE(graph.ok()) << to_string(graph.error());
    EXPECT_EQ(count_of(*graph, "transpose"), 1);
    EXPECT_EQ(graph->nodes.front().op, "transpose");
    EXPECT_EQ(count_of(*graph, "dense"), 1);
    EXPECT_THAT(graph->tensor(graph->inputs[0]).type.shape, ElementsAre(1, 3, 8, 8));
}

TEST(ImportOnnx, PermutedWeightsGiveTheModelsNumbers) {
    const auto graph = import(small_network());
    ASSERT_TRUE(graph.ok()) << to_string(graph.error());
    const std::vector<float> x = noise(192, 9);
    EXPECT_THAT(run(*graph, x),
                ::testing::Pointwise(::testing::FloatNear(1e-4f), small_network_by_hand(x)));
}

TEST(ImportOnnx, ResultsAreNamedAfterTheModel) {
    const auto graph = import(small_network());
    ASSERT_TRUE(graph.ok()) << to_string(graph.error());
    EXPECT_EQ(graph->nodes.back().name, "Gemm_y");
    EXPECT_EQ(graph->nodes.back().source, "Gemm");
    EXPECT_EQ(graph->tensor(graph->outputs[0]).name, "y");
    EXPECT_EQ(graph->source.parameters, 108 + 4 + 216 + 480 + 5);
}

TEST(ImportOnnx, OpenExtentsNeedAShape) {
    Parts parts;
    parts.inputs = {value("x", {0, 0, 4})};
    parts.outputs = {value("y", {})};
    parts.nodes = {node("Relu", {"x"}, {"y"})};
    const auto refused = import(parts);
    ASSERT_FALSE(refused.ok());
    EXPECT_THAT(to_string(refused.error()), HasSubstr("--shape x="));
    ImportOptions options;
    options.input_shapes["x"] = {2, 3, 4};
    const auto graph = import(parts, options);
    ASSERT_TRUE(graph.ok()) << to_string(graph.error());
    EXPECT_THAT(graph->tensor(graph->outputs[0]).type.shape, ElementsAre(2, 3, 4));
    options.input_shapes["x"] = {2, 3, 5};
    EXPECT_THAT(to_string(import(parts, options).error()), HasSubstr("the file says [?,?,4]"));
    options.input_shapes = {{"z", {1}}};
    EXPECT_THAT(to_string(import(parts, options).error()), HasSubstr("expected one of: x"));
}

TEST(ImportOnnx, AllUnsupportedOperatorsAreListed) {
    Parts parts;
    parts.inputs = {value("x", {1, 4})};
    parts.outputs = {value("y", {1, 4})};
    parts.nodes = {node("Foo", {"x"}, {"a"}), node("Relu", {"a"}, {"b"}),
                   node("Bar", {"b", "x"}, {"y"}, {}, "my.domain")};
    const auto graph = import(parts);
    ASSERT_FALSE(graph.ok());
    EXPECT_EQ(graph.error().code, ErrorCode::kUnsupported);
    const std::string text = to_string(graph.error());
    EXPECT_THAT(text, HasSubstr("node Foo_a (Foo): operator Foo of operator set 17 is not "
                                "supported (reads x float32[1,4]; makes a of unknown shape)"));
    EXPECT_THAT(text, HasSubstr("operator my.domain.Bar is not supported (reads b of unknown "
                                "shape, x float32[1,4]; makes y float32[1,4])"));
}

TEST(ImportOnnx, ShapeArithmeticLeavesNoTrace) {
    Parts parts;
    parts.inputs = {value("x", {2, 3, 4})};
    parts.outputs = {value("y", {2, 12})};
    parts.initializers = {int64s("zero", {0}), int64s("rest", {-1})};
    parts.nodes = {node("Shape", {"x"}, {"s"}),
                   node("Gather", {"s", "zero"}, {"batch"}, {attribute("axis", int64_t{0})}),
                   node("Concat", {"batch", "rest"}, {"shape"}, {attribute("axis", int64_t{0})}),
                   node("Reshape", {"x", "shape"}, {"r"}), node("Relu", {"r"}, {"y"})};
    const auto graph = import(parts);
    ASSERT_TRUE(graph.ok()) << to_string(graph.error());
    EXPECT_THAT(graph->tensor(graph->outputs[0]).type.shape, ElementsAre(2, 12));
    EXPECT_LE(graph->nodes.size(), 2u);
}

TEST(ImportOnnx, TransposesThatCancelLeaveNothing) {
    Parts parts;
    parts.inputs = {value("x", {1, 2, 3})};
    parts.outputs = {value("y", {1, 2, 3})};
    const Message there = attribute("perm", std::vector<int64_t>{0, 2, 1});
    parts.nodes = {node("Transpose", {"x"}, {"t"}, {there}), node("Relu", {"t"}, {"r"}),
                   node("Transpose", {"r"}, {"y"}, {there})};
    const auto graph = import(parts);
    ASSERT_TRUE(graph.ok()) << to_string(graph.error());
    EXPECT_EQ(count_of(*graph, "transpose"), 0);
    EXPECT_THAT(run(*graph, {1, -2, 3, -4, 5, -6}), ElementsAre(1, 0, 3, 0, 5, 0));
}

TEST(ImportOnnx, OutputsThatNothingComputesAreCopied) {
    Parts parts;
    parts.inputs = {value("x", {2, 2})};
    parts.outputs = {value("y", {4}), value("z", {2}, 7), value("w", {4})};
    parts.initializers = {int64s("flat", {4})};
    parts.nodes = {node("Reshape", {"x", "flat"}, {"y"}), node("Shape", {"x"}, {"z"}),
                   node("Identity", {"y"}, {"w"})};
    const auto graph = import(parts);
    ASSERT_TRUE(graph.ok()) << to_string(graph.error());
    EXPECT_EQ(count_of(*graph, "slice"), 3);
    EXPECT_THAT(run(*graph, {1, 2, 3, 4}), ElementsAre(1, 2, 3, 4));
}

TEST(ImportOnnx, FunctionsAreExpandedWithTheirAttributes) {
    Parts parts;
    parts.inputs = {value("x", {1, 2})};
    parts.outputs = {value("y", {1, 2})};
    parts.nodes = {node("Leak", {"x"}, {"y"}, {attribute("slope", 0.5f)}, "test.functions")};
    Message function;
    function.text(1, "Leak").text(4, "a").text(5, "b").text(6, "slope");
    function.message(7, node("LeakyRelu", {"a"}, {"b"}, {testing::reference("alpha", "slope", 1)}));
    function.message(9, Message().text(1, "").number(2, 17)).text(10, "test.functions");
    parts.functions = {function};
    const auto graph = import(parts);
    ASSERT_TRUE(graph.ok()) << to_string(graph.error());
    EXPECT_THAT(run(*graph, {2, -2}), ElementsAre(2, -1));
}

TEST(ImportOnnx, FunctionsThatCallEachOtherEndlesslyAreRefused) {
    Parts parts;
    parts.inputs = {value("x", {1})};
    parts.outputs = {value("y", {1})};
    parts.nodes = {node("F", {"x"}, {"y"}, {}, "test.functions")};
    Message function;
    function.text(1, "F").text(4, "a").text(5, "b");
    function.message(7, node("F", {"a"}, {"c"}, {}, "test.functions"));
    function.message(7, node("F", {"c"}, {"b"}, {}, "test.functions"));
    function.text(10, "test.functions");
    parts.functions = {function};
    EXPECT_FALSE(import(parts).ok());
}

TEST(ImportOnnx, ExternalDataStaysInTheModelsFolder) {
    for (const std::string &location : {std::string("../secret"), std::string("/etc/passwd"),
                                        std::string("missing.bin"), std::string("")}) {
        Parts parts;
        parts.inputs = {value("x", {2})};
        parts.outputs = {value("y", {2})};
        Message weights;
        weights.number(1, 2).number(2, 1).text(8, "w");
        weights.message(13, Message().text(1, "location").text(2, location)).number(14, 1);
        parts.initializers = {weights};
        parts.nodes = {node("Add", {"x", "w"}, {"y"})};
        const auto graph = import_onnx_bytes(testing::model(parts), "test.onnx", "/tmp", {});
        ASSERT_FALSE(graph.ok()) << location;
        EXPECT_THAT(to_string(graph.error()), HasSubstr("initialiser w: external data"));
    }
}

TEST(ImportOnnx, ExternalDataIsReadFromItsOffset) {
    const auto folder = TemporaryDirectory::create();
    ASSERT_TRUE(folder.ok());
    ASSERT_TRUE(write_file(folder->path() / "w.bin", as_bytes({9, 9, 10, 20})).ok());
    Parts parts;
    parts.inputs = {value("x", {2})};
    parts.outputs = {value("y", {2})};
    Message weights;
    weights.number(1, 2).number(2, 1).text(8, "w");
    weights.message(13, Message().text(1, "location").text(2, "w.bin"));
    weights.message(13, Message().text(1, "offset").text(2, "8")).number(14, 1);
    parts.initializers = {weights};
    parts.nodes = {node("Add", {"x", "w"}, {"y"})};
    const auto graph = import_onnx_bytes(testing::model(parts), "m.onnx", folder->path(), {});
    ASSERT_TRUE(graph.ok()) << to_string(graph.error());
    EXPECT_THAT(run(*graph, {1, 2}), ElementsAre(11, 22));
}

TEST(ImportOnnx, FilesAreToldByTheirBeginning) {
    const Bytes file = testing::model(small_network());
    EXPECT_TRUE(is_onnx(file));
    EXPECT_FALSE(is_onnx(std::span(file).first(3)));
    EXPECT_FALSE(is_onnx(as_bytes({1, 2, 3})));
}

TEST(ImportOnnx, EveryTruncationIsRefusedOrSound) {
    const Bytes file = testing::model(small_network());
    for (size_t length = 0; length < file.size(); length += length < 400 ? 1 : 61) {
        const auto graph = import_onnx_bytes(std::span(file).first(length), "cut.onnx", "/tmp", {});
        EXPECT_TRUE(!graph.ok() || verify(*graph).ok()) << length;
    }
}

TEST(ImportOnnx, DamagedBytesAreRefusedOrSound) {
    const Bytes file = testing::model(small_network());
    std::mt19937 random(7);
    for (int i = 0; i < 400; ++i) {
        Bytes damaged = file;
        for (int hits = 0; hits < 3; ++hits) {
            damaged[random() % damaged.size()] = static_cast<uint8_t>(random());
        }
        const auto graph = import_onnx_bytes(damaged, "damaged.onnx", "/tmp", {});
        EXPECT_TRUE(!graph.ok() || verify(*graph).ok()) << i;
    }
}

}  // namespace
}  // namespace embark::onnx
