#pragma once
// Base64 (RFC 4648, with padding, no line breaks).

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/files.h"

namespace embark {

std::string encode_base64(std::span<const uint8_t> bytes);
/// Empty when \p text is not base64.
std::optional<Bytes> decode_base64(std::string_view text);

}  // namespace embark
