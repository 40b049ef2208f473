#include "report/markdown.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "report/test_support.h"

namespace embark {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(ReportMarkdown, OfAWholeDeployment) {
    expect_text_of_file(report_test_data() / "deploy_light.md",
                        render_report_markdown(load_document("deploy_light.json")));
}

TEST(ReportMarkdown, SaysWhatWasNotRunAndWhichCommandWould) {
    const std::string text = render_report_markdown(stopped_deploy());
    EXPECT_THAT(text, HasSubstr("✗ No: the initial model does not fit 32L4R9IDISCOVERY."));
    EXPECT_THAT(text, HasSubstr("`embark optimize models/cifar10_vgg11.h5 --board "
                                "stm32l4r9i-disco` compresses this one."));
    EXPECT_THAT(text, HasSubstr("> Not run. No firmware was built; `embark generate "));
    EXPECT_THAT(text, HasSubstr("> Not run. Nothing was run on the target; `embark validate "));
}

TEST(ReportMarkdown, HasNineSectionsInBothLanguages) {
    for (Language language : {Language::kEnglish, Language::kFrench}) {
        const std::string text =
            render_report_markdown(load_document("deploy_light.json"), {language});
        for (int i = 1; i <= 9; ++i)
            EXPECT_THAT(text, HasSubstr("\n## " + std::to_string(i) + ". "));
    }
}

TEST(ReportMarkdown, EscapesNames) {
    nlohmann::json deploy = load_document("deploy_light.json");
    deploy["analyze"]["layers"][0]["source_type"] = "<b>|*x*_y_ z_1";
    deploy["analyze"]["layers"][0]["name"] = "a`b|c";
    deploy["analyze"]["model"]["file"] = "my model.h5";
    const std::string text = render_report_markdown(deploy);
    EXPECT_THAT(text, HasSubstr("\\<b\\>\\|\\*x\\*\\_y\\_ z_1"));
    EXPECT_THAT(text, HasSubstr("`` a`b\\|c ``"));
    EXPECT_THAT(text, HasSubstr("`embark optimize 'my model.h5'`"));
    EXPECT_THAT(text, Not(HasSubstr("<b>")));
}

}  // namespace
}  // namespace embark
