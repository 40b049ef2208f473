#include "codegen/tables.h"

#include <fmt/format.h>

#include <cstring>
#include <iterator>

#include "codegen/names.h"
#include "plan/kernels/lowering.h"

namespace embark {

namespace {

constexpr size_t kColumns = 100;

/// Appends values separated by commas, breaking lines before kColumns.
template <typename T, typename Format>
void append_values(std::string &out, const Bytes &bytes, Format format) {
    const size_t count = bytes.size() / sizeof(T);
    size_t column = kColumns;
    for (size_t i = 0; i < count; ++i) {
        T value;
        std::memcpy(&value, bytes.data() + i * sizeof(T), sizeof value);
        const std::string text = format(value);
        if (column + text.size() + 2 > kColumns) {
            out += "\n   ";
            column = 3;
        }
        out += ' ';
        out += text;
        out += ',';
        column += text.size() + 2;
    }
    out += '\n';
}

std::string integer_literal(int64_t value) {
    return fmt::format("{}", value);
}

}  // namespace

void append_table(std::string &out, const std::string &name, const ConstantTable &table) {
    const size_t count = table.bytes.size() / size_of(table.type);
    out += fmt::format("/* {} */\n", comment_text(table.comment));
    out += fmt::format("static const {} {}[{}] EMK_WEIGHTS = {{", table.c_type, name, count);
    switch (table.type) {
        case DataType::kFloat32:
            append_values<float>(out, table.bytes, float_literal);
            break;
        case DataType::kInt8:
            append_values<int8_t>(out, table.bytes, integer_literal);
            break;
        case DataType::kUint8:
            append_values<uint8_t>(out, table.bytes, integer_literal);
            break;
        case DataType::kInt16:
            append_values<int16_t>(out, table.bytes, integer_literal);
            break;
        default:
            append_values<int32_t>(out, table.bytes, integer_literal);
            break;
    }
    out += "};\n\n";
}

}  // namespace embark
