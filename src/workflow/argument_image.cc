#include "workflow/argument_image.h"

#include <algorithm>
#include <bit>
#include <limits>

namespace embark {

namespace {

bool has_pointer(const std::vector<ArgumentField> &fields) {
    return std::any_of(fields.begin(), fields.end(), [](const ArgumentField &field) {
        return field.kind == ArgumentField::Kind::kTable ||
               field.kind == ArgumentField::Kind::kScratch ||
               (field.kind == ArgumentField::Kind::kStruct && has_pointer(field.fields));
    });
}

/// The bits of a C literal: an integer, or a float as float_literal() writes it.
uint32_t literal_bits(const std::string &text) {
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    if (text == "EMK_INFINITY_F32") return std::bit_cast<uint32_t>(kInfinity);
    if (text == "-EMK_INFINITY_F32") return std::bit_cast<uint32_t>(-kInfinity);
    if (text.back() == 'f') return std::bit_cast<uint32_t>(std::stof(text));
    return static_cast<uint32_t>(std::stoll(text));
}

}  // namespace

ArgumentImage::ArgumentImage(const LoweredStep &lowered, const Places &places)
    : lowered_(lowered), places_(places) {
    for (const ConstantTable &table : lowered.tables) {
        align(8);
        tables_[table.name] = places_.tables + bytes_.size();
        bytes_.insert(bytes_.end(), table.bytes.begin(), table.bytes.end());
    }
    align(8);
    arguments_ = places_.tables + bytes_.size();
    append(lowered.calls[0].fields);
    align(8);
}

void ArgumentImage::align(size_t alignment) {
    bytes_.resize((bytes_.size() + alignment - 1) / alignment * alignment);
}

void ArgumentImage::put(uint64_t value, size_t size) {
    align(size);
    for (size_t i = 0; i < size; ++i) bytes_.push_back(static_cast<uint8_t>(value >> 8 * i));
}

void ArgumentImage::put_literal(const std::string &text) {
    std::string list = text;
    std::erase_if(list, [](char c) { return c == '{' || c == '}'; });
    for (size_t at = 0; at < list.size();) {
        const size_t end = std::min(list.find(',', at), list.size());
        put(literal_bits(list.substr(at, end - at)), sizeof(uint32_t));
        at = end + 1;
    }
}

void ArgumentImage::append(const std::vector<ArgumentField> &fields) {
    for (const ArgumentField &field : fields) {
        switch (field.kind) {
            case ArgumentField::Kind::kLiteral:
                put_literal(field.text);
                break;
            case ArgumentField::Kind::kTable:
                put(field.text.empty() ? 0 : tables_.at(field.text), places_.pointer_bytes);
                break;
            case ArgumentField::Kind::kScratch:
                put(places_.scratch, places_.pointer_bytes);
                break;
            case ArgumentField::Kind::kStruct: {
                const size_t size = has_pointer(field.fields) ? places_.pointer_bytes : 4;
                align(size);
                append(field.fields);
                align(size);
                break;
            }
        }
    }
}

}  // namespace embark
