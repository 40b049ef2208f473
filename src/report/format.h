#pragma once
// Numbers and characters as people read them. Every function takes the language for its separators
// and units; in French, groups of digits are parted by a narrow no-break space.

#include <cstdint>
#include <string>
#include <string_view>

#include "report/strings.h"

namespace embark {

/// "1,343,146"
std::string format_count(int64_t value, Language language);
/// "5,372,584 B"
std::string format_bytes(int64_t bytes, Language language);
/// "5.12 MiB": three significant digits, and plain bytes below 1 KiB.
std::string format_size(int64_t bytes, Language language);
/// With \p digits after the point: "0.53"
std::string format_fixed(double value, int digits, Language language);
/// \p share in [0,1]: "83.4 %"
std::string format_percent(double share, Language language);
/// Errors and the like over any range: "0", "0.0123", "3.1e-07"
std::string format_small(double value, Language language);
/// "850 µs", "12.3 ms", "1.84 s"
std::string format_latency(double milliseconds, Language language);
/// "850 µJ", "12.3 mJ", "1.84 J"
std::string format_energy(double microjoules, Language language);
/// "120 MHz"
std::string format_frequency(double hertz, Language language);
/// "0x08000000"
std::string format_address(int64_t address);

/// Valid UTF-8 without control characters: ill-formed bytes and control characters become U+FFFD.
/// Names come from files that others wrote, so everything that is printed passes here.
std::string clean_text(std::string_view text);
/// No-break spaces as plain ones: people search terminals and files for "2,097,152 B".
std::string with_plain_spaces(std::string_view text);
/// Code points of valid UTF-8: the width of a text in a terminal, wide scripts apart.
size_t display_width(std::string_view text);
/// \p text cut to \p width code points, the last of them "…" when something was cut.
std::string cut_to_width(std::string_view text, size_t width);
/// A bar of eighth blocks: \p share of \p width cells; share is clamped to [0,1], and a share that
/// is not zero shows at least one eighth.
std::string text_bar(double share, size_t width);

}  // namespace embark
