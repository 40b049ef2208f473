// Variables become states; what tests/data/states/variables_* compute is held elsewhere.

#include <gmock/gmock.h>

#include "import/tflite/test_file.h"

namespace embark::tflite {
namespace {

using schema::BuiltinOperator;
using schema::TensorType;
using testing::HasSubstr;

/// y = x + v, then v = x + v; v starts from what subgraph 1 assigns.
struct Sum {
    TestModel model;
    int x = model.add_input("x", {1, 2}), y = model.add_output("y", {1, 2});
    int handle = model.add_tensor("handle", {}, TensorType::RESOURCE);
    int value = model.add_tensor("value", {1, 2});

    void add_handle(const std::string &name) {
        schema::VarHandleOptionsT options;
        options.shared_name = name;
        model.add_operator(BuiltinOperator::VAR_HANDLE, {}, {handle}, options);
    }
    void read_and_add() {
        model.add_operator(BuiltinOperator::READ_VARIABLE, {handle}, {value});
        model.add_operator(BuiltinOperator::ADD, {x, value}, {y}, schema::AddOptionsT{});
    }
    void assign(int from) {
        model.add_operator(BuiltinOperator::ASSIGN_VARIABLE, {handle, from}, {});
    }

    /// Subgraph 1, called once: v = \p values.
    void start_from(const std::vector<float> &values) {
        schema::CallOnceOptionsT options;
        options.init_subgraph_index = 1;
        model.add_operator(BuiltinOperator::CALL_ONCE, {}, {}, options);
        TestModel other;
        const int resource = other.add_tensor("handle", {}, TensorType::RESOURCE);
        const int first = other.add_floats("first", {1, 2}, values);
        other.add_operator(BuiltinOperator::VAR_HANDLE, {}, {resource});
        schema::VarHandleOptionsT name;
        name.shared_name = "v";
        other.subgraph().operators[0]->builtin_options.Set(name);
        other.add_operator(BuiltinOperator::ASSIGN_VARIABLE, {resource, first}, {});
        // Its codes and its buffer go behind the model's own.
        const auto codes = static_cast<uint32_t>(model.model().operator_codes.size());
        for (auto &code : other.model().operator_codes) {
            model.model().operator_codes.push_back(std::move(code));
        }
        for (auto &op : other.subgraph().operators) op->opcode_index += codes;
        other.tensor(first).buffer = static_cast<uint32_t>(model.model().buffers.size());
        model.model().buffers.push_back(std::move(other.model().buffers[1]));
        model.model().subgraphs.push_back(std::move(other.model().subgraphs[0]));
    }
};

TEST(TfliteVariables, BecomeStates) {
    Sum sum;
    sum.start_from({0.0f, 0.0f});
    sum.add_handle("v");
    sum.read_and_add();
    sum.assign(sum.y);
    const Graph graph = sum.model.graph();
    ASSERT_EQ(graph.states.size(), 1u);
    EXPECT_EQ(graph.states[0].after, graph.outputs[0]);
    EXPECT_EQ(operators_of(graph), "add");
}

TEST(TfliteVariables, ThatNothingAssignsAreConstants) {
    Sum sum;
    sum.start_from({3.0f, 4.0f});
    sum.add_handle("v");
    sum.read_and_add();
    const Graph graph = sum.model.graph();
    EXPECT_TRUE(graph.states.empty());
    const auto values = graph.tensor(graph.nodes[0].inputs[1]).values<float>();
    EXPECT_EQ(values[1], 4.0f);
}

TEST(TfliteVariables, ThatTakeAnInputGetACopyOfIt) {
    Sum sum;
    sum.add_handle("v");
    sum.read_and_add();
    sum.assign(sum.x);
    const Graph graph = sum.model.graph();
    EXPECT_EQ(operators_of(graph), "add concat");
    ASSERT_EQ(graph.states.size(), 1u);
    EXPECT_EQ(graph.producer(graph.states[0].after), 1);
}

TEST(TfliteVariables, FirstValuesOtherThanZeroAreRefusedWhereTheyChange) {
    Sum sum;
    sum.start_from({0.0f, 1.0f});
    sum.add_handle("v");
    sum.read_and_add();
    sum.assign(sum.y);
    EXPECT_THAT(sum.model.fault(), HasSubstr("changes and starts from other values than zero"));
}

TEST(TfliteVariables, WithoutHandleOrNameAreRefused) {
    Sum unknown;
    unknown.read_and_add();
    EXPECT_THAT(unknown.model.fault(), HasSubstr("input 0 is no variable of a VAR_HANDLE"));
    Sum nameless;
    nameless.add_handle("");
    nameless.read_and_add();
    EXPECT_THAT(nameless.model.fault(), HasSubstr("has no name"));
}

TEST(TfliteVariables, ValuesOfAnotherShapeAreRefused) {
    Sum sum;
    sum.add_handle("v");
    sum.read_and_add();
    sum.assign(sum.model.add_floats("w", {1, 3}));
    EXPECT_THAT(sum.model.fault(),
                HasSubstr("assigns float32 [1,3] to a variable of float32 [1,2]"));
}

TEST(TfliteVariables, InitialisersThatComputeAreRefused) {
    Sum sum;
    sum.start_from({0.0f, 0.0f});
    sum.model.model().subgraphs[1]->operators[1]->inputs[1] = 0;  // the handle: no constant
    sum.add_handle("v");
    sum.read_and_add();
    EXPECT_THAT(sum.model.fault(),
                HasSubstr("subgraph 1 (of CALL_ONCE): assigns what is no constant"));
}

}  // namespace
}  // namespace embark::tflite
