// Sections 5 to 7: generated code, other boards, the firmware.
#include <fmt/format.h>

#include "report/compose.h"

namespace embark {
namespace {

Table step_table(const Composer &composer) {
    Table table{composer.say(Phrase::kStepsCaption),
                {{"#", true},
                 {composer.word(Phrase::kStep)},
                 {composer.word(Phrase::kLayers)},
                 {composer.word(Phrase::kKernel)},
                 {composer.word(Phrase::kScratch), true},
                 {composer.word(Phrase::kCycles), true}},
                {}};
    int64_t index = 0;
    for (const Json &step : list_of(composer.analyze, "steps"))
        table.rows.push_back({plain(format_count(index++, composer.language)),
                              code(string_of(step, "name")),
                              plain(fmt::format("{}", fmt::join(strings_of(step, "nodes"), " + "))),
                              code(string_of(step, "kernel")),
                              plain(shown(composer, step, "scratch_bytes", Unit::kBytes)),
                              plain(shown(composer, step, "cycles", Unit::kCount))});
    if (const std::string kind = kind_of(composer.analyze, "steps.cycles"); !kind.empty())
        table.caption.push_back({kind, Inline::Style::kKind});
    return table;
}

ArenaMap arena_map(const Composer &composer) {
    const Json &analyze = composer.analyze;
    ArenaMap map{composer.say(Phrase::kArenaCaption),
                 count_of(analyze, "arena_bytes").value_or(0),
                 shown(composer, analyze, "arena_bytes", Unit::kSize),
                 {},
                 {}};
    if (const std::string kind = kind_of(analyze, "arena_bytes"); !kind.empty())
        map.caption.push_back({kind, Inline::Style::kKind});
    for (const Json &step : list_of(analyze, "steps")) map.steps.push_back(string_of(step, "name"));
    for (const Json &block : list_of(analyze, "arena"))
        map.blocks.push_back({string_of(block, "tensor"), count_of(block, "offset").value_or(0),
                              count_of(block, "bytes").value_or(0),
                              count_of(block, "first_step").value_or(0),
                              count_of(block, "last_step").value_or(0),
                              shown(composer, block, "bytes", Unit::kSize)});
    return map;
}

Table boards_table(const Composer &composer) {
    Table table{composer.say(Phrase::kBoardsCaption),
                {{composer.word(Phrase::kBoard)},
                 {composer.word(Phrase::kMcu)},
                 {composer.word(Phrase::kFits)},
                 {composer.word(Phrase::kFlashMargin), true},
                 {composer.word(Phrase::kRamMargin), true},
                 {composer.word(Phrase::kLatency), true},
                 {composer.word(Phrase::kEnergy), true},
                 {composer.word(Phrase::kPrice)},
                 {composer.word(Phrase::kWouldFitWith)}},
                {}};
    for (const Json &board : list_of(composer.deploy, "boards")) {
        const bool fits = flag_of(board, "fits").value_or(false);
        table.rows.push_back({code(string_of(board, "id")), plain(string_of(board, "mcu")),
                              plain(composer.word(fits ? Phrase::kYes : Phrase::kNo)),
                              plain(shown(composer, board, "flash_margin", Unit::kSize)),
                              plain(shown(composer, board, "ram_margin", Unit::kSize)),
                              plain(shown(composer, board, "latency_ms", Unit::kLatency)),
                              plain(shown(composer, board, "energy_uj", Unit::kEnergy)),
                              string_or_dash(board, "price_class"),
                              fits ? plain("") : string_or_dash(board, "would_fit")});
    }
    if (const std::string kind = kind_of(composer.deploy, "boards"); !kind.empty())
        table.caption.push_back({kind, Inline::Style::kKind});
    return table;
}

Table firmware_table(const Composer &composer) {
    const Json &firmware = composer.firmware;
    Table table{composer.say(Phrase::kFirmwareCaption),
                {{composer.word(Phrase::kSection)},
                 {composer.word(Phrase::kAsBuilt), true},
                 {composer.word(Phrase::kAsPredicted), true}},
                {}};
    const auto row = [&](Text name, const Json &holder, std::string_view built,
                         std::string_view predicted) {
        table.rows.push_back({std::move(name), plain(shown(composer, holder, built, Unit::kBytes)),
                              plain(shown(composer, holder, predicted, Unit::kBytes))});
    };
    for (const Json &section : list_of(firmware, "sections"))
        row(code(string_of(section, "name")), section, "bytes", "predicted_bytes");
    row(plain(composer.word(Phrase::kFlash)), firmware, "flash_bytes", "predicted_flash_bytes");
    row(plain(composer.word(Phrase::kRam)), firmware, "ram_bytes", "predicted_ram_bytes");
    return table;
}

/// The firmware's sections that lie in flash, or in RAM. Initialised data lies in both.
Json sections_in(const Json &firmware, bool flash) {
    Json chosen = Json::array();
    for (const Json &section : list_of(firmware, "sections")) {
        const std::string name = string_of(section, "name");
        const bool in_ram = name == "bss" || name == "arena" || name == "stack";
        if (name == "data" || in_ram != flash) chosen.push_back(section);
    }
    return chosen;
}

Table files_table(const Composer &composer) {
    Table table{composer.say(Phrase::kFilesCaption),
                {{composer.word(Phrase::kFile)}, {composer.word(Phrase::kSize), true}},
                {}};
    for (const Json &file : list_of(composer.firmware, "files"))
        table.rows.push_back(
            {code(string_of(file, "path")), plain(shown(composer, file, "bytes", Unit::kBytes))});
    return table;
}

}  // namespace

Section compose_conversion(const Composer &composer) {
    const Json &analyze = composer.analyze;
    Section section{composer.word(Phrase::kConversionTitle), {}};
    const auto steps = static_cast<int64_t>(list_of(analyze, "steps").size());
    if (steps == 0) {
        section.blocks.push_back(Paragraph{
            composer.say(Phrase::kNotRun,
                         {composer.say(Phrase::kNoPlan,
                                       {plain(composer.model_file), plain(composer.board_id)})}),
            Tone::kNotRun});
        return section;
    }
    Text lead = composer.say(Phrase::kConversionLead,
                             {plain(format_count(steps, composer.language)),
                              labelled(composer, analyze, "arena_bytes", Unit::kBytes)});
    if (const std::string objective = string_of(analyze, "objective"); !objective.empty()) {
        lead.push_back({" "});
        for (Inline &part : composer.say(Phrase::kObjectiveWas, {plain(objective)}))
            lead.push_back(std::move(part));
    }
    section.blocks.push_back(Paragraph{std::move(lead)});
    section.blocks.push_back(step_table(composer));
    if (!list_of(analyze, "arena").empty()) section.blocks.push_back(arena_map(composer));
    return section;
}

Section compose_other_boards(const Composer &composer) {
    Section section{composer.word(Phrase::kOtherBoardTitle), {}};
    const bool fits = flag_of(composer.analyze, "fits").value_or(false);
    if (fits) section.blocks.push_back(Paragraph{composer.say(Phrase::kOtherNotNeeded)});
    if (list_of(composer.deploy, "boards").empty()) {
        section.blocks.push_back(Paragraph{
            composer.say(Phrase::kNotRun,
                         {composer.say(Phrase::kOtherNotAsked, {plain(composer.model_file)})}),
            Tone::kNotRun});
        return section;
    }
    section.blocks.push_back(Paragraph{composer.say(Phrase::kBoardsLead)});
    section.blocks.push_back(boards_table(composer));
    return section;
}

Section compose_integration(const Composer &composer) {
    const Json &firmware = composer.firmware;
    Section section{composer.word(Phrase::kIntegrationTitle), {}};
    if (!firmware.is_object()) {
        section.blocks.push_back(Paragraph{
            composer.say(Phrase::kNotRun,
                         {composer.say(Phrase::kNoFirmware,
                                       {plain(composer.model_file), plain(composer.board_id)})}),
            Tone::kNotRun});
        return section;
    }
    section.blocks.push_back(Paragraph{
        composer.say(Phrase::kFirmwareLead,
                     {plain(string_of(firmware, "file")),
                      figure(shown(composer, firmware, "flash_bytes", Unit::kSize), "measured"),
                      figure(shown(composer, firmware, "ram_bytes", Unit::kSize), "measured")})});
    Facts facts;
    if (const std::string folder = string_of(firmware, "directory"); !folder.empty())
        facts.rows.push_back({composer.word(Phrase::kProject), code(folder)});
    if (const std::string tools = string_of(firmware, "toolchain"); !tools.empty())
        facts.rows.push_back({composer.word(Phrase::kToolchain), plain(tools)});
    section.blocks.push_back(std::move(facts));
    section.blocks.push_back(firmware_table(composer));
    section.blocks.push_back(size_map(composer, Phrase::kFirmwareFlashCaption,
                                      sections_in(firmware, true),
                                      count_of(composer.board, "flash_bytes")));
    section.blocks.push_back(size_map(composer, Phrase::kFirmwareRamCaption,
                                      sections_in(firmware, false),
                                      count_of(composer.board, "ram_bytes")));
    if (!list_of(firmware, "files").empty()) section.blocks.push_back(files_table(composer));
    section.blocks.push_back(Paragraph{composer.say(
        Phrase::kHowToFlash, {plain(string_of(firmware, "file")), plain(composer.board_id)})});
    return section;
}

}  // namespace embark
