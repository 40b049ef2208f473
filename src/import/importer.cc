#include "import/importer.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>
#include <type_traits>

#include "import/finite_weights.h"
#include "import/foreign.h"
#include "import/keras/keras_importer.h"
#include "import/onnx/onnx_importer.h"
#include "import/tflite/tflite_importer.h"

namespace embark {
namespace fs = std::filesystem;

namespace {

/// Makes one form of the importers that take options and those that do not.
template <auto kImport>
Expected<Graph> import_with(const fs::path &path, const ImportOptions &options) {
    if constexpr (std::is_invocable_v<decltype(kImport), const fs::path &, const ImportOptions &>) {
        return kImport(path, options);
    } else {
        if (options.empty()) return kImport(path);
        return make_error(ErrorCode::kUsage, Location{path.string(), ""},
                          "fixes its inputs itself, expected no shapes or constants for them");
    }
}

constexpr ImporterDefinition kImporters[] = {
#define EMBARK_IMPORTER(name, format, probe, import, operators) \
    {name, format, probe, import_with<import>, operators},
#include "import/importers.def"
};

std::string readable_formats() {
    std::string text;
    for (const ImporterDefinition &importer : kImporters) {
        if (!text.empty()) text += ", ";
        text += importer.name;
    }
    return text;
}

Error fault(ErrorCode code, const fs::path &path, std::string message) {
    return make_error(code, Location{path.string(), ""}, std::move(message));
}

Status check_is_file(const fs::path &path) {
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (status.type() == fs::file_type::not_found) {
        return fault(ErrorCode::kNotFound, path, "no such file");
    }
    if (error) return fault(ErrorCode::kIo, path, "cannot open: " + error.message());
    if (status.type() == fs::file_type::directory) {
        const bool saved_model = fs::exists(path / "saved_model.pb", error);
        return fault(saved_model ? ErrorCode::kUnsupported : ErrorCode::kIo, path,
                     fmt::format("is {}, expected a file: {}",
                                 saved_model ? "a TensorFlow SavedModel directory" : "a directory",
                                 readable_formats()));
    }
    if (status.type() != fs::file_type::regular) {
        return fault(ErrorCode::kIo, path, "is not a regular file");
    }
    return Ok{};
}

Expected<Bytes> read_head(const fs::path &path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        return fault(ErrorCode::kIo, path, fmt::format("cannot open: {}", std::strerror(errno)));
    }
    Bytes head(kProbeBytes);
    file.read(reinterpret_cast<char *>(head.data()), static_cast<std::streamsize>(head.size()));
    if (file.bad()) return fault(ErrorCode::kIo, path, "cannot read");
    head.resize(static_cast<size_t>(file.gcount()));
    return head;
}

}  // namespace

std::span<const ImporterDefinition> all_importers() {
    return kImporters;
}

Expected<Graph> import_model(const fs::path &path, const ImportOptions &options) {
    EMBARK_RETURN_IF_ERROR(check_is_file(path));
    EMBARK_ASSIGN(const Bytes head, read_head(path));
    if (head.empty()) return fault(ErrorCode::kInvalid, path, "is empty, expected a model");
    for (const ImporterDefinition &importer : kImporters) {
        if (!importer.probe(head)) continue;
        EMBARK_ASSIGN(Graph graph, importer.import(path, options));
        EMBARK_RETURN_IF_ERROR(check_finite_weights(graph, path));
        return graph;
    }
    const ForeignFile foreign = describe_foreign_file(head);
    Error error = fault(
        foreign.recognised ? ErrorCode::kUnsupported : ErrorCode::kInvalid, path,
        fmt::format("looks like {}, expected one of: {}", foreign.description, readable_formats()));
    if (!foreign.hint.empty()) error.notes.emplace_back(foreign.hint);
    return error;
}

}  // namespace embark
