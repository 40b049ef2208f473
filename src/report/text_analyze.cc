#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "report/text.h"
#include "report/text_shared.h"
#include "report/text_table.h"

namespace embark {
namespace {

using FactList = std::vector<std::pair<std::string, std::string>>;

struct Page {
    const Json &analyze;
    Ink ink;
    size_t width;

    size_t bar_width() const { return width >= 100 ? 20 : 10; }
};

double share_of(double part, double whole) {
    return whole > 0 ? part / whole : 0;
}

void add(FactList &facts, std::string label, std::string value) {
    if (!value.empty()) facts.emplace_back(std::move(label), std::move(value));
}

std::string tensor_list(const Json &tensors) {
    std::string text;
    for (const Json &tensor : tensors)
        text += fmt::format("{}{} {}{}", text.empty() ? "" : ", ", clean(tensor, "name"),
                            clean(tensor, "type"), shape_of(tensor, "shape"));
    return text;
}

std::string parameters_text(const Json &analyze) {
    const auto stored = count_of(analyze, "parameters");
    const auto counted = count_of(analyze, "parameters_framework");
    if (!stored) return {};
    std::string text = count_cell(analyze, "parameters");
    if (counted && *counted != *stored) {
        const std::string framework = clean(child(analyze, "model"), "framework");
        text += fmt::format("  ({} as {} counts them)", count_cell(analyze, "parameters_framework"),
                            framework.empty() ? "the file" : framework);
    }
    return text;
}

std::string training_text(const Json &analyze) {
    const Json &model = child(analyze, "model");
    std::string text = clean(model, "optimizer");
    if (const std::string loss = clean(model, "loss"); !loss.empty())
        text += (text.empty() ? "" : ", ") + loss;
    return text;
}

/// The summary's head: "name · format · framework · file".
std::string title_line(const Page &page) {
    const Json &model = child(page.analyze, "model");
    std::string rest;
    for (std::string_view key : {"format", "framework", "file"})
        if (const std::string word = clean(model, key); !word.empty()) rest += " · " + word;
    return page.ink.bold(clean(model, "name")) + page.ink.dim(rest) + "\n";
}

std::string summary(const Page &page) {
    const Json &analyze = page.analyze;
    FactList facts;
    add(facts, "inputs", tensor_list(list_of(analyze, "inputs")));
    add(facts, "outputs", tensor_list(list_of(analyze, "outputs")));
    add(facts, "parameters", parameters_text(analyze));
    add(facts, "MACC", count_cell(analyze, "macc"));
    add(facts, "weights", figure_text(analyze, "weights_bytes", bytes_text));
    add(facts, "activations", figure_text(analyze, "arena_bytes", bytes_text));
    add(facts, "code", figure_text(analyze, "code_bytes", bytes_text));
    add(facts, "stack", figure_text(analyze, "stack_bytes", bytes_text));
    add(facts, "total flash", figure_text(analyze, "flash_bytes", bytes_text));
    add(facts, "total RAM", figure_text(analyze, "ram_bytes", bytes_text));
    add(facts, "cycles", figure_text(analyze, "cycles", count_text));
    add(facts, "latency", figure_text(analyze, "latency_ms", latency_text));
    add(facts, "energy", figure_text(analyze, "energy_uj", energy_text));
    add(facts, "accuracy", figure_text(analyze, "accuracy", percent_text));
    add(facts, "loss", figure_text(analyze, "loss", fixed_text));
    if (const Json &data = child(analyze, "data"); data.is_object())
        add(facts, "data",
            fmt::format("{} images of {}", count_cell(data, "count"), clean(data, "file")));
    add(facts, "training", training_text(analyze));
    add(facts, "objective", clean(analyze, "objective"));
    if (const std::string level = clean(analyze, "compression"); level != "none")
        add(facts, "compression", level);
    return title_line(page) + text_heading("Summary", page.ink) +
           render_text_facts(facts, page.ink);
}

std::string file_size(const Page &page) {
    const Json &model = child(page.analyze, "model");
    const double whole = number_of(model, "file_bytes").value_or(0);
    if (whole <= 0) return {};
    TextTable table{{{"part"}, {"bytes", true}, {"share", true}, {""}}, {}, true};
    const std::pair<std::string_view, std::string_view> parts[] = {
        {"weights", "weights_file_bytes"},
        {"optimiser's state", "optimizer_bytes"},
        {"everything else", "other_bytes"},
        {"total", "file_bytes"}};
    for (const auto &[label, key] : parts) {
        const double share = share_of(number_of(model, key).value_or(0), whole);
        table.rows.push_back({std::string(label), count_cell(model, key), percent_text(share),
                              key == "file_bytes" ? "" : text_bar(share, page.bar_width())});
    }
    return text_heading("Size of the file", page.ink) +
           render_text_table(table, page.width, page.ink);
}

std::string joined_words(const Json &object, std::string_view key, std::string_view separator) {
    return clean_text(fmt::format("{}", fmt::join(strings_of(object, key), separator)));
}

/// What a layer reads: names, or the m_id of those that are layers.
std::string connections(const Json &layer, const std::map<std::string, std::string> &ids) {
    std::string text;
    for (const std::string &input : strings_of(layer, "inputs")) {
        const auto id = ids.find(input);
        text += (text.empty() ? "" : ", ") + (id == ids.end() ? clean_text(input) : id->second);
    }
    return text;
}

TextTable model_rows(const Json &analyze, const std::map<std::string, std::string> &ids) {
    TextTable table{{{"m_id", true},
                     {"layer (original)", false, 12},
                     {"oshape"},
                     {"param", true},
                     {"size", true},
                     {"macc", true},
                     {"connected to", false, 10}},
                    {},
                    true};
    for (const Json &layer : list_of(analyze, "layers"))
        table.rows.push_back(
            {count_cell(layer, "id"),
             fmt::format("{} ({})", clean(layer, "name"), clean(layer, "source_type")),
             shape_of(layer, "shape"), count_cell(layer, "parameters"),
             count_cell(layer, "weights_bytes"), count_cell(layer, "macc"),
             connections(layer, ids)});
    table.rows.push_back({"", "total", "", count_cell(analyze, "parameters"),
                          count_cell(analyze, "weights_bytes"), count_cell(analyze, "macc"), ""});
    return table;
}

std::string model_table(const Page &page) {
    if (list_of(page.analyze, "layers").empty()) return {};
    TextTable table = model_rows(page.analyze, {});
    if (text_table_width(table) > page.width) {
        // Names of the layers themselves are worth more than those of their neighbours.
        std::map<std::string, std::string> ids;
        for (const Json &layer : list_of(page.analyze, "layers"))
            ids[string_of(layer, "name")] = count_cell(layer, "id");
        table = model_rows(page.analyze, ids);
    }
    return text_heading("Model", page.ink) + render_text_table(table, page.width, page.ink);
}

std::string training_layers(const Page &page) {
    TextTable table{{{"training only", false, 12}, {"type"}, {"rate", true}, {"after", false, 10}},
                    {}};
    for (const Json &layer : list_of(page.analyze, "training_layers"))
        table.rows.push_back({clean(layer, "name"), clean(layer, "source_type"),
                              small_text(number_of(layer, "rate").value_or(0)),
                              clean(layer, "after")});
    if (table.rows.empty()) return {};
    return "\n" + render_text_table(table, page.width, page.ink);
}

std::string complexity(const Page &page) {
    const double weights = number_of(page.analyze, "weights_bytes").value_or(0);
    TextTable table{
        {{"m_id", true}, {"layer", false, 12}, {"macc"}, {"%", true}, {"rom"}, {"%", true}}, {}};
    for (const Json &layer : list_of(page.analyze, "layers")) {
        const double macc = number_of(layer, "macc_percent").value_or(0) / 100;
        const double rom = share_of(number_of(layer, "weights_bytes").value_or(0), weights);
        table.rows.push_back({count_cell(layer, "id"), clean(layer, "name"),
                              text_bar(macc, page.bar_width()), percent_text(macc),
                              text_bar(rom, page.bar_width()), percent_text(rom)});
    }
    if (table.rows.empty()) return {};
    return text_heading("Complexity", page.ink) + render_text_table(table, page.width, page.ink);
}

std::string macc_by_type(const Page &page) {
    TextTable table{{{"type"}, {"layers", true}, {"macc", true}, {"%", true}, {""}}, {}};
    for (const Json &type : list_of(page.analyze, "macc_by_type")) {
        const double share = number_of(type, "macc_percent").value_or(0) / 100;
        table.rows.push_back({clean(type, "type"), count_cell(type, "layers"),
                              count_cell(type, "macc"), percent_text(share),
                              text_bar(share, page.bar_width())});
    }
    if (table.rows.empty()) return {};
    return text_heading("MACC by type", page.ink) + render_text_table(table, page.width, page.ink);
}

const Json &section_named(const Json &sections, std::string_view name) {
    static const Json kNone;
    for (const Json &section : sections)
        if (string_of(section, "name") == name) return section;
    return kNone;
}

std::string memory_by_section(const Page &page) {
    const Json &flash = list_of(page.analyze, "flash_sections");
    const Json &ram = list_of(page.analyze, "ram_sections");
    if (flash.empty() && ram.empty()) return {};
    TextTable table{{{"section"}, {"flash", true}, {"RAM", true}}, {}, true};
    for (std::string_view name :
         {"vectors", "text", "rodata", "weights", "data", "bss", "arena", "stack"}) {
        std::string in_flash = count_cell(section_named(flash, name), "bytes");
        std::string in_ram = count_cell(section_named(ram, name), "bytes");
        if (in_flash.empty() && in_ram.empty()) continue;
        table.rows.push_back({std::string(name), std::move(in_flash), std::move(in_ram)});
    }
    table.rows.push_back(
        {"total", count_cell(page.analyze, "flash_bytes"), count_cell(page.analyze, "ram_bytes")});
    return text_heading("Memory by section (bytes)", page.ink) +
           render_text_table(table, page.width, page.ink);
}

std::string steps(const Page &page) {
    const double whole = number_of(page.analyze, "cycles").value_or(0);
    TextTable table{{{"step", true},
                     {"kernel", false, 14},
                     {"layers", false, 14},
                     {"scratch", true},
                     {"cycles", true},
                     {"%", true}},
                    {}};
    int64_t index = 0;
    for (const Json &step : list_of(page.analyze, "steps")) {
        const auto cycles = number_of(step, "cycles");
        table.rows.push_back({fmt::format("{}", index++), clean(step, "kernel"),
                              joined_words(step, "nodes", " + "), count_cell(step, "scratch_bytes"),
                              count_cell(step, "cycles"),
                              cycles && whole > 0 ? percent_text(*cycles / whole) : ""});
    }
    if (table.rows.empty()) return {};
    const std::string kind = clean_text(kind_of(page.analyze, "steps.cycles"));
    return text_heading(kind.empty() ? "Steps" : "Steps (cycles " + kind + ")", page.ink) +
           render_text_table(table, page.width, page.ink);
}

/// What was chosen for each step, what else was looked at, and why it was not taken.
std::string explanation(const Page &page) {
    TextTable table{{{"step", true},
                     {"kernel", false, 14},
                     {"maps"},
                     {"scratch", true},
                     {"cycles", true},
                     {"verdict", false, 14}},
                    {}};
    int64_t index = 0;
    for (const Json &step : list_of(page.analyze, "steps")) {
        std::string number = fmt::format("{}", index++);
        for (const Json &candidate : list_of(step, "candidates")) {
            const bool rows = flag_of(candidate, "row_by_row").value_or(false);
            table.rows.push_back({std::exchange(number, ""), clean(candidate, "kernel"),
                                  rows ? "row by row" : "whole",
                                  count_cell(candidate, "scratch_bytes"),
                                  count_cell(candidate, "cycles"), clean(candidate, "verdict")});
        }
    }
    if (table.rows.empty()) return {};
    return text_heading("Choices (cycles modelled)", page.ink) +
           render_text_table(table, page.width, page.ink);
}

std::string verdict(const Page &page) {
    const Json &board = child(page.analyze, "board");
    const std::optional<bool> fits = flag_of(page.analyze, "fits");
    if (!fits) return {};
    TextTable table{{{"region"}, {"kind"}, {"size", true}, {"used", true}, {"margin", true}, {""}},
                    {}};
    for (const Json &region : list_of(page.analyze, "regions"))
        table.rows.push_back({clean(region, "name"), clean(region, "kind"),
                              count_cell(region, "bytes"), count_cell(region, "used"),
                              count_cell(region, "margin"),
                              text_bar(share_of(number_of(region, "used").value_or(0),
                                                number_of(region, "bytes").value_or(0)),
                                       page.bar_width())});
    std::string text = text_heading(
        fmt::format("Verdict for {} ({}, {})", clean(board, "id"), clean(board, "mcu"),
                    format_frequency(number_of(board, "clock_hz").value_or(0), kTerminalLanguage)),
        page.ink);
    text += render_text_table(table, page.width, page.ink);
    text += " " + (*fits ? page.ink.good("fits") : page.ink.bad("does not fit"));
    for (const Json &region : list_of(page.analyze, "regions"))
        if (const int64_t margin = count_of(region, "margin").value_or(0); margin < 0)
            text += fmt::format(": {} lacks {}", clean(region, "name"),
                                bytes_text(-static_cast<double>(margin)));
    return text + "\n";
}

std::string list_under(const Page &page, std::string_view title, std::string_view key) {
    const std::vector<std::string> items = strings_of(page.analyze, key);
    if (items.empty()) return {};
    std::string text = text_heading(title, page.ink);
    for (const std::string &item : items) text += wrap_text(" - ", clean_text(item), page.width);
    return text;
}

}  // namespace

std::string render_analyze_text(const nlohmann::json &analyze, const TextOptions &options) {
    const Page page{analyze, Ink{options.color}, std::max<size_t>(options.width, 60)};
    return with_plain_spaces(summary(page) + file_size(page) + model_table(page) +
                             training_layers(page) + complexity(page) + macc_by_type(page) +
                             steps(page) + (options.explain ? explanation(page) : "") +
                             memory_by_section(page) + verdict(page) +
                             list_under(page, "What would help", "suggestions") +
                             list_under(page, "Warnings", "warnings"));
}

}  // namespace embark
