#pragma once
// Names what a file that embark does not read looks like, for the error message.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace embark {

struct ForeignFile {
    std::string description;  ///< "a TensorFlow Lite model (.tflite)"
    std::string_view hint;    ///< what the user can do about it; may be empty
    bool recognised = true;   ///< false for text or binary data that has no known mark
};

/// \param head  the first bytes of the file, at least one
ForeignFile describe_foreign_file(std::span<const uint8_t> head);

}  // namespace embark
