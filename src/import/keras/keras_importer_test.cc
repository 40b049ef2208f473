#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/bytes.h"
#include "import/keras/test_file.h"
#include "ops/registry.h"

namespace embark::keras {
namespace {

using testing::ElementsAre;
using testing::FloatNear;
using testing::HasSubstr;

constexpr const char *kConv =
    R"("filters":3,"kernel_size":[3,3],"padding":"same","activation":"relu")";

TestLayer conv_weights(const std::string &name) {
    return {name, {{name + "/kernel", {3, 3, 2, 3}, {}}, {name + "/bias", {3}, {}}}};
}

/// image [4,4,2] -> conv -> norm
TestFile conv_and_norm() {
    TestFile file;
    file.model_config = sequential_config("4,4,2", layer_config("Conv2D", "conv", kConv) + "," +
                                                       layer_config("BatchNormalization", "norm"));
    file.layers = {conv_weights("conv"),
                   {"norm",
                    {{"norm/gamma", {3}, {1, 2, 3}},
                     {"norm/beta", {3}, {0.5f, 0.5f, 0.5f}},
                     {"norm/moving_mean", {3}, {1, 0, -1}},
                     {"norm/moving_variance", {3}, {3.999f, 0.999f, 8.999f}}}}};
    return file;
}

Error fault(const TestFile &file) {
    const auto graph = import_test_file(file);
    EXPECT_FALSE(graph.ok());
    return graph.ok() ? Error{} : graph.error();
}

TestFile of_layers(const std::string &shape, const std::string &layers) {
    TestFile file;
    file.model_config = sequential_config(shape, layers);
    return file;
}

const Tensor &find_tensor(const Graph &graph, const std::string &name) {
    for (const Tensor &tensor : graph.tensors) {
        if (tensor.name == name) return tensor;
    }
    ADD_FAILURE() << "no tensor " << name;
    return graph.tensors.front();
}

TEST(KerasImporter, ActivationArgumentsBecomeNodes) {
    const auto graph = import_test_file(conv_and_norm());
    ASSERT_TRUE(graph.ok()) << to_string(graph.error());
    ASSERT_EQ(graph->nodes.size(), 3u);
    EXPECT_EQ(graph->nodes[0].name, "conv");
    EXPECT_EQ(graph->nodes[0].source, "Conv2D");
    EXPECT_EQ(graph->nodes[1].name, "conv/relu");
    EXPECT_EQ(graph->nodes[1].op, "relu");
    EXPECT_EQ(graph->nodes[1].source, "ReLU");
    EXPECT_EQ(graph->nodes[2].name, "norm");
    EXPECT_EQ(graph->tensor(graph->inputs[0]).name, "image");
    EXPECT_TRUE(verify(*graph).ok());
}

TEST(KerasImporter, FiltersAreTransposedToOhwi) {
    TestFile file = conv_and_norm();
    auto &values = file.layers[0].weights[0].values;
    for (int i = 0; i < 54; ++i) values.push_back(static_cast<float>(i));
    const auto graph = import_test_file(file);
    ASSERT_TRUE(graph.ok()) << to_string(graph.error());
    const Tensor &filter = find_tensor(*graph, "conv/filter");
    EXPECT_EQ(filter.type.shape, (Shape{3, 3, 3, 2}));
    // Output channel 1, row 2, column 1, input channel 0 is at HWIO [2][1][0][1].
    EXPECT_EQ(filter.values<float>()[((1 * 3 + 2) * 3 + 1) * 2 + 0],
              static_cast<float>(((2 * 3 + 1) * 2 + 0) * 3 + 1));
}

TEST(KerasImporter, BatchNormalizationIsReducedToScaleAndShift) {
    const auto graph = import_test_file(conv_and_norm());
    ASSERT_TRUE(graph.ok()) << to_string(graph.error());
    const auto scale = find_tensor(*graph, "norm/scale").values<float>();
    const auto shift = find_tensor(*graph, "norm/shift").values<float>();
    constexpr float kTolerance = 1e-6f;
    EXPECT_THAT(scale, ElementsAre(FloatNear(0.5f, kTolerance), FloatNear(2, kTolerance),
                                   FloatNear(1, kTolerance)));
    EXPECT_THAT(shift, ElementsAre(FloatNear(0, kTolerance), FloatNear(0.5f, kTolerance),
                                   FloatNear(1.5f, kTolerance)));
}

TEST(KerasImporter, SourceInfoTellsWhatTheFileHolds) {
    TestFile file = conv_and_norm();
    file.training_config =
        R"({"loss":{"class_name":"CategoricalCrossentropy","config":{"name":"cce"}},)"
        R"("optimizer_config":{"class_name":"Custom>Adam","config":{"name":"adam"}}})";
    const auto graph = import_test_file(file);
    ASSERT_TRUE(graph.ok()) << to_string(graph.error());
    const SourceInfo &source = graph->source;
    EXPECT_EQ(source.format, "Keras HDF5");
    EXPECT_EQ(source.framework, "Keras 3.15.1");
    EXPECT_EQ(source.file_name, "model.h5");
    EXPECT_EQ(source.parameters, 54 + 3 + 4 * 3);
    EXPECT_EQ(source.weights_bytes, 4u * 69);
    EXPECT_EQ(source.optimizer, "Adam");
    EXPECT_EQ(source.loss, "cce");
    EXPECT_GT(source.file_bytes, 1000u);
    EXPECT_THAT(source.warnings, testing::IsEmpty());
}

TEST(KerasImporter, OptimizerStateIsMeasured) {
    const auto path = sample("sequential.h5");
    const auto graph = import_model(path);
    ASSERT_TRUE(graph.ok()) << to_string(graph.error());
    // Two moments per trained parameter (415 less the 8 statistics), iteration and learning rate.
    EXPECT_EQ(graph->source.optimizer_bytes, 4u * (2 * 407) + 8 + 4);
    EXPECT_EQ(graph->source.file_hash, fnv1a64(read_file(path).value()));
    ASSERT_EQ(graph->source.training_layers.size(), 1u);
    EXPECT_EQ(graph->source.training_layers[0].source, "Dropout");
    EXPECT_DOUBLE_EQ(graph->source.training_layers[0].rate, 0.3);
    EXPECT_EQ(graph->source.training_layers[0].after, "dense/leaky_relu");
}

TEST(KerasImporter, StringsMayHaveFixedLengthAndListsMayBeSplit) {
    TestFile file = conv_and_norm();
    for (const bool fixed : {false, true}) {
        for (const bool split : {false, true}) {
            file.fixed_strings = fixed;
            file.split_lists = split;
            const auto graph = import_test_file(file);
            ASSERT_TRUE(graph.ok()) << to_string(graph.error());
            EXPECT_EQ(graph->nodes.size(), 3u);
        }
    }
}

TEST(KerasImporter, SequentialWithoutInputLayerUsesTheShapeItWasBuiltWith) {
    TestFile file = conv_and_norm();
    file.model_config = R"({"class_name":"Sequential","config":{"name":"net","layers":[)" +
                        layer_config("Conv2D", "conv", kConv) +
                        R"(],"build_input_shape":[null,4,4,2]}})";
    const auto graph = import_test_file(file);
    ASSERT_TRUE(graph.ok()) << to_string(graph.error());
    EXPECT_EQ(graph->tensor(graph->inputs[0]).type.shape, (Shape{1, 4, 4, 2}));
}

TEST(KerasImporter, ModelThatWasNeverBuiltIsRefused) {
    TestFile file;
    file.model_config = R"({"class_name":"Sequential","config":{"name":"net","layers":[)" +
                        layer_config("Flatten", "flat") + "]}}";
    EXPECT_THAT(fault(file).message, HasSubstr("saved before it was built"));
}

TEST(KerasImporter, UnknownSpatialExtentIsRefused) {
    const Error error = fault(of_layers("null,null,3", layer_config("Flatten", "flat")));
    EXPECT_EQ(error.code, ErrorCode::kInvalid);
    EXPECT_EQ(error.location.place, "layer image");
    EXPECT_THAT(error.message, HasSubstr("[null,null,null,3] with an unknown extent"));
}

TEST(KerasImporter, AllUnsupportedLayersAreListed) {
    const Error error = fault(of_layers("4,4,2", layer_config("Lambda", "magic") + "," +
                                                     layer_config("ConvLSTM2D", "cube") + "," +
                                                     layer_config("MyLayer", "mine")));
    EXPECT_EQ(error.code, ErrorCode::kUnsupported);
    EXPECT_EQ(error.location.place, "layer magic");
    EXPECT_THAT(error.message, HasSubstr("Lambda layers hold Python code"));
    EXPECT_THAT(error.message, HasSubstr("(reads float32[1,4,4,2])"));
    ASSERT_EQ(error.notes.size(), 2u);
    EXPECT_THAT(error.notes[0], HasSubstr("layer cube: layer class ConvLSTM2D is not supported"));
    EXPECT_THAT(error.notes[1], HasSubstr("layer mine: layer class MyLayer is unknown"));
}

TEST(KerasImporter, UnsupportedActivationIsNamed) {
    const Error error =
        fault(of_layers("4", layer_config("Activation", "act", R"("activation":"glu")")));
    EXPECT_EQ(error.code, ErrorCode::kUnsupported);
    EXPECT_EQ(error.location.place, "layer act");
    EXPECT_EQ(error.message, "activation 'glu' is not supported");
}

TEST(KerasImporter, CustomLayerWithAWellKnownNameIsRefused) {
    const Error error = fault(of_layers(
        "4", R"({"class_name":"Flatten","registered_name":"Mine>Flatten","config":{"name":"f"}})"));
    EXPECT_THAT(error.message, HasSubstr("Mine>Flatten is custom"));
}

TEST(KerasImporter, MissingWeightsNameTheLayer) {
    TestFile file = conv_and_norm();
    file.layers[0].weights.pop_back();
    const Error error = fault(file);
    EXPECT_EQ(error.code, ErrorCode::kInvalid);
    EXPECT_EQ(error.location.place, "layer conv/bias");
    EXPECT_EQ(error.message, "is missing, expected weights of shape [3]");
}

TEST(KerasImporter, WrongShapesSayWhatWasExpected) {
    TestFile file = conv_and_norm();
    file.layers[0].weights[0].shape = {3, 3, 1, 3};
    EXPECT_EQ(fault(file).message, "has shape [3,3,1,3], expected [3,3,2,3]");
    file.layers[0].weights[0].shape = {3, 3, 6};
    EXPECT_EQ(fault(file).message, "shape [3,3,6] has rank 3, expected 4");
}

TEST(KerasImporter, ValuesThatAreNotFiniteAreCounted) {
    TestFile file = conv_and_norm();
    file.layers[1].weights[0].values = {1, NAN, INFINITY};
    const Error error = fault(file);
    EXPECT_EQ(error.code, ErrorCode::kInvalid);
    EXPECT_EQ(error.location.place, "layer norm/gamma");
    EXPECT_EQ(error.message, "2 of 3 values are not finite (the first, at 1, is nan)");
}

TEST(KerasImporter, WeightsThatNobodyKnowsAreRefused) {
    TestFile file = conv_and_norm();
    file.layers[0].weights.push_back({"conv/lora_kernel_a", {2}, {}});
    EXPECT_THAT(fault(file).message, HasSubstr("unknown meaning: lora_kernel_a"));
}

TEST(KerasImporter, DuplicateNamesAreRefused) {
    const Error error =
        fault(of_layers("4", layer_config("ReLU", "a") + "," + layer_config("ReLU", "a")));
    EXPECT_EQ(error.code, ErrorCode::kInvalid);
    EXPECT_EQ(error.message, "name is used twice");
}

TEST(KerasImporter, LayerNamedLikeAnActivationsNodeIsRefused) {
    const Error error =
        fault(of_layers("4", layer_config("Average", "a") + "," + layer_config("ReLU", "a/relu")));
    EXPECT_EQ(error.message, "has 1 inputs, expected two or more");
    TestFile file = of_layers("4,4,2", layer_config("Conv2D", "conv", kConv) + "," +
                                           layer_config("Flatten", "conv/relu"));
    file.layers = {conv_weights("conv")};
    EXPECT_EQ(fault(file).message, "needs the name 'conv/relu' for a node, which another has");
}

TEST(KerasImporter, WeightsOnlyFileSaysHowToSave) {
    TestFile file = conv_and_norm();
    file.model_config.clear();
    const Error error = fault(file);
    EXPECT_THAT(error.message, HasSubstr("holds weights only"));
    EXPECT_THAT(error.notes, ElementsAre(HasSubstr("model.save()")));
}

TEST(KerasImporter, OtherHdf5FileIsNoModel) {
    TestFile file;
    file.with_weights_group = false;
    EXPECT_THAT(fault(file).message, HasSubstr("HDF5 file without the attribute 'model_config'"));
}

TEST(KerasImporter, MixedPrecisionIsReadWithAWarning) {
    const auto graph = import_test_file(of_layers(
        "4",
        layer_config("Flatten", "f",
                     R"("dtype":{"class_name":"DTypePolicy","config":{"name":"mixed_float16"}})")));
    ASSERT_TRUE(graph.ok()) << to_string(graph.error());
    EXPECT_THAT(graph->source.warnings, ElementsAre(HasSubstr("mixed_float16")));
}

TEST(KerasImporter, HardSigmoidFollowsTheVersionThatWroteIt) {
    TestFile file =
        of_layers("4", layer_config("Activation", "a", R"("activation":"hard_sigmoid")"));
    const auto now = import_test_file(file);
    file.keras_version = "2.4.0";
    const auto then = import_test_file(file);
    ASSERT_TRUE(now.ok() && then.ok());
    EXPECT_EQ(now->nodes.back().op, "hard_sigmoid");
    EXPECT_EQ(then->nodes.back().op, "clip");
}

}  // namespace
}  // namespace embark::keras
