#include "report/strings.h"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "report/document.h"

namespace embark {
namespace {

struct Row {
    const char *name;
    std::string_view english, french;
};
constexpr Row kRows[] = {
#define EMBARK_PHRASE(name, english, french) {#name, english, french},
#include "report/strings.def"
#undef EMBARK_PHRASE
};

std::multiset<char> arguments_of(std::string_view text) {
    std::multiset<char> found;
    for (size_t i = 0; i + 2 < text.size(); ++i)
        if (text[i] == '{') {
            EXPECT_EQ(text[i + 2], '}') << text;
            found.insert(text[i + 1]);
        }
    return found;
}

TEST(Strings, EveryTranslationTakesTheSameArguments) {
    for (const Row &row : kRows) {
        EXPECT_FALSE(row.english.empty() || row.french.empty()) << row.name;
        EXPECT_EQ(arguments_of(row.english), arguments_of(row.french)) << row.name;
    }
}

TEST(Strings, CodeMarksComeInPairs) {
    for (const Row &row : kRows)
        for (std::string_view text : {row.english, row.french})
            EXPECT_EQ(std::count(text.begin(), text.end(), '`') % 2, 0) << row.name;
}

TEST(Strings, LanguagesHaveCodes) {
    EXPECT_EQ(*parse_language("fr"), Language::kFrench);
    EXPECT_EQ(language_code(*parse_language("en")), "en");
    EXPECT_EQ(to_string(parse_language("de").error()),
              "found language \"de\", expected \"en\" or \"fr\"");
}

TEST(PhraseText, PutsArgumentsInPlaceAndKeepsBackticksInThem) {
    const Text text = phrase(Language::kEnglish, Phrase::kConcludeAccuracyAlone,
                             {plain("a`{0}`b"), figure("80 %", "measured")});
    ASSERT_EQ(text.size(), 5u);
    EXPECT_EQ(text[1].text, "a`{0}`b");
    EXPECT_EQ(text[1].style, Inline::Style::kCode);
    EXPECT_EQ(text[3].style, Inline::Style::kKind);
    EXPECT_EQ(bare(text), "On a`{0}`b it answers 80 % of the images rightly.");
}

}  // namespace
}  // namespace embark
