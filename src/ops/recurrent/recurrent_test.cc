// Expected values: the reference implementation of ONNX 1.23.

#include <gtest/gtest.h>

#include "ops/node_testing.h"

namespace embark {
namespace {

constexpr int64_t kSteps = 3, kBatch = 2, kInputs = 3, kHidden = 2;

Operand sequence() {
    auto values = noise(kSteps * kBatch * kInputs, 1);
    for (float &value : values) value *= 2;
    return operand({kSteps, kBatch, kInputs}, values);
}

/// x, w, r, b, h0 of a layer with this many gates and directions.
std::vector<Operand> layer(int64_t gates, int64_t directions = 1) {
    return {sequence(), noise_operand({directions, gates * kHidden, kInputs}, 2),
            noise_operand({directions, gates * kHidden, kHidden}, 3),
            noise_operand({directions, 2 * gates * kHidden}, 4),
            noise_operand({directions, kBatch, kHidden}, 5)};
}

std::vector<Operand> lstm_layer(int64_t directions = 1) {
    std::vector<Operand> operands = layer(4, directions);
    operands.push_back(noise_operand({directions, kBatch, kHidden}, 6));
    operands.push_back(noise_operand({directions, 3 * kHidden}, 7));
    return operands;
}

TEST(Lstm, AgreesWithOnnx) {
    EXPECT_EQ(inferred("lstm", lstm_layer()), "[3,1,2,2][1,2,2][1,2,2]");
    const auto outputs = run_node("lstm", lstm_layer());
    expect_near(values_of(outputs[0]),
                {0.5499939f, -0.01502284f, -0.019924f, 0.2612633f, 0.009388414f, 0.42223f,
                 -0.002047529f, 0.2973647f, 0.003230037f, 0.460879f, -0.008257468f, 0.3477085f},
                1e-6);
    expect_near(values_of(outputs[1]), {0.003230037f, 0.460879f, -0.008257468f, 0.3477085f}, 1e-6);
    expect_near(values_of(outputs[2]), {0.2021027f, 0.5525236f, -0.2482f, 0.4634723f}, 1e-6);
}

TEST(Lstm, StartsFromZerosWithoutBiasStateAndPeepholes) {
    auto operands = lstm_layer();
    operands.resize(3);
    const auto outputs = run_node("lstm", operands);
    expect_near(values_of(outputs[1]), {0.02260051f, 0.6263649f, -0.0183482f, 0.5772964f}, 1e-6);
    expect_near(values_of(outputs[2]), {0.2409548f, 0.9157489f, -0.1425211f, 1.061699f}, 1e-6);
}

TEST(Lstm, CoupledGatesForgetWhatTheyLetIn) {
    // With c0 = 1, a cell gate that is always 1 and coupled gates the cell stays at 1.
    auto operands = lstm_layer();
    operands.resize(6);
    operands[5] = operand({1, kBatch, kHidden}, std::vector<float>(4, 1.0f));
    const auto outputs = run_node("lstm", operands,
                                  {{"input_forget", 1},
                                   {"activations", std::string("sigmoid,affine,tanh")},
                                   {"activation_alpha", std::vector<double>{0, 0, 0}},
                                   {"activation_beta", std::vector<double>{0, 1, 0}}});
    expect_near(values_of(outputs[2]), std::vector<float>(4, 1.0f), 1e-6);
}

TEST(Gru, AgreesWithOnnxBothWaysOfResetting) {
    EXPECT_EQ(inferred("gru", layer(3)), "[3,1,2,2][1,2,2]");
    const auto before = run_node("gru", layer(3));
    expect_near(values_of(before[0]),
                {0.3505662f, -0.2012688f, 0.5826873f, -0.1365729f, 0.6490805f, -0.2655358f,
                 0.6297457f, -0.0381967f, 0.794322f, -0.3235747f, 0.6468191f, 0.2812861f},
                1e-6);
    const auto after = run_node("gru", layer(3), {{"linear_before_reset", 1}});
    expect_near(values_of(after[0]),
                {0.3506209f, -0.7908932f, 0.5932747f, -0.3000912f, 0.7193249f, -0.7778941f,
                 0.6384146f, -0.3565292f, 0.8133422f, -0.7725009f, 0.7045138f, -0.07719699f},
                1e-6);
    expect_near(values_of(after[1]), {0.8133422f, -0.7725009f, 0.7045138f, -0.07719699f}, 1e-6);
}

TEST(Rnn, AgreesWithOnnx) {
    const auto outputs = run_node("rnn", layer(1));
    expect_near(values_of(outputs[0]),
                {0.8756516f, -0.9919868f, 0.26577f, -0.2323693f, -0.8130952f, 0.5492339f,
                 0.6659467f, -0.4428546f, -0.9803947f, 0.3022606f, 0.2466201f, -0.3771937f},
                1e-6);
}

TEST(Rnn, ClipsWhatGoesIntoTheFunction) {
    const auto outputs =
        run_node("rnn", layer(1), {{"clip", 0.25}, {"activations", std::string("relu")}});
    for (const float value : values_of(outputs[0])) {
        EXPECT_GE(value, 0);
        EXPECT_LE(value, 0.25f);
    }
}

/// Floats first … first+count-1 of \p bytes.
Bytes part(const Bytes &bytes, size_t first, size_t count) {
    const auto at = bytes.begin() + static_cast<std::ptrdiff_t>(first * sizeof(float));
    return {at, at + static_cast<std::ptrdiff_t>(count * sizeof(float))};
}

/// The operands of one direction of two; the sequence has none.
std::vector<Operand> direction_of(const std::vector<Operand> &both, size_t direction) {
    std::vector<Operand> one = both;
    for (size_t i = 1; i < one.size(); ++i) {
        one[i].type.shape[0] = 1;
        const size_t count = both[i].bytes.size() / sizeof(float) / 2;
        one[i].bytes = part(both[i].bytes, direction * count, count);
    }
    return one;
}

TEST(Recurrent, BidirectionalIsOneOfEachDirection) {
    const std::pair<std::string, std::vector<Operand>> layers[] = {
        {"lstm", lstm_layer(2)}, {"gru", layer(3, 2)}, {"rnn", layer(1, 2)}};
    for (const auto &[op, operands] : layers) {
        const auto both = run_node(op, operands, {{"direction", std::string("bidirectional")}});
        const auto forward = run_node(op, direction_of(operands, 0));
        const auto reverse =
            run_node(op, direction_of(operands, 1), {{"direction", std::string("reverse")}});
        const size_t state = kBatch * kHidden;
        for (size_t t = 0; t < kSteps; ++t) {
            EXPECT_EQ(part(both[0], 2 * t * state, state), part(forward[0], t * state, state));
            EXPECT_EQ(part(both[0], (2 * t + 1) * state, state),
                      part(reverse[0], t * state, state));
        }
        for (size_t i = 1; i < both.size(); ++i) {
            EXPECT_EQ(part(both[i], 0, state), forward[i]) << op;
            EXPECT_EQ(part(both[i], state, state), reverse[i]) << op;
        }
    }
}

TEST(Recurrent, ReverseIsForwardThroughTheTurnedSequence) {
    auto operands = layer(3);
    const auto reverse = run_node("gru", operands, {{"direction", std::string("reverse")}});
    const size_t step = kBatch * kInputs;
    Bytes turned;
    for (size_t t = kSteps; t-- > 0;) {
        const Bytes one = part(operands[0].bytes, t * step, step);
        turned.insert(turned.end(), one.begin(), one.end());
    }
    operands[0].bytes = turned;
    EXPECT_EQ(run_node("gru", operands)[1], reverse[1]);
}

TEST(Recurrent, ShortSequencesEndInZerosAndKeepTheirState) {
    auto operands = layer(1);
    const auto whole = values_of(run_node("rnn", operands)[0]);
    operands.push_back(operand<int32_t>({kBatch}, {3, 1}));
    const auto outputs = run_node("rnn", operands);
    const auto y = values_of(outputs[0]), y_h = values_of(outputs[1]);
    for (size_t t = 0; t < kSteps; ++t) {
        for (size_t j = 0; j < kHidden; ++j) {
            EXPECT_EQ(y[t * 4 + j], whole[t * 4 + j]);
            EXPECT_EQ(y[t * 4 + 2 + j], t < 1 ? whole[t * 4 + 2 + j] : 0);
        }
    }
    EXPECT_EQ(y_h, (std::vector<float>{whole[8], whole[9], whole[2], whole[3]}));
}

TEST(Recurrent, ExplainsBadOperands) {
    auto operands = lstm_layer();
    EXPECT_EQ(inferred("lstm", operands, {{"direction", std::string("bidirectional")}}),
              "weights have 1 directions, expected 2 for 'bidirectional'");
    EXPECT_EQ(inferred("lstm", operands, {{"activations", std::string("sigmoid,tanh")}}),
              "attribute activations is 'sigmoid,tanh', expected 3 names");
    EXPECT_EQ(inferred("lstm", operands, {{"activations", std::string("sigmoid,tan,tanh")}}),
              "activation 'tan' is not one of recurrent layers");
    operands[5] = noise_operand({1, 2, 3});
    EXPECT_EQ(inferred("lstm", operands), "input 5 is float32 [1,2,3], expected float32 [1,2,2]");
}

}  // namespace
}  // namespace embark
