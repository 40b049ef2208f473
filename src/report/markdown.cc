#include "report/markdown.h"

#include <algorithm>

#include <fmt/format.h>

#include "report/compose.h"

namespace embark {
namespace {

constexpr size_t kBarWidth = 20;

bool is_word_character(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || (c & 0x80) != 0;
}

/// \p text so that Markdown shows it as it is. An underscore inside a word needs no escape.
std::string escape_markdown(std::string_view raw) {
    const std::string text = clean_text(raw);
    std::string escaped;
    for (size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        const bool inner = c == '_' && i > 0 && i + 1 < text.size() &&
                           is_word_character(text[i - 1]) && is_word_character(text[i + 1]);
        const bool marks_line =
            i == 0 && (c == '-' || c == '+') && text.size() > 1 && text[1] == ' ';
        const bool special = std::string_view("\\`*_[]<>|#~&!$").find(c) != std::string_view::npos;
        if ((special && !inner) || marks_line) escaped += '\\';
        escaped += c;
    }
    return escaped;
}

/// A code span, fenced by more backticks than it holds. `|` would end a table's cell.
std::string code_span(std::string_view raw) {
    std::string text;
    size_t run = 0, longest = 0;
    for (char c : clean_text(raw)) {
        run = c == '`' ? run + 1 : 0;
        longest = std::max(longest, run);
        text += c == '|' ? "\\|" : std::string(1, c);
    }
    const std::string fence(longest + 1, '`');
    const std::string_view pad = longest > 0 ? " " : "";
    return fmt::format("{0}{1}{2}{1}{0}", fence, pad, text);
}

struct MarkdownWriter {
    Language language;

    std::string word(Phrase id) const { return std::string(phrase_text(language, id)); }

    std::string text(const Text &runs) const {
        std::string markdown;
        for (const Inline &part : runs) {
            switch (part.style) {
                case Inline::Style::kPlain:
                    markdown += escape_markdown(part.text);
                    break;
                case Inline::Style::kCode:
                    if (!part.text.empty()) markdown += code_span(part.text);
                    break;
                case Inline::Style::kKind:
                    markdown +=
                        fmt::format(" *({})*", escape_markdown(kind_word(language, part.text)));
                    break;
            }
        }
        return markdown;
    }

    static std::string row(const std::vector<std::string> &cells) {
        return fmt::format("| {} |\n", fmt::join(cells, " | "));
    }

    static std::string head(const std::vector<Column> &columns) {
        std::vector<std::string> titles, rules;
        for (const Column &column : columns) {
            titles.push_back(escape_markdown(column.title));
            rules.push_back(column.number ? "---:" : "---");
        }
        return row(titles) + row(rules);
    }

    std::string caption(const Text &title) const { return "**" + text(title) + "**\n\n"; }

    std::string operator()(const Paragraph &block) const {
        const bool quoted = block.tone == Tone::kNotRun;
        const bool verdict = block.tone == Tone::kGood || block.tone == Tone::kBad;
        const std::string_view mark = block.tone == Tone::kGood ? "✓ " : verdict ? "✗ " : "";
        return fmt::format("{}{}{}\n\n", quoted ? "> " : "", mark, text(block.text));
    }

    std::string operator()(const Bullets &block) const {
        if (block.items.empty()) return {};
        std::string markdown;
        if (!block.lead.empty()) markdown += text(block.lead) + "\n\n";
        for (const Text &item : block.items) markdown += "- " + text(item) + "\n";
        return markdown + "\n";
    }

    std::string operator()(const Facts &block) const {
        if (block.rows.empty()) return {};
        std::string markdown = head({{word(Phrase::kFigure)}, {""}});
        for (const Fact &fact : block.rows)
            markdown += row({escape_markdown(fact.label), text(fact.value)});
        return markdown + "\n";
    }

    std::string operator()(const Table &block) const {
        if (block.rows.empty()) return {};
        std::string markdown = caption(block.caption) + head(block.columns);
        for (const auto &cells : block.rows) {
            std::vector<std::string> texts;
            for (const Text &cell : cells) texts.push_back(text(cell));
            markdown += row(texts);
        }
        return markdown + "\n";
    }

    /// Bars against \p whole, or against the longest when it is 0.
    std::string bars(const Text &title, const std::vector<Bar> &all, double whole) const {
        if (all.empty()) return {};
        for (const Bar &bar : all) whole = std::max(whole, bar.value);
        std::string markdown = caption(title) + head({{""}, {""}, {"", true}});
        for (const Bar &bar : all)
            markdown += row({escape_markdown(bar.label),
                             text_bar(whole > 0 ? bar.value / whole : 0, kBarWidth),
                             escape_markdown(bar.text)});
        return markdown + "\n";
    }

    std::string operator()(const BarChart &block) const {
        return bars(block.caption, block.bars, 0);
    }

    std::string operator()(const SizeMap &block) const {
        double whole = block.capacity;
        if (whole <= 0)
            for (const Bar &part : block.parts) whole += part.value;
        Text title = block.caption;
        if (!block.capacity_text.empty())
            title.push_back({fmt::format(
                " ({})", bare(phrase(language, Phrase::kCapacity, {plain(block.capacity_text)})))});
        return bars(title, block.parts, whole);
    }

    /// A table says the same where nothing can be drawn: every chart has one beside it.
    std::string operator()(const LineChart &) const { return {}; }

    std::string operator()(const ArenaMap &block) const {
        if (block.blocks.empty()) return {};
        std::string markdown = caption(block.caption) + head({{word(Phrase::kTensor)},
                                                              {word(Phrase::kOffset), true},
                                                              {word(Phrase::kSize), true},
                                                              {word(Phrase::kAlive), true}});
        for (const ArenaBlock &item : block.blocks)
            markdown += row({code_span(item.tensor), format_count(item.offset, language),
                             format_bytes(item.bytes, language),
                             fmt::format("{}–{}", item.first_step, item.last_step)});
        return markdown + "\n";
    }

    std::string operator()(const HeatMap &block) const {
        if (block.matrix.empty()) return {};
        std::vector<Column> columns = {{""}};
        for (const std::string &name : block.names) columns.push_back({name, true});
        std::string markdown = caption(block.caption) + head(columns);
        for (size_t i = 0; i < block.matrix.size(); ++i) {
            std::vector<std::string> cells = {escape_markdown(block.names[i])};
            for (int64_t count : block.matrix[i])
                cells.push_back(count == 0 ? "·" : fmt::format("{}", count));
            markdown += row(cells);
        }
        return markdown + "\n";
    }

    std::string operator()(const Pictures &block) const {
        if (block.items.empty()) return {};
        std::string markdown = caption(block.caption) + head({{word(Phrase::kLabel)},
                                                              {word(Phrase::kAnswer)},
                                                              {word(Phrase::kProbability), true}});
        for (const Picture &picture : block.items)
            markdown += row({escape_markdown(picture.label), escape_markdown(picture.answer),
                             escape_markdown(picture.probability)});
        return markdown + "\n";
    }
};

}  // namespace

std::string render_report_markdown(const nlohmann::json &deploy, const MarkdownOptions &options) {
    const Document document = compose_report(deploy, options.language);
    const MarkdownWriter writer{options.language};
    std::string markdown = fmt::format("# {}\n\n{}\n\n", escape_markdown(document.title),
                                       escape_markdown(document.subtitle));
    Facts summary;
    for (const Tile &tile : document.tiles) {
        Fact fact{tile.label, tile.value};
        if (!bare(tile.detail).empty()) fact.value.push_back({" – "});
        fact.value.insert(fact.value.end(), tile.detail.begin(), tile.detail.end());
        summary.rows.push_back(std::move(fact));
    }
    markdown += writer(summary);
    for (size_t i = 0; i < document.sections.size(); ++i) {
        markdown +=
            fmt::format("## {}. {}\n\n", i + 1, escape_markdown(document.sections[i].title));
        for (const Block &block : document.sections[i].blocks)
            markdown += std::visit(writer, block);
    }
    markdown += fmt::format("## {}\n\n", writer.word(Phrase::kLegend));
    const std::pair<Phrase, Phrase> kinds[] = {{Phrase::kMeasured, Phrase::kMeasuredMeaning},
                                               {Phrase::kModelled, Phrase::kModelledMeaning},
                                               {Phrase::kPredicted, Phrase::kPredictedMeaning},
                                               {Phrase::kPublished, Phrase::kPublishedMeaning}};
    for (const auto &[kind, meaning] : kinds)
        markdown += fmt::format("- *{}* – {}\n", writer.word(kind), writer.word(meaning));
    return with_plain_spaces(markdown);
}

}  // namespace embark
