#pragma once

#include <string_view>

namespace embark {
/// The style sheet of render_report_html().
extern const std::string_view kReportStyle;
}  // namespace embark
