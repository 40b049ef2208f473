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

std::string swatch(size_t colour) {
    return fmt::format(
        "<svg class=\"swatch c{}\" width=\"12\" height=\"12\" aria-hidden=\"true\">"
        "<rect width=\"12\" height=\"12\" rx=\"2\"/></svg>",
        colour % kColours);
}

std::string legend_entry(size_t colour, const Bar &part, double whole, Language language) {
    return fmt::format(
        "<li>{}{} <span class=\"num\">{}</span> <span class=\"dim\">{}</span></li>\n",
        swatch(colour), escape_html(part.label), escape_html(part.text),
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

/// Where a line chart's values lie: percent from the left, pixels from the top.
class PlotArea {
  public:
    static constexpr double kLeft = 14, kRight = 97, kTop = 10, kBottom = 230, kHeight = 262;

    explicit PlotArea(const LineChart &chart) {
        for (const auto &series : chart.series)
            for (const auto &point : series.points) include(point.x, point.y);
        for (const auto &tick : chart.x_ticks) include(tick.value, low_y_);
        for (const auto &tick : chart.y_ticks) include(low_x_, tick.value);
    }
    double x(double value) const {
        const double share = high_x_ > low_x_ ? (value - low_x_) / (high_x_ - low_x_) : 0.5;
        return kLeft + 2 + (kRight - kLeft - 4) * share;
    }
    double y(double value) const {
        const double share = high_y_ > low_y_ ? (value - low_y_) / (high_y_ - low_y_) : 0.5;
        return kBottom - 8 - (kBottom - kTop - 16) * share;
    }

  private:
    void include(double x, double y) {
        low_x_ = empty_ ? x : std::min(low_x_, x), high_x_ = empty_ ? x : std::max(high_x_, x);
        low_y_ = empty_ ? y : std::min(low_y_, y), high_y_ = empty_ ? y : std::max(high_y_, y);
        empty_ = false;
    }
    bool empty_ = true;
    double low_x_ = 0, high_x_ = 0, low_y_ = 0, high_y_ = 0;
};

std::string chart_axes(const LineChart &chart, const PlotArea &area) {
    std::string text;
    for (const auto &tick : chart.y_ticks)
        text += fmt::format(
            "<line x1=\"{0}%\" x2=\"{1}%\" y1=\"{2:.1f}\" y2=\"{2:.1f}\" class=\"grid\"/>"
            "<text x=\"{3}%\" y=\"{4:.1f}\" text-anchor=\"end\">{5}</text>\n",
            PlotArea::kLeft, PlotArea::kRight, area.y(tick.value), PlotArea::kLeft - 1,
            area.y(tick.value) + 4, escape_html(tick.text));
    for (const auto &tick : chart.x_ticks)
        text += fmt::format("<text x=\"{:.2f}%\" y=\"{}\" text-anchor=\"middle\">{}</text>\n",
                            area.x(tick.value), PlotArea::kBottom + 14, escape_html(tick.text));
    return text + fmt::format("<text x=\"{}%\" y=\"{}\" text-anchor=\"end\">{}</text>\n",
                              PlotArea::kRight, PlotArea::kHeight - 2,
                              escape_html(chart.x_title + " →"));
}

std::string chart_series(const LineChart::Series &series, size_t colour, const PlotArea &area) {
    std::string text = fmt::format("<g class=\"c{0} l{0}\">", colour % kColours);
    for (size_t i = 1; i < series.points.size(); ++i) {
        const auto &from = series.points[i - 1], &to = series.points[i];
        text += fmt::format("<line x1=\"{:.2f}%\" y1=\"{:.1f}\" x2=\"{:.2f}%\" y2=\"{:.1f}\"/>",
                            area.x(from.x), area.y(from.y), area.x(to.x), area.y(to.y));
    }
    for (const auto &point : series.points)
        text += fmt::format(
            "<circle cx=\"{:.2f}%\" cy=\"{:.1f}\" r=\"{}\"><title>{}</title></circle>",
            area.x(point.x), area.y(point.y), point.marked ? 6 : 3, escape_html(point.text));
    return text + "</g>\n";
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

std::string svg_line_chart(const LineChart &chart) {
    const PlotArea area(chart);
    std::string text = fmt::format(
        "<p class=\"dim chart-title\">↑ {}</p>\n<svg class=\"map\" width=\"100%\" height=\"{}\" "
        "role=\"img\" aria-label=\"{}\">\n{}",
        escape_html(chart.y_title), PlotArea::kHeight, escape_html(bare(chart.caption)),
        chart_axes(chart, area));
    for (size_t i = 0; i < chart.series.size(); ++i) text += chart_series(chart.series[i], i, area);
    text += "</svg>\n";
    if (chart.series.size() < 2) return text;
    text += "<ul class=\"legend\">\n";
    for (size_t i = 0; i < chart.series.size(); ++i)
        text += fmt::format("<li>{}{}</li>\n", swatch(i), escape_html(chart.series[i].name));
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
