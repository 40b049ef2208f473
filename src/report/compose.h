#pragma once
// From a document of `deploy` to the blocks of a report. One function per section.

#include <optional>
#include <string>
#include <string_view>

#include "report/document.h"
#include "report/format.h"
#include "report/view.h"

namespace embark {

/// The whole report. \p deploy should have passed check_results(); what is missing is left out.
Document compose_report(const Json &deploy, Language language);

/// What the sections are made from: parts of the `deploy` document (null values where absent).
struct Composer {
    Language language;
    const Json &deploy;
    const Json &original;  ///< analysis of the model as given
    const Json &analyze;   ///< analysis of the model that was deployed
    const Json &board;
    const Json &on_host;  ///< validate documents
    const Json &on_board;
    const Json &firmware;
    std::string model_file;  ///< for commands, quoted for a shell
    std::string board_id;

    Text say(Phrase id, std::initializer_list<Text> arguments = {}) const {
        return phrase(language, id, arguments);
    }
    std::string word(Phrase id) const { return std::string(phrase_text(language, id)); }
};

enum class Unit { kCount, kBytes, kSize, kPercent, kSmall, kFixed, kLatency, kEnergy };

/// The number \p key of \p object as text; "–" when there is none.
std::string shown(const Composer &composer, const Json &object, std::string_view key, Unit unit);
/// shown() with the label that \p document gives the figure; no label when there is no number.
Text labelled(const Composer &composer, const Json &document, std::string_view key, Unit unit);
/// A string of the document; "–" when it is empty.
Text string_or_dash(const Json &object, std::string_view key);
/// Adds a row when the figure is there.
void add_fact(const Composer &composer, Facts &facts, Phrase label, const Json &document,
              std::string_view key, Unit unit);

Section compose_analysis(const Composer &composer);
Section compose_target(const Composer &composer);
Section compose_verdict(const Composer &composer);
Section compose_new_model(const Composer &composer);
Section compose_conversion(const Composer &composer);
Section compose_other_boards(const Composer &composer);
Section compose_integration(const Composer &composer);
Section compose_performance(const Composer &composer);
Section compose_conclusion(const Composer &composer);

/// How the deployed network's bits were chosen, where its analysis tells.
void add_compression_choice(const Composer &composer, Section &section);
/// The sections of `flash_sections` or `ram_sections` (or a firmware's) as one bar.
SizeMap size_map(const Composer &composer, Phrase caption, const Json &sections,
                 std::optional<int64_t> capacity);
/// The target's answers where it was run, else the host's, else null.
const Json &best_validation(const Composer &composer);

}  // namespace embark
