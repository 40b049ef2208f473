#pragma once
// Every phrase of the report, in every language (strings.def).

#include <string_view>

#include "base/expected.h"

namespace embark {

/// A column of strings.def.
enum class Language { kEnglish, kFrench };

/// "en" or "fr". \error kUsage
Expected<Language> parse_language(std::string_view code);
/// The inverse: for `<html lang>`.
std::string_view language_code(Language language);

enum class Phrase {
#define EMBARK_PHRASE(name, english, french) name,
#include "report/strings.def"
#undef EMBARK_PHRASE
};

/// The phrase as strings.def has it: {0}, {1} … stand for arguments, `…` for code.
std::string_view phrase_text(Language language, Phrase phrase);

/// The word for a figure's kind ("measured" …) in \p language; \p kind itself when unknown.
std::string_view kind_word(Language language, std::string_view kind);

}  // namespace embark
