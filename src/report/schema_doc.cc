// The schema's tables as Markdown, so that code and documentation cannot part.
#include <fmt/format.h>

#include "report/schema.h"
#include "report/schema_fields.h"

namespace embark {
namespace {

std::string value_column(const Field &field) {
    std::string text;
    switch (field.type) {
        case ValueType::kRecord:
        case ValueType::kRecords: {
            const std::string_view many = field.type == ValueType::kRecords ? "array of " : "";
            text = fmt::format("{}[{}](#{})", many, field.record->name, field.record->name);
            break;
        }
        case ValueType::kWord:
            for (std::string_view word : words_of(field.allowed))
                text += fmt::format("{}`\"{}\"`", text.empty() ? "" : ", ", word);
            break;
        default:
            text = name_of(field.type);
            break;
    }
    if (field.has(kNullable)) text += " or null";
    if (field.has(kOptional)) text += "; optional";
    return text;
}

std::string table_of(const Record &record) {
    std::string text =
        fmt::format("### {}\n{}\n\n| key | value | unit | meaning |\n|---|---|---|---|\n",
                    record.name, record.doc);
    for (const Field &field : record.fields)
        text +=
            fmt::format("| `{}`{} | {} | {} | {} |\n", field.name, field.has(kClaim) ? " †" : "",
                        value_column(field), field.unit, field.doc);
    return text + "\n";
}

}  // namespace

std::string describe_schema() {
    std::string text = "## Documents\n\n";
    for (const Record *record : all_documents()) text += table_of(*record);
    text += "## Parts\n\n";
    for (const Record *record : all_records()) text += table_of(*record);
    text.pop_back();
    return text;
}

}  // namespace embark
