// Sections 8 and 9: what the target did, and what follows.
#include <fmt/format.h>

#include "report/compose.h"

namespace embark {
namespace {

Text range_of_cycles(const Composer &composer, const Json &validation) {
    if (!number_of(validation, "cycles_min")) return plain("–");
    return plain(fmt::format("{} – {}", shown(composer, validation, "cycles_min", Unit::kCount),
                             shown(composer, validation, "cycles_max", Unit::kCount)));
}

Text yes_or_no(const Composer &composer, const Json &object, std::string_view key) {
    const std::optional<bool> flag = flag_of(object, key);
    if (!flag) return plain("–");
    return composer.say(*flag ? Phrase::kYes : Phrase::kNo);
}

struct MetricRow {
    Phrase label;
    std::string_view key;
    Unit unit;
};

constexpr MetricRow kMetrics[] = {{Phrase::kImages, "images", Unit::kCount},
                                  {Phrase::kAccuracy, "accuracy", Unit::kPercent},
                                  {Phrase::kLoss, "loss", Unit::kFixed},
                                  {Phrase::kAgreement, "agreement", Unit::kPercent},
                                  {Phrase::kRmse, "rmse", Unit::kSmall},
                                  {Phrase::kMae, "mae", Unit::kSmall},
                                  {Phrase::kL2r, "l2r", Unit::kSmall},
                                  {Phrase::kCosine, "cosine", Unit::kSmall},
                                  {Phrase::kMaxError, "max_abs_error", Unit::kSmall},
                                  {Phrase::kCyclesMean, "cycles_mean", Unit::kCount},
                                  {Phrase::kLatency, "latency_ms", Unit::kLatency},
                                  {Phrase::kEnergy, "energy_uj", Unit::kEnergy},
                                  {Phrase::kStack, "stack_bytes", Unit::kBytes},
                                  {Phrase::kRam, "ram_bytes", Unit::kBytes}};

Table metrics_table(const Composer &composer) {
    const Json &on_board = composer.on_board, &on_host = composer.on_host;
    const Json &original = child(best_validation(composer), "original");
    Table table{composer.say(Phrase::kMetricsCaption),
                {{composer.word(Phrase::kFigure)},
                 {composer.word(Phrase::kOriginalModel), true},
                 {composer.word(Phrase::kHost), true},
                 {composer.word(Phrase::kOnBoard), true}},
                {}};
    for (const MetricRow &row : kMetrics) {
        if (!number_of(on_board, row.key) && !number_of(on_host, row.key)) continue;
        table.rows.push_back({plain(composer.word(row.label)),
                              plain(shown(composer, original, row.key, row.unit)),
                              labelled(composer, on_host, row.key, row.unit),
                              labelled(composer, on_board, row.key, row.unit)});
        if (row.key == "cycles_mean")
            table.rows.push_back({plain(composer.word(Phrase::kCyclesRange)), plain("–"),
                                  range_of_cycles(composer, on_host),
                                  range_of_cycles(composer, on_board)});
    }
    table.rows.push_back({plain(composer.word(Phrase::kByteEqual)), plain("–"),
                          yes_or_no(composer, on_host, "byte_equal"),
                          yes_or_no(composer, on_board, "byte_equal")});
    return table;
}

HeatMap confusion_map(const Composer &composer, const Json &validation) {
    HeatMap map{composer.say(Phrase::kConfusionCaption, {plain(string_of(validation, "target"))}),
                composer.word(Phrase::kTrueClass),
                composer.word(Phrase::kGiven),
                strings_of(validation, "class_names"),
                {}};
    for (const Json &row : list_of(validation, "confusion_matrix"))
        map.matrix.push_back(counts_in(row));
    const size_t classes = map.matrix.size();
    for (auto &row : map.matrix) row.resize(classes);
    for (size_t i = map.names.size(); i < classes; ++i) map.names.push_back(fmt::format("{}", i));
    map.names.resize(classes);
    return map;
}

BarChart cycles_chart(const Composer &composer) {
    BarChart chart{composer.say(Phrase::kStepCyclesCaption), {}};
    for (const Json &layer : list_of(composer.on_board, "layers"))
        chart.bars.push_back({string_of(layer, "name"), number_of(layer, "cycles").value_or(0),
                              shown(composer, layer, "cycles", Unit::kCount)});
    const std::string kind = kind_of(composer.on_board, "layers.cycles");
    const std::string mean = kind_of(composer.on_board, "cycles_mean");
    if (!kind.empty() || !mean.empty())
        chart.caption.push_back({kind.empty() ? mean : kind, Inline::Style::kKind});
    return chart;
}

Pictures example_pictures(const Composer &composer) {
    Pictures pictures{composer.say(Phrase::kExamplesCaption), {}};
    for (const Json &example : list_of(composer.deploy, "example_images")) {
        const std::string png = string_of(example, "png");
        if (!is_png_uri(png)) continue;
        pictures.items.push_back({png, string_of(example, "label"), string_of(example, "predicted"),
                                  number_of(example, "probability")
                                      ? shown(composer, example, "probability", Unit::kPercent)
                                      : ""});
    }
    return pictures;
}

Text missing_list(const Composer &composer) {
    std::string missing;
    const auto add = [&](const Json &part, Phrase name) {
        if (!part.is_object()) missing += (missing.empty() ? "" : ", ") + composer.word(name);
    };
    add(composer.firmware, Phrase::kMissingFirmware);
    add(composer.on_host, Phrase::kMissingHost);
    add(composer.on_board, Phrase::kMissingBoard);
    return missing.empty() ? Text{} : composer.say(Phrase::kConcludeMissing, {plain(missing)});
}

/// Flash or RAM of the deployed network: as built, else as predicted.
Text size_needed(const Composer &composer, std::string_view key) {
    if (!composer.firmware.is_object())
        return labelled(composer, composer.analyze, key, Unit::kSize);
    return figure(shown(composer, composer.firmware, key, Unit::kSize), "measured");
}

void conclude_validation(const Composer &composer, Bullets &bullets) {
    const Json &validation = best_validation(composer);
    const Json &original = child(validation, "original");
    const Text target = plain(string_of(validation, "target"));
    const Text accuracy = labelled(composer, validation, "accuracy", Unit::kPercent);
    if (number_of(validation, "accuracy") && number_of(original, "accuracy"))
        bullets.items.push_back(composer.say(
            Phrase::kConcludeAccuracy,
            {target, accuracy, plain(shown(composer, original, "accuracy", Unit::kPercent))}));
    else if (number_of(validation, "accuracy"))
        bullets.items.push_back(composer.say(Phrase::kConcludeAccuracyAlone, {target, accuracy}));
    if (flag_of(composer.on_board, "byte_equal"))
        bullets.items.push_back(composer.say(
            Phrase::kConcludeBytes, {yes_or_no(composer, composer.on_board, "byte_equal")}));
}

void conclude_time(const Composer &composer, Bullets &bullets) {
    const bool run = number_of(composer.on_board, "latency_ms").has_value();
    const Json &timed = run ? composer.on_board : composer.analyze;
    if (!number_of(timed, "latency_ms")) return;
    const Json &powered = number_of(timed, "energy_uj") ? timed : composer.analyze;
    const Text time = labelled(composer, timed, "latency_ms", Unit::kLatency);
    if (!number_of(powered, "energy_uj")) {
        bullets.items.push_back(composer.say(Phrase::kConcludeTime, {time}));
        return;
    }
    bullets.items.push_back(
        composer.say(Phrase::kConcludeTimeEnergy,
                     {time, labelled(composer, powered, "energy_uj", Unit::kEnergy)}));
}

Table stages_table(const Composer &composer) {
    Table table{composer.say(Phrase::kStagesCaption),
                {{composer.word(Phrase::kStage)}, {composer.word(Phrase::kSeconds), true}},
                {}};
    for (const Json &stage : list_of(composer.deploy, "stages"))
        table.rows.push_back(
            {plain(string_of(stage, "name")),
             plain(format_fixed(number_of(stage, "seconds").value_or(0), 1, composer.language))});
    return table;
}

}  // namespace

Section compose_performance(const Composer &composer) {
    Section section{composer.word(Phrase::kPerformanceTitle), {}};
    const Json &validation = best_validation(composer);
    if (composer.on_board.is_object()) {
        section.blocks.push_back(Paragraph{composer.say(
            Phrase::kPerformanceLead, {plain(shown(composer, validation, "images", Unit::kCount)),
                                       plain(string_of(validation, "target"))})});
        if (string_of(validation, "target").rfind("virtual:", 0) == 0)
            section.blocks.push_back(Paragraph{composer.say(Phrase::kVirtualNote)});
    } else {
        section.blocks.push_back(Paragraph{
            composer.say(Phrase::kNotRun,
                         {composer.say(Phrase::kNotValidated,
                                       {plain(composer.model_file), plain(composer.board_id)})}),
            Tone::kNotRun});
    }
    if (!validation.is_object()) return section;
    section.blocks.push_back(metrics_table(composer));
    if (number_of(composer.on_board, "latency_ms") && number_of(composer.analyze, "latency_ms"))
        section.blocks.push_back(Paragraph{
            composer.say(Phrase::kLatencyBeside,
                         {labelled(composer, composer.analyze, "latency_ms", Unit::kLatency),
                          labelled(composer, composer.on_board, "latency_ms", Unit::kLatency)})});
    if (const Json &vectors = child(validation, "reference_vectors"); vectors.is_object())
        section.blocks.push_back(Paragraph{composer.say(
            Phrase::kVectors, {plain(string_of(vectors, "file")),
                               plain(shown(composer, vectors, "rmse", Unit::kSmall)),
                               plain(shown(composer, vectors, "max_abs_error", Unit::kSmall))})});
    if (!list_of(validation, "confusion_matrix").empty())
        section.blocks.push_back(confusion_map(composer, validation));
    if (!list_of(composer.on_board, "layers").empty())
        section.blocks.push_back(cycles_chart(composer));
    if (Pictures pictures = example_pictures(composer); !pictures.items.empty())
        section.blocks.push_back(std::move(pictures));
    return section;
}

Section compose_conclusion(const Composer &composer) {
    Section section{composer.word(Phrase::kConclusionTitle), {}};
    Bullets bullets;
    if (const auto fits = flag_of(composer.analyze, "fits"))
        bullets.items.push_back(composer.say(
            *fits ? Phrase::kConcludeFits : Phrase::kConcludeFitsNot,
            {plain(string_of(composer.board, "name")), size_needed(composer, "flash_bytes"),
             size_needed(composer, "ram_bytes")}));
    else
        bullets.items.push_back(composer.say(Phrase::kConcludeNoBoard));
    conclude_validation(composer, bullets);
    conclude_time(composer, bullets);
    if (Text missing = missing_list(composer); !missing.empty())
        bullets.items.push_back(std::move(missing));
    section.blocks.push_back(std::move(bullets));
    Bullets warnings{composer.say(Phrase::kWarnings), {}};
    for (const std::string &warning : strings_of(composer.analyze, "warnings"))
        warnings.items.push_back(plain(warning));
    section.blocks.push_back(std::move(warnings));
    if (!list_of(composer.deploy, "stages").empty())
        section.blocks.push_back(stages_table(composer));
    return section;
}

}  // namespace embark
