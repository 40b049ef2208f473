#include "report/schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "report/test_support.h"

namespace embark {
namespace {

using nlohmann::json;
using testing::HasSubstr;

std::string complaint(const json &document, bool strict = false) {
    const Status status = check_results(document, {"r.json", strict});
    return status.ok() ? "ok" : to_string(status.error());
}

class CheckResults : public testing::Test {
  protected:
    json analyze = load_document("analyze_vgg11.json");
    json validate = load_document("validate_board.json");
    json deploy = load_document("deploy_light.json");
};

TEST_F(CheckResults, AcceptsEveryDocumentOfTheTestsAlsoStrictly) {
    for (const char *name : {"analyze_vgg11.json", "analyze_no_board.json", "validate_board.json",
                             "run.json", "deploy_light.json"})
        EXPECT_EQ(complaint(load_document(name), true), "ok") << name;
    EXPECT_EQ(complaint(stopped_deploy(), true), "ok");
}

TEST_F(CheckResults, NamesAMissingKeyAndWhatWasExpected) {
    analyze.erase("macc");
    EXPECT_EQ(complaint(analyze),
              "r.json: /: key \"macc\" is missing, expected a count (integer >= 0)");
}

TEST_F(CheckResults, NamesThePointerOfAValueOfTheWrongType) {
    analyze["layers"][3]["macc"] = "many";
    EXPECT_EQ(complaint(analyze),
              "r.json: /layers/3/macc: found \"many\", expected a count (integer >= 0)");
}

TEST_F(CheckResults, TellsWhereNullIsAllowed) {
    analyze["cycles"] = "fast";
    EXPECT_THAT(complaint(analyze), HasSubstr("expected a number >= 0 or null"));
    analyze["cycles"] = nullptr;
    EXPECT_EQ(complaint(analyze), "ok");
    analyze["macc"] = nullptr;
    EXPECT_THAT(complaint(analyze), HasSubstr("/macc: found null"));
}

TEST_F(CheckResults, ListsTheWordsThatAreAllowed) {
    analyze["regions"][0]["kind"] = "tape";
    EXPECT_THAT(complaint(analyze),
                HasSubstr("/regions/0/kind: found \"tape\", expected one of \"flash\", \"ram\""));
}

TEST_F(CheckResults, RefusesNumbersOutOfRange) {
    analyze["accuracy"] = 83.4;
    EXPECT_THAT(complaint(analyze), HasSubstr("/accuracy: found 83.4, expected a number in [0,1]"));
    analyze["accuracy"] = 0.8;
    analyze["macc"] = -1;
    EXPECT_THAT(complaint(analyze), HasSubstr("/macc: found -1"));
}

TEST_F(CheckResults, CollectsAllFaultsButShowsAtMostTwenty) {
    for (json &layer : analyze["layers"]) layer["name"] = 7;
    const Status status = check_results(analyze);
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().notes.size(), 19u);
    EXPECT_EQ(status.error().location.place, "/layers/0/name");
}

TEST_F(CheckResults, DemandsAKindForEveryClaim) {
    analyze["kinds"].erase("latency_ms");
    EXPECT_THAT(complaint(analyze), HasSubstr("/kinds: key \"latency_ms\" is missing"));
}

TEST_F(CheckResults, RefusesKindsThatAreUnknownOrNameNothing) {
    analyze["kinds"]["cycles"] = "guessed";
    EXPECT_THAT(complaint(analyze), HasSubstr("/kinds/cycles: found \"guessed\""));
    analyze["kinds"]["cycles"] = "modelled";
    analyze["kinds"]["layers.cycles"] = "modelled";
    EXPECT_EQ(complaint(analyze), "ok");
    analyze["kinds"]["a/b"] = "measured";
    EXPECT_THAT(complaint(analyze), HasSubstr("/kinds/a~1b: names no key of the document"));
}

TEST_F(CheckResults, LooksIntoNestedDocuments) {
    deploy["validate_board"]["confusion_matrix"][2] = {1, 2};
    EXPECT_THAT(complaint(deploy),
                HasSubstr("/validate_board/confusion_matrix/2: found 2 columns"));
}

TEST_F(CheckResults, WantsOneNamePerClass) {
    validate["class_names"] = {"cat"};
    EXPECT_THAT(complaint(validate), HasSubstr("/class_names: found 1 names, expected 10"));
}

TEST_F(CheckResults, WantsTheArenaInsideItsSizeAndSteps) {
    analyze["arena"][1]["offset"] = analyze["arena_bytes"];
    EXPECT_THAT(complaint(analyze), HasSubstr("/arena/1: ends at byte"));
    analyze["arena"][1]["offset"] = 0;
    analyze["arena"][1]["last_step"] = 99;
    EXPECT_THAT(complaint(analyze), HasSubstr("/arena/1/last_step: found 99"));
    analyze["arena"] = json::array();
    analyze["layers"][0]["step"] = 1000;
    EXPECT_THAT(complaint(analyze), HasSubstr("/layers/0/step: found 1000"));
}

TEST_F(CheckResults, AcceptsOnlyPngPictures) {
    deploy["example_images"][0]["png"] = "https://example.org/cat.png";
    EXPECT_THAT(complaint(deploy), HasSubstr("/example_images/0/png"));
    deploy["example_images"][0]["png"] = "data:image/png;base64,AA==\"onload=\"";
    EXPECT_THAT(complaint(deploy), HasSubstr("/example_images/0/png"));
}

TEST_F(CheckResults, IgnoresUnknownKeysUnlessAskedNotTo) {
    analyze["lattency_ms"] = 3;
    EXPECT_EQ(complaint(analyze), "ok");
    EXPECT_THAT(complaint(analyze, true), HasSubstr("/lattency_ms: unknown key"));
}

TEST_F(CheckResults, RefusesOtherFiles) {
    EXPECT_EQ(complaint(json::array()), "r.json: /: found an array of 0, expected an object");
    EXPECT_THAT(complaint(json::object()),
                HasSubstr("/schema: found null, expected \"embark-results/1\""));
    EXPECT_THAT(complaint({{"schema", "embark-results/1"}, {"command", "cook"}}),
                HasSubstr("/command: found \"cook\""));
}

/// The tables between the marks of docs/results-schema.md are describe_schema().
TEST(DescribeSchema, IsWhatTheDocumentationSays) {
    const std::filesystem::path path =
        std::filesystem::path(EMBARK_SOURCE_DIR) / "docs/results-schema.md";
    const auto text = read_text_file(path);
    ASSERT_TRUE(text.ok()) << to_string(text.error());
    const std::string mark = "<!-- from here on written by EMBARK_REBASE=1 report_test -->\n\n";
    const size_t start = text->find(mark);
    ASSERT_NE(start, std::string::npos) << path << " has lost its mark";
    expect_text_of_file(path, text->substr(0, start) + mark + describe_schema());
}

}  // namespace
}  // namespace embark
