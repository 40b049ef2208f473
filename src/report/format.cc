#include "report/format.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace embark {
namespace {

constexpr std::string_view kNarrowSpace = "\u202f";  // no-break
constexpr std::string_view kNoBreakSpace = "\u00a0";
constexpr std::string_view kReplacement = "\ufffd";

/// Puts the language's separators into the plain "-1234.5".
std::string localise(std::string_view plain, Language language) {
    const bool french = language == Language::kFrench;
    const std::string_view group = french ? kNarrowSpace : ",";
    std::string text;
    if (!plain.empty() && plain.front() == '-') {
        text = "-";
        plain.remove_prefix(1);
    }
    const size_t whole = std::min(plain.find_first_not_of("0123456789"), plain.size());
    for (size_t i = 0; i < whole; ++i) {
        if (i != 0 && (whole - i) % 3 == 0) text += group;
        text += plain[i];
    }
    for (char c : plain.substr(whole)) {
        if (c == '.' && french)
            text += ',';
        else
            text += c;
    }
    return text;
}

std::string with_unit(std::string number, std::string_view unit) {
    number += kNoBreakSpace;
    number += unit;
    return number;
}

/// Three significant digits for 1 <= value < 1000, none after the point from 100 on.
std::string three_digits(double value, Language language) {
    const double size = std::abs(value);
    return format_fixed(value, size < 9.995 ? 2 : size < 99.95 ? 1 : 0, language);
}

/// \p value in the first of three units, each 1000 times the one before, in which it is < 1000.
std::string scaled(double value, const std::string_view (&units)[3], Language language) {
    size_t unit = 0;
    while (unit < 2 && std::abs(value) >= 999.5) {
        value /= 1000;
        ++unit;
    }
    return with_unit(three_digits(value, language), units[unit]);
}

/// Length of the well-formed UTF-8 sequence at the start of \p text, 0 when it is ill-formed.
size_t sequence_length(std::string_view text) {
    const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = byte(0);
    if (first < 0x80) return 1;
    const size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || text.size() < length) return 0;
    for (size_t i = 1; i < length; ++i)
        if ((byte(i) & 0xC0) != 0x80) return 0;
    // Overlong forms, surrogates and values beyond U+10FFFF show in the second byte.
    const unsigned char second = byte(1);
    if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F)) return 0;
    if ((first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F)) return 0;
    return length;
}

bool is_control(std::string_view sequence) {
    const auto first = static_cast<unsigned char>(sequence[0]);
    if (sequence.size() == 1) return first < 0x20 || first == 0x7F;
    if (first == 0xC2) return static_cast<unsigned char>(sequence[1]) < 0xA0;  // C1
    // Line and paragraph separators, and overrides of the writing direction.
    return sequence == "\u2028" || sequence == "\u2029" ||
           (sequence >= "\u202a" && sequence <= "\u202e") ||
           (sequence >= "\u2066" && sequence <= "\u2069");
}

}  // namespace

std::string format_count(int64_t value, Language language) {
    return localise(fmt::format("{}", value), language);
}

std::string format_bytes(int64_t bytes, Language language) {
    return with_unit(format_count(bytes, language), phrase_text(language, Phrase::kUnitByte));
}

std::string format_size(int64_t bytes, Language language) {
    constexpr double kKibi = 1024;
    const auto size = static_cast<double>(bytes);
    if (std::abs(size) < kKibi) return format_bytes(bytes, language);
    const bool mebi = std::abs(size) >= 999.5 * kKibi;
    const std::string_view unit =
        phrase_text(language, mebi ? Phrase::kUnitMebibyte : Phrase::kUnitKibibyte);
    return with_unit(three_digits(size / (mebi ? kKibi * kKibi : kKibi), language), unit);
}

std::string format_fixed(double value, int digits, Language language) {
    return localise(fmt::format("{:.{}f}", value, digits), language);
}

std::string format_percent(double share, Language language) {
    return with_unit(format_fixed(share * 100, 1, language), "%");
}

std::string format_small(double value, Language language) {
    const double size = std::abs(value);
    if (size == 0) return "0";
    if (size < 1e-3 || size >= 1e6) return localise(fmt::format("{:.2e}", value), language);
    return localise(fmt::format("{:.4g}", value), language);
}

std::string format_latency(double milliseconds, Language language) {
    constexpr std::string_view kUnits[3] = {"µs", "ms", "s"};
    return scaled(milliseconds * 1000, kUnits, language);
}

std::string format_energy(double microjoules, Language language) {
    constexpr std::string_view kUnits[3] = {"µJ", "mJ", "J"};
    return scaled(microjoules, kUnits, language);
}

std::string format_frequency(double hertz, Language language) {
    constexpr double kMega = 1e6;
    return with_unit(localise(fmt::format("{:g}", hertz / kMega), language), "MHz");
}

std::string format_address(int64_t address) {
    return fmt::format("0x{:08x}", address);
}

std::string clean_text(std::string_view text) {
    std::string clean;
    while (!text.empty()) {
        const size_t length = sequence_length(text);
        const std::string_view sequence = text.substr(0, std::max<size_t>(length, 1));
        clean += length == 0 || is_control(sequence) ? kReplacement : sequence;
        text.remove_prefix(sequence.size());
    }
    return clean;
}

std::string with_plain_spaces(std::string_view text) {
    std::string result;
    for (size_t at = 0; at != std::string_view::npos;) {
        at = text.find(kNoBreakSpace);
        result += text.substr(0, at);
        if (at == std::string_view::npos) break;
        result += ' ';
        text.remove_prefix(at + kNoBreakSpace.size());
    }
    return result;
}

size_t display_width(std::string_view text) {
    return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    }));
}

std::string cut_to_width(std::string_view text, size_t width) {
    if (display_width(text) <= width) return std::string(text);
    if (width == 0) return {};
    size_t end = 0;
    for (size_t shown = 0; end < text.size(); ++end) {
        const bool starts = (static_cast<unsigned char>(text[end]) & 0xC0) != 0x80;
        if (starts && shown++ == width - 1) break;
    }
    return std::string(text.substr(0, end)) + "…";
}

std::string text_bar(double share, size_t width) {
    constexpr std::string_view kEighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    if (!(share > 0)) return {};
    const double cells = std::min(share, 1.0) * static_cast<double>(width);
    const auto eighths = std::max<size_t>(1, static_cast<size_t>(std::lround(cells * 8)));
    std::string bar;
    for (size_t i = 0; i < eighths / 8; ++i) bar += "█";
    return bar + std::string(kEighths[eighths % 8]);
}

}  // namespace embark
