#include "import/keras/layers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "import/keras/test_file.h"

namespace embark::keras {
namespace {

using testing::HasSubstr;

TEST(KerasLayers, ThePageOfDocumentationNamesEveryRow) {
    const auto page =
        read_text_file(std::filesystem::path(EMBARK_SOURCE_DIR) / "docs" / "keras.md");
    ASSERT_TRUE(page.ok());
    for (const LayerDefinition &row : all_layers()) {
        EXPECT_THAT(*page, HasSubstr(fmt::format("`{}`", row.class_name)));
    }
}

TEST(KerasLayers, NoClassIsBothConvertedAndMissing) {
    for (const LayerDefinition &row : all_layers()) {
        EXPECT_FALSE(is_known_to_keras(row.class_name)) << row.class_name;
    }
}

TEST(ExplicitPadding, SameLeavesTheOddRestBehind) {
    const auto document = Document::parse(R"({"padding":"same"})");
    const std::vector<int64_t> spatial{9, 10};
    const auto padding = explicit_padding(document->root(), spatial, {3, 4}, {2, 1}, {1, 1});
    ASSERT_TRUE(padding.ok());
    EXPECT_EQ(*padding, (std::vector<int64_t>{1, 1, 1, 2}));
}

TEST(ExplicitPadding, CausalIsAllInFront) {
    const auto document = Document::parse(R"({"padding":"causal"})");
    const std::vector<int64_t> spatial{9};
    const auto padding = explicit_padding(document->root(), spatial, {3}, {2}, {4});
    ASSERT_TRUE(padding.ok());
    EXPECT_EQ(*padding, (std::vector<int64_t>{8, 0}));
}

TEST(ConfigAxes, NegativeAxesCountFromTheEnd) {
    const auto document = Document::parse("[[-1, 1], [1, -2], 3, [], \"x\"]");
    const Value root = document->root();
    EXPECT_EQ(config_axes(root[0], "axis", 3).value(), (std::vector<int64_t>{1, 2}));
    for (size_t i = 1; i < root.size(); ++i)
        EXPECT_FALSE(config_axes(root[i], "axis", 3).ok()) << i;
}

}  // namespace
}  // namespace embark::keras
