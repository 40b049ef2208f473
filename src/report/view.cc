#include "report/view.h"

#include <cmath>

#include <fmt/format.h>

namespace embark {
namespace {

std::optional<int64_t> integer(const Json &value) {
    constexpr double kLimit = 9.0e18;
    if (!value.is_number()) return std::nullopt;
    const double number = value.get<double>();
    if (!std::isfinite(number) || std::abs(number) > kLimit) return std::nullopt;
    if (value.is_number_integer()) return value.get<int64_t>();
    return std::llround(number);
}

}  // namespace

const Json &child(const Json &object, std::string_view key) {
    static const Json kNull;
    if (!object.is_object()) return kNull;
    const auto found = object.find(std::string(key));
    return found == object.end() ? kNull : *found;
}

const Json &list_of(const Json &object, std::string_view key) {
    static const Json kEmpty = Json::array();
    const Json &value = child(object, key);
    return value.is_array() ? value : kEmpty;
}

std::optional<double> number_of(const Json &object, std::string_view key) {
    const Json &value = child(object, key);
    if (!value.is_number()) return std::nullopt;
    const double number = value.get<double>();
    if (!std::isfinite(number)) return std::nullopt;
    return number;
}

std::optional<int64_t> count_of(const Json &object, std::string_view key) {
    return integer(child(object, key));
}

std::optional<bool> flag_of(const Json &object, std::string_view key) {
    const Json &value = child(object, key);
    if (!value.is_boolean()) return std::nullopt;
    return value.get<bool>();
}

std::string string_of(const Json &object, std::string_view key) {
    const Json &value = child(object, key);
    return value.is_string() ? value.get<std::string>() : std::string();
}

std::vector<std::string> strings_of(const Json &object, std::string_view key) {
    std::vector<std::string> strings;
    for (const Json &value : list_of(object, key))
        if (value.is_string()) strings.push_back(value.get<std::string>());
    return strings;
}

std::vector<int64_t> counts_in(const Json &array) {
    std::vector<int64_t> counts;
    if (!array.is_array()) return counts;
    for (const Json &value : array) counts.push_back(integer(value).value_or(0));
    return counts;
}

std::string shape_of(const Json &object, std::string_view key) {
    return fmt::format("[{}]", fmt::join(counts_in(list_of(object, key)), ","));
}

std::string kind_of(const Json &document, std::string_view key) {
    const Json &kinds = child(document, "kinds");
    std::string kind = string_of(kinds, key);
    if (const size_t dot = key.rfind('.'); kind.empty() && dot != std::string_view::npos)
        kind = string_of(kinds, key.substr(dot + 1));
    return kind;
}

bool is_png_uri(std::string_view uri) {
    constexpr std::string_view kPrefix = "data:image/png;base64,";
    constexpr std::string_view kBase64 =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";
    return uri.substr(0, kPrefix.size()) == kPrefix &&
           uri.find_first_not_of(kBase64, kPrefix.size()) == std::string_view::npos;
}

}  // namespace embark
