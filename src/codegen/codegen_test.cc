#include "codegen/codegen.h"

#include <gtest/gtest.h>

#include <cfloat>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <regex>

#include "base/process.h"
#include "codegen/names.h"
#include "ops/testing.h"
#include "plan/kernels/lowering.h"

namespace embark {

namespace {

const Board &disco() {
    static const Board board = find_board("stm32l4r9i-disco").value();
    return board;
}

TensorId constant(Graph &graph, Shape shape) {
    const auto values = noise(element_count(shape));
    return graph.add_constant("c" + std::to_string(graph.tensors.size()), std::move(shape), values);
}

TensorId add(Graph &graph, const std::string &op, const std::string &name,
             std::vector<TensorId> inputs, Attributes attributes = {}) {
    return append_node(graph, make_node(op, name, std::move(inputs), std::move(attributes)))
        .value();
}

/// One layer or more for each kernel, two outputs.
Graph all_kernels_graph() {
    Graph graph = graph_with_input({1, 12, 12, 3});
    const Attributes window = {{"kernel", std::vector<int64_t>{3, 3}},
                               {"strides", std::vector<int64_t>{1, 1}},
                               {"padding", std::vector<int64_t>{1, 1, 1, 1}}};
    const Attributes same = {{"padding", std::vector<int64_t>{1, 1, 1, 1}}};
    TensorId x = add(graph, "pad", "pad", {0},
                     {{"before", std::vector<int64_t>{0, 1, 1, 0}},
                      {"after", std::vector<int64_t>{0, 1, 1, 0}},
                      {"value", -1.5}});
    x = add(graph, "conv2d", "conv", {x, constant(graph, {6, 3, 3, 3}), constant(graph, {6})});
    x = add(graph, "gelu", "gelu", {x});
    x = add(graph, "batch_norm", "norm", {x, constant(graph, {6}), constant(graph, {6})});
    x = add(graph, "depthwise_conv2d", "depthwise", {x, constant(graph, {3, 3, 6})}, same);
    x = add(graph, "max_pool2d", "max", {x}, window);
    x = add(graph, "average_pool2d", "average", {x}, window);
    const TensorId map = add(graph, "leaky_relu", "map", {x}, {{"alpha", 0.1}});
    const TensorId sum = add(graph, "add", "sum", {map, x});
    const TensorId both = add(graph, "concat", "both", {sum, map}, {{"axis", int64_t{3}}});
    const TensorId pooled = add(graph, "global_average_pool", "pooled", {both});
    const TensorId dense =
        add(graph, "dense", "dense", {pooled, constant(graph, {5, 12}), constant(graph, {5})});
    const TensorId scaled = add(graph, "multiply", "scaled", {dense, constant(graph, {5})});
    graph.outputs = {add(graph, "softmax", "softmax", {scaled}), sum};
    return graph;
}

/// A chain of layers with these names.
Graph named_graph(const std::vector<std::string> &names) {
    Graph graph = graph_with_input({1, 4, 4, 2});
    TensorId x = 0;
    for (const std::string &name : names) {
        x = add(graph, "conv2d", name, {x, constant(graph, {2, 1, 1, 2})});
    }
    graph.outputs = {x};
    return graph;
}

GeneratedModel generate(const Graph &graph, const CodegenOptions &options,
                        Objective objective = Objective::kRam) {
    PlanOptions plan_options;
    plan_options.objective = objective;
    return generate_model(graph, make_plan(graph, disco(), plan_options).value(), options);
}

/// What the compiler says of the model as C99 or as C++ with all warnings; empty when nothing.
std::string complaints(const GeneratedModel &model, bool cplusplus,
                       const std::vector<std::string> &more = {}) {
    const auto folder = TemporaryDirectory::create();
    EXPECT_TRUE(folder.ok());
    const auto source = folder->path() / (model.name + ".c");
    EXPECT_TRUE(write_file(folder->path() / (model.name + ".h"), model.header).ok());
    EXPECT_TRUE(write_file(source, model.source).ok());
    std::vector<std::string> argv = {cplusplus ? "g++" : "cc", "-fsyntax-only"};
    if (cplusplus) argv.insert(argv.end(), {"-x", "c++"});
    if (!cplusplus) argv.push_back("-std=c99");
    argv.insert(argv.end(), {"-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror",
                             "-I" EMBARK_SOURCE_DIR "/runtime/include"});
    argv.insert(argv.end(), more.begin(), more.end());
    argv.push_back(source.string());
    const auto result = run_process(argv);
    if (!result.ok()) return to_string(result.error());
    return result->exit_status == 0 ? result->output : result->output + "failed";
}

float read_back(float value) {
    const std::string literal = float_literal(value);
    char *end = nullptr;
    const float back = std::strtof(literal.c_str(), &end);
    EXPECT_STREQ(end, "f") << literal;
    return back;
}

}  // namespace

TEST(CIdentifier, IsMadeOfAnyText) {
    EXPECT_EQ(c_identifier("conv2d/1:0"), "conv2d_1_0");
    EXPECT_EQ(c_identifier("3x3"), "n3x3");
    EXPECT_EQ(c_identifier(""), "n");
    EXPECT_EQ(c_identifier("caf\xc3\xa9"), "caf__");
}

TEST(NameAllocator, TellsEqualAndSimilarNamesApart) {
    NameAllocator names;
    EXPECT_EQ(names.unique("a/b"), "a_b");
    EXPECT_EQ(names.unique("a b"), "a_b_2");
    EXPECT_EQ(names.unique("a_b_2"), "a_b_2_2");
    EXPECT_EQ(names.unique("a.b"), "a_b_3");
}

TEST(CommentText, EndsNoCommentAndOpensNone) {
    for (const char *text : {"*/", "**/", "/*/", "*/*/", "//*", "/**/", "*//*"}) {
        const std::string comment = comment_text(text);
        EXPECT_EQ(comment.find("*/"), std::string::npos) << comment;
        EXPECT_EQ(comment.find("/*"), std::string::npos) << comment;
    }
    EXPECT_EQ(comment_text("a\nb\tc"), "a?b?c");
}

TEST(StringLiteral, EscapesQuotesControlCharactersAndTrigraphs) {
    EXPECT_EQ(string_literal("a\"b\\c"), R"("a\"b\\c")");
    EXPECT_EQ(string_literal("a\n1"), R"("a\0121")");
    EXPECT_EQ(string_literal("?\?/"), R"("\?\?/")");
    EXPECT_EQ(string_literal("\xc3\xa9"), R"("\303\251")");
}

TEST(FloatLiteral, ReadsBackToTheSameBits) {
    std::vector<float> values = {
        0.0f,     -0.0f, 1.0f,   0.1f,  -0.1f,        1e-45f,      1.17e-38f,   FLT_MAX,    FLT_MIN,
        -FLT_MAX, 1e10f, 3e-39f, 1e16f, 123456789.0f, 16777216.0f, FLT_EPSILON, 1.0f / 3.0f};
    for (uint32_t bits = 1; bits < 0x7f800000u; bits += 1234567u) {
        float value = 0;
        std::memcpy(&value, &bits, sizeof value);
        values.push_back(value);
    }
    for (const float value : values) {
        const float back = read_back(value);
        EXPECT_EQ(std::memcmp(&back, &value, sizeof back), 0) << float_literal(value);
    }
}

TEST(FloatLiteral, NamesInfinityAndNan) {
    EXPECT_EQ(float_literal(std::numeric_limits<float>::infinity()), "EMK_INFINITY_F32");
    EXPECT_EQ(float_literal(-std::numeric_limits<float>::infinity()), "-EMK_INFINITY_F32");
    EXPECT_EQ(float_literal(std::numeric_limits<float>::quiet_NaN()), "EMK_NAN_F32");
}

TEST(GenerateModel, CompilesAsCAndAsCPlusPlusForEveryKernel) {
    const Graph graph = all_kernels_graph();
    for (const Objective objective : {Objective::kRam, Objective::kTime}) {
        const GeneratedModel model = generate(graph, {"net", "embark generate", "", {}}, objective);
        EXPECT_GE(model.kernel_sources.size(), 10u);
        EXPECT_EQ(complaints(model, false), "");
        EXPECT_EQ(complaints(model, false, {"-DEMK_PROFILE", "-DEMK_TRACE"}), "");
        EXPECT_EQ(complaints(model, true), "");
    }
}

TEST(GenerateModel, CompilesWithHostileNames) {
    Graph graph = named_graph({"*/ int x; /*", "a\"b\\", "line\nbreak", "?\?/", "int", "3x3", "",
                               "a b", "a/b", "\xc3\xa9/", "arena", "model", "main", "EMK_AT",
                               "emk_conv2d_f32", "*", "/", "%s{}"});
    graph.name = "*/ #error graph";
    graph.source.file_name = "*/\n#error file ?\?/";
    graph.tensor(0).name = "in\"put */\n?\?/";
    const CodegenOptions options = {
        "1 */ \"model\"\n", "embark \"*/\" \\", "*/ board", {"*/ ?\?/"}};
    for (const Objective objective : {Objective::kRam, Objective::kTime}) {
        const GeneratedModel model = generate(graph, options, objective);
        EXPECT_EQ(complaints(model, false), "");
        EXPECT_EQ(complaints(model, true), "");
    }
}

TEST(GenerateModel, CompilesWithWeightsThatAreNotFinite) {
    Graph graph = graph_with_input({1, 4});
    const float inf = std::numeric_limits<float>::infinity();
    const std::vector<float> weights = {
        inf, -inf, std::numeric_limits<float>::quiet_NaN(), 1e-45f, -0.0f, FLT_MAX, 1, 2};
    const TensorId filter = graph.add_constant("w", {2, 4}, weights);
    graph.outputs = {add(graph, "dense", "fc", {0, filter})};
    EXPECT_EQ(complaints(generate(graph, {"net", "", "", {}}), false), "");
}

TEST(GenerateModel, CompilesWithAQuantizedInputWhoseScaleIsWhole) {
    Graph graph = named_graph({"conv"});
    graph.tensor(0).type.quantization = {{1.0f}, {3}, 0};
    EXPECT_EQ(complaints(generate(graph, {"net", "", "", {}}), false), "");
}

TEST(GenerateModel, GivesTheSameTextTwiceWithoutPathsAndDates) {
    const Graph graph = all_kernels_graph();
    const CodegenOptions options = {"net", "embark generate net.h5", "board", {"flash: 1 B"}};
    const GeneratedModel first = generate(graph, options), second = generate(graph, options);
    EXPECT_EQ(first.source, second.source);
    EXPECT_EQ(first.header, second.header);
    EXPECT_EQ(first.kernel_sources, second.kernel_sources);
    for (const std::string &text : {first.source, first.header}) {
        EXPECT_EQ(text.find(EMBARK_SOURCE_DIR), std::string::npos);
        EXPECT_FALSE(std::regex_search(text, std::regex("\"/|/(home|tmp|usr)/|__DATE__|__TIME__")));
    }
}

}  // namespace embark
