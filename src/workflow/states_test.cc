// Networks that keep a state (tests/data/states/README.md): each inference goes on where the last
// one stopped, in the reference arithmetic, generated C and firmware.

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "import/importer.h"
#include "ir/text.h"
#include "workflow/model_program_testing.h"
#include "workflow/session.h"

namespace embark {
namespace {

constexpr double kTolerance = 1e-5;  // TensorFlow Lite Micro adds floats in another order

std::filesystem::path data(const std::string &file) {
    return std::filesystem::path(EMBARK_SOURCE_DIR) / "tests" / "data" / "states" / file;
}

/// The tensors that lie in a file one behind the other.
std::vector<Bytes> pieces(const std::string &file, size_t bytes) {
    const Bytes all = read_file(data(file)).value();
    std::vector<Bytes> made;
    for (auto at = all.begin(); at != all.end(); at += static_cast<std::ptrdiff_t>(bytes)) {
        made.emplace_back(at, at + static_cast<std::ptrdiff_t>(bytes));
    }
    return made;
}

PreparedModel prepare(const Graph &graph) {
    return prepare_model(graph, find_board("stm32l4r9i-disco").value()).value();
}

void expect_close(const TensorType &type, const Bytes &found, const Bytes &expected, size_t run) {
    if (type.type != DataType::kFloat32) {
        EXPECT_EQ(found, expected) << "run " << run;
        return;
    }
    const auto a = to_floats(found), b = to_floats(expected);
    ASSERT_EQ(a.size(), b.size());
    for (size_t i = 0; i < a.size(); ++i) {
        EXPECT_NEAR(a[i], b[i], kTolerance * std::fmax(1.0, std::fabs(b[i]))) << "run " << run;
    }
}

class NetworkWithState : public testing::TestWithParam<std::string> {};

TEST_P(NetworkWithState, GoesOnAsTensorFlowLiteMicroDoesEverywhere) {
    const Graph graph = import_model(data(GetParam() + ".tflite")).value();
    ASSERT_FALSE(graph.states.empty());
    const TensorType &output = graph.tensor(graph.outputs[0]).type;
    const auto inputs = pieces(GetParam() + ".in0.bin", graph.tensor(graph.inputs[0]).type.bytes());
    const auto expected = pieces(GetParam() + ".out0.bin", output.bytes());
    ASSERT_EQ(inputs.size(), expected.size());
    StateBytes state = initial_state(graph);
    std::vector<Bytes> reference;
    for (size_t run = 0; run < inputs.size(); ++run) {
        auto outputs = evaluate(graph, std::vector<Bytes>{inputs[run]}, nullptr, &state);
        ASSERT_TRUE(outputs.ok()) << to_string(outputs.error());
        reference.push_back(outputs->front());
        expect_close(output, reference.back(), expected[run], run);
    }
    const PreparedModel model = prepare(graph);
    for (const std::string target : {"host", "virtual:stm32l4r9i-disco"}) {
        auto session = Session::open(model, parse_target(target).value());
        ASSERT_TRUE(session.ok()) << to_string(session.error());
        for (size_t run = 0; run < inputs.size(); ++run) {
            const auto result = session->client().run({inputs[run]});
            ASSERT_TRUE(result.ok()) << to_string(result.error());
            EXPECT_EQ(result->outputs.front(), reference[run]) << target << " run " << run;
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Samples, NetworkWithState,
                         testing::Values("svdf_float", "svdf_int8", "svdf_int8_state8",
                                         "variables_float", "variables_int8", "previous_float"),
                         [](const auto &info) { return info.param; });

/// The last four values: a state that no operator can update in place.
constexpr const char *kDelayLine = R"(graph "delay line"
input %0 "x" int32[1,1]
state %1 "last" int32[1,4] becomes %3
node "all" concat(%1, %0) {axis = 1} -> %2 "all" int32[1,5]
node "next" slice(%2) {size = [1, 4], start = [0, 1], step = [1, 1]} -> %3 "next" int32[1,4]
node "sum" reduce_sum(%3) {axes = [1]} -> %4 "sum" int32[1]
output %4
)";

TEST(GeneratedCode, CopiesStatesThatAreNotWrittenInPlace) {
    const Graph graph = parse(kDelayLine).value();
    ModelProgram program;
    const std::vector<Bytes> first = {{7, 0, 0, 0}}, second = {{30, 1, 0, 0}};
    program.add(prepare(graph), {first, second});
    std::string failure;
    const auto outputs = program.run(failure);
    ASSERT_EQ(failure, "");
    EXPECT_EQ(outputs, program.expected());
    EXPECT_EQ(outputs[1][0], (Bytes{37, 1, 0, 0}));
}

TEST(GeneratedCode, ResetsItsState) {
    const GeneratedModel code = generate_code(prepare(parse(kDelayLine).value()), "");
    auto folder = TemporaryDirectory::create();
    ASSERT_TRUE(folder.ok());
    auto files = model_files(code).value();
    files["main.c"] = "#include \"" + code.name +
                      ".h\"\n"
                      "static int32_t sum(int32_t x)\n{\n"
                      "    *emk_" +
                      code.name +
                      "_input() = x;\n"
                      "    emk_" +
                      code.name +
                      "_run();\n"
                      "    return *emk_" +
                      code.name +
                      "_output();\n}\n"
                      "int main(void)\n{\n"
                      "    if (sum(1) != 1 || sum(2) != 3) return 1;\n"
                      "    emk_" +
                      code.name +
                      "_reset();\n"
                      "    return sum(5) == 5 ? 0 : 2;\n}\n";
    const auto path = folder->path() / "program";
    ASSERT_TRUE(write_project(files, path).ok());
    std::vector<std::string> compile = {"cc",           "-std=c99", "-Wall",   "-Wextra",
                                        "-Wconversion", "-Werror",  "-Imodel", "-Iruntime/include"};
    for (const auto &[name, text] : files) {
        if (name.ends_with(".c")) compile.push_back(name);
    }
    compile.insert(compile.end(), {"-o", "program"});
    ProcessOptions options;
    options.directory = path;
    const auto compiled = run_process(compile, options);
    ASSERT_TRUE(compiled.ok());
    ASSERT_EQ(compiled->exit_status, 0) << compiled->output;
    const auto result = run_process({(path / "program").string()}, options);
    ASSERT_TRUE(result.ok());
    EXPECT_EQ(result->exit_status, 0);
}

TEST(MakePlan, RefusesStatesThatTakeEachOthersPlace) {
    const Graph graph = parse(R"(graph "swap"
input %0 "x" float32[1,2]
state %1 "a" float32[1,2] becomes %3
state %2 "b" float32[1,2] becomes %4
node "was_b" reshape(%2) {shape = [1, 2]} -> %3 "was_b" float32[1,2]
node "next" add(%1, %0) -> %4 "next" float32[1,2]
output %4
)")
                            .value();
    const auto plan = make_plan(graph, find_board("stm32l4r9i-disco").value());
    ASSERT_FALSE(plan.ok());
    EXPECT_EQ(plan.error().message, "becomes what another state was, expected a computed value");
}

}  // namespace
}  // namespace embark
