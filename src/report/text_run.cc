#include <algorithm>

#include <fmt/format.h>

#include "report/text.h"
#include "report/text_shared.h"
#include "report/text_table.h"

namespace embark {
namespace {

constexpr size_t kMostValues = 16;

std::string values_text(const Json &tensor) {
    const Json &values = list_of(tensor, "values");
    std::string text;
    for (size_t i = 0; i < values.size() && i < kMostValues; ++i)
        text += fmt::format(
            "{}{}", i == 0 ? "" : " ",
            values[i].is_number() ? fmt::format("{:.6g}", values[i].get<double>()) : "?");
    return values.size() > kMostValues ? text + " …" : text;
}

std::string tensors(const Json &all, std::string_view title, size_t width, const Ink &ink) {
    if (all.empty()) return {};
    TextTable table{{{std::string(title), false, 12},
                     {"type"},
                     {"shape"},
                     {"bytes", true},
                     {"file", false, 10}},
                    {}};
    for (const Json &tensor : all)
        table.rows.push_back({clean(tensor, "name"), clean(tensor, "type"),
                              shape_of(tensor, "shape"), count_cell(tensor, "bytes"),
                              clean(tensor, "file")});
    std::string text = "\n" + render_text_table(table, width, ink);
    for (const Json &tensor : all)
        if (const std::string values = values_text(tensor); !values.empty())
            text += wrap_text(" " + clean(tensor, "name") + " = ", values, width);
    return text;
}

}  // namespace

std::string render_run_text(const nlohmann::json &run, const TextOptions &options) {
    const Ink ink{options.color};
    const size_t width = std::max<size_t>(options.width, 60);
    std::string text = ink.bold("One inference on " + clean(run, "target")) + "\n";
    text += tensors(list_of(run, "inputs"), "input", width, ink);
    text += tensors(list_of(run, "outputs"), "output", width, ink);
    std::vector<std::pair<std::string, std::string>> facts;
    if (std::string cycles = figure_text(run, "cycles", count_text); !cycles.empty())
        facts.emplace_back("cycles", std::move(cycles));
    if (std::string latency = figure_text(run, "latency_ms", latency_text); !latency.empty())
        facts.emplace_back("latency", std::move(latency));
    if (!facts.empty()) text += "\n" + render_text_facts(facts, ink);
    return with_plain_spaces(text);
}

}  // namespace embark
