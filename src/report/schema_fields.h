#pragma once
// How schema_tables.cc states the schema; private to the room.

#include <span>
#include <string_view>
#include <vector>

namespace embark {

enum class ValueType {
    kString,
    kWord,  ///< one of Field::allowed
    kBool,
    kCount,  ///< integer >= 0
    kInteger,
    kNumber,    ///< finite
    kPositive,  ///< finite number >= 0
    kFraction,  ///< number in [0,1]
    kPercent,   ///< number in [0,100]
    kPng,       ///< "data:image/png;base64,…"
    kRecord,    ///< an object described by Field::record
    kRecords,   ///< an array of them
    kStrings,   ///< an array of strings
    kCounts,    ///< an array of counts
    kNumbers,   ///< an array of numbers
    kMatrix,    ///< an array of arrays of counts
    kKinds,     ///< an object from a figure's key to its kind
};

enum FieldFlag : unsigned {
    kOptional = 1u << 0,  ///< the key may be absent
    kNullable = 1u << 1,  ///< the value may be null: not known, or not asked for
    kClaim = 1u << 2,     ///< a value that is not null must have an entry in `kinds`
};

struct Record;

struct Field {
    std::string_view name;
    ValueType type;
    unsigned flags;
    std::string_view unit;  ///< empty for none
    std::string_view doc;
    const Record *record = nullptr;
    std::string_view allowed = {};  ///< of kWord: "flash|ram"

    bool has(FieldFlag flag) const { return (flags & flag) != 0; }
};

struct Record {
    std::string_view name;
    std::string_view doc;
    std::span<const Field> fields;
};

/// One document per command, named as the command.
std::span<const Record *const> all_documents();
/// The records inside documents, each once, in the order of the documentation.
std::span<const Record *const> all_records();

/// The words of Field::allowed.
std::vector<std::string_view> words_of(std::string_view allowed);

/// "a count", "an array of strings" …: for messages and the documentation.
std::string_view name_of(ValueType type);

}  // namespace embark
