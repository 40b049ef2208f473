#include "report/html.h"

#include <fmt/format.h>

#include "report/compose.h"
#include "report/html_style.h"
#include "report/svg.h"

namespace embark {
namespace {

std::string html_text(const Text &text, Language language) {
    std::string html;
    for (const Inline &part : text) {
        switch (part.style) {
            case Inline::Style::kPlain:
                html += escape_html(part.text);
                break;
            case Inline::Style::kCode:
                html += "<code>" + escape_html(part.text) + "</code>";
                break;
            case Inline::Style::kKind:
                html +=
                    fmt::format("&#160;<span class=\"kind {0}\">{1}</span>", escape_html(part.text),
                                escape_html(kind_word(language, part.text)));
                break;
        }
    }
    return html;
}

std::string_view tone_class(Tone tone) {
    switch (tone) {
        case Tone::kGood:
            return "good";
        case Tone::kBad:
            return "bad";
        case Tone::kNotRun:
            return "note";
        case Tone::kPlain:
            break;
    }
    return "";
}

std::string class_attribute(Tone tone) {
    const std::string_view name = tone_class(tone);
    return name.empty() ? "" : fmt::format(" class=\"{}\"", name);
}

/// A chart under its caption; nothing when there is nothing to draw.
std::string html_figure(const Text &caption, const std::string &body, Language language) {
    if (body.empty()) return {};
    return fmt::format("<figure><figcaption>{}</figcaption>\n{}</figure>\n",
                       html_text(caption, language), body);
}

/// Writes each kind of block.
struct HtmlWriter {
    Language language;

    std::string text(const Text &runs) const { return html_text(runs, language); }

    std::string operator()(const Paragraph &block) const {
        return fmt::format("<p{}>{}</p>\n", class_attribute(block.tone), text(block.text));
    }

    std::string operator()(const Bullets &block) const {
        if (block.items.empty()) return {};
        std::string html;
        if (!block.lead.empty()) html += "<p class=\"lead\">" + text(block.lead) + "</p>\n";
        html += "<ul class=\"bullets\">\n";
        for (const Text &item : block.items) html += "<li>" + text(item) + "</li>\n";
        return html + "</ul>\n";
    }

    std::string operator()(const Facts &block) const {
        if (block.rows.empty()) return {};
        std::string html = "<dl class=\"facts\">\n";
        for (const Fact &row : block.rows)
            html += fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", escape_html(row.label),
                                text(row.value));
        return html + "</dl>\n";
    }

    std::string operator()(const Table &block) const {
        if (block.rows.empty()) return {};
        std::string html = "<div class=\"scroll\"><table>\n<thead><tr>";
        for (const Column &column : block.columns)
            html += fmt::format("<th scope=\"col\"{}>{}</th>",
                                column.number ? " class=\"num\"" : "", escape_html(column.title));
        html += "</tr></thead>\n<tbody>\n";
        for (const auto &row : block.rows) {
            html += "<tr>";
            for (size_t i = 0; i < row.size(); ++i)
                html += fmt::format("<td{}>{}</td>",
                                    block.columns[i].number ? " class=\"num\"" : "", text(row[i]));
            html += "</tr>\n";
        }
        return html_figure(block.caption, html + "</tbody>\n</table></div>\n", language);
    }

    std::string operator()(const BarChart &block) const {
        if (block.bars.empty()) return {};
        return html_figure(block.caption, svg_bar_chart(block), language);
    }
    std::string operator()(const SizeMap &block) const {
        if (block.parts.empty()) return {};
        return html_figure(block.caption, svg_size_map(block, language), language);
    }
    std::string operator()(const LineChart &block) const {
        if (block.series.empty()) return {};
        return html_figure(block.caption, svg_line_chart(block), language);
    }
    std::string operator()(const ArenaMap &block) const {
        return html_figure(block.caption, svg_arena_map(block, language), language);
    }
    std::string operator()(const HeatMap &block) const {
        if (block.matrix.empty()) return {};
        return html_figure(block.caption, svg_heat_map(block), language);
    }

    std::string operator()(const Pictures &block) const {
        std::string html = "<div class=\"pictures\">\n";
        for (const Picture &picture : block.items) {
            const bool judged = !picture.label.empty();
            const bool hit = picture.label == picture.answer;
            html += fmt::format(
                "<figure><img src=\"{}\" alt=\"{}\"><span class=\"{}\">{}{}</span> "
                "<span class=\"dim\">{}</span>",
                escape_html(picture.png), escape_html(judged ? picture.label : picture.answer),
                !judged ? ""
                : hit   ? "hit"
                        : "miss",
                !judged ? ""
                : hit   ? "✓ "
                        : "✗ ",
                escape_html(picture.answer), escape_html(picture.probability));
            if (judged && !hit)
                html += fmt::format("<br><span class=\"dim\">{}: {}</span>",
                                    escape_html(phrase_text(language, Phrase::kTrueClass)),
                                    escape_html(picture.label));
            html += "</figure>\n";
        }
        return html_figure(block.caption, html + "</div>\n", language);
    }
};

std::string html_tiles(const Document &document) {
    if (document.tiles.empty()) return {};
    std::string html = "<dl class=\"tiles\">\n";
    for (const Tile &tile : document.tiles)
        html += fmt::format(
            "<div{}><dt>{}</dt><dd class=\"value\">{}</dd><dd class=\"detail\">{}</dd></div>\n",
            class_attribute(tile.tone), escape_html(tile.label),
            html_text(tile.value, document.language), html_text(tile.detail, document.language));
    return html + "</dl>\n";
}

std::string html_contents(const Document &document) {
    std::string html = fmt::format("<nav aria-label=\"{}\"><ol>\n",
                                   escape_html(phrase_text(document.language, Phrase::kContents)));
    for (size_t i = 0; i < document.sections.size(); ++i)
        html += fmt::format("<li><a href=\"#s{}\">{}</a></li>\n", i + 1,
                            escape_html(document.sections[i].title));
    return html + "</ol></nav>\n";
}

std::string html_legend(Language language) {
    const std::pair<std::string_view, Phrase> kinds[] = {{"measured", Phrase::kMeasuredMeaning},
                                                         {"modelled", Phrase::kModelledMeaning},
                                                         {"predicted", Phrase::kPredictedMeaning},
                                                         {"published", Phrase::kPublishedMeaning}};
    std::string html = fmt::format("<footer>\n<h2>{}</h2>\n<dl>\n",
                                   escape_html(phrase_text(language, Phrase::kLegend)));
    for (const auto &[kind, meaning] : kinds)
        html += fmt::format("<dt><span class=\"kind {}\">{}</span></dt><dd>{}</dd>\n", kind,
                            escape_html(kind_word(language, kind)),
                            escape_html(phrase_text(language, meaning)));
    return html + "</dl>\n</footer>\n";
}

}  // namespace

std::string render_report_html(const nlohmann::json &deploy, const HtmlOptions &options) {
    const Document document = compose_report(deploy, options.language);
    const HtmlWriter writer{options.language};
    std::string html = fmt::format(
        "<!DOCTYPE html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<title>{}</title>\n<style>{}</style>\n</head>\n<body>\n"
        "<header>\n<h1>{}</h1>\n<p class=\"subtitle\">{}</p>\n",
        language_code(options.language), escape_html(document.title), kReportStyle,
        escape_html(document.title), escape_html(document.subtitle));
    html += html_tiles(document) + html_contents(document) + "</header>\n<main>\n";
    for (size_t i = 0; i < document.sections.size(); ++i) {
        const Section &section = document.sections[i];
        html += fmt::format("<section id=\"s{0}\">\n<h2><span class=\"n\">{0}</span>{1}</h2>\n",
                            i + 1, escape_html(section.title));
        for (const Block &block : section.blocks) html += std::visit(writer, block);
        html += "</section>\n";
    }
    return html + "</main>\n" + html_legend(options.language) + "</body>\n</html>\n";
}

}  // namespace embark
