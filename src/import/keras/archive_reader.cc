// The half of read_archive() that calls HDF5. It runs in a process of its own.
#include <fmt/format.h>

#include "import/keras/archive.h"
#include "import/keras/hdf5.h"
#include "import/keras/wire.h"

namespace embark::keras {

namespace {

constexpr uint64_t kCompressionAllowance = 16u << 20;
constexpr int kMaxAttributeParts = 10000;
constexpr size_t kMaxWarnings = 20;

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

class Reader {
  public:
    Reader(uint64_t file_bytes, const Sink &sink)
        : writer_(sink), limit_(file_bytes), budget_(file_bytes + kCompressionAllowance) {}

    /// Sends everything, or the error that stopped it.
    void run(const std::filesystem::path &path);

  private:
    struct Texts {
        std::string keras_version, model_config, training_config;
    };
    Expected<Texts> read_texts(hid_t root);
    Expected<std::vector<std::string>> layer_names(hid_t weights);
    void send_layer(hid_t weights, const std::string &name);
    void send_weight(hid_t layer, const std::string &name);
    Status read_weight(hid_t layer, const std::string &name, DatasetInfo &info,
                       std::vector<float> &values);
    void measure_optimizer(hid_t root);
    void send_error(const Error &error);
    void warn(std::string message) {
        if (warnings_.size() < kMaxWarnings) warnings_.push_back(std::move(message));
    }

    WireWriter writer_;
    uint64_t limit_;   ///< of one attribute's text: the file's size
    uint64_t budget_;  ///< bytes of weights that may still be read
    uint64_t weights_bytes_ = 0, optimizer_bytes_ = 0;
    std::vector<std::string> warnings_;
};

void Reader::send_error(const Error &error) {
    writer_.u64(0);
    writer_.u64(static_cast<uint64_t>(error.code));
    writer_.text(error.location.place);
    writer_.text(error.message);
    writer_.text(error.notes.empty() ? "" : error.notes.front());
}

Expected<Reader::Texts> Reader::read_texts(hid_t root) {
    Texts texts;
    EMBARK_ASSIGN(texts.model_config, read_text(root, "model_config", limit_));
    if (texts.model_config.empty()) {
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
    for (const auto &[name, text] : {std::pair{"keras_version", &texts.keras_version},
                                     std::pair{"training_config", &texts.training_config}}) {
        // The network is whole without them.
        auto value = read_text(root, name, limit_);
        if (value.ok()) {
            *text = std::move(value).value();
        } else {
            warn(value.error().message);
        }
    }
    return texts;
}

Expected<std::vector<std::string>> Reader::layer_names(hid_t weights) {
    EMBARK_ASSIGN(auto names, read_list(weights, "layer_names", limit_));
    if (!names) {
        warn("model_weights has no attribute 'layer_names'; its groups were listed instead");
        return list_links(weights);
    }
    if (has_link(weights, "top_level_model_weights")) names->push_back("top_level_model_weights");
    return std::move(*names);
}

Status Reader::read_weight(hid_t layer, const std::string &name, DatasetInfo &info,
                           std::vector<float> &values) {
    EMBARK_ASSIGN(const Handle dataset, open_dataset(layer, name));
    EMBARK_ASSIGN(info, describe(dataset.id()));
    weights_bytes_ += info.storage_bytes;
    const auto count = static_cast<uint64_t>(element_count(info.shape));
    const uint64_t least = info.is_float ? 2 * count : count;  // float16, int8
    if (!info.is_chunked && (info.storage_bytes > limit_ || info.storage_bytes < least)) {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("shape {} needs more bytes than the {} that are stored",
                                      to_string(info.shape), info.storage_bytes));
    }
    if (count > budget_ / sizeof(float)) {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("shape {} is more than a file of {} bytes can hold",
                                      to_string(info.shape), limit_));
    }
    if (!info.is_float) return Ok{};
    budget_ -= count * sizeof(float);
    EMBARK_ASSIGN(values, read_floats(dataset.id(), info));
    return Ok{};
}

void Reader::send_weight(hid_t layer, const std::string &name) {
    DatasetInfo info;
    std::vector<float> values;
    const Status status = read_weight(layer, name, info, values);
    writer_.text(name);
    writer_.text(status.ok() ? "" : status.error().message);
    writer_.text(info.type);
    writer_.u64(info.shape.size());
    for (const int64_t extent : info.shape) writer_.u64(static_cast<uint64_t>(extent));
    writer_.floats(values);
}

void Reader::send_layer(hid_t weights, const std::string &name) {
    writer_.text(name);
    auto group = open_group(weights, name);
    std::vector<std::string> names;
    Status status = Ok{};
    if (group.ok()) {
        auto list = read_list(group->id(), "weight_names", limit_);
        if (list.ok() && *list) names = std::move(**list);
        if (!list.ok()) status = list.error();
    } else {
        status = group.error();
    }
    if (!status.ok()) warn(fmt::format("model_weights/{}: {}", name, status.error().message));
    writer_.u64(names.size());
    for (const std::string &weight : names) send_weight(group->id(), weight);
}

void Reader::measure_optimizer(hid_t root) {
    if (!has_link(root, "optimizer_weights")) return;
    auto group = open_group(root, "optimizer_weights");
    auto bytes = group.ok() ? storage_below(group->id()) : Expected<uint64_t>(group.error());
    if (!bytes.ok()) return warn("optimizer_weights: " + bytes.error().message);
    if (*bytes > limit_) return warn("optimizer_weights: its sizes exceed the file's; ignored");
    optimizer_bytes_ = *bytes;
}

void Reader::run(const std::filesystem::path &path) {
    auto file = open_hdf5(path);
    if (!file.ok()) return send_error(file.error());
    auto texts = read_texts(file->id());
    if (!texts.ok()) return send_error(texts.error());
    auto weights = open_group(file->id(), "model_weights");
    if (!weights.ok()) return send_error(at("model_weights", weights.error()));
    auto names = layer_names(weights->id());
    if (!names.ok()) return send_error(at("model_weights", names.error()));

    writer_.u64(1);
    writer_.text(texts->keras_version);
    writer_.text(texts->model_config);
    writer_.text(texts->training_config);
    writer_.u64(names->size());
    for (const std::string &name : *names) send_layer(weights->id(), name);
    measure_optimizer(file->id());
    writer_.u64(weights_bytes_);
    writer_.u64(optimizer_bytes_);
    writer_.u64(warnings_.size());
    for (const std::string &warning : warnings_) writer_.text(warning);
}

}  // namespace

void send_archive(const std::filesystem::path &path, uint64_t file_bytes, const Sink &sink) {
    Reader(file_bytes, sink).run(path);
}

}  // namespace embark::keras
