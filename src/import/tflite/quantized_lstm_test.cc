// What a quantised LSTM may look like; its numbers are those of tests/data/networks/lstm_*.

#include <gmock/gmock.h>

#include <cstring>

#include "base/bytes.h"
#include "import/tflite/test_file.h"

namespace embark::tflite {
namespace {

using schema::TensorType;
using testing::ElementsAre;
using testing::HasSubstr;

/// A layer of 2 features and 1 unit, whose parts a test may change.
struct Layer {
    TestModel model;
    std::vector<int> inputs = std::vector<int>(24, -1);
    int y;
    schema::UnidirectionalSequenceLSTMOptionsT options;

    Layer() {
        inputs[0] = model.add_input("x", {1, 3, 2}, TensorType::INT8);
        y = model.add_output("y", {1, 3, 1}, TensorType::INT8);
        model.tensor(inputs[0]).quantization = quantized({0.5f}, {-3});
        model.tensor(y).quantization = quantized({0.01f}, {7});
        for (size_t gate = 0; gate < 4; ++gate) {
            const auto value = static_cast<int8_t>(gate + 1);
            const float scale = 0.1f * static_cast<float>(value);
            const std::vector<int8_t> row{value, static_cast<int8_t>(10 * value)}, unit{value};
            inputs[1 + gate] = model.add_constant("w", {1, 2}, TensorType::INT8, row);
            inputs[5 + gate] = model.add_constant("r", {1, 1}, TensorType::INT8, unit);
            inputs[12 + gate] =
                model.add_constant("b", {1}, TensorType::INT32, std::vector<int>{100 * value});
            model.tensor(inputs[1 + gate]).quantization = quantized({scale}, {0});
            model.tensor(inputs[5 + gate]).quantization = quantized({scale}, {0});
        }
        inputs[18] = add_state(TensorType::INT8, 0.01f, 7);
        inputs[19] = add_state(TensorType::INT16, 1.0f / 2048, 0);
        options.fused_activation_function = schema::ActivationFunctionType::TANH;
        options.cell_clip = 10.0f;
    }
    int add_state(TensorType type, float scale, int zero) {
        const int state = model.add_tensor("state", {1, 1}, type);
        model.tensor(state).is_variable = true;
        model.tensor(state).quantization = quantized({scale}, {zero});
        return state;
    }
    TestModel &finished() {
        model.add_operator(schema::BuiltinOperator::UNIDIRECTIONAL_SEQUENCE_LSTM, inputs, {y},
                           options);
        return model;
    }
};

TEST(TfliteQuantizedLstm, KeepsAScaleForEachGate) {
    Layer layer;
    const Graph graph = layer.finished().graph();
    ASSERT_EQ(operators_of(graph), "reshape lstm reshape reshape");
    const Node &lstm = graph.nodes[1];
    const Tensor &weights = graph.tensor(lstm.inputs[1]);
    // The file has input, forget, cell, output; the graph input, output, forget, cell.
    const auto values = weights.values<int8_t>();
    EXPECT_THAT(std::vector<int>(values.begin(), values.end()),
                ElementsAre(1, 10, 4, 40, 2, 20, 3, 30));
    EXPECT_THAT(weights.type.quantization.scales,
                ElementsAre(0.1f, 0.1f * 4.0f, 0.1f * 2.0f, 0.1f * 3.0f));
    EXPECT_EQ(lstm.float_or("cell_clip", 0.0), 10.0);
    EXPECT_EQ(lstm.int_or("cell_power", 0), -11);
    EXPECT_EQ(graph.tensor(lstm.outputs[0]).type.quantization.zero_points[0], 7);
    EXPECT_EQ(graph.tensor(lstm.outputs[2]).type.quantization.scales[0], 1.0f / 2048);
}

TEST(TfliteQuantizedLstm, CellsWhoseScaleIsNoPowerOfTwoAreRefused) {
    Layer layer;
    layer.inputs[19] = layer.add_state(TensorType::INT16, 0.0005f, 0);
    EXPECT_THAT(layer.finished().fault(), HasSubstr("input 19 (the cell) is int16 with scale"));
}

TEST(TfliteQuantizedLstm, StatesThatDifferFromTheOutputAreRefused) {
    Layer layer;
    layer.inputs[18] = layer.add_state(TensorType::INT8, 0.02f, 7);
    EXPECT_THAT(layer.finished().fault(),
                HasSubstr("input 18 (the state) is quantised otherwise than the output"));
}

TEST(TfliteQuantizedLstm, AbsentStatesAndGatesAreNamed) {
    Layer stateless;
    stateless.inputs[19] = -1;
    EXPECT_THAT(stateless.finished().fault(), HasSubstr("input 19 is absent, expected a state"));
    Layer coupled;
    coupled.inputs[1] = -1;
    EXPECT_THAT(coupled.finished().fault(), HasSubstr("input 1 is absent: coupled gates"));
}

TEST(TfliteQuantizedLstm, WeightsOfAnotherTypeOrShapeAreRefused) {
    Layer wrong;
    wrong.inputs[6] =
        wrong.model.add_constant("r", {1, 2}, TensorType::INT8, std::vector<int8_t>{1, 2});
    EXPECT_THAT(wrong.finished().fault(), HasSubstr("input 6 is int8 [1,2], expected int8 [1,1]"));
}

TEST(TfliteLstm, LimitsOfCellsReachTheGraph) {
    TestModel model;
    const int x = model.add_input("x", {1, 3, 2}), y = model.add_output("y", {1, 3, 1});
    std::vector<int> inputs(24, -1);
    inputs[0] = x;
    for (size_t gate = 0; gate < 4; ++gate) {
        inputs[1 + gate] = model.add_floats("w", {1, 2}, {50.0f, 50.0f});
        inputs[5 + gate] = model.add_floats("r", {1, 1}, {0.0f});
        inputs[12 + gate] = model.add_floats("b", {1}, {50.0f});
    }
    schema::UnidirectionalSequenceLSTMOptionsT options;
    options.fused_activation_function = schema::ActivationFunctionType::TANH;
    options.cell_clip = 1.5f;
    model.add_operator(schema::BuiltinOperator::UNIDIRECTIONAL_SEQUENCE_LSTM, inputs, {y}, options);
    const Graph graph = model.graph();
    Bytes input;
    for (int i = 0; i < 6; ++i) append_le(input, 1.0f);
    const Bytes output = evaluate(graph, std::vector<Bytes>{input}).value().front();
    std::vector<float> values(3);
    std::memcpy(values.data(), output.data(), output.size());
    // All gates are open, so the cell grows by one a step: tanh(1), then tanh(1.5) twice.
    EXPECT_NEAR(values[0], 0.76159f, 1e-4);
    EXPECT_NEAR(values[1], 0.90515f, 1e-4);
    EXPECT_NEAR(values[2], 0.90515f, 1e-4);
}

}  // namespace
}  // namespace embark::tflite
