#include <algorithm>

#include <fmt/format.h>

#include "report/text.h"
#include "report/text_shared.h"
#include "report/text_table.h"

namespace embark {
namespace {

constexpr size_t kMostClasses = 30;

struct Page {
    const Json &validate;
    Ink ink;
    size_t width;
};

using Format = std::string (*)(double);

/// A row of the metrics: the target's figure, the original's, what the figure is.
void add_metric(TextTable &table, const Json &validate, std::string_view label,
                std::string_view key, Format format) {
    const std::optional<double> value = number_of(validate, key);
    const std::optional<double> original = number_of(child(validate, "original"), key);
    if (!value && !original) return;
    table.rows.push_back({std::string(label), value ? format(*value) : "",
                          original ? format(*original) : "", clean_text(kind_of(validate, key))});
}

TextTable metrics_table(const Json &validate) {
    TextTable table{{{"metric"}, {"target", true}, {"original", true}, {""}}, {}};
    add_metric(table, validate, "images", "images", count_text);
    add_metric(table, validate, "accuracy", "accuracy", percent_text);
    add_metric(table, validate, "loss", "loss", fixed_text);
    add_metric(table, validate, "agreement", "agreement", percent_text);
    add_metric(table, validate, "rmse", "rmse", small_text);
    add_metric(table, validate, "mae", "mae", small_text);
    add_metric(table, validate, "l2r", "l2r", small_text);
    add_metric(table, validate, "mean", "mean_error", small_text);
    add_metric(table, validate, "std", "std_error", small_text);
    add_metric(table, validate, "nse", "nse", small_text);
    add_metric(table, validate, "cos", "cosine", small_text);
    add_metric(table, validate, "largest error", "max_abs_error", small_text);
    if (const auto equal = flag_of(validate, "byte_equal"))
        table.rows.push_back({"equal to the host", *equal ? "yes" : "no", "", "byte for byte"});
    add_metric(table, validate, "cycles, mean", "cycles_mean", count_text);
    add_metric(table, validate, "cycles, least", "cycles_min", count_text);
    add_metric(table, validate, "cycles, most", "cycles_max", count_text);
    add_metric(table, validate, "latency", "latency_ms", latency_text);
    add_metric(table, validate, "energy", "energy_uj", energy_text);
    add_metric(table, validate, "stack", "stack_bytes", bytes_text);
    add_metric(table, validate, "RAM", "ram_bytes", bytes_text);
    return table;
}

std::string reference_vectors(const Page &page) {
    const Json &vectors = child(page.validate, "reference_vectors");
    if (!vectors.is_object()) return {};
    return wrap_text(
        " ",
        fmt::format("against the framework's own outputs ({}): rmse {}, largest error {}",
                    clean(vectors, "file"), small_text(number_of(vectors, "rmse").value_or(0)),
                    small_text(number_of(vectors, "max_abs_error").value_or(0))),
        page.width);
}

/// "C3 cat" names in the rows, "C3" or the name above the columns, as there is room.
std::string confusion(const Page &page) {
    const Json &matrix = list_of(page.validate, "confusion_matrix");
    if (matrix.empty()) return {};
    const std::string heading =
        text_heading("Confusion matrix (rows: true class, columns: answer)", page.ink);
    if (matrix.size() > kMostClasses)
        return heading + fmt::format(" {} classes: see confusion_matrix in the JSON document\n",
                                     matrix.size());
    std::vector<std::string> names = strings_of(page.validate, "class_names");
    names.resize(matrix.size());
    TextTable table{{{"", false, 6}}, {}};
    for (size_t i = 0; i < matrix.size(); ++i)
        table.columns.push_back({fmt::format("C{}", i), true});
    for (size_t i = 0; i < matrix.size(); ++i) {
        const std::string name = clean_text(names[i]);
        std::vector<std::string> row = {fmt::format("C{}{}{}", i, name.empty() ? "" : " ", name)};
        std::vector<int64_t> counts = counts_in(matrix[i]);
        counts.resize(matrix.size());
        for (int64_t count : counts)
            row.push_back(count == 0 ? "." : format_count(count, kTerminalLanguage));
        table.rows.push_back(std::move(row));
    }
    return heading + render_text_table(table, page.width, page.ink);
}

std::string layers(const Page &page) {
    const Json &all = list_of(page.validate, "layers");
    if (all.empty()) return {};
    double largest = 0;
    for (const Json &layer : all)
        largest = std::max(largest, number_of(layer, "cycles").value_or(0));
    const double mean = number_of(page.validate, "cycles_mean").value_or(0);
    TextTable table{{{"step", false, 16}, {"cycles", true}, {"%", true}, {""}}, {}};
    for (const Json &layer : all) {
        const double cycles = number_of(layer, "cycles").value_or(0);
        table.rows.push_back({clean(layer, "name"), count_text(cycles),
                              mean > 0 ? percent_text(cycles / mean) : "",
                              text_bar(largest > 0 ? cycles / largest : 0, 20)});
    }
    std::string kind = clean_text(kind_of(page.validate, "layers.cycles"));
    if (kind.empty()) kind = clean_text(kind_of(page.validate, "cycles_mean"));
    return text_heading(kind.empty() ? "Cycles by step" : "Cycles by step (" + kind + ")",
                        page.ink) +
           render_text_table(table, page.width, page.ink);
}

}  // namespace

std::string render_validate_text(const nlohmann::json &validate, const TextOptions &options) {
    const Page page{validate, Ink{options.color}, std::max<size_t>(options.width, 60)};
    std::string title = page.ink.bold("Validation on " + clean(validate, "target"));
    if (const std::string file = clean(child(validate, "data"), "file"); !file.empty())
        title += page.ink.dim(" · " + file);
    return with_plain_spaces(title + "\n\n" +
                             render_text_table(metrics_table(validate), page.width, page.ink) +
                             reference_vectors(page) + confusion(page) + layers(page));
}

}  // namespace embark
