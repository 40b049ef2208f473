#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "report/strings.h"

namespace embark {

struct HtmlOptions {
    Language language = Language::kEnglish;
};

/// The report of a `deploy` document as one HTML file: style and charts inside, no script, nothing
/// fetched; light and dark, for wide and narrow screens and for print.
///
/// \param deploy  should have passed check_results(); parts that are missing or null are named as
///                not run, with the command that would run them
std::string render_report_html(const nlohmann::json &deploy, const HtmlOptions &options = {});

}  // namespace embark
