#include "report/svg.h"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "report/format.h"

namespace embark {
namespace {

constexpr size_t kColours = 8;  // .c0 … .c7 of html_style.cc

double percent(double part, double whole) {
    return whole > 0 ? 100.0 * part / whole : 0.0;
}

std::string legend_entry(size_t colour, const Bar &part, double whole, Language language) {
    return fmt::format(
        "<li><svg class=\"swatch c{}\" width=\"12\" height=\"12\" aria-hidden=\"true\">"
        "<rect width=\"12\" height=\"12\" rx=\"2\"/></svg>{} "
        "<span class=\"num\">{}</span> <span class=\"dim\">{}</span></li>\n",
        colour % kColours, escape_html(part.label), escape_html(part.text),
        format_percent(whole > 0 ? part.value / whole : 0, language));
}

/// One rectangle of the arena map, which clips its own label.
std::string arena_rect(const ArenaBlock &block, size_t index, const ArenaMap &map, double height) {
    const auto steps = static_cast<double>(map.steps.size());
    const auto bytes = static_cast<double>(map.bytes);
    const double box = std::max(1.5, height * static_cast<double>(block.bytes) / bytes);
    const double top = height * (1 - static_cast<double>(block.offset + block.bytes) / bytes);
    const auto life = static_cast<double>(block.last_step - block.first_step + 1);
    const std::string title = fmt::format("{}: {}, offset {}, {}–{}", block.tensor, block.size_text,
                                          block.offset, block.first_step, block.last_step);
    std::string text = fmt::format(
        "<svg x=\"{:.3f}%\" y=\"{:.1f}\" width=\"{:.3f}%\" height=\"{:.1f}\" class=\"c{}\">"
        "<title>{}</title><rect width=\"100%\" height=\"100%\" class=\"cell\"/>",
        percent(static_cast<double>(block.first_step), steps), top, percent(life, steps), box,
        index % kColours, escape_html(title));
    if (box >= 15)
        text +=
            fmt::format("<text x=\"5\" y=\"13\" class=\"on\">{}</text>", escape_html(block.tensor));
    if (box >= 30)
        text += fmt::format("<text x=\"5\" y=\"26\" class=\"on\">{}</text>",
                            escape_html(block.size_text));
    return text + "</svg>\n";
}

struct HeatGrid {
    size_t classes;
    double label = 18, cell, row, top;  ///< percent, percent, px, px
};

HeatGrid heat_grid(size_t classes) {
    const auto n = static_cast<double>(std::max<size_t>(classes, 1));
    HeatGrid grid{classes};
    grid.cell = (94 - grid.label) / n;  // 6 % on the right are for slanted names
    grid.row = n <= 20 ? 28 : n <= 60 ? 14 : 700 / n;
    grid.top = n <= 60 ? 76 : 8;
    return grid;
}

std::string heat_row(const HeatMap &map, const HeatGrid &grid, size_t row) {
    const double y = grid.top + grid.row * static_cast<double>(row);
    const std::vector<int64_t> &counts = map.matrix[row];
    const auto total =
        static_cast<double>(std::accumulate(counts.begin(), counts.end(), int64_t{0}));
    std::string text;
    if (grid.row >= 10)
        text += fmt::format("<text x=\"{:.2f}%\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>\n",
                            grid.label - 1, y + grid.row / 2 + 4, escape_html(map.names[row]));
    for (size_t column = 0; column < counts.size(); ++column) {
        if (counts[column] <= 0) continue;
        const double share = static_cast<double>(counts[column]) / total;
        const double x = grid.label + grid.cell * static_cast<double>(column);
        text += fmt::format(
            "<rect x=\"{:.2f}%\" y=\"{:.1f}\" width=\"{:.2f}%\" height=\"{:.1f}\" class=\"{}\" "
            "fill-opacity=\"{:.2f}\"><title>{} → {}: {}</title></rect>",
            x, y, grid.cell, grid.row, row == column ? "right" : "wrong", 0.12 + 0.88 * share,
            escape_html(map.names[row]), escape_html(map.names[column]), counts[column]);
        if (grid.row >= 20)
            text += fmt::format(
                "<text x=\"{:.2f}%\" y=\"{:.1f}\" text-anchor=\"middle\" class=\"{}\">{}</text>",
                x + grid.cell / 2, y + grid.row / 2 + 4, share > 0.45 ? "on" : "ink",
                counts[column]);
        text += "\n";
    }
    return text;
}

}  // namespace

std::string escape_html(std::string_view text) {
    std::string escaped;
    for (char c : clean_text(text)) {
        switch (c) {
            case '&':
                escaped += "&amp;";
                break;
            case '<':
                escaped += "&lt;";
                break;
            case '>':
                escaped += "&gt;";
                break;
            case '"':
                escaped += "&quot;";
                break;
            case '\'':
                escaped += "&#39;";
                break;
            default:
                escaped += c;
        }
    }
    return escaped;
}

std::string svg_bar_chart(const BarChart &chart) {
    double largest = 0;
    for (const Bar &bar : chart.bars) largest = std::max(largest, bar.value);
    std::string text = "<table class=\"bars\">\n";
    for (const Bar &bar : chart.bars)
        text += fmt::format(
            "<tr><th scope=\"row\">{}</th><td class=\"bar\"><svg width=\"100%\" height=\"14\" "
            "aria-hidden=\"true\"><rect width=\"{:.2f}%\" height=\"14\" rx=\"2\"/></svg></td>"
            "<td class=\"num\">{}</td></tr>\n",
            escape_html(bar.label), percent(bar.value, largest), escape_html(bar.text));
    return text + "</table>\n";
}

std::string svg_size_map(const SizeMap &map, Language language) {
    double sum = 0;
    for (const Bar &part : map.parts) sum += part.value;
    const double whole = map.capacity > 0 ? map.capacity : sum;
    const double scale = std::max(whole, sum);
    std::string text =
        "<svg class=\"map\" width=\"100%\" height=\"38\" role=\"img\" aria-label=\"" +
        escape_html(bare(map.caption)) +
        "\"><rect width=\"100%\" height=\"30\" y=\"4\" rx=\"3\" class=\"track\"/>\n";
    double x = 0;
    for (size_t i = 0; i < map.parts.size(); ++i) {
        const Bar &part = map.parts[i];
        text += fmt::format(
            "<rect x=\"{:.3f}%\" y=\"4\" width=\"{:.3f}%\" height=\"30\" class=\"c{}\">"
            "<title>{}: {}</title></rect>\n",
            percent(x, scale), percent(part.value, scale), i % kColours, escape_html(part.label),
            escape_html(part.text));
        x += part.value;
    }
    if (map.capacity > 0 && sum > map.capacity)
        text += fmt::format(
            "<line x1=\"{0:.3f}%\" x2=\"{0:.3f}%\" y1=\"0\" y2=\"38\" "
            "class=\"limit\"/>\n",
            percent(map.capacity, scale));
    text += "</svg>\n<ul class=\"legend\">\n";
    for (size_t i = 0; i < map.parts.size(); ++i)
        text += legend_entry(i, map.parts[i], whole, language);
    if (!map.capacity_text.empty())
        text += fmt::format(
            "<li class=\"dim\">{}</li>\n",
            escape_html(bare(phrase(language, Phrase::kCapacity, {plain(map.capacity_text)}))));
    return text + "</ul>\n";
}

std::string svg_arena_map(const ArenaMap &map, Language language) {
    constexpr double kHeight = 320;
    if (map.bytes <= 0 || map.steps.empty()) return {};
    std::string text = fmt::format(
        "<div class=\"arena\"><div class=\"axis\"><span>{}</span><span>0</span></div>\n"
        "<div class=\"scroll\"><svg class=\"map\" width=\"100%\" height=\"{}\" "
        "style=\"min-width:{}px\" role=\"img\" aria-label=\"{}\">\n"
        "<rect width=\"100%\" height=\"{}\" class=\"track\"/>\n",
        escape_html(map.bytes_text), kHeight + 22, 34 * map.steps.size(),
        escape_html(bare(map.caption)), kHeight);
    for (size_t i = 0; i < map.blocks.size(); ++i)
        text += arena_rect(map.blocks[i], i, map, kHeight);
    const size_t every = map.steps.size() / 40 + 1;
    for (size_t i = 0; i < map.steps.size(); i += every)
        text += fmt::format(
            "<text x=\"{:.3f}%\" y=\"{}\" text-anchor=\"middle\">{}"
            "<title>{}</title></text>\n",
            percent(static_cast<double>(i) + 0.5, static_cast<double>(map.steps.size())),
            kHeight + 15, i, escape_html(map.steps[i]));
    return text + "</svg></div></div>\n<p class=\"dim axis-title\">" +
           escape_html(phrase_text(language, Phrase::kStep)) + " →</p>\n";
}

std::string svg_heat_map(const HeatMap &map) {
    const HeatGrid grid = heat_grid(map.matrix.size());
    const double height = grid.top + grid.row * static_cast<double>(grid.classes) + 2;
    std::string text = fmt::format(
        "<div class=\"scroll\"><svg class=\"heat\" width=\"100%\" height=\"{:.0f}\" "
        "style=\"min-width:{:.0f}px\" role=\"img\" aria-label=\"{}\">\n",
        height, grid.classes <= 20 ? 130.0 + 38.0 * static_cast<double>(grid.classes) : 640.0,
        escape_html(bare(map.caption)));
    for (size_t i = 0; i < grid.classes && grid.top > 20; ++i)
        text += fmt::format(
            "<svg x=\"{:.2f}%\" y=\"{:.1f}\" overflow=\"visible\"><text x=\"2\" y=\"-4\" "
            "transform=\"rotate(-45)\">{}</text></svg>\n",
            grid.label + grid.cell * (static_cast<double>(i) + 0.5), grid.top,
            escape_html(cut_to_width(clean_text(map.names[i]), 14)));
    for (size_t row = 0; row < grid.classes; ++row) text += heat_row(map, grid, row);
    return text + "</svg></div>\n";
}

}  // namespace embark
