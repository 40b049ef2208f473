#include "import/foreign.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace embark {

namespace {

constexpr std::string_view kSaveAsKeras =
    "in Keras, model.save(\"model.keras\") writes a file for embark";

struct Magic {
    size_t offset;
    std::string_view bytes;
    std::string_view description;
    std::string_view hint;
};

using namespace std::string_view_literals;

constexpr Magic kMagics[] = {
    {0,
     "\x7f"
     "ELF"sv,
     "an ELF program or object file", "embark writes such files, it does not import them"},
    {0, "\x93NUMPY"sv, "a NumPy array (.npy)", "that is data, not a network"},
    {0, "\x1f\x8b"sv, "a gzip archive", "unpack it first"},
    {0, "BZh"sv, "a bzip2 archive", "unpack it first"},
    {0,
     "\xfd"
     "7zXZ\0"sv,
     "an xz archive", "unpack it first"},
    {0, "\x89PNG"sv, "a PNG image", ""},
    {0, "\xff\xd8\xff"sv, "a JPEG image", ""},
    {0, "%PDF"sv, "a PDF document", ""},
    {0, "CDF"sv, "a NetCDF file", ""},
    {0, "\x0e\x03\x13\x01"sv, "an HDF4 file", ""},
    {0, "\x80\x02"sv, "a Python pickle (PyTorch?)", ""},
    {0, "\x80\x03"sv, "a Python pickle", ""},
    {0, "\x80\x04"sv, "a Python pickle", ""},
    {0, "\x80\x05"sv, "a Python pickle", ""},
    {0, "version https://git-lfs"sv, "a Git LFS pointer, not the file that it stands for",
     "fetch the file itself with 'git lfs pull'"},
    {0, "MZ"sv, "a Windows program", ""},
};

std::string_view as_text(std::span<const uint8_t> head) {
    return {reinterpret_cast<const char *>(head.data()), head.size()};
}

/// A zip archive is told by the name of its first entry.
ForeignFile describe_zip(std::string_view text) {
    std::string_view entry;
    if (text.size() >= 30) {
        const size_t length = static_cast<uint8_t>(text[26]) | static_cast<uint8_t>(text[27]) << 8;
        entry = text.substr(30, length);
    }
    if (entry.ends_with(".npy"))
        return {"a NumPy archive (.npz, zip)", "that is data, not a network"};
    if (entry.ends_with("data.pkl") || entry.ends_with("/version")) {
        return {"a PyTorch archive (zip)", ""};
    }
    return {"a zip archive",
            "a Keras archive (.keras) begins with its metadata.json or config.json"};
}

/// ONNX files begin with the version of their format (field 1, 3 or later) and then the producer's
/// name (field 2) or the graph (field 7); a SavedModel with version 1 and its graphs (field 2).
bool begins_like_onnx(std::span<const uint8_t> head) {
    if (head.size() < 4 || head[0] != 0x08) return false;
    return head[1] >= 3 && head[1] < 32 && (head[2] == 0x12 || head[2] == 0x3a);
}

bool begins_like_saved_model(std::span<const uint8_t> head) {
    return head.size() >= 4 && head[0] == 0x08 && head[1] == 1 && head[2] == 0x12;
}

bool is_text(std::string_view text) {
    return std::none_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte < 0x20 && byte != '\n' && byte != '\r' && byte != '\t' && byte != '\f';
    });
}

ForeignFile describe_text(std::string_view text) {
    const size_t start = text.find_first_not_of(" \t\r\n");
    const std::string_view body = start == std::string_view::npos ? "" : text.substr(start);
    if (body.starts_with("<!DOCTYPE") || body.starts_with("<html") || body.starts_with("<HTML")) {
        return {"a web page", "a download may have answered with an error page"};
    }
    if (body.starts_with("{") || body.starts_with("[")) {
        return {"JSON text", "architecture alone, as model.to_json() gives it, has no weights"};
    }
    return {"text", "", false};
}

}  // namespace

ForeignFile describe_foreign_file(std::span<const uint8_t> head) {
    const std::string_view text = as_text(head);
    if (text.starts_with("PK\x03\x04")) return describe_zip(text);
    for (const Magic &magic : kMagics) {
        if (text.size() >= magic.offset && text.substr(magic.offset).starts_with(magic.bytes)) {
            return {std::string(magic.description), magic.hint};
        }
    }
    if (begins_like_onnx(head)) return {"an ONNX model (protobuf)", ""};
    if (begins_like_saved_model(head)) return {"a TensorFlow SavedModel (protobuf)", kSaveAsKeras};
    if (is_text(text)) return describe_text(text);
    std::string bytes;
    for (size_t i = 0; i < std::min<size_t>(head.size(), 8); ++i) {
        bytes += fmt::format("{}{:02x}", i == 0 ? "" : " ", head[i]);
    }
    return {fmt::format("unknown binary data (first bytes {})", bytes), "", false};
}

}  // namespace embark
