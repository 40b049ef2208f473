// Damaged and hostile files: whatever is in them, the importer answers with a graph or an error.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "import/importer.h"
#include "import/tflite/test_file.h"

namespace embark::tflite {
namespace {

using schema::BuiltinOperator;
using testing::HasSubstr;

/// Imports \p bytes; a graph that comes out of it must be sound.
Expected<Graph> import_bytes(const Bytes &bytes) {
    auto graph = build_graph(bytes, "damaged.tflite");
    if (graph.ok()) {
        EXPECT_TRUE(verify(*graph).ok());
    } else {
        EXPECT_FALSE(graph.error().message.empty());
        EXPECT_EQ(graph.error().location.file, "damaged.tflite") << to_string(graph.error());
        EXPECT_NE(graph.error().code, ErrorCode::kInternal) << to_string(graph.error());
    }
    return graph;
}

TEST(TfliteHostile, FilesCutAtAnyByteAreErrors) {
    for (const char *name : {"seanet_leaky_relu12.tflite", "seanet_quantize0.tflite"}) {
        const Bytes whole = read_file(sample(name)).value();
        for (size_t size = 0; size < whole.size(); ++size) {
            const Bytes part(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(size));
            const bool padding_only =
                std::all_of(whole.begin() + static_cast<ptrdiff_t>(size), whole.end(),
                            [](uint8_t byte) { return byte == 0; });
            EXPECT_TRUE(!import_bytes(part).ok() || padding_only) << name << " " << size;
        }
    }
}

TEST(TfliteHostile, FlippedBitsNeverCrash) {
    std::mt19937 random(20240607);
    int sound = 0, refused = 0;
    for (const char *name : {"seanet_leaky_relu12.tflite", "seanet_conv20.tflite",
                             "seanet_strided_slice0.tflite", "seanet_transpose_conv4.tflite"}) {
        const Bytes whole = read_file(sample(name)).value();
        for (int round = 0; round < 500; ++round) {
            Bytes bytes = whole;
            for (int flip = 0; flip < 1 + round % 4; ++flip) {
                bytes[random() % bytes.size()] ^= static_cast<uint8_t>(1u << random() % 8);
            }
            import_bytes(bytes).ok() ? ++sound : ++refused;
        }
    }
    EXPECT_GT(sound, 0);
    EXPECT_GT(refused, 0);
}

TEST(TfliteHostile, FlippedBitsInVariablesAndTheirFirstValuesNeverCrash) {
    const auto states = std::filesystem::path(EMBARK_SOURCE_DIR) / "tests/data/states";
    const Bytes whole = read_file(states / "variables_float.tflite").value();
    std::mt19937 random(7);
    int sound = 0, refused = 0;
    for (int round = 0; round < 1500; ++round) {
        Bytes bytes = whole;
        bytes[random() % bytes.size()] ^= static_cast<uint8_t>(1u << random() % 8);
        import_bytes(bytes).ok() ? ++sound : ++refused;
    }
    EXPECT_GT(sound, 0);
    EXPECT_GT(refused, 0);
}

TEST(TfliteHostile, EveryByteOfASmallFileReplaced) {
    const Bytes whole = read_file(sample("seanet_quantize0.tflite")).value();
    for (size_t i = 0; i < whole.size(); ++i) {
        for (const uint8_t value : {0x00, 0x01, 0x7f, 0x80, 0xff}) {
            Bytes bytes = whole;
            bytes[i] = value;
            (void)import_bytes(bytes);
        }
    }
}

TEST(TfliteHostile, TruncatedFileIsNamedThroughTheFrontDoor) {
    const auto directory = TemporaryDirectory::create();
    const Bytes whole = read_file(sample("kws_int8.tflite")).value();
    const auto path = directory->path() / "cut.tflite";
    ASSERT_TRUE(write_file(path, std::span(whole).first(1000)).ok());
    const auto graph = import_model(path);
    ASSERT_FALSE(graph.ok());
    EXPECT_EQ(graph.error().code, ErrorCode::kInvalid);
    EXPECT_THAT(to_string(graph.error()),
                HasSubstr("cut.tflite: is a damaged or truncated TensorFlow Lite file"));
}

TEST(TfliteHostile, IndicesOutOfRangeAreNamed) {
    TestModel model;
    const int x = model.add_input("x", {1, 4}), y = model.add_output("y", {1, 4});
    model.add_operator(BuiltinOperator::RELU, {x}, {y});
    model.add_operator(BuiltinOperator::RELU, {99}, {y});
    model.add_operator(BuiltinOperator::RELU, {x}, {-1});
    model.add_operator(BuiltinOperator::RELU, {x}, {y}).opcode_index = 77;
    const std::string fault = model.fault();
    EXPECT_THAT(fault, HasSubstr("operator 1 (RELU) 'y': lists tensor 99, which does not exist"));
    EXPECT_THAT(fault, HasSubstr("operator 2 (RELU): lists tensor -1, which does not exist"));
    EXPECT_THAT(fault, HasSubstr("operator 3: has the code 77 of 4"));
}

TEST(TfliteHostile, TensorsMadeTwiceOrTooLateAreNamed) {
    TestModel model;
    const int x = model.add_input("x", {1, 4}), y = model.add_output("y", {1, 4});
    const int later = model.add_tensor("later", {1, 4});
    model.add_operator(BuiltinOperator::ADD, {x, later}, {y});
    EXPECT_THAT(model.fault(), HasSubstr("operator 0 (ADD) 'y': reads tensor 2 'later' before it "
                                         "is made"));
    TestModel twice;
    const int a = twice.add_input("a", {1, 4}), b = twice.add_output("b", {1, 4});
    twice.add_operator(BuiltinOperator::RELU, {a}, {b});
    twice.add_operator(BuiltinOperator::RELU, {a}, {b});
    EXPECT_THAT(twice.fault(), HasSubstr("operator 1 (RELU) 'b': makes tensor 1 'b' again"));
}

TEST(TfliteHostile, OneBufferForMillionsOfTensorsTakesNoMemory) {
    TestModel model;
    const int x = model.add_input("x", {1 << 14});
    std::vector<float> values(1 << 14, 1.0f);
    int sum = x;
    for (int i = 0; i < 3000; ++i) {
        const int c = model.add_tensor("c", {1 << 14}, schema::TensorType::INT8);
        model.tensor(c).buffer = 1;
        const int f = model.add_tensor("f", {1 << 14});
        model.add_operator(BuiltinOperator::DEQUANTIZE, {c}, {f});
        const int next = model.add_tensor("s", {1 << 14});
        model.add_operator(BuiltinOperator::ADD, {sum, f}, {next});
        sum = next;
    }
    model.subgraph().outputs = {sum};
    auto buffer = std::make_unique<schema::BufferT>();
    buffer->data.resize(1 << 14, 1);
    model.model().buffers.push_back(std::move(buffer));
    EXPECT_THAT(model.fault(), HasSubstr("more memory than a file of its size can need"));
}

TEST(TfliteHostile, ConstantsOfTheWrongSizeAreNamed) {
    TestModel model;
    const int x = model.add_input("x", {1, 4}), y = model.add_output("y", {1, 4});
    const int c = model.add_floats("c", {4});
    model.tensor(c).shape = {1, 5};
    model.add_operator(BuiltinOperator::ADD, {x, c}, {y});
    EXPECT_THAT(model.fault(), HasSubstr("tensor 2 'c' has 16 bytes, expected 20 for "
                                         "float32[1,5]"));
}

}  // namespace
}  // namespace embark::tflite
