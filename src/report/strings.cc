#include "report/strings.h"

#include <fmt/format.h>

namespace embark {
namespace {

struct Translations {
    std::string_view english, french;
};

constexpr Translations kPhrases[] = {
#define EMBARK_PHRASE(name, english, french) {english, french},
#include "report/strings.def"
#undef EMBARK_PHRASE
};

}  // namespace

Expected<Language> parse_language(std::string_view code) {
    if (code == "en") return Language::kEnglish;
    if (code == "fr") return Language::kFrench;
    return make_error(ErrorCode::kUsage,
                      fmt::format("found language \"{}\", expected \"en\" or \"fr\"", code));
}

std::string_view language_code(Language language) {
    return language == Language::kFrench ? "fr" : "en";
}

std::string_view phrase_text(Language language, Phrase phrase) {
    const Translations &row = kPhrases[static_cast<size_t>(phrase)];
    return language == Language::kFrench ? row.french : row.english;
}

std::string_view kind_word(Language language, std::string_view kind) {
    if (kind == "measured") return phrase_text(language, Phrase::kMeasured);
    if (kind == "modelled") return phrase_text(language, Phrase::kModelled);
    if (kind == "predicted") return phrase_text(language, Phrase::kPredicted);
    if (kind == "published") return phrase_text(language, Phrase::kPublished);
    return kind;
}

}  // namespace embark
