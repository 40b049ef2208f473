#pragma once
// A report between its JSON and its Markdown or HTML: blocks that say what is shown, not how.
// Nothing in here is escaped; that is the writers' duty.

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "report/strings.h"

namespace embark {

/// A run of characters in one style. Of kKind, `text` is the English word of the schema.
struct Inline {
    enum class Style { kPlain, kCode, kKind };
    std::string text;
    Style style = Style::kPlain;
};
using Text = std::vector<Inline>;

Text plain(std::string text);
Text code(std::string text);
/// A figure and the label that says what it is; no label when \p kind is empty.
Text figure(std::string value, std::string_view kind);
/// The phrase with its arguments in place; an argument inside `…` takes the style of code.
Text phrase(Language language, Phrase phrase, std::initializer_list<Text> arguments = {});
/// Without styles and labels.
std::string bare(const Text &text);

enum class Tone { kPlain, kGood, kBad, kNotRun };

struct Paragraph {
    Text text;
    Tone tone = Tone::kPlain;
};
struct Bullets {
    Text lead;  ///< "What would help:"; may be empty
    std::vector<Text> items;
};
struct Fact {
    std::string label;
    Text value;
};
struct Facts {
    std::vector<Fact> rows;
};
struct Column {
    std::string title;
    bool number = false;
};
struct Table {
    Text caption;
    std::vector<Column> columns;
    std::vector<std::vector<Text>> rows;  ///< each as long as `columns`
};
struct Bar {
    std::string label;
    double value = 0;  ///< >= 0
    std::string text;  ///< the value as shown
};
struct BarChart {
    Text caption;
    std::vector<Bar> bars;
};
/// Parts of a whole, drawn as one bar: a file, the flash, the RAM.
struct SizeMap {
    Text caption;
    std::vector<Bar> parts;
    double capacity = 0;        ///< 0: the sum of the parts
    std::string capacity_text;  ///< empty: not shown
};
/// Points of a plane, joined in their order; axes are as wide as the points and ticks need.
struct LineChart {
    struct Tick {
        double value = 0;
        std::string text;
    };
    struct Point {
        double x = 0, y = 0;
        std::string text;     ///< what it stands for
        bool marked = false;  ///< drawn larger
    };
    struct Series {
        std::string name;
        std::vector<Point> points;
    };
    Text caption;
    std::string x_title, y_title;
    std::vector<Tick> x_ticks, y_ticks;
    std::vector<Series> series;  ///< a legend names them when there are several
};
struct ArenaBlock {
    std::string tensor;
    int64_t offset = 0, bytes = 0, first_step = 0, last_step = 0;
    std::string size_text;
};
struct ArenaMap {
    Text caption;
    int64_t bytes = 0;
    std::string bytes_text;
    std::vector<std::string> steps;
    std::vector<ArenaBlock> blocks;
};
struct HeatMap {
    Text caption;
    std::string rows_title, columns_title;
    std::vector<std::string> names;            ///< as many as the matrix has rows
    std::vector<std::vector<int64_t>> matrix;  ///< square
};
struct Picture {
    std::string png;  ///< a data: URI that is_png_uri() accepts
    std::string label, answer, probability;
};
struct Pictures {
    Text caption;
    std::vector<Picture> items;
};

using Block = std::variant<Paragraph, Bullets, Facts, Table, BarChart, SizeMap, LineChart, ArenaMap,
                           HeatMap, Pictures>;

struct Section {
    std::string title;
    std::vector<Block> blocks;
};
/// One of the figures at the top.
struct Tile {
    std::string label;
    Text value;
    Text detail;
    Tone tone = Tone::kPlain;
};
struct Document {
    Language language = Language::kEnglish;
    std::string title, subtitle;
    std::vector<Tile> tiles;
    std::vector<Section> sections;
};

}  // namespace embark
