#include "report/text.h"

#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "report/format.h"
#include "report/test_support.h"
#include "report/text_table.h"

namespace embark {
namespace {

using testing::HasSubstr;
using testing::Not;

size_t widest_line(const std::string &text) {
    std::istringstream lines(text);
    size_t widest = 0;
    for (std::string line; std::getline(lines, line);)
        widest = std::max(widest, display_width(line));
    return widest;
}

TEST(AnalyzeText, OfANetworkThatDoesNotFit) {
    expect_text_of_file(report_test_data() / "analyze_vgg11.txt",
                        render_analyze_text(load_document("analyze_vgg11.json")));
}

TEST(AnalyzeText, WithoutABoardShowsNoVerdict) {
    const std::string text = render_analyze_text(load_document("analyze_no_board.json"));
    expect_text_of_file(report_test_data() / "analyze_no_board.txt", text);
    EXPECT_THAT(text, Not(HasSubstr("Verdict")));
}

TEST(AnalyzeText, KeepsToTheWidth) {
    const nlohmann::json analyze = load_document("analyze_vgg11.json");
    EXPECT_LE(widest_line(render_analyze_text(analyze, {100, false})), 100u);
    EXPECT_LE(widest_line(render_analyze_text(analyze, {80, false})), 80u);
}

TEST(AnalyzeText, ColoursOnlyWhenAsked) {
    const nlohmann::json analyze = load_document("analyze_vgg11.json");
    EXPECT_THAT(render_analyze_text(analyze), Not(HasSubstr("\x1b")));
    EXPECT_THAT(render_analyze_text(analyze, {100, true}),
                HasSubstr("\x1b[1;31mdoes not fit\x1b[0m"));
}

TEST(AnalyzeText, LetsNoNameWriteToTheTerminal) {
    nlohmann::json analyze = load_document("analyze_vgg11.json");
    analyze["model"]["name"] = "\x1b]0;owned\x07";
    analyze["layers"][0]["name"] = "a\nb\x1b[2J";
    analyze["warnings"] = {"\x1b[31mred", "\xff\xfe"};
    EXPECT_THAT(render_analyze_text(analyze), Not(HasSubstr("\x1b")));
}

TEST(ValidateText, OfAVirtualBoard) {
    expect_text_of_file(report_test_data() / "validate_board.txt",
                        render_validate_text(load_document("validate_board.json")));
}

TEST(ValidateText, DoesNotPrintHugeConfusionMatrices) {
    nlohmann::json validate = load_document("validate_board.json");
    validate["class_names"] = nlohmann::json::array();
    validate["confusion_matrix"] = std::vector<std::vector<int>>(100, std::vector<int>(100, 1));
    EXPECT_THAT(render_validate_text(validate), HasSubstr("100 classes: see"));
}

TEST(RunText, ShowsOutputsAndTime) {
    expect_text_of_file(report_test_data() / "run.txt", render_run_text(load_document("run.json")));
}

TEST(Text, SurvivesDocumentsThatAreWrong) {
    for (const nlohmann::json &document :
         {nlohmann::json(), nlohmann::json(3), nlohmann::json::array({1, 2}),
          nlohmann::json{{"layers", {1, nullptr, {{"shape", "x"}}}},
                         {"model", 4},
                         {"regions", {{"margin", "x"}}},
                         {"fits", false},
                         {"confusion_matrix", {1, {1, 2, 3}}}}}) {
        EXPECT_FALSE(render_analyze_text(document).empty());
        EXPECT_FALSE(render_validate_text(document).empty());
        EXPECT_FALSE(render_run_text(document).empty());
    }
}

TEST(TextTable, CutsTheWidestColumnThatMayBeCut) {
    const TextTable table{{{"name", false, 5}, {"n", true}}, {{"a long name", "1"}, {"b", "22"}}};
    EXPECT_EQ(render_text_table(table, 12, Ink{}),
              " name      n\n ───────────\n a long…   1\n b        22\n");
    EXPECT_EQ(render_text_table(table, 4, Ink{}),
              " name    n\n ─────────\n a lo…   1\n b      22\n");
}

TEST(WrapText, IndentsUnderTheFirstLine) {
    EXPECT_EQ(wrap_text(" - ", "one two three", 11), " - one two\n   three\n");
    EXPECT_EQ(wrap_text(" - ", "", 11), " - \n");
}

}  // namespace
}  // namespace embark
