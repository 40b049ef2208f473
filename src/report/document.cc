#include "report/document.h"

namespace embark {
namespace {

void append(Text &text, std::string_view part, Inline::Style style) {
    if (part.empty()) return;
    if (!text.empty() && text.back().style == style && style != Inline::Style::kKind)
        text.back().text += part;
    else
        text.push_back({std::string(part), style});
}

}  // namespace

Text plain(std::string text) {
    return {{std::move(text), Inline::Style::kPlain}};
}

Text code(std::string text) {
    return {{std::move(text), Inline::Style::kCode}};
}

Text figure(std::string value, std::string_view kind) {
    Text text = plain(std::move(value));
    if (!kind.empty()) text.push_back({std::string(kind), Inline::Style::kKind});
    return text;
}

Text phrase(Language language, Phrase id, std::initializer_list<Text> arguments) {
    Text text;
    bool in_code = false;
    std::string_view rest = phrase_text(language, id);
    while (!rest.empty()) {
        const auto style = in_code ? Inline::Style::kCode : Inline::Style::kPlain;
        const size_t stop = rest.find_first_of("`{");
        append(text, rest.substr(0, stop), style);
        if (stop == std::string_view::npos) break;
        if (rest[stop] == '`') {
            in_code = !in_code;
            rest.remove_prefix(stop + 1);
            continue;
        }
        const auto index = static_cast<size_t>(rest[stop + 1] - '0');
        EMBARK_ASSERT(index < arguments.size());
        for (const Inline &part : arguments.begin()[index])
            append(text, part.text, in_code ? Inline::Style::kCode : part.style);
        rest.remove_prefix(stop + 3);
    }
    return text;
}

std::string bare(const Text &text) {
    std::string all;
    for (const Inline &part : text)
        if (part.style != Inline::Style::kKind) all += part.text;
    return all;
}

}  // namespace embark
