#pragma once
// What the three terminal renderers share; private to the room.

#include <optional>
#include <string>
#include <string_view>

#include "report/format.h"
#include "report/view.h"

namespace embark {

constexpr Language kTerminalLanguage = Language::kEnglish;

/// A name from a document, safe for a terminal.
inline std::string clean(const Json &object, std::string_view key) {
    return clean_text(string_of(object, key));
}

/// The figure \p key of \p document through \p format, with its kind behind it; empty when it is
/// not there.
template <typename Format>
std::string figure_text(const Json &document, std::string_view key, Format format) {
    const std::optional<double> value = number_of(document, key);
    if (!value) return {};
    const std::string kind = clean_text(kind_of(document, key));
    return format(*value) + (kind.empty() ? "" : "  " + kind);
}

inline std::string count_text(double value) {
    return format_count(static_cast<int64_t>(value), kTerminalLanguage);
}
/// "5,372,584 B (5.12 MiB)"
inline std::string bytes_text(double value) {
    const auto bytes = static_cast<int64_t>(value);
    std::string text = format_bytes(bytes, kTerminalLanguage);
    if (bytes >= 1024) text += " (" + format_size(bytes, kTerminalLanguage) + ")";
    return text;
}
inline std::string latency_text(double value) {
    return format_latency(value, kTerminalLanguage);
}
inline std::string energy_text(double value) {
    return format_energy(value, kTerminalLanguage);
}
inline std::string percent_text(double value) {
    return format_percent(value, kTerminalLanguage);
}
inline std::string small_text(double value) {
    return format_small(value, kTerminalLanguage);
}
inline std::string fixed_text(double value) {
    return format_fixed(value, 4, kTerminalLanguage);
}

/// The plain count, or "" when it is not there.
inline std::string count_cell(const Json &object, std::string_view key) {
    const std::optional<int64_t> count = count_of(object, key);
    return count ? format_count(*count, kTerminalLanguage) : std::string();
}

}  // namespace embark
