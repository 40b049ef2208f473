#include "evaluate/evaluate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "evaluate/testing.h"
#include "ops/testing.h"

namespace embark {
namespace {

using ::testing::HasSubstr;

/// Four values through a dense layer and softmax to three classes.
Graph small_network() {
    Graph graph = graph_with_input({1, 4});
    graph.add_constant("w", {3, 4}, noise(12));
    const TensorId fc = append_node(graph, make_node("dense", "fc", {0, 1})).value();
    graph.outputs = {append_node(graph, make_node("softmax", "p", {fc})).value()};
    return graph;
}

Dataset images(int64_t count) {
    Dataset dataset;
    dataset.name = "d";
    dataset.shape = {4};
    dataset.count = count;
    for (int64_t i = 0; i < count * 4; ++i) dataset.data.push_back(static_cast<uint8_t>(i * 37));
    for (int64_t i = 0; i < count; ++i) dataset.labels.push_back(static_cast<int32_t>(i % 3));
    return dataset;
}

TEST(EvaluateReference, DoesNotDependOnTheNumberOfThreads) {
    const Graph graph = small_network();
    const Dataset dataset = images(50);
    const auto one = evaluate_reference(graph, dataset, {.threads = 1});
    ASSERT_TRUE(one.ok()) << to_string(one.error());
    EXPECT_EQ(one->images, 50);
    EXPECT_FALSE(one->stopped);
    ASSERT_TRUE(one->classification.has_value());
    for (const int threads : {2, 3, 100}) {
        const auto many = evaluate_reference(graph, dataset, {.threads = threads});
        ASSERT_TRUE(many.ok());
        EXPECT_EQ(many->raw, one->raw);
        EXPECT_EQ(many->outputs[0].values, one->outputs[0].values);
        EXPECT_EQ(many->classification->loss(), one->classification->loss());
    }
}

TEST(EvaluateReference, GivesWhatEvaluateGivesImageByImage) {
    const Graph graph = small_network();
    const Dataset dataset = images(3);
    const auto result = evaluate_reference(graph, dataset);
    ASSERT_TRUE(result.ok());
    for (int64_t i = 0; i < 3; ++i) {
        const std::vector<Bytes> input{
            make_input(dataset, i, graph.tensor(graph.inputs[0]).type).value()};
        const auto expected = evaluate(graph, input);
        EXPECT_EQ(result->raw[static_cast<size_t>(i)], *expected);
        const auto row = result->outputs[0].row(i);
        EXPECT_EQ(std::vector<float>(row.begin(), row.end()), to_floats(expected->at(0)));
    }
}

TEST(EvaluateReference, ReportsProgressAndStopsAfterAPrefix) {
    const Graph graph = small_network();
    std::atomic<bool> stop = false;
    std::vector<int64_t> seen;
    EvaluateOptions options{.count = 40, .threads = 2};
    options.stop = &stop;
    options.progress = [&](int64_t done, int64_t total) {
        EXPECT_EQ(total, 40);
        seen.push_back(done);
        if (done == 5) stop = true;
    };
    const auto result = evaluate_reference(graph, images(50), options);
    ASSERT_TRUE(result.ok());
    EXPECT_TRUE(result->stopped);
    EXPECT_GE(result->images, 5);
    EXPECT_LE(result->images, 7);
    EXPECT_EQ(result->images, static_cast<int64_t>(seen.size()));
    for (const auto &image : result->raw) EXPECT_EQ(image.size(), 1u);
    EXPECT_EQ(result->classification->images(), result->images);
}

TEST(EvaluateReference, NeedsNoLabels) {
    Dataset dataset = images(2);
    dataset.labels.clear();
    const auto result = evaluate_reference(small_network(), dataset);
    ASSERT_TRUE(result.ok());
    EXPECT_FALSE(result->classification.has_value());
}

TEST(EvaluateReference, ExplainsDataThatDoesNotFit) {
    Dataset dataset = images(2);
    dataset.labels[1] = 3;
    EXPECT_EQ(to_string(evaluate_reference(small_network(), dataset).error()),
              "d: label 3 of image 1 is out of range, the network has 3 classes");
    dataset.shape = {2, 2};
    EXPECT_THAT(to_string(evaluate_reference(small_network(), dataset).error()),
                HasSubstr("images have shape [2,2], the network's input 'x' has [1,4]"));
    Graph graph = small_network();
    graph.inputs.push_back(graph.add_activation("z", {DataType::kFloat32, {1}, {}}));
    EXPECT_THAT(to_string(evaluate_reference(graph, images(1)).error()),
                HasSubstr("the network has 2 inputs, expected 1"));
}

TEST(ReferenceOutputs, AreReadAndCompared) {
    const auto directory = TemporaryDirectory::create().value();
    const auto path = directory.path() / "r.npz";
    write_npz(path, {{"outputs", npy("<f4", "(2, 2)", elements<float>({0.1f, 0.9f, 1, 0}))}});
    const auto reference = load_reference_outputs(path);
    ASSERT_TRUE(reference.ok()) << to_string(reference.error());
    Predictions found;
    found.append(std::vector<float>{0.1f, 0.9f});
    found.append(std::vector<float>{0.25f, 0.75f});
    found.append(std::vector<float>{0, 1});
    const auto differences = compare(found, *reference);
    ASSERT_TRUE(differences.ok());
    EXPECT_EQ(differences->images(), 2);
    EXPECT_EQ(differences->agreement(), 0.5);
    EXPECT_EQ(differences->max_abs_error(), 0.75);

    write_npz(path, {{"outputs", npy("<i4", "(2, 2)", Bytes(16))}});
    EXPECT_EQ(load_reference_outputs(path).error().message,
              "is int32 [2,2], expected float32 [images,values]");
    EXPECT_EQ(compare(found, Predictions{}).error().message,
              "cannot compare 3 images of 2 values with 0 of 0");
}

}  // namespace
}  // namespace embark
