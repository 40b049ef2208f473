// Sections 1 to 4: the network, the target, the verdict, another network.

#include <fmt/format.h>

#include "report/compose.h"

namespace embark {
namespace {

std::string tensors_text(const Json &tensors) {
    std::string text;
    for (const Json &tensor : tensors)
        text += fmt::format("{}{} {} {}", text.empty() ? "" : ", ", string_of(tensor, "name"),
                            string_of(tensor, "type"), shape_of(tensor, "shape"));
    return text;
}

/// "SpatialDropout2D 0.25 (3), Dropout 0.3 (2)", in the order of first appearance.
std::string regularisation_text(const Composer &composer) {
    std::vector<std::pair<std::string, int>> groups;
    for (const Json &layer : list_of(composer.original, "training_layers")) {
        const double rate = number_of(layer, "rate").value_or(0);
        std::string name = fmt::format("{} {}", string_of(layer, "source_type"),
                                       format_fixed(rate, 2, composer.language));
        if (groups.empty() || groups.back().first != name) groups.emplace_back(name, 0);
        ++groups.back().second;
    }
    std::string text;
    for (const auto &[name, times] : groups)
        text += fmt::format("{}{} ({})", text.empty() ? "" : ", ", name, times);
    return text;
}

void add_words(const Composer &composer, Facts &facts, Phrase label, const std::string &words) {
    if (!words.empty()) facts.rows.push_back({composer.word(label), plain(words)});
}

Facts model_facts(const Composer &composer) {
    const Json &original = composer.original;
    const Json &model = child(original, "model");
    Facts facts;
    facts.rows.push_back({composer.word(Phrase::kFile), code(string_of(model, "file"))});
    add_words(composer, facts, Phrase::kFramework, string_of(model, "framework"));
    add_fact(composer, facts, Phrase::kFileSize, model, "file_bytes", Unit::kBytes);
    add_fact(composer, facts, Phrase::kParameters, original, "parameters", Unit::kCount);
    add_fact(composer, facts, Phrase::kParametersFramework, original, "parameters_framework",
             Unit::kCount);
    add_fact(composer, facts, Phrase::kMaccPerInference, original, "macc", Unit::kCount);
    add_fact(composer, facts, Phrase::kWeights, original, "weights_bytes", Unit::kBytes);
    add_words(composer, facts, Phrase::kInputs, tensors_text(list_of(original, "inputs")));
    add_words(composer, facts, Phrase::kOutputs, tensors_text(list_of(original, "outputs")));
    add_words(composer, facts, Phrase::kOptimizer, string_of(model, "optimizer"));
    add_words(composer, facts, Phrase::kLossFunction, string_of(model, "loss"));
    add_words(composer, facts, Phrase::kRegularisation, regularisation_text(composer));
    add_fact(composer, facts, Phrase::kAccuracy, original, "accuracy", Unit::kPercent);
    add_fact(composer, facts, Phrase::kLoss, original, "loss", Unit::kFixed);
    return facts;
}

SizeMap file_map(const Composer &composer) {
    const Json &model = child(composer.original, "model");
    SizeMap map{composer.say(Phrase::kFileCaption,
                             {plain(shown(composer, model, "file_bytes", Unit::kSize))}),
                {}};
    const std::pair<Phrase, std::string_view> parts[] = {
        {Phrase::kWeights, "weights_file_bytes"},
        {Phrase::kOptimizerState, "optimizer_bytes"},
        {Phrase::kOther, "other_bytes"}};
    for (const auto &[label, key] : parts)
        if (const auto bytes = count_of(model, key); bytes && *bytes > 0)
            map.parts.push_back({composer.word(label), static_cast<double>(*bytes),
                                 format_size(*bytes, composer.language)});
    return map;
}

std::string joined(const std::vector<std::string> &words) {
    return fmt::format("{}", fmt::join(words, ", "));
}

Table layer_table(const Composer &composer) {
    Table table{composer.say(Phrase::kLayersCaption),
                {{"#", true},
                 {composer.word(Phrase::kLayer)},
                 {composer.word(Phrase::kType)},
                 {composer.word(Phrase::kShape)},
                 {composer.word(Phrase::kParameters), true},
                 {composer.word(Phrase::kSize), true},
                 {composer.word(Phrase::kMacc), true},
                 {composer.word(Phrase::kReads)}},
                {}};
    for (const Json &layer : list_of(composer.original, "layers"))
        table.rows.push_back(
            {plain(shown(composer, layer, "id", Unit::kCount)), code(string_of(layer, "name")),
             plain(string_of(layer, "source_type")), plain(shape_of(layer, "shape")),
             plain(shown(composer, layer, "parameters", Unit::kCount)),
             plain(shown(composer, layer, "weights_bytes", Unit::kSize)),
             plain(shown(composer, layer, "macc", Unit::kCount)),
             plain(joined(strings_of(layer, "inputs")))});
    return table;
}

BarChart macc_chart(const Composer &composer) {
    BarChart chart{composer.say(Phrase::kMaccCaption), {}};
    for (const Json &layer : list_of(composer.original, "layers")) {
        const double macc = number_of(layer, "macc").value_or(0);
        if (macc <= 0) continue;
        const double percent = number_of(layer, "macc_percent").value_or(0);
        chart.bars.push_back(
            {string_of(layer, "name"), macc, format_percent(percent / 100, composer.language)});
    }
    return chart;
}

Table macc_type_table(const Composer &composer) {
    Table table{composer.say(Phrase::kMaccTypeCaption),
                {{composer.word(Phrase::kType)},
                 {composer.word(Phrase::kLayers), true},
                 {composer.word(Phrase::kMacc), true},
                 {composer.word(Phrase::kShare), true}},
                {}};
    for (const Json &type : list_of(composer.original, "macc_by_type"))
        table.rows.push_back(
            {code(string_of(type, "type")), plain(shown(composer, type, "layers", Unit::kCount)),
             plain(shown(composer, type, "macc", Unit::kCount)),
             plain(format_percent(number_of(type, "macc_percent").value_or(0) / 100,
                                  composer.language))});
    return table;
}

Facts board_facts(const Composer &composer) {
    const Json &board = composer.board;
    Facts facts;
    add_words(composer, facts, Phrase::kBoard, string_of(board, "name"));
    add_words(composer, facts, Phrase::kMcu, string_of(board, "mcu"));
    add_words(composer, facts, Phrase::kVendor, string_of(board, "vendor"));
    const std::string fpu = string_of(board, "fpu");
    const std::string units = (fpu.empty()   ? ""
                               : fpu == "dp" ? " + FPU (DP)"
                                             : " + FPU (SP)") +
                              std::string(flag_of(board, "dsp").value_or(false) ? " + DSP" : "");
    add_words(composer, facts, Phrase::kCore, string_of(board, "core") + units);
    if (const auto hertz = number_of(board, "clock_hz"))
        add_words(composer, facts, Phrase::kClock, format_frequency(*hertz, composer.language));
    add_fact(composer, facts, Phrase::kWaitStates, board, "flash_wait_states", Unit::kCount);
    if (const auto current = number_of(board, "microamps_per_mhz"); current && *current > 0)
        add_words(composer, facts, Phrase::kRunCurrent,
                  fmt::format("{} µA/MHz", format_small(*current, composer.language)));
    if (const std::string uart = string_of(board, "console_uart"); !uart.empty())
        add_words(
            composer, facts, Phrase::kConsole,
            fmt::format("{}, {} baud", uart, shown(composer, board, "console_baud", Unit::kCount)));
    add_words(composer, facts, Phrase::kPrice, string_of(board, "price_class"));
    return facts;
}

Table memory_table(const Composer &composer) {
    Table table{composer.say(Phrase::kMemoryCaption),
                {{composer.word(Phrase::kRegion)},
                 {composer.word(Phrase::kType)},
                 {composer.word(Phrase::kOrigin), true},
                 {composer.word(Phrase::kSize), true},
                 {composer.word(Phrase::kSource)}},
                {}};
    for (const Json &region : list_of(composer.board, "memory"))
        table.rows.push_back({code(string_of(region, "name")), plain(string_of(region, "kind")),
                              plain(format_address(count_of(region, "origin").value_or(0))),
                              plain(shown(composer, region, "bytes", Unit::kSize)),
                              string_or_dash(region, "source")});
    return table;
}

Table region_table(const Composer &composer) {
    Table table{composer.say(Phrase::kRegionsCaption),
                {{composer.word(Phrase::kRegion)},
                 {composer.word(Phrase::kType)},
                 {composer.word(Phrase::kSize), true},
                 {composer.word(Phrase::kUsed), true},
                 {composer.word(Phrase::kMargin), true}},
                {}};
    for (const Json &region : list_of(composer.original, "regions"))
        table.rows.push_back({code(string_of(region, "name")), plain(string_of(region, "kind")),
                              plain(shown(composer, region, "bytes", Unit::kBytes)),
                              plain(shown(composer, region, "used", Unit::kBytes)),
                              plain(shown(composer, region, "margin", Unit::kBytes))});
    return table;
}

Facts needs_facts(const Composer &composer, const Json &analyze) {
    Facts facts;
    add_fact(composer, facts, Phrase::kFlash, analyze, "flash_bytes", Unit::kBytes);
    add_fact(composer, facts, Phrase::kCode, analyze, "code_bytes", Unit::kBytes);
    add_fact(composer, facts, Phrase::kRam, analyze, "ram_bytes", Unit::kBytes);
    add_fact(composer, facts, Phrase::kArena, analyze, "arena_bytes", Unit::kBytes);
    add_fact(composer, facts, Phrase::kStack, analyze, "stack_bytes", Unit::kBytes);
    add_fact(composer, facts, Phrase::kCycles, analyze, "cycles", Unit::kCount);
    add_fact(composer, facts, Phrase::kLatency, analyze, "latency_ms", Unit::kLatency);
    add_fact(composer, facts, Phrase::kEnergy, analyze, "energy_uj", Unit::kEnergy);
    return facts;
}

Bullets suggestion_list(const Composer &composer) {
    Bullets bullets{composer.say(Phrase::kSuggestions), {}};
    for (const std::string &suggestion : strings_of(composer.original, "suggestions"))
        bullets.items.push_back(plain(suggestion));
    return bullets;
}

Paragraph not_run(const Composer &composer, const Text &text) {
    return {composer.say(Phrase::kNotRun, {text}), Tone::kNotRun};
}

Table compare_table(const Composer &composer) {
    Table table{composer.say(Phrase::kCompareCaption),
                {{composer.word(Phrase::kFigure)},
                 {composer.word(Phrase::kOriginalModel), true},
                 {composer.word(Phrase::kDeployedModel), true}},
                {}};
    struct Row {
        Phrase label;
        std::string_view key;
        Unit unit;
    };
    constexpr Row kRows[] = {{Phrase::kParameters, "parameters", Unit::kCount},
                             {Phrase::kMacc, "macc", Unit::kCount},
                             {Phrase::kWeights, "weights_bytes", Unit::kBytes},
                             {Phrase::kFlash, "flash_bytes", Unit::kBytes},
                             {Phrase::kRam, "ram_bytes", Unit::kBytes},
                             {Phrase::kLatency, "latency_ms", Unit::kLatency},
                             {Phrase::kEnergy, "energy_uj", Unit::kEnergy},
                             {Phrase::kAccuracy, "accuracy", Unit::kPercent},
                             {Phrase::kLoss, "loss", Unit::kFixed}};
    for (const Row &row : kRows)
        if (number_of(composer.original, row.key) || number_of(composer.analyze, row.key))
            table.rows.push_back({plain(composer.word(row.label)),
                                  labelled(composer, composer.original, row.key, row.unit),
                                  labelled(composer, composer.analyze, row.key, row.unit)});
    return table;
}

}  // namespace

Section compose_analysis(const Composer &composer) {
    const Json &original = composer.original;
    const Json &model = child(original, "model");
    const Json &data = child(original, "data");
    Section section{composer.word(Phrase::kAnalysisTitle), {}};
    const auto layers = static_cast<int64_t>(list_of(original, "layers").size());
    section.blocks.push_back(Paragraph{composer.say(
        Phrase::kAnalysisLead,
        {plain(string_of(model, "name")), plain(format_count(layers, composer.language)),
         plain(string_of(model, "format")),
         plain(shown(composer, original, "parameters", Unit::kCount)),
         plain(shown(composer, original, "macc", Unit::kCount))})});
    if (number_of(original, "accuracy"))
        section.blocks.push_back(Paragraph{composer.say(
            Phrase::kAccuracyOnData,
            {plain(shown(composer, data, "count", Unit::kCount)), string_or_dash(data, "file"),
             labelled(composer, original, "accuracy", Unit::kPercent),
             labelled(composer, original, "loss", Unit::kFixed)})});
    else
        section.blocks.push_back(
            not_run(composer, composer.say(Phrase::kNoAccuracy, {plain(composer.model_file)})));
    section.blocks.push_back(model_facts(composer));
    section.blocks.push_back(file_map(composer));
    section.blocks.push_back(macc_chart(composer));
    section.blocks.push_back(macc_type_table(composer));
    section.blocks.push_back(layer_table(composer));
    return section;
}

Section compose_target(const Composer &composer) {
    const Json &board = composer.board;
    Section section{composer.word(Phrase::kTargetTitle), {}};
    if (!board.is_object()) {
        section.blocks.push_back(
            not_run(composer, composer.say(Phrase::kNoBoard, {plain(composer.model_file)})));
        return section;
    }
    section.blocks.push_back(Paragraph{composer.say(
        Phrase::kTargetLead,
        {plain(string_of(board, "name")), plain(string_of(board, "mcu")),
         plain(shown(composer, board, "flash_bytes", Unit::kSize)),
         plain(shown(composer, board, "ram_bytes", Unit::kSize)),
         plain(format_frequency(number_of(board, "clock_hz").value_or(0), composer.language))})});
    section.blocks.push_back(board_facts(composer));
    section.blocks.push_back(memory_table(composer));
    if (const auto unsourced = strings_of(board, "unsourced"); !unsourced.empty())
        section.blocks.push_back(
            Paragraph{composer.say(Phrase::kUnsourced, {code(joined(unsourced))})});
    return section;
}

Section compose_verdict(const Composer &composer) {
    const Json &original = composer.original;
    Section section{composer.word(Phrase::kVerdictTitle), {}};
    const std::optional<bool> fits = flag_of(original, "fits");
    if (!fits) {
        section.blocks.push_back(
            not_run(composer, composer.say(Phrase::kNoVerdict, {plain(composer.model_file)})));
        return section;
    }
    Text verdict = composer.say(*fits ? Phrase::kFitsYes : Phrase::kFitsNo,
                                {plain(string_of(composer.board, "name")),
                                 labelled(composer, original, "flash_bytes", Unit::kSize),
                                 labelled(composer, original, "ram_bytes", Unit::kSize)});
    for (const Json &region : list_of(original, "regions")) {
        const int64_t margin = count_of(region, "margin").value_or(0);
        if (margin >= 0) continue;
        verdict.push_back({" "});
        for (Inline &part :
             composer.say(Phrase::kMissingBytes, {plain(string_of(region, "name")),
                                                  plain(format_size(-margin, composer.language))}))
            verdict.push_back(std::move(part));
    }
    section.blocks.push_back(Paragraph{std::move(verdict), *fits ? Tone::kGood : Tone::kBad});
    section.blocks.push_back(needs_facts(composer, original));
    section.blocks.push_back(region_table(composer));
    section.blocks.push_back(size_map(composer, Phrase::kFlashCaption,
                                      list_of(original, "flash_sections"),
                                      count_of(composer.board, "flash_bytes")));
    section.blocks.push_back(size_map(composer, Phrase::kRamCaption,
                                      list_of(original, "ram_sections"),
                                      count_of(composer.board, "ram_bytes")));
    section.blocks.push_back(suggestion_list(composer));
    return section;
}

Section compose_new_model(const Composer &composer) {
    Section section{composer.word(Phrase::kNewModelTitle), {}};
    if (child(composer.deploy, "analyze_original").is_object()) {
        const std::string level = string_of(composer.analyze, "compression");
        section.blocks.push_back(
            Paragraph{level.empty() || level == "none"
                          ? composer.say(Phrase::kNewModelMade)
                          : composer.say(Phrase::kNewModelMadeLevel, {plain(level)})});
        section.blocks.push_back(compare_table(composer));
        add_compression_choice(composer, section);
    } else if (flag_of(composer.analyze, "fits").value_or(false)) {
        section.blocks.push_back(
            Paragraph{composer.say(Phrase::kNewModelNotNeeded, {plain(composer.model_file)})});
    } else {
        section.blocks.push_back(not_run(
            composer, composer.say(Phrase::kNewModelNotMade,
                                   {plain(composer.model_file), plain(composer.board_id)})));
    }
    return section;
}

}  // namespace embark
