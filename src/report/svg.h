#pragma once
// Charts as HTML fragments around inline SVG. Horizontal places are percentages and text keeps its
// size, so that a chart is as readable on a telephone as on a desk.

#include <string>

#include "report/document.h"

namespace embark {

/// \p text for HTML content and attributes: cleaned of control characters, with & < > " ' escaped.
std::string escape_html(std::string_view text);

std::string svg_bar_chart(const BarChart &chart);
std::string svg_size_map(const SizeMap &map, Language language);
std::string svg_line_chart(const LineChart &chart);
/// Steps from left to right, offsets from bottom to top.
std::string svg_arena_map(const ArenaMap &map, Language language);
/// Cells tinted by their share of the row: one hue on the diagonal, another beside it.
std::string svg_heat_map(const HeatMap &map);

}  // namespace embark
