#include "import/tflite/tflite_importer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/bytes.h"
#include "import/importer.h"
#include "import/tflite/test_file.h"

namespace embark::tflite {
namespace {

using schema::BuiltinOperator;
using testing::ElementsAre;
using testing::HasSubstr;

Graph import_sample(const std::string &name) {
    auto graph = import_model(sample(name));
    EXPECT_TRUE(graph.ok()) << (graph.ok() ? "" : to_string(graph.error()));
    return graph.ok() ? std::move(graph).value() : Graph{};
}

TEST(TfliteImporter, KeywordSpottingComesWithNamesTypesAndLayouts) {
    const Graph graph = import_sample("kws_int8.tflite");
    EXPECT_EQ(graph.name, "kws_int8");
    ASSERT_EQ(graph.inputs.size(), 1u);
    const Tensor &input = graph.tensor(graph.inputs[0]);
    EXPECT_EQ(input.name, "input_1");
    EXPECT_EQ(input.type.type, DataType::kInt8);
    EXPECT_EQ(input.type.shape, (Shape{1, 49, 10, 1}));
    EXPECT_EQ(input.type.quantization.zero_points, (std::vector<int32_t>{83}));
    EXPECT_EQ(graph.nodes[0].op, "conv2d");
    EXPECT_EQ(graph.nodes[0].source, "CONV_2D");
    EXPECT_EQ(graph.nodes[0].name, "functional_1/activation/Relu");
    EXPECT_EQ(graph.nodes[1].name, "functional_1/activation/Relu/relu");
    // SAME with stride 2: 49 rows and a filter of 10 give 25 rows and a total padding of 9.
    EXPECT_EQ(graph.nodes[0].ints_or("padding", {}), (std::vector<int64_t>{4, 5, 1, 1}));
    const Tensor &filter = graph.tensor(graph.nodes[2].inputs[1]);
    EXPECT_EQ(graph.nodes[2].op, "depthwise_conv2d");
    EXPECT_EQ(filter.name, "functional_1/activation_1/Relu/filter");
    EXPECT_EQ(filter.type.shape, (Shape{3, 3, 64}));
    EXPECT_EQ(filter.type.quantization.axis, 2);
    EXPECT_EQ(filter.type.quantization.scales.size(), 64u);
    EXPECT_EQ(graph.tensor(graph.nodes[2].inputs[2]).type.type, DataType::kInt32);
    EXPECT_EQ(graph.tensor(graph.outputs[0]).type.shape, (Shape{1, 12}));
    EXPECT_TRUE(verify(graph).ok());
}

TEST(TfliteImporter, SourceTellsWhatTheFileTells) {
    const SourceInfo source = import_sample("kws_int8.tflite").source;
    EXPECT_EQ(source.format, "TensorFlow Lite");
    EXPECT_EQ(source.framework, "TensorFlow Lite >= 1.5.0 (MLIR Converted)");
    EXPECT_EQ(source.file_name, "kws_int8.tflite");
    EXPECT_EQ(source.file_bytes, 53936u);
    EXPECT_EQ(source.file_hash, fnv1a64(read_file(sample("kws_int8.tflite")).value()));
    EXPECT_EQ(source.parameters, 22604);
    EXPECT_EQ(source.weights_bytes, 24368u);
    EXPECT_THAT(source.warnings, ElementsAre());
}

TEST(TfliteImporter, IntegerWeightsOfFloatNetworksBecomeFloat) {
    const Graph graph = import_sample("kws_float.tflite");
    const Tensor &filter = graph.tensor(graph.nodes[0].inputs[1]);
    EXPECT_EQ(filter.type.type, DataType::kFloat32);
    EXPECT_TRUE(filter.type.quantization.empty());
    EXPECT_THAT(graph.source.warnings,
                ElementsAre(HasSubstr("the integer weights of 5 operators with float activations "
                                      "(the first is functional_1/activation/Relu)")));
}

TEST(TfliteImporter, SixteenBitActivationsKeepBiasesOf64Bits) {
    const Graph graph = import_sample("seanet_conv20.tflite");
    EXPECT_EQ(graph.tensor(graph.inputs[0]).type.type, DataType::kInt16);
    EXPECT_EQ(graph.tensor(graph.nodes[0].inputs[1]).type.type, DataType::kInt8);
    EXPECT_EQ(graph.tensor(graph.nodes[0].inputs[2]).type.type, DataType::kInt64);
}

TEST(TfliteImporter, UnsupportedOperatorsAreAllListed) {
    TestModel model;
    const int x = model.add_input("x", {1, 4});
    const int a = model.add_tensor("a", {1, 4}), b = model.add_tensor("b", {1, 4});
    const int c = model.add_tensor("c", {1, 4}), y = model.add_output("y", {1, 4});
    model.add_operator(BuiltinOperator::CUSTOM, {x}, {a});
    model.model().operator_codes.back()->custom_code = "MyFilter";
    model.add_operator(BuiltinOperator::RELU, {a}, {b});
    model.add_operator(BuiltinOperator::WHERE, {b}, {c});
    model.add_operator(static_cast<BuiltinOperator>(999), {c}, {y});
    const auto graph = model.import();
    ASSERT_FALSE(graph.ok());
    EXPECT_EQ(graph.error().code, ErrorCode::kUnsupported);
    const std::string fault = to_string(graph.error());
    EXPECT_THAT(fault, HasSubstr("test.tflite: operator 0 (CUSTOM MyFilter) 'a': operator CUSTOM "
                                 "MyFilter of version 1 is not supported (reads float32[1,4]; "
                                 "makes float32[1,4])"));
    EXPECT_THAT(fault, HasSubstr("operator 2 (WHERE) 'c': operator WHERE of version 1 is not"));
    EXPECT_THAT(fault, HasSubstr("operator 3 (operator code 999) 'y': operator code 999 of"));
    EXPECT_EQ(graph.error().notes.size(), 2u);
}

TEST(TfliteImporter, SeveralSubgraphsAreRefusedWithTheirNames) {
    TestModel model;
    const int x = model.add_input("x", {1, 4}), y = model.add_output("y", {1, 4});
    model.add_operator(BuiltinOperator::WHILE, {x}, {y});
    for (const char *name : {"cond", "body"}) {
        model.model().subgraphs.push_back(std::make_unique<schema::SubGraphT>());
        model.model().subgraphs.back()->name = name;
    }
    const std::string fault = model.fault();
    EXPECT_THAT(fault, HasSubstr("subgraphs: are 3 (unnamed, cond, body), expected one"));
    EXPECT_THAT(fault, HasSubstr("operator 0 (WHILE) 'y': operator WHILE of version 1 is not"));
}

TEST(TfliteImporter, FaultsOfAllOperatorsComeAtOnceAndNothingThatFollowsFromThem) {
    TestModel model;
    const int x = model.add_input("x", {1, 4}), a = model.add_tensor("a", {1, 9});
    const int y = model.add_output("y", {1, 9}), z = model.add_output("z", {1, 4});
    model.add_operator(BuiltinOperator::RESHAPE, {x, model.add_ints("s", {1, 9})}, {a});
    model.add_operator(BuiltinOperator::RELU, {a}, {y});
    model.add_operator(BuiltinOperator::SOFTMAX, {x}, {z});
    const std::string fault = model.fault();
    EXPECT_THAT(fault, HasSubstr("operator 0 (RESHAPE) 'a': shape is [1,9], expected 4 elements"));
    EXPECT_THAT(fault, HasSubstr("operator 2 (SOFTMAX) 'z': has no options of its own type"));
    EXPECT_THAT(fault, testing::Not(HasSubstr("operator 1")));
}

TEST(TfliteImporter, OutputsThatDifferFromTheFileAreFaults) {
    TestModel model;
    const int x = model.add_input("x", {1, 4}), y = model.add_output("y", {1, 5});
    model.add_operator(BuiltinOperator::RELU, {x}, {y});
    EXPECT_THAT(model.fault(), HasSubstr("output 0 has the shape [1,5] in the file, but is "
                                         "computed as [1,4]"));
    model.tensor(y).shape = {1, 4};
    model.tensor(y).type = schema::TensorType::INT8;
    EXPECT_THAT(model.fault(), HasSubstr("output 0 is int8 in the file, but computed as float32"));
}

TEST(TfliteImporter, OpenExtentsOfInputsAreMentionedButNotTheBatch) {
    TestModel model;
    const int x = model.add_input("x", {1, 4}), y = model.add_output("y", {1, 4});
    model.add_operator(BuiltinOperator::RELU, {x}, {y});
    model.tensor(x).shape_signature = {-1, 4};
    EXPECT_THAT(model.graph().source.warnings, ElementsAre());
    model.tensor(x).shape_signature = {-1, -1};
    EXPECT_THAT(model.graph().source.warnings,
                ElementsAre("the file leaves extents open; they are taken as x [1,4]"));
}

TEST(TfliteImporter, NamesAreUniquePrintableAndShort) {
    TestModel model;
    const int x = model.add_input("a", {1, 4}), y = model.add_tensor("a", {1, 4});
    const int z = model.add_tensor("a;fused/Relu", {1, 4}), w = model.add_output("", {1, 4});
    model.add_operator(BuiltinOperator::RELU, {x}, {y});
    model.add_operator(BuiltinOperator::RELU, {y}, {z});
    model.add_operator(BuiltinOperator::RELU, {z}, {w});
    const Graph graph = model.graph();
    ASSERT_EQ(graph.nodes.size(), 3u);
    EXPECT_EQ(graph.nodes[0].name, "a_2");
    EXPECT_EQ(graph.nodes[1].name, "a_3");
    EXPECT_EQ(graph.nodes[2].name, "operator_2");
    model.tensor(w).name = "one\ntwo\xff" + std::string(500, 'x');
    const std::string name = model.graph().nodes[2].name;
    EXPECT_EQ(name.substr(0, 9), "one_two_x");
    EXPECT_EQ(name.size(), 120u);
}

TEST(TfliteImporter, InputsMayStayUnread) {
    TestModel model;
    const int x = model.add_input("x", {1, 4}), unread = model.add_input("unread", {4});
    const int y = model.add_output("y", {1, 4});
    model.add_operator(BuiltinOperator::RELU, {x}, {y});
    EXPECT_EQ(model.graph().inputs.size(), 2u);
    EXPECT_EQ(unread, 1);
}

TEST(TfliteImporter, OtherSchemaVersionsAreRefused) {
    TestModel model;
    model.model().version = 2;
    EXPECT_THAT(model.fault(), HasSubstr("has the schema version 2, expected 3"));
}

TEST(TfliteImporter, InputsWithoutElementsAreRefused) {
    TestModel model;
    const int x = model.add_input("x", {0, 4}), y = model.add_output("y", {0, 4});
    model.add_operator(BuiltinOperator::RELU, {x}, {y});
    EXPECT_THAT(model.fault(), HasSubstr("input 0 'x': has shape [0,4], expected extents of at "
                                         "least 1"));
}

}  // namespace
}  // namespace embark::tflite
