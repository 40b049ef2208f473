// --shape and --constant.

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "cli/common.h"
#include "evaluate/npy.h"

namespace embark {

namespace {

struct Assignment {
    std::string name, value;
};

/// Splits at the last '=', since names of inputs may hold any character.
Expected<Assignment> split(const std::string &option, const std::string &text,
                           const std::string &form) {
    const size_t at = text.rfind('=');
    if (at != std::string::npos && at > 0 && at + 1 < text.size()) {
        return Assignment{text.substr(0, at), text.substr(at + 1)};
    }
    return make_error(ErrorCode::kUsage,
                      fmt::format("found {} {}, expected {}", option, text, form));
}

/// "1,3,32,32" or "1x3x32x32". Nothing when it is not of that form.
std::optional<Shape> parse_shape(const std::string &text) {
    Shape shape;
    const char *at = text.data(), *end = at + text.size();
    while (at < end) {
        int64_t extent = 0;
        const auto parsed = std::from_chars(at, end, extent);
        if (parsed.ec != std::errc() || extent < 1 || extent > 1 << 28) return std::nullopt;
        shape.push_back(extent);
        at = parsed.ptr;
        if (at == end) return shape;
        if (*at != ',' && *at != 'x') return std::nullopt;
        ++at;
    }
    return std::nullopt;
}

Expected<InputConstant> read_constant(const std::string &file) {
    const auto in_file = [&](Error error) {
        if (error.location.file.empty()) error.location.file = file;
        return error;
    };
    auto bytes = read_file(file);
    if (!bytes.ok()) return in_file(std::move(bytes).error());
    if (bytes->size() < 12) {
        return make_error(ErrorCode::kInvalid, Location{file, ""}, "is no .npy file");
    }
    const std::span<const uint8_t> all(*bytes);
    auto size = npy_header_bytes(all.first(12));
    if (!size.ok()) return in_file(std::move(size).error());
    if (*size > all.size()) {
        return make_error(ErrorCode::kInvalid, Location{file, ""}, "ends within its header");
    }
    auto header = parse_npy_header(all.first(*size));
    if (!header.ok()) return in_file(std::move(header).error());
    if (all.size() - *size < header->data_bytes()) {
        return make_error(ErrorCode::kInvalid, Location{file, ""},
                          fmt::format("holds {} bytes of elements, expected {}", all.size() - *size,
                                      header->data_bytes()));
    }
    EMBARK_ASSIGN(const DataType type, parse_data_type(to_string(header->type)));
    const auto data = all.subspan(*size, header->data_bytes());
    return InputConstant{type, header->shape, Bytes(data.begin(), data.end())};
}

}  // namespace

void ImportArguments::add_to(CLI::App &app) {
    app.add_option("--shape", shapes,
                   "extents of an input that the file leaves open: NAME=1,3,32,32 (repeatable)")
        ->type_name("NAME=SHAPE")
        ->allow_extra_args(false);
    app.add_option("--constant", constants, "make an input a constant: NAME=FILE.npy (repeatable)")
        ->type_name("NAME=FILE")
        ->allow_extra_args(false);
}

Expected<ImportOptions> ImportArguments::options() const {
    ImportOptions options;
    for (const std::string &text : shapes) {
        const std::string form = "NAME=1,3,32,32 or the like";
        EMBARK_ASSIGN(const Assignment assignment, split("--shape", text, form));
        const std::optional<Shape> shape = parse_shape(assignment.value);
        if (!shape) {
            return make_error(ErrorCode::kUsage,
                              fmt::format("found --shape {}, expected {}", text, form));
        }
        options.input_shapes[assignment.name] = *shape;
    }
    for (const std::string &text : constants) {
        EMBARK_ASSIGN(const Assignment assignment, split("--constant", text, "NAME=FILE.npy"));
        EMBARK_ASSIGN(options.input_constants[assignment.name], read_constant(assignment.value));
    }
    return options;
}

}  // namespace embark
