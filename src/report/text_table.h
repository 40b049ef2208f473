#pragma once
// Columns of text for a terminal.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace embark {

/// ANSI codes, or nothing.
struct Ink {
    bool color = false;
    std::string paint(std::string_view codes, std::string_view text) const;
    std::string bold(std::string_view text) const { return paint("1", text); }
    std::string dim(std::string_view text) const { return paint("2", text); }
    std::string good(std::string_view text) const { return paint("1;32", text); }
    std::string bad(std::string_view text) const { return paint("1;31", text); }
    std::string warn(std::string_view text) const { return paint("33", text); }
};

struct TextColumn {
    std::string title;
    bool right = false;  ///< numbers
    size_t least = 0;    ///< may be cut down to this many columns; 0: never cut
};

struct TextTable {
    std::vector<TextColumn> columns;
    std::vector<std::vector<std::string>> rows;  ///< of valid UTF-8, each as long as `columns`
    bool last_is_total = false;                  ///< a rule above the last row
};

/// Indented by one space, two spaces between columns. Where the table is wider than \p width the
/// widest columns that may be cut are, down to their least; cut cells end in "…".
std::string render_text_table(const TextTable &table, size_t width, const Ink &ink);

/// Columns that the table takes when nothing is cut.
size_t text_table_width(const TextTable &table);

/// "label   value" lines with the values below each other.
std::string render_text_facts(const std::vector<std::pair<std::string, std::string>> &facts,
                              const Ink &ink);

/// A blank line and the title of a part.
std::string text_heading(std::string_view title, const Ink &ink);

/// \p text in lines of at most \p width, the first after \p first, the others indented as far.
std::string wrap_text(std::string_view first, std::string_view text, size_t width);

}  // namespace embark
