#include "import/tflite/tflite_importer.h"

#include <fmt/format.h>

#include <cstring>
#include <system_error>

#include "base/bytes.h"
#include "import/tflite/graph_builder.h"
#include "import/tflite/variables.h"
#include "ops/registry.h"

namespace embark::tflite {
namespace fs = std::filesystem;

namespace {

constexpr uint32_t kSchemaVersion = 3;
constexpr size_t kMaxListedSubgraphs = 8;

Error fault(ErrorCode code, const std::string &file, std::string message) {
    return make_error(code, Location{file, ""}, std::move(message));
}

/// The file's root, when all offsets in it are sound.
Expected<const schema::Model *> open_model(std::span<const uint8_t> bytes,
                                           const std::string &file) {
    if (bytes.size() >= FLATBUFFERS_MAX_BUFFER_SIZE) {
        return fault(ErrorCode::kUnsupported, file,
                     fmt::format("has {} bytes, expected less than 2 GiB", bytes.size()));
    }
    flatbuffers::Verifier verifier(bytes.data(), bytes.size());
    if (bytes.size() < 8 || !schema::VerifyModelBuffer(verifier)) {
        return fault(ErrorCode::kInvalid, file,
                     "is a damaged or truncated TensorFlow Lite file: it refers to places that it "
                     "does not have");
    }
    const schema::Model *model = schema::GetModel(bytes.data());
    if (model->version() != kSchemaVersion) {
        return fault(ErrorCode::kUnsupported, file,
                     fmt::format("has the schema version {}, expected {}", model->version(),
                                 kSchemaVersion));
    }
    if (model->subgraphs() == nullptr || model->subgraphs()->size() == 0) {
        return fault(ErrorCode::kInvalid, file, "has no subgraph, expected one");
    }
    return model;
}

void check_subgraphs(const schema::Model &model, Diagnostics &diagnostics) {
    // Those that give variables their first values are no control flow.
    const size_t count = model.subgraphs()->size();
    if (count == 1 + initializers(model).size()) return;
    std::string names;
    for (size_t i = 0; i < count && i < kMaxListedSubgraphs; ++i) {
        const auto *name = model.subgraphs()->Get(static_cast<flatbuffers::uoffset_t>(i))->name();
        const std::string text = clean_text(name);
        names += fmt::format("{}{}", i == 0 ? "" : ", ", text.empty() ? "unnamed" : text);
    }
    if (count > kMaxListedSubgraphs) names += " …";
    diagnostics.error(ErrorCode::kUnsupported, "subgraphs",
                      fmt::format("are {} ({}), expected one: control flow and several entry "
                                  "points are not supported",
                                  count, names));
}

/// The oldest runtime that can run the file: a text of up to 16 bytes in a buffer; or "".
std::string min_runtime_version(const schema::Model &model) {
    if (model.metadata() == nullptr || model.buffers() == nullptr) return {};
    for (const schema::Metadata *entry : *model.metadata()) {
        if (entry->name() == nullptr || entry->name()->string_view() != "min_runtime_version" ||
            entry->buffer() >= model.buffers()->size()) {
            continue;
        }
        const auto *data = model.buffers()->Get(entry->buffer())->data();
        std::string text;
        for (size_t i = 0; data != nullptr && i < data->size() && i < 16; ++i) {
            const auto c = static_cast<char>(data->Get(static_cast<flatbuffers::uoffset_t>(i)));
            if (c < '.' || c > '9') break;  // a version is made of '.' and digits
            text += c;
        }
        return text;
    }
    return {};
}

void describe_source(const schema::Model &model, SourceInfo &source) {
    source.format = "TensorFlow Lite";
    const std::string version = min_runtime_version(model);
    std::string description = clean_text(model.description());
    if (description.ends_with('.')) description.pop_back();
    source.framework = "TensorFlow Lite";
    if (!version.empty()) source.framework += " >= " + version;
    if (!description.empty()) source.framework += fmt::format(" ({})", description);
}

}  // namespace

bool is_tflite(std::span<const uint8_t> head) {
    return head.size() >= 8 && std::memcmp(head.data() + 4, schema::ModelIdentifier(), 4) == 0;
}

Expected<Graph> build_graph(std::span<const uint8_t> bytes, const std::string &file) {
    EMBARK_ASSIGN(const schema::Model *model, open_model(bytes, file));
    Diagnostics diagnostics(file);
    check_subgraphs(*model, diagnostics);
    Graph graph;
    graph.name = fs::path(file).stem().string();
    describe_source(*model, graph.source);
    add_operators(*model, *model->subgraphs()->Get(0), bytes.size(), graph, diagnostics);
    EMBARK_RETURN_IF_ERROR(diagnostics.status());
    if (Status sound = verify(graph); !sound.ok()) {
        Error error = std::move(sound).error();
        error.location.file = file;
        return error;
    }
    graph.source.file_bytes = bytes.size();
    graph.source.file_hash = fnv1a64(bytes);
    return graph;
}

Expected<Graph> import_tflite(const fs::path &path) {
    std::error_code error;
    const uint64_t size = fs::file_size(path, error);
    if (!error && size >= FLATBUFFERS_MAX_BUFFER_SIZE) {
        return fault(ErrorCode::kUnsupported, path.string(),
                     fmt::format("has {} bytes, expected less than 2 GiB", size));
    }
    EMBARK_ASSIGN(const Bytes bytes, read_file(path));
    EMBARK_ASSIGN(Graph graph, build_graph(bytes, path.string()));
    graph.source.file_name = path.filename().string();
    return graph;
}

}  // namespace embark::tflite
