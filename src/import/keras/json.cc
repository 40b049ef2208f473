#include "import/keras/json.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

namespace embark::keras {

namespace {

// The largest networks of Keras' own collection have some 50,000 values, nested 15 deep. A parsed
// value takes up to 80 bytes, so the limit bounds memory too.
constexpr int kMaxDepth = 64;
constexpr size_t kMaxValues = 500'000;

/// Depth and number of values, from the punctuation alone, before any memory is taken.
Status check_size(std::string_view text) {
    int depth = 0;
    size_t values = 1;
    bool in_string = false;
    for (size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (in_string) {
            if (c == '\\') ++i;
            if (c == '"') in_string = false;
            continue;
        }
        if (c == '"') in_string = true;
        if (c == '[' || c == '{') ++depth;
        if (c == ']' || c == '}') --depth;
        if (c == '[' || c == '{' || c == ',') ++values;
        if (depth > kMaxDepth) {
            return make_error(ErrorCode::kInvalid,
                              fmt::format("is nested deeper than {} levels", kMaxDepth));
        }
        if (values > kMaxValues) {
            return make_error(ErrorCode::kInvalid,
                              fmt::format("has more than {} values", kMaxValues));
        }
    }
    return Ok{};
}

}  // namespace

bool Value::is_null() const {
    return json_ == nullptr || json_->is_null();
}
bool Value::is_string() const {
    return json_ != nullptr && json_->is_string();
}
bool Value::is_array() const {
    return json_ != nullptr && json_->is_array();
}
bool Value::is_object() const {
    return json_ != nullptr && json_->is_object();
}

std::optional<bool> Value::as_bool() const {
    if (json_ == nullptr || !json_->is_boolean()) return std::nullopt;
    return json_->get<bool>();
}

std::optional<int64_t> Value::as_int() const {
    const auto number = as_number();
    // Beyond 2^53 a double may not be the number that was written.
    if (!number || std::abs(*number) > 9e15 || *number != std::floor(*number)) return std::nullopt;
    return static_cast<int64_t>(*number);
}

std::optional<double> Value::as_number() const {
    if (json_ == nullptr || !json_->is_number()) return std::nullopt;
    const double number = json_->get<double>();
    if (!std::isfinite(number)) return std::nullopt;
    return number;
}

std::optional<std::string> Value::as_string() const {
    if (!is_string()) return std::nullopt;
    return json_->get_ref<const std::string &>();
}

size_t Value::size() const {
    return is_array() || is_object() ? json_->size() : 0;
}

Value Value::operator[](size_t index) const {
    if (!is_array() || index >= json_->size()) return Value();
    return Value(&(*json_)[index]);
}

Value Value::operator[](std::string_view key) const {
    if (!is_object()) return Value();
    const auto found = json_->find(key);
    return found == json_->end() ? Value() : Value(&*found);
}

bool Value::has(std::string_view key) const {
    return is_object() && json_->contains(key);
}

std::vector<std::pair<std::string, Value>> Value::members() const {
    std::vector<std::pair<std::string, Value>> list;
    if (!is_object()) return list;
    for (auto item = json_->begin(); item != json_->end(); ++item) {
        list.emplace_back(item.key(), Value(&*item));
    }
    return list;
}

std::string Value::excerpt() const {
    if (json_ == nullptr) return "null";
    std::string text = json_->dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
    if (text.size() > 60) text = text.substr(0, 57) + "...";
    return text;
}

Document::Document(std::unique_ptr<nlohmann::json> json) : json_(std::move(json)) {}
Document::Document(Document &&) noexcept = default;
Document &Document::operator=(Document &&) noexcept = default;
Document::~Document() = default;

Expected<Document> Document::parse(std::string_view text) {
    EMBARK_RETURN_IF_ERROR(check_size(text));
    try {
        return Document(std::make_unique<nlohmann::json>(nlohmann::json::parse(text)));
    } catch (const nlohmann::json::parse_error &error) {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("is not valid JSON at byte {}", error.byte));
    } catch (const nlohmann::json::exception &error) {
        return make_error(ErrorCode::kInvalid, fmt::format("is not valid JSON: {}", error.what()));
    }
}

}  // namespace embark::keras
