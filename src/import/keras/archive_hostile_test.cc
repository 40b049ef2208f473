// Damaged and hostile archives: whatever is in them, import_model answers with a graph or an error.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zip.h>

#include <cmath>
#include <map>
#include <random>

#include "base/bytes.h"
#include "import/keras/test_file.h"
#include "import/keras/zip_reader.h"
#include "ops/registry.h"

namespace embark::keras {
namespace {

using testing::HasSubstr;

using Members = std::map<std::string, Bytes>;

constexpr const char *kStored = "volumes.keras";
constexpr const char *kSmall = "more_activations.keras";

Bytes to_bytes(std::string_view text) {
    return Bytes(text.begin(), text.end());
}

std::string to_text(const Bytes &bytes) {
    return std::string(bytes.begin(), bytes.end());
}

Members members_of(const std::string &name) {
    const auto path = sample(name);
    auto contents = read_zip(path, std::filesystem::file_size(path));
    EXPECT_TRUE(contents.ok()) << to_string(contents.error());
    return {{"config.json", to_bytes(contents->config)},
            {"metadata.json", to_bytes(R"({"keras_version":")" + contents->keras_version + "\"}")},
            {"model.weights.h5", contents->weights}};
}

class ArchiveHostile : public testing::Test {
  protected:
    ArchiveHostile() : directory_(TemporaryDirectory::create()) {}

    std::filesystem::path path() const { return directory_->path() / "model.keras"; }

    void write(const Members &members) {
        std::filesystem::remove(path());
        int code = 0;
        zip_t *zip = zip_open(path().c_str(), ZIP_CREATE, &code);
        ASSERT_NE(zip, nullptr);
        for (const auto &[name, bytes] : members) {
            zip_source_t *source = zip_source_buffer(zip, bytes.data(), bytes.size(), 0);
            ASSERT_GE(zip_file_add(zip, name.c_str(), source, 0), 0);
        }
        ASSERT_EQ(zip_close(zip), 0);
    }

    /// Imports the file; a graph that comes out of it must be sound, an error must name it.
    Expected<Graph> import() {
        auto graph = import_model(path());
        if (graph.ok()) {
            EXPECT_TRUE(verify(*graph).ok());
        } else {
            EXPECT_FALSE(graph.error().message.empty());
            EXPECT_EQ(graph.error().location.file, path().string()) << to_string(graph.error());
            EXPECT_NE(graph.error().code, ErrorCode::kInternal) << to_string(graph.error());
        }
        return graph;
    }

    Error fault(const Members &members) {
        write(members);
        const auto graph = import();
        EXPECT_FALSE(graph.ok());
        return graph.ok() ? Error{} : graph.error();
    }

    Expected<TemporaryDirectory> directory_;
};

TEST_F(ArchiveHostile, MembersWrittenAgainAreTheSameModel) {
    write(members_of(kSmall));
    const auto graph = import();
    ASSERT_TRUE(graph.ok()) << to_string(graph.error());
    EXPECT_EQ(graph->source.format, "Keras archive");
    EXPECT_EQ(graph->source.framework, "Keras 3.15.1");
}

TEST_F(ArchiveHostile, TruncatedArchivesAreErrors) {
    for (const char *name : {kStored, kSmall}) {
        const Bytes whole = read_file(sample(name)).value();
        for (size_t size = 60; size < whole.size(); size += 1 + whole.size() / 40) {
            const Bytes part(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(size));
            ASSERT_TRUE(write_file(path(), part).ok());
            EXPECT_FALSE(import().ok()) << name << " " << size;
        }
    }
}

TEST_F(ArchiveHostile, FlippedBitsNeverCrash) {
    std::mt19937 random(11);
    int refused = 0;
    for (const char *name : {kStored, kSmall}) {
        const Bytes whole = read_file(sample(name)).value();
        for (int round = 0; round < 100; ++round) {
            Bytes bytes = whole;
            for (int flip = 0; flip < 1 + round % 4; ++flip) {
                bytes[random() % bytes.size()] ^= static_cast<uint8_t>(1u << random() % 8);
            }
            ASSERT_TRUE(write_file(path(), bytes).ok());
            refused += !import().ok();
        }
    }
    EXPECT_GT(refused, 0);
}

/// Bits of the HDF5 file itself, which the archive's check sums would otherwise hide.
TEST_F(ArchiveHostile, FlippedBitsOfTheWeightsNeverCrash) {
    std::mt19937 random(12);
    const Members whole = members_of(kStored);
    for (int round = 0; round < 150; ++round) {
        Members members = whole;
        Bytes &bytes = members["model.weights.h5"];
        for (int flip = 0; flip < 1 + round % 8; ++flip) {
            bytes[random() % bytes.size()] ^= static_cast<uint8_t>(1u << random() % 8);
        }
        write(members);
        (void)import();
    }
}

TEST_F(ArchiveHostile, MissingMembersAreNamed) {
    Members members = members_of(kSmall);
    members.erase("model.weights.h5");
    Error error = fault(members);
    EXPECT_EQ(error.code, ErrorCode::kInvalid);
    EXPECT_EQ(error.location.place, "model.weights.h5");
    EXPECT_EQ(error.message, "is missing from the archive");
    members["model.weights.npz"] = to_bytes("x");
    error = fault(members);
    EXPECT_EQ(error.code, ErrorCode::kUnsupported);
    EXPECT_THAT(error.message, HasSubstr("another form, expected HDF5"));
    members.erase("config.json");
    EXPECT_THAT(fault(members).message, HasSubstr("zip archive without config.json"));
}

TEST_F(ArchiveHostile, WithoutMetadataTheModelIsReadWithAWarning) {
    Members members = members_of(kSmall);
    members.erase("metadata.json");
    write(members);
    auto graph = import();
    ASSERT_TRUE(graph.ok()) << to_string(graph.error());
    EXPECT_THAT(graph->source.warnings,
                testing::ElementsAre(HasSubstr("metadata.json is missing")));
    EXPECT_EQ(graph->source.framework, "Keras");
}

TEST_F(ArchiveHostile, WrongJsonIsNamed) {
    Members members = members_of(kSmall);
    members["config.json"].resize(members["config.json"].size() / 2);
    Error error = fault(members);
    EXPECT_EQ(error.location.place, "config.json");
    EXPECT_THAT(error.message, HasSubstr("is not valid JSON"));
    members["config.json"] = to_bytes("[1,2]");
    EXPECT_FALSE(fault(members).message.empty());
    members["config.json"] = to_bytes(std::string(100'000, '['));
    EXPECT_THAT(fault(members).message, HasSubstr("nested deeper than 64"));
}

TEST_F(ArchiveHostile, WeightsThatAreNoHdf5AreNamed) {
    Members members = members_of(kSmall);
    members["model.weights.h5"] = to_bytes("not HDF5 at all");
    const Error error = fault(members);
    EXPECT_EQ(error.location.place, "model.weights.h5");
    EXPECT_THAT(error.message, HasSubstr("damaged or truncated HDF5 file"));
    members["model.weights.h5"].clear();
    EXPECT_THAT(fault(members).message, HasSubstr("is empty, expected an HDF5 file"));
}

TEST_F(ArchiveHostile, WeightsOfAnotherModelAreRefused) {
    Members members = members_of(kSmall);
    members["model.weights.h5"] = members_of(kStored)["model.weights.h5"];
    const Error error = fault(members);
    EXPECT_EQ(error.location.place, "layer argument/kernel");
    EXPECT_EQ(error.message, "is missing, expected weights of shape [5,5]");
}

TEST_F(ArchiveHostile, WeightsOfAnotherShapeAreNamed) {
    Members members = members_of(kSmall);
    std::string config = to_text(members["config.json"]);
    const std::string units = R"("units": 5)";
    const size_t at = config.find(units);
    ASSERT_NE(at, std::string::npos);
    config.replace(at, units.size(), R"("units": 7)");
    members["config.json"] = to_bytes(config);
    const Error error = fault(members);
    EXPECT_EQ(error.location.place, "layer argument/kernel");
    EXPECT_EQ(error.message, "has shape [5,5], expected [5,7]");
}

TEST_F(ArchiveHostile, ValuesThatAreNotFiniteNameTheLayer) {
    Members members = members_of(kSmall);
    // The only kernel: 25 values in a row between -2 and 2.
    Bytes &bytes = members["model.weights.h5"];
    for (size_t i = 0; i + 100 <= bytes.size(); i += 4) {
        const auto is_weight = [&](size_t k) {
            const float value = load_le<float>(&bytes[i + 4 * k]);
            return std::abs(value) > 1e-4f && std::abs(value) < 2;
        };
        bool all = true;
        for (size_t k = 0; k < 25; ++k) all = all && is_weight(k);
        if (!all) continue;
        bytes[i + 3] = 0x7f;
        bytes[i + 2] = 0xc0;
        break;
    }
    const Error error = fault(members);
    EXPECT_EQ(error.location.place, "layer argument/kernel");
    EXPECT_THAT(error.message,
                HasSubstr("1 of 25 values are not finite (the first, at 0, is nan)"));
}

TEST_F(ArchiveHostile, ZipBombsAreRefused) {
    for (const char *name : {"model.weights.h5", "config.json", "metadata.json"}) {
        Members members = members_of(kSmall);
        members[name] = Bytes(48u << 20);
        write(members);
        EXPECT_LT(std::filesystem::file_size(path()), 200'000u);
        const auto graph = import();
        if (std::string_view(name) == "metadata.json") {
            ASSERT_TRUE(graph.ok());  // not needed, so not read
            EXPECT_THAT(graph->source.warnings,
                        testing::Contains(HasSubstr("unpacks to 50331648")));
            continue;
        }
        ASSERT_FALSE(graph.ok());
        EXPECT_EQ(graph.error().location.place, name);
        EXPECT_THAT(graph.error().message,
                    HasSubstr("unpacks to 50331648 bytes or more, expected"));
    }
}

}  // namespace
}  // namespace embark::keras
