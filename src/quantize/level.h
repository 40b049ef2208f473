#pragma once

#include <string>
#include <string_view>

#include "base/expected.h"

namespace embark {

/// How much a network is compressed, each level on top of the one before; docs/quantization.md.
enum class Compression {
    kNone,
    kLossless,  ///< what no output can show: constant, equal and unread channels go
    kLow,       ///< weights of 8 bits; int8 activations too, given calibration data
    kMedium,    ///< int8, and weights of 4 bits where they lose little
    kHigh,      ///< int8, and weights of 2 to 8 bits
};
constexpr Compression kCompressions[] = {Compression::kNone, Compression::kLossless,
                                         Compression::kLow, Compression::kMedium,
                                         Compression::kHigh};
std::string_view to_string(Compression level);
/// \error kUsage listing the names
Expected<Compression> parse_compression(std::string_view text);

}  // namespace embark
