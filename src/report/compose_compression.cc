// How a compressed network was chosen: part of section 4.

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "report/compose.h"

namespace embark {
namespace {

/// About four round values over [low, high].
std::vector<double> round_values(double low, double high) {
    if (!(high > low)) return {low};
    const double rough = (high - low) / 4,
                 magnitude = std::pow(10.0, std::floor(std::log10(rough)));
    double step = magnitude;
    for (const double factor : {2.0, 5.0, 10.0})
        if (step < rough) step = magnitude * factor;
    std::vector<double> values;
    for (double value = std::ceil(low / step) * step; value <= high + step / 1e6; value += step)
        values.push_back(value);
    return values;
}

/// "1e-3" as people write it: "0.001"
std::string power_of_ten(int exponent, Language language) {
    return format_small(std::pow(10.0, exponent), language);
}

LineChart sensitivity_chart(const Composer &composer, const Json &choice) {
    LineChart chart{composer.say(Phrase::kSensitivityCaption),
                    composer.word(Phrase::kBits),
                    composer.word(Phrase::kErrorAdded),
                    {},
                    {},
                    {}};
    double least = 0, most = -300;
    for (const Json &row : list_of(choice, "sensitivity")) {
        const double error = number_of(row, "error").value_or(0);
        const auto bits = count_of(row, "bits").value_or(0);
        const std::string name = string_of(row, "layer");
        if (chart.series.empty() || chart.series.back().name != name)
            chart.series.push_back({name, {}});
        if (error <= 0 || bits >= 8) continue;
        const double height = std::log10(error);
        least = std::min(least, height), most = std::max(most, height);
        chart.series.back().points.push_back(
            {static_cast<double>(bits), height,
             fmt::format("{}, {}: {}", name, bits, format_small(error, composer.language))});
        const std::string tick = fmt::format("{}", bits);
        if (std::none_of(chart.x_ticks.begin(), chart.x_ticks.end(),
                         [&](const LineChart::Tick &known) { return known.text == tick; }))
            chart.x_ticks.push_back({static_cast<double>(bits), tick});
    }
    std::erase_if(chart.series, [](const auto &series) { return series.points.empty(); });
    for (int exponent = static_cast<int>(std::floor(least)); exponent <= std::ceil(most);
         ++exponent)
        chart.y_ticks.push_back(
            {static_cast<double>(exponent), power_of_ten(exponent, composer.language)});
    return chart;
}

/// The same at one width, where there is no line to draw.
BarChart sensitivity_bars(const Composer &composer, const LineChart &chart) {
    BarChart bars{composer.say(Phrase::kSensitivityBarsCaption, {plain(chart.x_ticks[0].text)}),
                  {}};
    for (const auto &series : chart.series) {
        const double error = std::pow(10.0, series.points[0].y);
        bars.bars.push_back({series.name, error, format_small(error, composer.language)});
    }
    return bars;
}

Table sensitivity_table(const Composer &composer, const Json &choice) {
    Table table{composer.say(Phrase::kSensitivityTableCaption),
                {{composer.word(Phrase::kLayer)},
                 {composer.word(Phrase::kWeights), true},
                 {composer.word(Phrase::kBits), true},
                 {composer.word(Phrase::kErrorAdded), true}},
                {}};
    for (const Json &row : list_of(choice, "sensitivity")) {
        if (count_of(row, "bits").value_or(8) >= 8) continue;
        table.rows.push_back({code(string_of(row, "layer")),
                              plain(shown(composer, row, "weights", Unit::kCount)),
                              plain(shown(composer, row, "bits", Unit::kCount)),
                              plain(shown(composer, row, "error", Unit::kSmall))});
    }
    return table;
}

LineChart front_chart(const Composer &composer, const Json &choice) {
    LineChart chart{composer.say(Phrase::kFrontCaption),
                    composer.word(Phrase::kFlash),
                    composer.word(Phrase::kAccuracy),
                    {},
                    {},
                    {{"", {}}}};
    std::vector<double> sizes, shares;
    for (const Json &row : list_of(choice, "front")) {
        const auto accuracy = number_of(row, "accuracy");
        if (!accuracy) continue;
        const auto flash = static_cast<double>(count_of(row, "flash_bytes").value_or(0));
        sizes.push_back(flash / 1024), shares.push_back(*accuracy * 100);
        chart.series[0].points.push_back({flash / 1024, *accuracy * 100,
                                          shown(composer, row, "flash_bytes", Unit::kSize) + ": " +
                                              format_percent(*accuracy, composer.language),
                                          flag_of(row, "chosen").value_or(false)});
    }
    if (sizes.size() < 2) return {};
    const auto [small, large] = std::minmax_element(sizes.begin(), sizes.end());
    const auto [low, high] = std::minmax_element(shares.begin(), shares.end());
    for (const double value : round_values(*small, *large))
        chart.x_ticks.push_back(
            {value, format_size(static_cast<int64_t>(value * 1024), composer.language)});
    for (const double value : round_values(*low, *high))
        chart.y_ticks.push_back({value, format_percent(value / 100, composer.language)});
    return chart;
}

Table front_table(const Composer &composer, const Json &choice) {
    Table table{composer.say(Phrase::kFrontTableCaption),
                {{composer.word(Phrase::kFlash), true},
                 {composer.word(Phrase::kWeights), true},
                 {composer.word(Phrase::kErrorAdded), true},
                 {composer.word(Phrase::kAccuracy), true},
                 {composer.word(Phrase::kChosen)}},
                {}};
    for (const Json &row : list_of(choice, "front"))
        table.rows.push_back(
            {plain(shown(composer, row, "flash_bytes", Unit::kBytes)),
             plain(shown(composer, row, "weights_bytes", Unit::kBytes)),
             plain(shown(composer, row, "error", Unit::kSmall)),
             plain(shown(composer, row, "accuracy", Unit::kPercent)),
             plain(flag_of(row, "chosen").value_or(false) ? composer.word(Phrase::kYes) : "")});
    return table;
}

}  // namespace

void add_compression_choice(const Composer &composer, Section &section) {
    const Json &choice = child(composer.analyze, "compression_choice");
    if (!choice.is_object()) return;
    section.blocks.push_back(Paragraph{composer.say(
        Phrase::kChoiceLead, {plain(shown(composer, choice, "images", Unit::kCount)),
                              plain(shown(composer, choice, "accuracy_before", Unit::kPercent)),
                              plain(shown(composer, choice, "accuracy_after", Unit::kPercent))})});
    if (list_of(choice, "sensitivity").empty()) return;
    const LineChart chart = sensitivity_chart(composer, choice);
    if (chart.x_ticks.size() == 1)
        section.blocks.push_back(sensitivity_bars(composer, chart));
    else
        section.blocks.push_back(chart);
    section.blocks.push_back(sensitivity_table(composer, choice));
    if (const LineChart front = front_chart(composer, choice); !front.series.empty())
        section.blocks.push_back(front);
    section.blocks.push_back(front_table(composer, choice));
}

}  // namespace embark
