// The half of read_archive() that calls HDF5 and libzip. It runs in a process of its own.
#include <fmt/format.h>

#include "import/keras/archive.h"
#include "import/keras/weights_reader.h"
#include "import/keras/zip_reader.h"

namespace embark::keras {

namespace {

constexpr int kMaxAttributeParts = 10000;

Error at(std::string place, Error error) {
    error.location.place = std::move(place);
    return error;
}

/// Keras splits lists that exceed HDF5's 64 KiB for an attribute into name0, name1 …
Expected<std::optional<std::vector<std::string>>> read_list(hid_t object, const std::string &name,
                                                            uint64_t limit) {
    EMBARK_ASSIGN(auto whole, read_strings(object, name, limit));
    if (whole) return whole;
    std::optional<std::vector<std::string>> list;
    for (int part = 0; part < kMaxAttributeParts; ++part) {
        EMBARK_ASSIGN(auto strings, read_strings(object, fmt::format("{}{}", name, part), limit));
        if (!strings) break;
        if (!list) list.emplace();
        list->insert(list->end(), strings->begin(), strings->end());
    }
    return list;
}

/// One text: a scalar, or the pieces of a list joined. Empty when absent.
Expected<std::string> read_text(hid_t object, const std::string &name, uint64_t limit) {
    EMBARK_ASSIGN(const auto parts, read_list(object, name, limit));
    std::string text;
    if (parts) {
        for (const std::string &part : *parts) text += part;
    }
    return text;
}

struct Texts {
    std::string keras_version, model_config, training_config;
};

Error no_model(hid_t root) {
    const bool has_weights = H5Aexists(root, "layer_names") > 0 ||
                             has_link(root, "model_weights") || has_link(root, "layers") ||
                             has_link(root, "_layer_checkpoint_dependencies");
    Error error = make_error(
        ErrorCode::kInvalid,
        has_weights ? "holds weights only, expected a whole model with the attribute "
                      "'model_config'"
                    : "is an HDF5 file without the attribute 'model_config', expected a model "
                      "that Keras wrote");
    if (has_weights) {
        error.notes.emplace_back("write it with model.save(), not with save_weights()");
    }
    return error;
}

Expected<Texts> read_texts(hid_t root, WeightsReader &reader) {
    Texts texts;
    EMBARK_ASSIGN(texts.model_config, read_text(root, "model_config", reader.limit()));
    if (texts.model_config.empty()) return no_model(root);
    for (const auto &[name, text] : {std::pair{"keras_version", &texts.keras_version},
                                     std::pair{"training_config", &texts.training_config}}) {
        // The network is whole without them.
        auto value = read_text(root, name, reader.limit());
        if (value.ok()) {
            *text = std::move(value).value();
        } else {
            reader.warn(value.error().message);
        }
    }
    return texts;
}

Expected<std::vector<std::string>> layer_names(hid_t weights, WeightsReader &reader) {
    EMBARK_ASSIGN(auto names, read_list(weights, "layer_names", reader.limit()));
    if (!names) {
        reader.warn("model_weights has no attribute 'layer_names'; its groups were listed instead");
        return list_links(weights);
    }
    if (has_link(weights, "top_level_model_weights")) names->push_back("top_level_model_weights");
    return std::move(*names);
}

void send_layer(hid_t weights, const std::string &name, WeightsReader &reader) {
    auto group = open_group(weights, name);
    std::vector<std::string> names;
    Status status = Ok{};
    if (group.ok()) {
        auto list = read_list(group->id(), "weight_names", reader.limit());
        if (list.ok() && *list) names = std::move(**list);
        if (!list.ok()) status = list.error();
    } else {
        status = group.error();
    }
    if (!status.ok()) {
        reader.warn(fmt::format("model_weights/{}: {}", name, status.error().message));
    }
    reader.send_layer(name, group.ok() ? group->id() : H5I_INVALID_HID, names);
}

void send_hdf5(const std::filesystem::path &path, uint64_t file_bytes, WireWriter &writer) {
    WeightsReader reader(file_bytes, writer);
    auto file = open_hdf5(path);
    if (!file.ok()) return send_error(writer, file.error());
    auto texts = read_texts(file->id(), reader);
    if (!texts.ok()) return send_error(writer, texts.error());
    auto weights = open_group(file->id(), "model_weights");
    if (!weights.ok()) return send_error(writer, at("model_weights", weights.error()));
    auto names = layer_names(weights->id(), reader);
    if (!names.ok()) return send_error(writer, at("model_weights", names.error()));

    writer.u64(1);
    writer.u64(0);  // weights have names
    writer.text(texts->keras_version);
    writer.text(texts->model_config);
    writer.text(texts->training_config);
    writer.u64(names->size());
    for (const std::string &name : *names) send_layer(weights->id(), name, reader);
    reader.send_summary(reader.measure_optimizer(file->id(), "optimizer_weights"));
}

}  // namespace

void send_archive(const std::filesystem::path &path, FileKind kind, uint64_t file_bytes,
                  const Sink &sink) {
    WireWriter writer(sink);
    if (kind == FileKind::kZip) return send_zip(path, file_bytes, writer);
    send_hdf5(path, file_bytes, writer);
}

}  // namespace embark::keras
