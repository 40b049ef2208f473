// Models in models, wrappers and functions between layers: how they are named, found and refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "import/keras/layer_calls.h"
#include "import/keras/test_file.h"
#include "import/keras/weights.h"

namespace embark::keras {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> node_names(const Graph &graph) {
    std::vector<std::string> names;
    for (const Node &node : graph.nodes) names.push_back(node.name);
    return names;
}

/// A layer that is a Sequential model without an input of its own.
std::string inner_model(const std::string &name, const std::string &layers) {
    return fmt::format(R"({{"class_name":"Sequential","config":{{"name":"{}","layers":[{}]}}}})",
                       name, layers);
}

TestFile of_layers(const std::string &shape, const std::string &layers) {
    TestFile file;
    file.model_config = sequential_config(shape, layers);
    return file;
}

Error fault(const TestFile &file, const ImportOptions &options = {}) {
    const auto graph = import_test_file(file, options);
    EXPECT_FALSE(graph.ok());
    return graph.ok() ? Error{} : graph.error();
}

const char *const kDense3 = R"("units":3,"use_bias":false)";

TEST(SnakeCase, WordsBeginAtCapitalsNextToSmallLetters) {
    EXPECT_EQ(snake_case("Conv2D"), "conv2d");
    EXPECT_EQ(snake_case("Conv2DTranspose"), "conv2d_transpose");
    EXPECT_EQ(snake_case("BatchNormalization"), "batch_normalization");
    EXPECT_EQ(snake_case("LSTM"), "lstm");
    EXPECT_EQ(snake_case("PReLU"), "p_re_lu");
    EXPECT_EQ(snake_case("TFOpLambda"), "tf_op_lambda");
}

TEST(LayerCalls, Keras2KeywordsMayBeTensorsOrConstants) {
    const auto document =
        Document::parse(R"([[["x",1,2,{"value":["v",0,0],"axis":1,"name":"n"}]]])");
    const auto calls = parse_calls(document->root());
    ASSERT_TRUE(calls.has_value());
    const LayerCall &call = calls->at(0);
    EXPECT_THAT(call.inputs, ElementsAre(TensorRef{"x", 1, 2}, TensorRef{"v", 0, 0}));
    EXPECT_EQ(call.keyword("axis").as_int(), 1);
    EXPECT_TRUE(call.keyword("value").is_null());
    EXPECT_EQ(call.foreign_argument(), "axis=1");
}

TEST(LayerCalls, Keras3ListsAndDictionariesOfTensorsAreLaidOutFlat) {
    const auto tensor = [](const char *layer) {
        return fmt::format(
            R"({{"class_name":"__keras_tensor__","config":{{"keras_history":["{}",0,0]}}}})",
            layer);
    };
    const auto document = Document::parse(fmt::format(
        R"([{{"args":[[{},{}],2.5],"kwargs":{{"initial_state":{{"h":{}}},"mask":[null,null]}}}}])",
        tensor("a"), tensor("b"), tensor("c")));
    const auto calls = parse_calls(document->root());
    ASSERT_TRUE(calls.has_value());
    const LayerCall &call = calls->at(0);
    EXPECT_TRUE(call.is_keras3);
    EXPECT_THAT(call.inputs,
                ElementsAre(TensorRef{"a", 0, 0}, TensorRef{"b", 0, 0}, TensorRef{"c", 0, 0}));
    ASSERT_EQ(call.arguments.size(), 5u);
    EXPECT_EQ(call.arguments[2].constant.as_number(), 2.5);
    EXPECT_EQ(call.arguments[3].keyword, "initial_state");
    EXPECT_EQ(call.foreign_argument(), "2.5");
}

TEST(NestedModel, NodesAndConstantsCarryThePath) {
    TestFile file = of_layers(
        "2", inner_model("outer", inner_model("inner", layer_config("Dense", "dense", kDense3)) +
                                      "," + layer_config("ReLU", "relu")));
    file.layers = {{"outer", {{"dense/kernel", {2, 3}, {}}}}};
    const auto graph = import_test_file(file);
    ASSERT_TRUE(graph.ok()) << to_string(graph.error());
    EXPECT_THAT(node_names(*graph), ElementsAre("outer/inner/dense", "outer/relu"));
    EXPECT_EQ(graph->tensor(graph->nodes[0].inputs[1]).name, "outer/inner/dense/weights");
}

TEST(NestedModel, LayersOfTheSameNameAreToldApartByTheirPaths) {
    TestFile file = of_layers(
        "2",
        inner_model(
            "outer",
            inner_model("a", layer_config("Dense", "dense", R"("units":2,"use_bias":false)")) +
                "," +
                inner_model("b", layer_config("Dense", "dense", R"("units":2,"use_bias":false)"))));
    file.layers = {{"outer",
                    {{"outer/b/dense/kernel", {2, 2}, {5, 6, 7, 8}},
                     {"outer/a/dense/kernel", {2, 2}, {1, 2, 3, 4}}}}};
    const auto graph = import_test_file(file);
    ASSERT_TRUE(graph.ok()) << to_string(graph.error());
    EXPECT_THAT(graph->tensor(graph->nodes[0].inputs[1]).values<float>(), ElementsAre(1, 3, 2, 4));
    EXPECT_THAT(graph->tensor(graph->nodes[1].inputs[1]).values<float>(), ElementsAre(5, 7, 6, 8));
}

/// Keras keeps the names that layers had when they were made.
TEST(NestedModel, WeightsUnderForgottenNamesAreTakenInOrder) {
    TestFile file = of_layers(
        "2",
        inner_model("outer", layer_config("Dense", "first", R"("units":2,"use_bias":false)") + "," +
                                 layer_config("Dense", "second", R"("units":2,"use_bias":false)")));
    file.layers = {
        {"outer",
         {{"dense_7/kernel", {2, 2}, {1, 2, 3, 4}}, {"dense_8/kernel", {2, 2}, {5, 6, 7, 8}}}}};
    const auto graph = import_test_file(file);
    ASSERT_TRUE(graph.ok()) << to_string(graph.error());
    EXPECT_THAT(graph->tensor(graph->nodes[1].inputs[1]).values<float>(), ElementsAre(5, 7, 6, 8));
}

TEST(NestedModel, WeightsThatNobodyKnowsAreRefused) {
    TestFile file = of_layers("2", inner_model("outer", layer_config("Dense", "dense", kDense3)));
    file.layers = {{"outer", {{"dense/kernel", {2, 3}, {}}, {"dense/lora_a", {2, 3}, {}}}}};
    const Error error = fault(file);
    EXPECT_EQ(error.location.place, "layer outer");
    EXPECT_THAT(error.message, HasSubstr("weights of unknown meaning: lora_a"));
}

TEST(NestedModel, MissingWeightsNameTheInnerLayer) {
    const Error error =
        fault(of_layers("2", inner_model("outer", layer_config("Dense", "dense", kDense3))));
    EXPECT_EQ(error.location.place, "layer outer/dense/kernel");
    EXPECT_EQ(error.message, "is missing, expected weights of shape [2,3]");
}

TEST(NestedModel, UnsupportedLayersInsideAreAllListed) {
    const std::string wrapped = fmt::format(R"("layer":{})", layer_config("Masking", "mask"));
    const Error error = fault(of_layers(
        "4,4", layer_config("Lambda", "top") + "," +
                   inner_model("outer", layer_config("Lambda", "magic") + "," +
                                            inner_model("deep", layer_config("Mine", "own"))) +
                   "," + layer_config("TimeDistributed", "each", wrapped)));
    EXPECT_EQ(error.location.place, "layer top");
    ASSERT_EQ(error.notes.size(), 3u);
    EXPECT_THAT(error.notes[0], HasSubstr("layer outer/magic: Lambda layers hold Python code"));
    EXPECT_THAT(error.notes[1], HasSubstr("layer outer/deep/own: layer class Mine is unknown"));
    EXPECT_THAT(error.notes[2], HasSubstr("layer each/mask: layer class Masking is not supported"));
}

TEST(NestedModel, WrapperAroundNothingIsRefused) {
    const Error error = fault(of_layers("4,4", layer_config("TimeDistributed", "each")));
    EXPECT_EQ(error.location.place, "layer each");
    EXPECT_EQ(error.message, "wraps no layer");
}

TEST(Operations, UnknownFunctionsAreNamed) {
    EXPECT_THAT(fault(of_layers("4", layer_config("TFOpLambda", "tf.signal.fft",
                                                  R"("function":"signal.fft")")))
                    .message,
                HasSubstr("TensorFlow function \"signal.fft\" is not supported"));
    EXPECT_THAT(
        fault(of_layers(
                  "4",
                  R"({"module":"keras.src.ops.math","class_name":"FFT","config":{"name":"fft"}})"))
            .message,
        HasSubstr("operation FFT of keras.src.ops.math is not supported"));
}

TEST(Inputs, OpenExtentsCanBeGiven) {
    TestFile file = of_layers("null,3", layer_config("Flatten", "flat"));
    const Error error = fault(file);
    EXPECT_THAT(error.message, HasSubstr("[null,null,3] with an unknown extent"));
    EXPECT_THAT(error.notes, ElementsAre(HasSubstr("--shape")));
    ImportOptions options;
    options.input_shapes["image"] = {1, 5, 3};
    const auto graph = import_test_file(file, options);
    ASSERT_TRUE(graph.ok()) << to_string(graph.error());
    EXPECT_EQ(graph->tensor(graph->outputs[0]).type.shape, (Shape{1, 15}));
}

TEST(Inputs, GivenShapesMustFit) {
    const TestFile file = of_layers("null,3", layer_config("Flatten", "flat"));
    ImportOptions options;
    options.input_shapes["image"] = {1, 5, 4};
    EXPECT_THAT(fault(file, options).message, HasSubstr("given shape [1,5,4] does not fit"));
    options.input_shapes = {{"picture", {1, 5, 3}}, {"image", {1, 5, 3}}};
    const Error error = fault(file, options);
    EXPECT_EQ(error.code, ErrorCode::kUsage);
    EXPECT_EQ(error.message, "has no input 'picture' to give a shape to, expected one of: image");
}

}  // namespace
}  // namespace embark::keras
