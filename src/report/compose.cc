#include "report/compose.h"

namespace embark {
namespace {

constexpr std::string_view kDash = "–";

/// A file name as an argument in a POSIX shell.
std::string shell_word(const std::string &text) {
    constexpr std::string_view kSafe =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./-+:@%,=";
    if (text.find_first_not_of(kSafe) == std::string::npos) return text;
    std::string quoted = "'";
    for (char c : text) {
        if (c == '\'')
            quoted += "'\\''";
        else
            quoted += c;
    }
    return quoted + "'";
}

const Json &first_object(const Json &preferred, const Json &otherwise) {
    return preferred.is_object() ? preferred : otherwise;
}

std::string or_placeholder(std::string text, std::string_view placeholder) {
    return text.empty() ? std::string(placeholder) : shell_word(text);
}

Tile size_tile(const Composer &composer, Phrase label, std::string_view key) {
    const bool built = composer.firmware.is_object();
    const Json &holder = built ? composer.firmware : composer.analyze;
    const std::string kind = built ? "measured" : kind_of(composer.analyze, key);
    Tile tile{composer.word(label), figure(shown(composer, holder, key, Unit::kSize), kind), {}};
    if (count_of(composer.board, key))
        tile.detail =
            composer.say(Phrase::kOf, {plain(shown(composer, composer.board, key, Unit::kSize))});
    return tile;
}

std::vector<Tile> compose_tiles(const Composer &composer) {
    std::vector<Tile> tiles;
    if (const auto fits = flag_of(composer.analyze, "fits"))
        tiles.push_back({composer.word(Phrase::kVerdict),
                         composer.say(*fits ? Phrase::kVerdictFits : Phrase::kVerdictFitsNot),
                         plain(string_of(composer.board, "name")),
                         *fits ? Tone::kGood : Tone::kBad});
    const Json &validation = best_validation(composer);
    if (number_of(validation, "accuracy"))
        tiles.push_back({composer.word(Phrase::kAccuracy),
                         labelled(composer, validation, "accuracy", Unit::kPercent),
                         composer.say(Phrase::kOnImages, {plain(shown(composer, validation,
                                                                      "images", Unit::kCount))})});
    const Json &timed =
        number_of(composer.on_board, "latency_ms") ? composer.on_board : composer.analyze;
    if (number_of(timed, "latency_ms"))
        tiles.push_back({composer.word(Phrase::kLatency),
                         labelled(composer, timed, "latency_ms", Unit::kLatency),
                         composer.say(Phrase::kPerInference)});
    if (count_of(composer.analyze, "flash_bytes")) {
        tiles.push_back(size_tile(composer, Phrase::kFlash, "flash_bytes"));
        tiles.push_back(size_tile(composer, Phrase::kRam, "ram_bytes"));
    }
    return tiles;
}

}  // namespace

std::string shown(const Composer &composer, const Json &object, std::string_view key, Unit unit) {
    const std::optional<double> value = number_of(object, key);
    if (!value) return std::string(kDash);
    const Language language = composer.language;
    const int64_t count = count_of(object, key).value_or(0);
    switch (unit) {
        case Unit::kCount:
            return format_count(count, language);
        case Unit::kBytes:
            return format_bytes(count, language);
        case Unit::kSize:
            return format_size(count, language);
        case Unit::kPercent:
            return format_percent(*value, language);
        case Unit::kSmall:
            return format_small(*value, language);
        case Unit::kFixed:
            return format_fixed(*value, 4, language);
        case Unit::kLatency:
            return format_latency(*value, language);
        case Unit::kEnergy:
            return format_energy(*value, language);
    }
    return std::string(kDash);
}

Text labelled(const Composer &composer, const Json &document, std::string_view key, Unit unit) {
    if (!number_of(document, key)) return plain(std::string(kDash));
    return figure(shown(composer, document, key, unit), kind_of(document, key));
}

Text string_or_dash(const Json &object, std::string_view key) {
    std::string text = string_of(object, key);
    return plain(text.empty() ? std::string(kDash) : std::move(text));
}

void add_fact(const Composer &composer, Facts &facts, Phrase label, const Json &document,
              std::string_view key, Unit unit) {
    if (!number_of(document, key)) return;
    facts.rows.push_back({composer.word(label), labelled(composer, document, key, unit)});
}

SizeMap size_map(const Composer &composer, Phrase caption, const Json &sections,
                 std::optional<int64_t> capacity) {
    SizeMap map{composer.say(caption), {}};
    for (const Json &section : sections) {
        const auto bytes = count_of(section, "bytes");
        if (bytes && *bytes > 0)
            map.parts.push_back({string_of(section, "name"), static_cast<double>(*bytes),
                                 format_size(*bytes, composer.language)});
    }
    if (!capacity || *capacity <= 0) return map;
    map.capacity = static_cast<double>(*capacity);
    map.capacity_text = format_size(*capacity, composer.language);
    return map;
}

const Json &best_validation(const Composer &composer) {
    return first_object(composer.on_board, composer.on_host);
}

Document compose_report(const Json &deploy, Language language) {
    const Json &analyze = child(deploy, "analyze");
    const Json &original = first_object(child(deploy, "analyze_original"), analyze);
    const Composer composer{
        language,
        deploy,
        original,
        analyze,
        first_object(child(deploy, "board"), child(analyze, "board")),
        child(deploy, "validate_host"),
        child(deploy, "validate_board"),
        child(deploy, "firmware"),
        or_placeholder(string_of(child(original, "model"), "file"), "MODEL"),
        or_placeholder(
            string_of(first_object(child(deploy, "board"), child(analyze, "board")), "id"),
            "BOARD")};
    Document document{language};
    const std::string model = string_of(child(original, "model"), "name");
    const std::string board = string_of(composer.board, "name");
    document.title =
        board.empty() ? model : bare(composer.say(Phrase::kTitle, {plain(model), plain(board)}));
    document.subtitle =
        bare(composer.say(Phrase::kSubtitle, {plain(string_of(deploy, "embark_version"))}));
    document.tiles = compose_tiles(composer);
    document.sections = {compose_analysis(composer),    compose_target(composer),
                         compose_verdict(composer),     compose_new_model(composer),
                         compose_conversion(composer),  compose_other_boards(composer),
                         compose_integration(composer), compose_performance(composer),
                         compose_conclusion(composer)};
    return document;
}

}  // namespace embark
