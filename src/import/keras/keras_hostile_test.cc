// Damaged and hostile files: whatever is in them, import_model answers with a graph or an error.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "base/bytes.h"
#include "import/keras/archive.h"
#include "import/keras/keras_importer.h"
#include "import/keras/test_file.h"
#include "ops/registry.h"

namespace embark::keras {
namespace {

using testing::HasSubstr;

constexpr const char *kSmallSamples[] = {"shared_layer.h5", "keras2_sequential.h5"};

/// Writes \p bytes and imports them; a graph that comes out of it must be sound.
Expected<Graph> import_bytes(const Bytes &bytes, const std::filesystem::path &path) {
    EXPECT_TRUE(write_file(path, bytes).ok());
    auto graph = import_model(path);
    if (graph.ok()) {
        EXPECT_TRUE(verify(*graph).ok());
    } else {
        EXPECT_FALSE(graph.error().message.empty());
        EXPECT_EQ(graph.error().location.file, path.string()) << to_string(graph.error());
        EXPECT_NE(graph.error().code, ErrorCode::kInternal) << to_string(graph.error());
    }
    return graph;
}

TEST(KerasHostile, TruncatedFilesAreErrors) {
    const auto directory = TemporaryDirectory::create();
    for (const char *name : kSmallSamples) {
        const Bytes whole = read_file(sample(name)).value();
        for (size_t size = 1; size < whole.size(); size += 1 + whole.size() / 60) {
            const Bytes part(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(size));
            EXPECT_FALSE(import_bytes(part, directory->path() / "cut.h5").ok()) << name << size;
        }
    }
}

TEST(KerasHostile, FlippedBitsNeverCrash) {
    const auto directory = TemporaryDirectory::create();
    std::mt19937 random(20240607);
    int sound = 0, refused = 0;
    for (const char *name : kSmallSamples) {
        const Bytes whole = read_file(sample(name)).value();
        for (int round = 0; round < 150; ++round) {
            Bytes bytes = whole;
            for (int flip = 0; flip < 1 + round % 4; ++flip) {
                bytes[random() % bytes.size()] ^= static_cast<uint8_t>(1u << random() % 8);
            }
            import_bytes(bytes, directory->path() / "flipped.h5").ok() ? ++sound : ++refused;
        }
    }
    EXPECT_GT(sound, 0);  // much of a file is weights and gaps
    EXPECT_GT(refused, 0);
}

/// Lengths that HDF5 believes: those of variable-length strings are followed by the address of
/// their heap, and the heap's own length may say otherwise.
TEST(KerasHostile, WrongStringLengthsNeverCrash) {
    const auto directory = TemporaryDirectory::create();
    const Bytes whole = read_file(sample("shared_layer.h5")).value();
    for (size_t i = 0; i + 4 < whole.size(); ++i) {
        // The heap's signature; the first object's length is 16 + 8 bytes later.
        if (!std::equal(whole.begin() + static_cast<ptrdiff_t>(i),
                        whole.begin() + static_cast<ptrdiff_t>(i) + 4, "GCOL")) {
            continue;
        }
        for (const uint8_t value : {0x00, 0x01, 0x7f, 0xff}) {
            for (size_t at = 8; at < 40 && i + at < whole.size(); ++at) {
                Bytes bytes = whole;
                bytes[i + at] = value;
                (void)import_bytes(bytes, directory->path() / "heap.h5");
            }
        }
    }
}

Error config_fault(const std::string &model_config) {
    TestFile file;
    file.model_config = model_config;
    const auto graph = import_test_file(file);
    EXPECT_FALSE(graph.ok()) << model_config.substr(0, 200);
    return graph.ok() ? Error{} : graph.error();
}

/// A functional model: layers "a", "b" … of \p class_name with the given inbound_nodes.
std::string functional(const std::vector<std::string> &inbound,
                       const char *class_name = "Flatten") {
    std::string layers =
        R"({"class_name":"InputLayer","name":"in","config":{"batch_shape":[null,4]},"inbound_nodes":[]})";
    char name = 'a';
    for (const std::string &nodes : inbound) {
        layers +=
            fmt::format(R"(,{{"class_name":"{}","name":"{}","config":{{}},"inbound_nodes":{}}})",
                        class_name, name++, nodes);
    }
    return R"({"class_name":"Functional","config":{"name":"net","layers":[)" + layers +
           R"(],"input_layers":[["in",0,0]],"output_layers":[["a",0,0]]}})";
}

TEST(KerasHostile, CyclesAreNamed) {
    const Error error = config_fault(functional({R"([[["b",0,0,{}]]])", R"([[["a",0,0,{}]]])"}));
    EXPECT_EQ(error.code, ErrorCode::kInvalid);
    EXPECT_THAT(error.message, HasSubstr("wait for each other in a circle: a, b"));
    EXPECT_THAT(config_fault(functional({R"([[["a",0,0,{}]]])"})).message, HasSubstr("circle: a"));
}

TEST(KerasHostile, ReferencesToNothingAreNamed) {
    EXPECT_THAT(config_fault(functional({R"([[["ghost",0,0,{}]]])"})).message,
                HasSubstr("layer 'ghost', which does not exist"));
    EXPECT_THAT(config_fault(functional({R"([[["in",-1,99,{}]]])"})).message,
                HasSubstr("output 99 of call -1"));
}

TEST(KerasHostile, WrongFormsOfInboundNodesAreErrors) {
    for (const char *nodes : {"{}", "7", "null", "[[[1,2,3]]]", "[[[]]]", R"(["in"])",
                              R"([{"args":{"class_name":"__keras_tensor__"}}])"}) {
        EXPECT_EQ(config_fault(functional({nodes})).code, ErrorCode::kInvalid) << nodes;
    }
    EXPECT_THAT(config_fault(functional({R"([{"args":[5],"kwargs":{}}])"})).message,
                HasSubstr("called with the argument 5"));
}

TEST(KerasHostile, DeepNestingIsRefusedBeforeItIsParsed) {
    const std::string deep(1'000'000, '[');
    EXPECT_THAT(config_fault(deep).message, HasSubstr("nested deeper than 64"));
    EXPECT_THAT(config_fault("{\"a\":[" + std::string(2'000'000, ',') + "]}").message,
                HasSubstr("more than 500000 values"));
}

TEST(KerasHostile, WrongTypesInConfigurationsAreErrors) {
    for (const char *config :
         {"null", "[]", "{}", "7", "\"x\"", "{", R"({"class_name":7})",
          R"({"class_name":"Sequential"})", R"({"class_name":"Sequential","config":{"layers":[]}})",
          R"({"class_name":"Sequential","config":{"layers":[7]}})",
          R"({"class_name":"Functional","config":{"layers":{}}})"}) {
        const Error error = config_fault(config);
        EXPECT_FALSE(error.message.empty()) << config;
    }
}

TEST(KerasHostile, AttributesOutOfRangeAreErrors) {
    const std::pair<const char *, const char *> cases[] = {
        {"MaxPooling2D", R"("pool_size":[0,2])"},
        {"MaxPooling2D", R"("pool_size":[2,2],"strides":[0,0])"},
        {"MaxPooling2D", R"("pool_size":[1e300,2])"},
        {"MaxPooling2D", R"("pool_size":[2,2,2])"},
        {"MaxPooling2D", R"("pool_size":"x")"},
        {"MaxPooling2D", R"("padding":5)"},
        {"MaxPooling2D", R"("pool_size":[9,9])"},
        {"ZeroPadding2D", R"("padding":[[-1,0],[0,0]])"},
        {"ZeroPadding2D", R"("padding":[[1048576,1048576],[1048576,1048576]])"},
        {"ZeroPadding2D", R"("padding":[[1],[2]])"},
        {"Reshape", R"("target_shape":[-1,-1])"},
        {"Reshape", R"("target_shape":[9223372036854775807,9223372036854775807])"},
        {"Reshape", R"("target_shape":[5])"},
        {"Softmax", R"("axis":77)"},
        {"ReLU", R"("max_value":-1)"},
        {"ReLU", R"("max_value":"six")"},
        {"Rescaling", R"("scale":[])"},
        {"Rescaling", R"("scale":[1,2,3,4,5])"},
        {"Permute", R"("dims":[2,1])"},
        {"Permute", R"("dims":[2,2,3])"},
        {"Dense", R"("units":-4)"},
        {"Conv2D", R"("filters":4,"kernel_size":[1000000,1000000])"},
        {"Activation", R"("activation":{"class_name":"function","config":{"a":[]}})"},
    };
    for (const auto &[class_name, config] : cases) {
        const Error error =
            config_fault(sequential_config("4,4,2", layer_config(class_name, "l", config)));
        EXPECT_EQ(error.location.place.substr(0, 7), "layer l") << class_name << " " << config;
    }
}

TEST(KerasHostile, HugeInputsAreErrors) {
    for (const char *shape : {"9e15,9e15,9e15", "4294967296,4294967296", "1e300,2", "-5,2", "0"}) {
        const Error error = config_fault(sequential_config(shape, layer_config("Flatten", "flat")));
        EXPECT_EQ(error.location.place, "layer image") << shape;
    }
}

/// A data set whose extents were raised in the file: nothing of that size is allocated.
TEST(KerasHostile, ExtentsBeyondTheFileAreErrors) {
    const auto directory = TemporaryDirectory::create();
    const auto path = directory->path() / "huge.h5";
    TestFile file;
    file.model_config =
        sequential_config("6", layer_config("Dense", "dense", R"("units":12345,"use_bias":false)"));
    file.layers = {{"dense", {{"dense/kernel", {6, 12345}, {}}}}};
    write_test_file(file, path);
    Bytes bytes = read_file(path).value();
    int raised = 0;
    for (size_t i = 0; i + 8 < bytes.size(); ++i) {
        if (load_le<uint64_t>(&bytes[i]) != 12345) continue;
        bytes[i + 4] = 1;  // 4 Gi columns more
        ++raised;
    }
    ASSERT_GT(raised, 0);
    const auto graph = import_bytes(bytes, path);
    ASSERT_FALSE(graph.ok());
    EXPECT_THAT(to_string(graph.error()), HasSubstr("needs more bytes than"));
}

TEST(KerasHostile, AnswersOfADamagedParserAreRefused) {
    Bytes answer;
    const auto path = sample("keras2_functional.h5");
    send_archive(path, FileKind::kHdf5, read_file(path)->size(),
                 [&](std::span<const uint8_t> bytes) {
                     answer.insert(answer.end(), bytes.begin(), bytes.end());
                     return true;
                 });
    ASSERT_TRUE(receive_archive(answer).ok());
    for (size_t size = 0; size < answer.size(); size += 1 + size / 50) {
        const Bytes part(answer.begin(), answer.begin() + static_cast<ptrdiff_t>(size));
        EXPECT_FALSE(receive_archive(part).ok());
    }
    std::mt19937 random(7);
    for (int round = 0; round < 2000; ++round) {
        Bytes bytes = answer;
        bytes[random() % bytes.size()] ^= static_cast<uint8_t>(1u << random() % 8);
        const auto archive = receive_archive(std::move(bytes));
        if (archive.ok()) (void)build_graph(*archive, "model.h5");
    }
}

}  // namespace
}  // namespace embark::keras
