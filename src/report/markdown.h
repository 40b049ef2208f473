#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "report/strings.h"

namespace embark {

struct MarkdownOptions {
    Language language = Language::kEnglish;
};

/// The report of a `deploy` document as GitHub-flavoured Markdown; charts become tables with bars
/// of block characters. As render_report_html() otherwise.
std::string render_report_markdown(const nlohmann::json &deploy,
                                   const MarkdownOptions &options = {});

}  // namespace embark
