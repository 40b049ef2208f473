#include "quantize/level.h"

#include <fmt/format.h>

namespace embark {

std::string_view to_string(Compression level) {
    switch (level) {
        case Compression::kNone:
            return "none";
        case Compression::kLossless:
            return "lossless";
        case Compression::kLow:
            return "low";
        case Compression::kMedium:
            return "medium";
        case Compression::kHigh:
            return "high";
    }
    return "";
}

Expected<Compression> parse_compression(std::string_view text) {
    std::string names;
    for (const Compression level : kCompressions) {
        if (to_string(level) == text) return level;
        names += (names.empty() ? "" : ", ") + std::string(to_string(level));
    }
    return make_error(ErrorCode::kUsage,
                      fmt::format("unknown compression '{}', expected one of {}", text, names));
}

}  // namespace embark
