#pragma once
// Reading a results document without assuming that it is right: what is absent or of another type
// reads as "not there". Renderers use nothing else, so no document can make them throw.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace embark {

using Json = nlohmann::json;

/// The value at \p key, or a null value.
const Json &child(const Json &object, std::string_view key);
/// The array at \p key, or an empty one.
const Json &list_of(const Json &object, std::string_view key);
/// A finite number.
std::optional<double> number_of(const Json &object, std::string_view key);
/// A number rounded to an integer, where it fits one.
std::optional<int64_t> count_of(const Json &object, std::string_view key);
std::optional<bool> flag_of(const Json &object, std::string_view key);
/// A string, or "".
std::string string_of(const Json &object, std::string_view key);
/// The strings of the array at \p key.
std::vector<std::string> strings_of(const Json &object, std::string_view key);
/// The integers of an array.
std::vector<int64_t> counts_in(const Json &array);
/// "[1,32,32,3]" from the array at \p key.
std::string shape_of(const Json &object, std::string_view key);

/// The kind ("measured" …) that \p document gives to the figure \p key; of "layers.cycles", that of
/// "cycles" when the document names no closer one. Empty when it says none.
std::string kind_of(const Json &document, std::string_view key);

/// Whether \p uri is a PNG image in base64 and nothing else.
bool is_png_uri(std::string_view uri);

}  // namespace embark
