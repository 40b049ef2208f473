#include "codegen/tables.h"

#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <iterator>
#include <limits>

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

/// The least value has no literal of its own type in C: it is written as a difference.
template <typename T>
std::string least_literal(T value) {
    const char *suffix = sizeof(T) > 4 ? "ll" : "";
    if (value == std::numeric_limits<T>::min()) {
        return fmt::format("{}{} - 1", value + 1, suffix);
    }
    return fmt::format("{}{}", value, suffix);
}

template <typename T>
std::string unsigned_literal(T value) {
    return fmt::format("{}{}", value, sizeof(T) > 4 ? "ull" : "u");
}

std::string double_literal(double value) {
    if (std::isnan(value)) return "EMK_NAN_F32";
    if (std::isinf(value)) return value > 0 ? "EMK_INFINITY_F32" : "-EMK_INFINITY_F32";
    std::string text = fmt::format("{}", value);
    if (text.find_first_of(".e") == std::string::npos) text += ".0";
    return text;
}

template <typename T>
void unify_nans(Bytes &bytes) {
    for (size_t at = 0; at < bytes.size(); at += sizeof(T)) {
        T value;
        std::memcpy(&value, &bytes[at], sizeof value);
        if (!std::isnan(value)) continue;
        value = std::numeric_limits<T>::quiet_NaN();  // __builtin_nanf("") of EMK_NAN_F32
        std::memcpy(&bytes[at], &value, sizeof value);
    }
}

}  // namespace

Bytes table_memory(const ConstantTable &table) {
    Bytes bytes = table.bytes;
    if (table.type == DataType::kFloat32) unify_nans<float>(bytes);
    if (table.type == DataType::kFloat64) unify_nans<double>(bytes);
    return bytes;
}

void append_table(std::string &out, const std::string &name, const ConstantTable &table,
                  bool in_ram) {
    const size_t count = table.bytes.size() / size_of(table.type);
    out += fmt::format("/* {} */\n", comment_text(table.comment));
    const char *declaration = in_ram ? "static {} {}[{}] EMK_WEIGHTS_IN_RAM = {{"
                                     : "static const {} {}[{}] EMK_WEIGHTS = {{";
    out += fmt::format(fmt::runtime(declaration), table.c_type, name, count);
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
        case DataType::kBool:
            append_values<uint8_t>(out, table.bytes, integer_literal);
            break;
        case DataType::kFloat16:
        case DataType::kUint16:
            append_values<uint16_t>(out, table.bytes, integer_literal);
            break;
        case DataType::kInt32:
            append_values<int32_t>(out, table.bytes, least_literal<int32_t>);
            break;
        case DataType::kUint32:
            append_values<uint32_t>(out, table.bytes, unsigned_literal<uint32_t>);
            break;
        case DataType::kInt64:
            append_values<int64_t>(out, table.bytes, least_literal<int64_t>);
            break;
        case DataType::kUint64:
            append_values<uint64_t>(out, table.bytes, unsigned_literal<uint64_t>);
            break;
        case DataType::kFloat64:
            append_values<double>(out, table.bytes, double_literal);
            break;
    }
    out += "};\n\n";
}

}  // namespace embark
