#pragma once
// JSON without exceptions: Keras' configurations come from files, so every type is asked for.

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/expected.h"

namespace embark::keras {

/// A cheap view of a value inside a Document, which must outlive it. What is absent is null, and
/// to ask null for anything gives null again.
class Value {
  public:
    Value() = default;
    explicit Value(const nlohmann::json *json) : json_(json) {}

    bool is_null() const;
    bool is_string() const;
    bool is_array() const;
    bool is_object() const;

    std::optional<bool> as_bool() const;
    std::optional<int64_t> as_int() const;    ///< also of a number such as 2.0
    std::optional<double> as_number() const;  ///< finite
    std::optional<std::string> as_string() const;

    /// Elements of an array, members of an object, else 0.
    size_t size() const;
    Value operator[](size_t index) const;
    Value operator[](std::string_view key) const;
    bool has(std::string_view key) const;
    std::vector<std::pair<std::string, Value>> members() const;

    /// As text for a message, cut after 60 characters.
    std::string excerpt() const;

  private:
    const nlohmann::json *json_ = nullptr;
};

/// Owns a parsed text.
class Document {
  public:
    /// \error kInvalid  not JSON, nested deeper than 64, or more than 500,000 values
    static Expected<Document> parse(std::string_view text);
    Document(Document &&) noexcept;
    Document &operator=(Document &&) noexcept;
    ~Document();
    Value root() const { return Value(json_.get()); }

  private:
    explicit Document(std::unique_ptr<nlohmann::json> json);
    std::unique_ptr<nlohmann::json> json_;
};

}  // namespace embark::keras
