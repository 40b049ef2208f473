#include "report/html.h"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "report/svg.h"
#include "report/test_support.h"

namespace embark {
namespace {

using testing::HasSubstr;
using testing::Not;

/// The first fault of the tags of \p html (each opened one closed in order, attributes quoted), or
/// "". As strict as XML, apart from void elements and the document type.
std::string tag_fault(const std::string &html) {
    const std::set<std::string> voids = {"meta", "br", "img"};
    std::vector<std::string> open;
    for (size_t at = html.find('<'); at != std::string::npos; at = html.find('<', at + 1)) {
        const size_t end = html.find('>', at);
        if (end == std::string::npos) return "a tag does not end";
        const std::string tag = html.substr(at + 1, end - at - 1);
        if (tag.find('<') != std::string::npos) return "a stray < in " + tag;
        if (tag[0] == '!') continue;
        if (std::count(tag.begin(), tag.end(), '"') % 2 != 0) return "quotes in " + tag;
        const size_t name_start = tag[0] == '/' ? 1 : 0;
        const std::string name = tag.substr(name_start, tag.find_first_of(" /\n", 1) - name_start);
        if (tag[0] == '/') {
            if (open.empty() || open.back() != name) return "closes " + name;
            open.pop_back();
        } else if (tag.back() != '/' && voids.count(name) == 0) {
            open.push_back(name);
        }
    }
    return open.empty() ? "" : "left open: " + open.back();
}

nlohmann::json compression_choice() {
    const auto layer = [](const char *name, int bits, double error) {
        return nlohmann::json{{"layer", name}, {"bits", bits}, {"weights", 4096}, {"error", error}};
    };
    const auto point = [](int flash, double error, nlohmann::json accuracy, bool chosen) {
        return nlohmann::json{{"weights_bytes", flash - 900},
                              {"flash_bytes", flash},
                              {"error", error},
                              {"accuracy", std::move(accuracy)},
                              {"chosen", chosen}};
    };
    return {{"images", 2000},
            {"labelled", true},
            {"held_out", true},
            {"accuracy_before", 0.8},
            {"accuracy_after", 0.795},
            {"sensitivity",
             {layer("conv", 8, 0), layer("conv", 4, 3e-4), layer("conv", 2, 0.02),
              layer("dense", 8, 0), layer("dense", 4, 2e-5), layer("dense", 2, 0)}},
            {"front",
             {point(9000, 0, 0.8, false), point(7000, 2e-5, nullptr, false),
              point(5000, 4e-4, 0.795, true)}}};
}

std::vector<nlohmann::json> documents() {
    nlohmann::json compressed = stopped_deploy();
    compressed["analyze_original"] = compressed["analyze"];
    compressed["analyze"] = load_document("deploy_light.json")["analyze"];
    compressed["analyze"]["compression"] = "medium";
    compressed["analyze"]["compression_choice"] = compression_choice();
    nlohmann::json no_board = stopped_deploy();
    no_board["analyze"] = load_document("analyze_no_board.json");
    no_board["board"] = nullptr;
    return {load_document("deploy_light.json"),
            stopped_deploy(),
            compressed,
            no_board,
            nlohmann::json(),
            nlohmann::json::array({1})};
}

TEST(ReportHtml, BalancesItsTagsWhateverWasRun) {
    for (const nlohmann::json &document : documents())
        for (Language language : {Language::kEnglish, Language::kFrench})
            EXPECT_EQ(tag_fault(render_report_html(document, {language})), "");
}

TEST(ReportHtml, HasNineSectionsAndItsLanguage) {
    const std::string html =
        render_report_html(load_document("deploy_light.json"), {Language::kFrench});
    for (int i = 1; i <= 9; ++i)
        EXPECT_THAT(html, HasSubstr("<section id=\"s" + std::to_string(i) + "\">"));
    EXPECT_THAT(html, HasSubstr("<html lang=\"fr\">"));
    EXPECT_THAT(html, HasSubstr("modélisé"));
    EXPECT_THAT(html, Not(HasSubstr("measured</span>")));
}

TEST(ReportHtml, DrawsSensitivityByLayerAndAccuracyByFlash) {
    const std::string html = render_report_html(documents()[2]);
    // No error at 8 bits, and none at all for dense at 2, which a logarithm cannot show.
    for (const char *title : {"conv, 4: 3.00e-04", "conv, 2: 0.02", "dense, 4: 2.00e-05",
                              "8.79\u00a0KiB: 80.0\u00a0%", "4.88\u00a0KiB: 79.5\u00a0%"})
        EXPECT_THAT(html, HasSubstr(std::string("<title>") + title + "</title></circle>"));
    EXPECT_THAT(html, Not(HasSubstr("dense, 2")));
    EXPECT_THAT(html, Not(HasSubstr("6.84\u00a0KiB:")));
}

TEST(ReportHtml, FetchesNothingAndRunsNoScript) {
    const std::string html = render_report_html(load_document("deploy_light.json"));
    for (const char *foreign :
         {"<script", "http:", "https:", "url(", "@import", "<link", "<iframe"})
        EXPECT_THAT(html, Not(HasSubstr(foreign)));
}

/// Puts a hostile text into every string of a document, wherever it is shown.
void poison(nlohmann::json &value, const std::string &text) {
    if (value.is_string())
        value = text;
    else if (value.is_structured())
        for (nlohmann::json &part : value) poison(part, text);
}

TEST(ReportHtml, EscapesEveryString) {
    for (nlohmann::json document : documents()) {
        poison(document, "<script>alert('x')</script>\" onload=\"y()&\x01\xff");
        const std::string html = render_report_html(document);
        EXPECT_THAT(html, Not(HasSubstr("<script")));
        EXPECT_THAT(html, Not(HasSubstr("\" onload")));
        EXPECT_THAT(html, Not(HasSubstr("\x01")));
        EXPECT_EQ(tag_fault(html), "");
    }
}

TEST(ReportHtml, ShowsOnlyPicturesThatArePng) {
    nlohmann::json deploy = load_document("deploy_light.json");
    for (nlohmann::json &example : deploy["example_images"])
        example["png"] = "https://example.org/track.png";
    EXPECT_THAT(render_report_html(deploy), Not(HasSubstr("<img")));
}

TEST(ReportHtml, LabelsEveryClaim) {
    const std::string html = render_report_html(load_document("deploy_light.json"));
    for (const char *kind : {"measured", "modelled", "predicted"})
        EXPECT_THAT(html, HasSubstr(std::string("<span class=\"kind ") + kind + "\">"));
}

TEST(SvgHeatMap, StaysSmallForAThousandClasses) {
    HeatMap map{plain("c"), "true", "answer", std::vector<std::string>(1000, "name"),
                std::vector<std::vector<int64_t>>(1000, std::vector<int64_t>(1000, 0))};
    for (size_t i = 0; i < 1000; ++i) map.matrix[i][i] = 50;
    EXPECT_LT(svg_heat_map(map).size(), 300'000u);
}

TEST(SvgSizeMap, MarksTheCapacityThatIsExceeded) {
    const SizeMap map{plain("flash"), {{"weights", 300, "300 B"}}, 200, "200 B"};
    EXPECT_THAT(svg_size_map(map, Language::kEnglish), HasSubstr("x1=\"66.667%\""));
}

TEST(SvgArenaMap, PutsOffsetZeroAtTheBottom) {
    const ArenaMap map{plain("arena"), 100, "100 B", {"a", "b"}, {{"t", 0, 50, 1, 1, "50 B"}}};
    EXPECT_THAT(svg_arena_map(map, Language::kEnglish),
                HasSubstr("<svg x=\"50.000%\" y=\"160.0\" width=\"50.000%\" height=\"160.0\""));
}

}  // namespace
}  // namespace embark
