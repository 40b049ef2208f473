#include "report/text_table.h"

#include <algorithm>

#include <fmt/format.h>

#include "report/format.h"

namespace embark {
namespace {

constexpr size_t kGap = 2;

std::string padded(std::string_view text, size_t width, bool right) {
    const size_t shown = display_width(text);
    const std::string space(width > shown ? width - shown : 0, ' ');
    return right ? space + std::string(text) : std::string(text) + space;
}

std::vector<size_t> natural_widths(const TextTable &table) {
    std::vector<size_t> widths;
    for (size_t i = 0; i < table.columns.size(); ++i) {
        size_t width = display_width(table.columns[i].title);
        for (const auto &row : table.rows) width = std::max(width, display_width(row[i]));
        widths.push_back(width);
    }
    return widths;
}

size_t total_width(const std::vector<size_t> &widths) {
    size_t total = 1;
    for (size_t width : widths) total += width + kGap;
    return total - kGap;
}

/// Takes columns from the widest that may give some until the table fits.
void shrink(std::vector<size_t> &widths, const TextTable &table, size_t width) {
    while (total_width(widths) > width) {
        size_t widest = widths.size();
        for (size_t i = 0; i < widths.size(); ++i) {
            const size_t least = table.columns[i].least;
            if (least == 0 || widths[i] <= least) continue;
            if (widest == widths.size() || widths[i] > widths[widest]) widest = i;
        }
        if (widest == widths.size()) return;
        --widths[widest];
    }
}

std::string line_of(const std::vector<std::string> &cells, const std::vector<size_t> &widths,
                    const TextTable &table) {
    std::string line = " ";
    for (size_t i = 0; i < cells.size(); ++i) {
        if (i != 0) line += std::string(kGap, ' ');
        line += padded(cut_to_width(cells[i], widths[i]), widths[i], table.columns[i].right);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    return line;
}

std::string rule(size_t width) {
    std::string line = " ";
    for (size_t i = 1; i < width; ++i) line += "─";
    return line;
}

}  // namespace

std::string Ink::paint(std::string_view codes, std::string_view text) const {
    if (!color || text.empty()) return std::string(text);
    return fmt::format("\x1b[{}m{}\x1b[0m", codes, text);
}

size_t text_table_width(const TextTable &table) {
    return total_width(natural_widths(table));
}

std::string render_text_table(const TextTable &table, size_t width, const Ink &ink) {
    std::vector<size_t> widths = natural_widths(table);
    shrink(widths, table, width);
    std::vector<std::string> titles;
    for (const TextColumn &column : table.columns) titles.push_back(column.title);
    const std::string line = ink.dim(rule(total_width(widths))) + "\n";
    std::string text = ink.bold(line_of(titles, widths, table)) + "\n" + line;
    for (size_t i = 0; i < table.rows.size(); ++i) {
        if (table.last_is_total && i + 1 == table.rows.size() && i != 0) text += line;
        text += line_of(table.rows[i], widths, table) + "\n";
    }
    return text;
}

std::string render_text_facts(const std::vector<std::pair<std::string, std::string>> &facts,
                              const Ink &ink) {
    size_t width = 0;
    for (const auto &[label, value] : facts) width = std::max(width, display_width(label));
    std::string text;
    for (const auto &[label, value] : facts)
        text += fmt::format(" {}{}\n", ink.dim(padded(label, width + kGap, false)), value);
    return text;
}

std::string text_heading(std::string_view title, const Ink &ink) {
    return "\n" + ink.bold(title) + "\n";
}

std::string wrap_text(std::string_view first, std::string_view text, size_t width) {
    const std::string indent(display_width(first), ' ');
    std::string lines(first);
    size_t column = indent.size();
    while (!text.empty()) {
        const size_t stop = std::min(text.find(' '), text.size());
        const std::string_view word = text.substr(0, stop);
        const size_t shown = display_width(word);
        const bool starts = column == indent.size();
        if (!starts && column + 1 + shown > width) {
            lines += "\n" + indent;
            column = indent.size();
        } else if (!starts) {
            lines += ' ';
            ++column;
        }
        lines += word;
        column += shown;
        text.remove_prefix(std::min(stop + 1, text.size()));
    }
    return lines + "\n";
}

}  // namespace embark
