#include "report/supported_ops.h"

#include <fmt/format.h>

#include "report/text_shared.h"
#include "report/text_table.h"

namespace embark {
namespace {

constexpr std::string_view kIntroduction =
    R"(Written by `embark supported-ops --markdown > docs/supported-ops.md`; a test keeps it current.
`--format` shows one format alone, `--target BOARD` the kernels of that board.

Every operator has a portable kernel in C99, so that it runs on every target that has a C compiler;
`tuned` marks types for which there is also a kernel made for the operator, and `dsp` and the like
one that the core must have the instructions for. Types with `q` are quantised: integers with scale
and zero point, computed as TensorFlow Lite does; those without are plain numbers. What a type can do
is tried out on a sample of the operator when this page is written; attributes and shapes may still
be refused, with a message that says what was expected.
)";

/// What a cell says of a type: how it runs, or nothing.
std::string type_cell(const Json &operation, const std::string &type) {
    for (const Json &record : list_of(operation, "types")) {
        if (string_of(record, "type") != type) continue;
        if (!record["tuned"].get<bool>()) return "yes";
        const std::string isa = string_of(record, "isa");
        return isa.empty() ? "tuned" : isa;
    }
    return "";
}

std::string joined(const Json &words, std::string_view separator, std::string_view quote = "") {
    std::string text;
    for (const Json &word : words) {
        if (!text.empty()) text += separator;
        text += fmt::format("{}{}{}", quote, clean_text(word.get<std::string>()), quote);
    }
    return text;
}

/// A table's titles and rows, for either output.
struct Cells {
    std::vector<std::string> titles;
    std::vector<std::vector<std::string>> rows;
};

Cells format_cells(const Json &format, std::string_view quote) {
    Cells cells{{"operator", "becomes", "types"}, {}};
    for (const Json &row : list_of(format, "operators")) {
        const std::string becomes = joined(list_of(row, "becomes"), " ", quote);
        cells.rows.push_back({fmt::format("{0}{1}{0}", quote, clean(row, "name")),
                              becomes.empty() ? "nothing, or a constant" : becomes,
                              joined(list_of(row, "types"), ", ")});
    }
    return cells;
}

Cells operator_cells(const Json &document, std::string_view quote) {
    Cells cells{{"operator"}, {}};
    for (const Json &type : list_of(document, "types")) {
        cells.titles.push_back(clean_text(type.get<std::string>()));
    }
    for (const Json &operation : list_of(document, "operators")) {
        std::vector<std::string> row = {fmt::format("{0}{1}{0}", quote, clean(operation, "name"))};
        for (const Json &type : list_of(document, "types")) {
            row.push_back(type_cell(operation, type.get<std::string>()));
        }
        cells.rows.push_back(std::move(row));
    }
    return cells;
}

std::string text_of(const Cells &cells, const TextOptions &options) {
    TextTable table;
    for (const std::string &title : cells.titles) table.columns.push_back({title});
    if (cells.titles.size() == 3) table.columns[1].least = table.columns[2].least = 20;
    table.rows = cells.rows;
    return render_text_table(table, options.width, Ink{options.color});
}

std::string markdown_of(const Cells &cells) {
    std::string text = "|";
    for (const std::string &title : cells.titles) text += " " + title + " |";
    text += "\n|";
    for (size_t i = 0; i < cells.titles.size(); ++i) text += "---|";
    text += "\n";
    for (const std::vector<std::string> &row : cells.rows) {
        text += "|";
        for (const std::string &cell : row) text += cell.empty() ? " |" : " " + cell + " |";
        text += "\n";
    }
    return text;
}

}  // namespace

std::string render_supported_ops_text(const Json &document, const TextOptions &options) {
    const Ink ink{options.color};
    std::string text;
    for (const Json &format : list_of(document, "formats")) {
        const Cells cells = format_cells(format, "");
        text += fmt::format("{}: {} operators\n\n{}\n", ink.bold(clean(format, "name")),
                            cells.rows.size(), text_of(cells, options));
    }
    const Json &operators = list_of(document, "operators");
    if (operators.empty()) return text;
    text += fmt::format(
        "{} on {}: {} operators\n"
        "yes: portable C; tuned, dsp …: a kernel made for it; q: quantised\n\n{}",
        ink.bold("embark"), clean(document, "target"), operators.size(),
        text_of(operator_cells(document, ""), options));
    return text;
}

std::string render_supported_ops_markdown(const Json &document) {
    std::string text = fmt::format("# Supported operators\n{}\n", kIntroduction);
    for (const Json &format : list_of(document, "formats")) {
        text += fmt::format("## {}\n", clean(format, "name"));
        text += "`types` are those of the first operator that it becomes.\n\n";
        text += markdown_of(format_cells(format, "`")) + "\n";
    }
    if (!list_of(document, "operators").empty()) {
        text += fmt::format("## embark's operators on {}\n\n", clean(document, "target"));
        text += markdown_of(operator_cells(document, "`"));
    }
    return text;
}

}  // namespace embark
