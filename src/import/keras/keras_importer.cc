#include "import/keras/keras_importer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <set>
#include <string_view>

#include "base/bytes.h"
#include "import/keras/graph_builder.h"
#include "import/keras/json.h"
#include "import/keras/model_config.h"
#include "import/keras/weights.h"
#include "ops/registry.h"

namespace embark::keras {
namespace fs = std::filesystem;

namespace {

/// \p file where an error does not name one yet.
Error in_file(const std::string &file, Error error) {
    if (error.location.file.empty()) error.location.file = file;
    return error;
}

struct FileIdentity {
    uint64_t bytes = 0;
    uint64_t hash = 0;
    FileKind kind = FileKind::kHdf5;
};

/// In pieces: the file may be much larger than its weights.
Expected<FileIdentity> identify(const fs::path &path) {
    std::ifstream file(path, std::ios::binary);
    FileIdentity identity{0, fnv1a64({}), FileKind::kHdf5};
    Bytes piece(1 << 16);
    while (file) {
        file.read(reinterpret_cast<char *>(piece.data()),
                  static_cast<std::streamsize>(piece.size()));
        const auto count = static_cast<size_t>(file.gcount());
        if (identity.bytes == 0 && is_archive(std::span(piece.data(), count))) {
            identity.kind = FileKind::kZip;
        }
        identity.hash = fnv1a64(std::span(piece.data(), count), identity.hash);
        identity.bytes += count;
    }
    if (!file.eof()) return make_error(ErrorCode::kIo, "cannot read");
    return identity;
}

/// 3 for "3.15.1"; 2 for older. Unknown is old in HDF5 files and new in archives.
int major_version(const Archive &archive) {
    if (archive.keras_version.empty()) return archive.weights_by_place ? 3 : 2;
    return std::atoi(archive.keras_version.c_str()) >= 3 ? 3 : 2;
}

/// Shapes are for inputs that there are; inputs stay inputs.
void check_options(const ImportOptions &options, const ModelConfig &model,
                   Diagnostics &diagnostics) {
    std::set<std::string> known;
    std::string names;
    for (const TensorRef &input : model.inputs) {
        known.insert(input.layer);
        names += (names.empty() ? "" : ", ") + input.layer;
    }
    for (const auto &[name, shape] : options.input_shapes) {
        if (known.contains(name)) continue;
        diagnostics.error(
            ErrorCode::kUsage, "",
            fmt::format("has no input '{}' to give a shape to, expected one of: {}", name, names));
    }
    for (const auto &[name, value] : options.input_constants) {
        diagnostics.error(ErrorCode::kUsage, "",
                          fmt::format("keeps its inputs, expected no constant for '{}'", name));
    }
}

/// A loss or optimiser may be a name, an object with class_name and config, or a list of them.
std::string name_of(Value value, bool prefer_class) {
    if (const auto name = value.as_string()) return *name;
    if (value.is_object()) {
        const auto class_name = value["class_name"].as_string();
        const auto own_name = value["config"]["name"].as_string();
        const auto function = value["config"].as_string();
        if (prefer_class && class_name) return *class_name;
        if (own_name) return *own_name;
        if (function) return *function;
        if (class_name) return *class_name;
    }
    std::vector<Value> parts;
    for (size_t i = 0; value.is_array() && i < value.size(); ++i) parts.push_back(value[i]);
    for (const auto &[key, member] : value.members()) parts.push_back(member);
    std::string list;
    for (const Value part : parts) {
        const std::string name = name_of(part, prefer_class);
        if (!name.empty()) list += (list.empty() ? "" : ", ") + name;
    }
    return list;
}

/// \param compile  training_config of an .h5 file, compile_config of an archive
void describe_training(Value compile, SourceInfo &source) {
    const Value optimizer =
        compile.has("optimizer") ? compile["optimizer"] : compile["optimizer_config"];
    source.optimizer = name_of(optimizer, true);
    source.optimizer = source.optimizer.substr(source.optimizer.rfind('>') + 1);  // Custom>Adam
    source.loss = name_of(compile["loss"], false);
}

void describe_training_config(const Archive &archive, SourceInfo &source) {
    if (archive.training_config.empty()) return;
    const auto document = Document::parse(archive.training_config);
    if (!document.ok()) {
        source.warnings.push_back("training_config " + document.error().message + "; ignored");
        return;
    }
    describe_training(document->root(), source);
}

void describe_source(const Archive &archive, SourceInfo &source) {
    source.format = archive.weights_by_place ? "Keras archive" : "Keras HDF5";
    source.framework = archive.keras_version.empty() ? "Keras" : "Keras " + archive.keras_version;
    uint64_t parameters = 0;
    for (const LayerWeights &layer : archive.layers) {
        for (const Weight &weight : layer.weights) {
            if (weight.fault.empty() && !is_random_state(layer)) {
                parameters += static_cast<uint64_t>(element_count(weight.shape));
            }
        }
    }
    source.parameters = static_cast<int64_t>(parameters);
    source.weights_bytes = archive.weights_bytes;
    source.optimizer_bytes = archive.optimizer_bytes;
    source.warnings = archive.warnings;
    describe_training_config(archive, source);
}

}  // namespace

bool is_hdf5(std::span<const uint8_t> head) {
    constexpr std::string_view kSignature = "\x89HDF\r\n\x1a\n";
    const std::string_view text(reinterpret_cast<const char *>(head.data()), head.size());
    if (text.starts_with(kSignature)) return true;
    for (size_t offset = 512; offset < text.size(); offset *= 2) {
        if (text.substr(offset).starts_with(kSignature)) return true;
    }
    return false;
}

bool is_archive(std::span<const uint8_t> head) {
    const std::string_view text(reinterpret_cast<const char *>(head.data()), head.size());
    if (!text.starts_with("PK\x03\x04")) return false;
    // The name of a member, as zip files have it before the member itself.
    for (const char *name : {"config.json", "metadata.json", "model.weights.h5"}) {
        if (text.find(name) != std::string_view::npos) return true;
    }
    return false;
}

Expected<Graph> build_graph(const Archive &archive, const std::string &file,
                            const ImportOptions &options) {
    Diagnostics diagnostics(file);
    const char *place = archive.weights_by_place ? "config.json" : "model_config";
    auto document = Document::parse(archive.model_config);
    if (!document.ok()) {
        Error error = std::move(document).error();
        error.location.place = place;
        return in_file(file, std::move(error));
    }
    auto model = parse_model_config(document->root(), diagnostics);
    if (!model.ok()) return in_file(file, std::move(model).error());
    Graph graph;
    graph.name = model->name;
    describe_source(archive, graph.source);
    if (archive.weights_by_place) {
        describe_training(document->root()["compile_config"], graph.source);
    }
    for (const LayerWeights &layer : archive.layers) {
        if (!archive.weights_by_place) check_weights(layer, diagnostics);
    }
    ImportState state{graph,
                      diagnostics,
                      file,
                      WeightIndex(archive),
                      options.input_shapes,
                      major_version(archive)};
    check_options(options, *model, diagnostics);
    add_layers(*model, state);
    EMBARK_RETURN_IF_ERROR(diagnostics.status());
    if (Status sound = verify(graph); !sound.ok()) return in_file(file, std::move(sound).error());
    for (const std::string &warning : diagnostics.warnings()) {
        graph.source.warnings.push_back(warning);
    }
    return graph;
}

Expected<Graph> import_keras(const fs::path &path, const ImportOptions &options) {
    const std::string file = path.string();
    auto identity = identify(path);
    if (!identity.ok()) return in_file(file, std::move(identity).error());
    auto archive = read_archive(path, identity->kind, identity->bytes);
    if (!archive.ok()) return in_file(file, std::move(archive).error());
    EMBARK_ASSIGN(Graph graph, build_graph(*archive, file, options));
    graph.source.file_name = path.filename().string();
    graph.source.file_bytes = identity->bytes;
    graph.source.file_hash = identity->hash;
    return graph;
}

}  // namespace embark::keras
