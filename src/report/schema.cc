#include "report/schema.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include <fmt/format.h>

#include "base/diagnostics.h"
#include "report/schema_fields.h"
#include "report/view.h"

namespace embark {
namespace {

using Json = nlohmann::json;

constexpr size_t kMaxFaults = 20;
constexpr std::string_view kKindNames = "measured|modelled|predicted|published";

struct Checker {
    Diagnostics diagnostics;
    const CheckOptions &options;
    size_t faults = 0;  ///< all of them, also those beyond kMaxFaults

    void fault(const std::string &pointer, std::string message) {
        if (++faults > kMaxFaults) return;
        diagnostics.error(ErrorCode::kInvalid, pointer.empty() ? "/" : pointer, std::move(message));
    }
};

/// A key as part of a JSON pointer (RFC 6901).
std::string pointer_to(const std::string &parent, std::string_view key) {
    std::string pointer = parent + "/";
    for (char c : key) {
        if (c == '~')
            pointer += "~0";
        else if (c == '/')
            pointer += "~1";
        else
            pointer += c;
    }
    return pointer;
}

/// The value as it is named in messages: scalars whole (cut to 40 bytes), containers by their type.
std::string describe(const Json &value) {
    if (value.is_object()) return "an object";
    if (value.is_array()) return fmt::format("an array of {}", value.size());
    std::string text = value.dump(-1, ' ', true, Json::error_handler_t::replace);
    if (text.size() > 40) text = text.substr(0, 37) + "...";
    return text;
}

bool is_word(std::string_view word, std::string_view allowed) {
    const std::vector<std::string_view> words = words_of(allowed);
    return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_count(const Json &value) {
    return value.is_number_unsigned() || (value.is_number_integer() && value.get<int64_t>() >= 0);
}

bool is_number_in(const Json &value, double low, double high) {
    if (!value.is_number()) return false;
    const double number = value.get<double>();
    return std::isfinite(number) && number >= low && number <= high;
}

/// Whether \p value alone is right; containers are looked at by check_value().
bool scalar_matches(const Json &value, const Field &field) {
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    switch (field.type) {
        case ValueType::kString:
            return value.is_string();
        case ValueType::kWord:
            return value.is_string() &&
                   is_word(value.get_ref<const std::string &>(), field.allowed);
        case ValueType::kBool:
            return value.is_boolean();
        case ValueType::kCount:
            return is_count(value);
        case ValueType::kInteger:
            return value.is_number_integer();
        case ValueType::kNumber:
            return is_number_in(value, -kInfinity, kInfinity);
        case ValueType::kPositive:
            return is_number_in(value, 0, kInfinity);
        case ValueType::kFraction:
            return is_number_in(value, 0, 1);
        case ValueType::kPercent:
            return is_number_in(value, 0, 100);
        case ValueType::kPng:
            return value.is_string() && is_png_uri(value.get_ref<const std::string &>());
        case ValueType::kRecord:
        case ValueType::kKinds:
            return value.is_object();
        default:
            return value.is_array();
    }
}

std::string expectation(const Field &field) {
    std::string text(name_of(field.type));
    if (field.type == ValueType::kWord) {
        text = "one of";
        for (std::string_view word : words_of(field.allowed))
            text += fmt::format("{} \"{}\"", text.size() > 6 ? "," : "", word);
    }
    return field.has(kNullable) ? text + " or null" : text;
}

void check_record(Checker &checker, const Json &object, const Record &record,
                  const std::string &pointer);

/// The field that an element of the array \p field must match.
std::optional<Field> element_of(const Field &field) {
    Field element = field;
    element.flags = 0;
    switch (field.type) {
        case ValueType::kStrings:
            element.type = ValueType::kString;
            return element;
        case ValueType::kCounts:
            element.type = ValueType::kCount;
            return element;
        case ValueType::kNumbers:
            element.type = ValueType::kNumber;
            return element;
        case ValueType::kMatrix:
            element.type = ValueType::kCounts;
            return element;
        case ValueType::kRecords:
            element.type = ValueType::kRecord;
            return element;
        default:
            return std::nullopt;
    }
}

void check_value(Checker &checker, const Json &value, const Field &field,
                 const std::string &pointer) {
    if (value.is_null() && field.has(kNullable)) return;
    if (!scalar_matches(value, field)) {
        checker.fault(pointer,
                      fmt::format("found {}, expected {}", describe(value), expectation(field)));
        return;
    }
    if (field.type == ValueType::kRecord) {
        check_record(checker, value, *field.record, pointer);
        return;
    }
    const std::optional<Field> element = element_of(field);
    if (!element) return;
    for (size_t i = 0; i < value.size(); ++i)
        check_value(checker, value[i], *element, fmt::format("{}/{}", pointer, i));
}

void check_kinds(Checker &checker, const Json &object, const Record &record,
                 const std::string &pointer) {
    const auto kinds = object.find("kinds");
    if (kinds == object.end() || !kinds->is_object()) return;
    for (const auto &[figure, kind] : kinds->items()) {
        const std::string place = pointer_to(pointer + "/kinds", figure);
        if (!kind.is_string() || !is_word(kind.get_ref<const std::string &>(), kKindNames))
            checker.fault(place, fmt::format("found {}, expected one of \"measured\", \"modelled\","
                                             " \"predicted\", \"published\"",
                                             describe(kind)));
        if (!object.contains(figure.substr(0, figure.find('.'))))
            checker.fault(place, "names no key of the document, expected one of its figures");
    }
    for (const Field &field : record.fields) {
        const auto value = object.find(std::string(field.name));
        if (!field.has(kClaim) || value == object.end() || value->is_null()) continue;
        if (!kinds->contains(std::string(field.name)))
            checker.fault(
                pointer + "/kinds",
                fmt::format("key \"{}\" is missing, expected what this figure is", field.name));
    }
}

/// Arrays that must be as long as each other, and indices that must be in range.
void check_agreement(Checker &checker, const Json &object, const Record &record,
                     const std::string &pointer) {
    if (record.name == "validate") {
        const size_t classes = object["confusion_matrix"].size();
        for (size_t row = 0; row < classes; ++row)
            if (const size_t columns = object["confusion_matrix"][row].size(); columns != classes)
                checker.fault(fmt::format("{}/confusion_matrix/{}", pointer, row),
                              fmt::format("found {} columns, expected {}", columns, classes));
        const size_t names = object["class_names"].size();
        if (names != 0 && classes != 0 && names != classes)
            checker.fault(pointer + "/class_names",
                          fmt::format("found {} names, expected {}", names, classes));
    }
    if (record.name != "analyze") return;
    const size_t steps = object["steps"].size();
    for (size_t i = 0; i < object["layers"].size(); ++i) {
        const Json &step = object["layers"][i]["step"];
        if (!step.is_null() && step.get<uint64_t>() >= steps)
            checker.fault(
                fmt::format("{}/layers/{}/step", pointer, i),
                fmt::format("found {}, expected less than {} steps", step.get<uint64_t>(), steps));
    }
    for (size_t i = 0; i < object["arena"].size(); ++i) {
        const Json &block = object["arena"][i];
        const std::string place = fmt::format("{}/arena/{}", pointer, i);
        const auto last = block["last_step"].get<uint64_t>();
        const auto end = block["offset"].get<uint64_t>() + block["bytes"].get<uint64_t>();
        if (last < block["first_step"].get<uint64_t>() || last >= steps)
            checker.fault(place + "/last_step",
                          fmt::format("found {}, expected first_step to {} steps", last, steps));
        const Json &arena = object["arena_bytes"];
        if (!arena.is_null() && end > arena.get<uint64_t>())
            checker.fault(place, fmt::format("ends at byte {}, expected at most {}", end,
                                             arena.get<uint64_t>()));
    }
}

void check_record(Checker &checker, const Json &object, const Record &record,
                  const std::string &pointer) {
    const size_t faults_before = checker.faults;
    for (const Field &field : record.fields) {
        const auto value = object.find(std::string(field.name));
        if (value != object.end()) {
            check_value(checker, *value, field, pointer_to(pointer, field.name));
        } else if (!field.has(kOptional)) {
            checker.fault(pointer, fmt::format("key \"{}\" is missing, expected {}", field.name,
                                               expectation(field)));
        }
    }
    check_kinds(checker, object, record, pointer);
    // Agreement is only looked at where the parts themselves are right, so it may assume types.
    if (checker.faults == faults_before) check_agreement(checker, object, record, pointer);
    if (!checker.options.reject_unknown_keys) return;
    for (const auto &item : object.items()) {
        bool known = false;
        for (const Field &field : record.fields) known = known || field.name == item.key();
        if (!known)
            checker.fault(pointer_to(pointer, item.key()),
                          fmt::format("unknown key, expected one of \"{}\"", record.name));
    }
}

const Record *document_named(const Json &command) {
    if (!command.is_string()) return nullptr;
    for (const Record *record : all_documents())
        if (record->name == command.get_ref<const std::string &>()) return record;
    return nullptr;
}

}  // namespace

std::vector<std::string_view> words_of(std::string_view allowed) {
    std::vector<std::string_view> words;
    for (size_t bar = 0; bar != std::string_view::npos;) {
        bar = allowed.find('|');
        words.push_back(allowed.substr(0, bar));
        if (bar != std::string_view::npos) allowed.remove_prefix(bar + 1);
    }
    return words;
}

std::string_view name_of(ValueType type) {
    switch (type) {
        case ValueType::kString:
            return "a string";
        case ValueType::kWord:
            return "a word";
        case ValueType::kBool:
            return "true or false";
        case ValueType::kCount:
            return "a count (integer >= 0)";
        case ValueType::kInteger:
            return "an integer";
        case ValueType::kNumber:
            return "a number";
        case ValueType::kPositive:
            return "a number >= 0";
        case ValueType::kFraction:
            return "a number in [0,1]";
        case ValueType::kPercent:
            return "a number in [0,100]";
        case ValueType::kPng:
            return "a PNG image as data:image/png;base64,…";
        case ValueType::kRecord:
            return "an object";
        case ValueType::kRecords:
            return "an array of objects";
        case ValueType::kStrings:
            return "an array of strings";
        case ValueType::kCounts:
            return "an array of counts";
        case ValueType::kNumbers:
            return "an array of numbers";
        case ValueType::kMatrix:
            return "an array of arrays of counts";
        case ValueType::kKinds:
            return "an object from figures to kinds";
    }
    return "a value";
}

Status check_results(const Json &document, const CheckOptions &options) {
    Checker checker{Diagnostics(options.file), options};
    if (!document.is_object()) {
        checker.fault("", fmt::format("found {}, expected an object", describe(document)));
        return checker.diagnostics.merged();
    }
    const Json schema = document.value("schema", Json());
    if (schema != Json(kResultsSchema)) {
        checker.fault("/schema",
                      fmt::format("found {}, expected \"{}\"", describe(schema), kResultsSchema));
        return checker.diagnostics.merged();
    }
    const Json command = document.value("command", Json());
    const Record *record = document_named(command);
    if (record == nullptr) {
        checker.fault("/command",
                      fmt::format("found {}, expected \"analyze\", \"validate\", \"run\" or "
                                  "\"deploy\"",
                                  describe(command)));
        return checker.diagnostics.merged();
    }
    check_record(checker, document, *record, "");
    return checker.diagnostics.status();
}

}  // namespace embark
