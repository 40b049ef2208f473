#include "evaluate/npy.h"

#include <fmt/format.h>

#include <charconv>

#include "base/bytes.h"

namespace embark {

namespace {

struct TypeRow {
    std::string_view descr;  ///< without the byte order
    NpyType type;
    size_t bytes;
    std::string_view name;
};

constexpr TypeRow kTypes[] = {
    {"b1", NpyType::kBool, 1, "bool"},       {"u1", NpyType::kUint8, 1, "uint8"},
    {"i1", NpyType::kInt8, 1, "int8"},       {"u2", NpyType::kUint16, 2, "uint16"},
    {"i2", NpyType::kInt16, 2, "int16"},     {"u4", NpyType::kUint32, 4, "uint32"},
    {"i4", NpyType::kInt32, 4, "int32"},     {"i8", NpyType::kInt64, 8, "int64"},
    {"f4", NpyType::kFloat32, 4, "float32"}, {"f8", NpyType::kFloat64, 8, "float64"},
};

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr size_t kMaxHeaderBytes = 64 * 1024;
// Elements of one array; keeps every product of extents and sizes far from overflow.
constexpr int64_t kMaxElements = int64_t{1} << 40;

const TypeRow &row_of(NpyType type) {
    for (const TypeRow &row : kTypes) {
        if (row.type == type) return row;
    }
    assertion_failed("every NpyType has a row", __FILE__, __LINE__);
}

Error malformed(std::string_view what) {
    return make_error(ErrorCode::kInvalid, fmt::format("npy header is malformed: {}", what));
}

/// Reads the header's Python dictionary: strings, True and False, a tuple of integers.
class Dictionary {
  public:
    explicit Dictionary(std::string_view text) : text_(text) {}
    Expected<NpyHeader> parse();

  private:
    Status parse_entry(NpyHeader &header);
    Status parse_type(NpyHeader &header);
    Status parse_order();
    Status parse_shape(NpyHeader &header);
    Expected<std::string_view> string();

    void skip_space() {
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
    }
    bool accept(std::string_view token) {
        skip_space();
        if (!text_.substr(at_).starts_with(token)) return false;
        at_ += token.size();
        return true;
    }

    std::string_view text_;
    size_t at_ = 0;
    bool has_type_ = false, has_order_ = false, has_shape_ = false;
};

Expected<std::string_view> Dictionary::string() {
    skip_space();
    const char quote = at_ < text_.size() ? text_[at_] : ' ';
    if (quote != '\'' && quote != '"') return malformed("expected a string");
    const size_t end = text_.find(quote, at_ + 1);
    if (end == std::string_view::npos) return malformed("string without end");
    const std::string_view found = text_.substr(at_ + 1, end - at_ - 1);
    at_ = end + 1;
    return found;
}

Status Dictionary::parse_type(NpyHeader &header) {
    skip_space();
    has_type_ = true;
    if (text_.substr(at_).starts_with('[')) {
        return make_error(ErrorCode::kUnsupported, "is a structured array, expected plain numbers");
    }
    EMBARK_ASSIGN(const std::string_view descr, string());
    const bool little = descr.starts_with('<') || descr.starts_with('|') || descr.starts_with('=');
    for (const TypeRow &row : kTypes) {
        if (!little || descr.substr(1) != row.descr) continue;
        header.type = row.type;
        return Ok{};
    }
    return make_error(ErrorCode::kUnsupported,
                      fmt::format("has elements of type '{}'{}, expected uint8, int8, int16, "
                                  "int32, int64, float32 or float64, little-endian",
                                  descr, descr.ends_with('O') ? " (Python objects)" : ""));
}

Status Dictionary::parse_order() {
    has_order_ = true;
    if (accept("False")) return Ok{};
    if (!accept("True")) return malformed("fortran_order is neither True nor False");
    return make_error(ErrorCode::kUnsupported,
                      "is in Fortran order, expected C order (numpy.ascontiguousarray)");
}

Status Dictionary::parse_shape(NpyHeader &header) {
    has_shape_ = true;
    if (!accept("(")) return malformed("shape is not a tuple");
    int64_t elements = 1;
    while (!accept(")")) {
        skip_space();
        int64_t extent = 0;
        const char *end = text_.data() + text_.size();
        const auto result = std::from_chars(text_.data() + at_, end, extent);
        if (result.ec != std::errc() || extent < 0) return malformed("extent is not a count");
        at_ = static_cast<size_t>(result.ptr - text_.data());
        if (extent > 0 && elements > kMaxElements / extent) {
            return make_error(ErrorCode::kInvalid,
                              fmt::format("shape has more than {} elements", kMaxElements));
        }
        elements *= extent;
        header.shape.push_back(extent);
        if (!accept(",") && !text_.substr(at_).starts_with(')')) {
            return malformed("shape is not a tuple");
        }
    }
    return Ok{};
}

Status Dictionary::parse_entry(NpyHeader &header) {
    EMBARK_ASSIGN(const std::string_view key, string());
    if (!accept(":")) return malformed("key without value");
    if (key == "descr") return parse_type(header);
    if (key == "fortran_order") return parse_order();
    if (key == "shape") return parse_shape(header);
    return malformed("unknown key");
}

Expected<NpyHeader> Dictionary::parse() {
    NpyHeader header;
    if (!accept("{")) return malformed("expected a dictionary");
    while (!accept("}")) {
        EMBARK_RETURN_IF_ERROR(parse_entry(header));
        skip_space();
        if (!accept(",") && !text_.substr(at_).starts_with('}')) {
            return malformed("expected ',' or '}'");
        }
    }
    if (!has_type_ || !has_order_ || !has_shape_) {
        return malformed("descr, fortran_order or shape is missing");
    }
    return header;
}

}  // namespace

size_t NpyHeader::element_bytes() const {
    return row_of(type).bytes;
}

size_t NpyHeader::data_bytes() const {
    return static_cast<size_t>(element_count(shape)) * element_bytes();
}

double NpyArray::at(size_t index) const {
    const uint8_t *from = data.data() + index * header.element_bytes();
    switch (header.type) {
        case NpyType::kBool:
        case NpyType::kUint8:
            return *from;
        case NpyType::kInt8:
            return load_le<int8_t>(from);
        case NpyType::kUint16:
            return load_le<uint16_t>(from);
        case NpyType::kInt16:
            return load_le<int16_t>(from);
        case NpyType::kUint32:
            return load_le<uint32_t>(from);
        case NpyType::kInt32:
            return load_le<int32_t>(from);
        case NpyType::kInt64:
            return static_cast<double>(load_le<int64_t>(from));
        case NpyType::kFloat32:
            return load_le<float>(from);
        case NpyType::kFloat64:
            return load_le<double>(from);
    }
    return 0;
}

std::string_view to_string(NpyType type) {
    return row_of(type).name;
}

Expected<size_t> npy_header_bytes(std::span<const uint8_t> prefix) {
    if (prefix.size() < 12 ||
        std::string_view(reinterpret_cast<const char *>(prefix.data()), kMagic.size()) != kMagic) {
        return make_error(ErrorCode::kInvalid, "is not in NumPy's format: '\\x93NUMPY' is missing");
    }
    const int version = prefix[6];
    if (version < 1 || version > 3) {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("npy version is {}, expected 1 to 3", version));
    }
    const size_t bytes = version == 1 ? size_t{10} + load_le<uint16_t>(prefix.data() + 8)
                                      : size_t{12} + load_le<uint32_t>(prefix.data() + 8);
    if (bytes > kMaxHeaderBytes) {
        return make_error(ErrorCode::kInvalid, fmt::format("npy header has {} bytes, expected at "
                                                           "most {}",
                                                           bytes, kMaxHeaderBytes));
    }
    return bytes;
}

Expected<NpyHeader> parse_npy_header(std::span<const uint8_t> header) {
    EMBARK_ASSIGN(const size_t bytes, npy_header_bytes(header));
    if (header.size() < bytes) return malformed("it is cut short");
    const size_t start = header[6] == 1 ? 10 : 12;
    if (bytes < start) return malformed("it is cut short");
    const auto *text = reinterpret_cast<const char *>(header.data());
    EMBARK_ASSIGN(NpyHeader parsed, Dictionary({text + start, bytes - start}).parse());
    parsed.header_bytes = bytes;
    return parsed;
}

}  // namespace embark
