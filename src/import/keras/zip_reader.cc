#include "import/keras/zip_reader.h"

#include <fmt/format.h>
#include <zip.h>

#include <algorithm>
#include <memory>

#include "import/keras/json.h"
#include "import/keras/weights_reader.h"

namespace embark::keras {

namespace {

constexpr uint64_t kMebibyte = 1u << 20;
constexpr uint64_t kMaxTextBytes = 64 * kMebibyte;
constexpr uint64_t kMaxExpansion = 8;
constexpr size_t kMaxGroups = 100'000;
constexpr int kMaxDepth = 64;
constexpr const char *kWeights = "model.weights.h5";

using Zip = std::unique_ptr<zip_t, decltype(&zip_discard)>;
using Member = std::unique_ptr<zip_file_t, decltype(&zip_fclose)>;

Error fault(std::string place, std::string message) {
    return make_error(ErrorCode::kInvalid, Location{"", std::move(place)}, std::move(message));
}

Expected<Zip> open_zip(const std::filesystem::path &path) {
    int code = 0;
    Zip zip(zip_open(path.c_str(), ZIP_RDONLY, &code), zip_discard);
    if (zip) return zip;
    zip_error_t error;
    zip_error_init_with_code(&error, code);
    const std::string reason = zip_error_strerror(&error);
    zip_error_fini(&error);
    return fault("", fmt::format("is a damaged or truncated zip archive ({})", reason));
}

bool has_member(zip_t *zip, const char *name) {
    return zip_name_locate(zip, name, 0) >= 0;
}

/// Unpacks a member. \error kInvalid  missing, damaged, or larger than \p limit
Expected<Bytes> read_member(zip_t *zip, const char *name, uint64_t limit) {
    zip_stat_t about;
    zip_stat_init(&about);
    if (zip_stat(zip, name, 0, &about) != 0) return fault(name, "is missing from the archive");
    const auto too_large = [&](uint64_t bytes) {
        return fault(name, fmt::format("unpacks to {} bytes or more, expected no more than {}",
                                       bytes, limit));
    };
    const bool size_known = (about.valid & ZIP_STAT_SIZE) != 0;
    if (size_known && about.size > limit) return too_large(about.size);
    const Member member(zip_fopen(zip, name, 0), zip_fclose);
    if (!member) return fault(name, fmt::format("cannot be read ({})", zip_strerror(zip)));
    Bytes bytes, piece(1 << 16);
    if (size_known) bytes.reserve(about.size);
    while (true) {
        const zip_int64_t count = zip_fread(member.get(), piece.data(), piece.size());
        if (count < 0) {
            return fault(name, fmt::format("is damaged ({})", zip_file_strerror(member.get())));
        }
        if (count == 0) return bytes;
        bytes.insert(bytes.end(), piece.begin(), piece.begin() + count);
        if (bytes.size() > limit) return too_large(bytes.size());
    }
}

Expected<std::string> read_text(zip_t *zip, const char *name, uint64_t limit) {
    EMBARK_ASSIGN(const Bytes bytes, read_member(zip, name, std::min(limit, kMaxTextBytes)));
    return std::string(bytes.begin(), bytes.end());
}

/// The groups below \p group that hold variables, by path, in HDF5's order.
Status collect_layers(hid_t group, const std::string &path, int depth,
                      std::vector<std::string> &layers) {
    if (depth > kMaxDepth || layers.size() > kMaxGroups) {
        return fault(kWeights, "nests too many groups");
    }
    EMBARK_ASSIGN(const auto names, list_links(group));
    for (const std::string &name : names) {
        if (!is_group(group, name)) continue;
        if (name == "vars") {
            layers.push_back(path);
            continue;
        }
        EMBARK_ASSIGN(const Handle inner, open_group(group, name));
        EMBARK_RETURN_IF_ERROR(
            collect_layers(inner.id(), path.empty() ? name : path + "/" + name, depth + 1, layers));
    }
    return Ok{};
}

/// "0", "1" … "10": as numbers, not as texts.
std::vector<std::string> in_order(std::vector<std::string> names) {
    std::sort(names.begin(), names.end(), [](const std::string &a, const std::string &b) {
        return a.size() != b.size() ? a.size() < b.size() : a < b;
    });
    return names;
}

/// The archives of Keras 2.12 call a model's list of layers otherwise.
std::string with_todays_names(std::string path) {
    constexpr std::string_view kOld = "_layer_checkpoint_dependencies", kNew = "layers";
    for (size_t at = path.find(kOld); at != std::string::npos; at = path.find(kOld, at)) {
        path.replace(at, kOld.size(), kNew);
    }
    return path;
}

Expected<std::vector<std::string>> list_layers(hid_t root) {
    std::vector<std::string> layers;
    for (const char *list : {"layers", "_layer_checkpoint_dependencies"}) {
        if (!has_link(root, list)) continue;
        EMBARK_ASSIGN(const Handle group, open_group(root, list));
        EMBARK_RETURN_IF_ERROR(collect_layers(group.id(), list, 0, layers));
    }
    return layers;
}

void send_layer(hid_t root, const std::string &layer, WeightsReader &reader) {
    auto group = open_group(root, layer + "/vars");
    auto names =
        group.ok() ? list_links(group->id()) : Expected<std::vector<std::string>>(group.error());
    if (!names.ok()) {
        reader.warn(fmt::format("{}: {}", layer, names.error().message));
        names = std::vector<std::string>{};
    }
    reader.send_layer(with_todays_names(layer), group.ok() ? group->id() : H5I_INVALID_HID,
                      in_order(*names));
}

Status check_members(zip_t *zip) {
    if (!has_member(zip, "config.json")) {
        return fault("", "is a zip archive without config.json, expected one that Keras wrote");
    }
    if (has_member(zip, kWeights)) return Ok{};
    const bool other =
        has_member(zip, "model.weights.npz") || has_member(zip, "model.weights.json");
    return make_error(other ? ErrorCode::kUnsupported : ErrorCode::kInvalid, Location{"", kWeights},
                      other ? "is missing: the weights have another form, expected HDF5"
                            : "is missing from the archive");
}

}  // namespace

uint64_t unpacked_limit(uint64_t file_bytes) {
    return kMaxExpansion * file_bytes + kMebibyte;
}

Expected<ZipContents> read_zip(const std::filesystem::path &path, uint64_t file_bytes) {
    const uint64_t limit = unpacked_limit(file_bytes);
    EMBARK_ASSIGN(const Zip zip, open_zip(path));
    EMBARK_RETURN_IF_ERROR(check_members(zip.get()));
    ZipContents contents;
    EMBARK_ASSIGN(contents.config, read_text(zip.get(), "config.json", limit));
    auto metadata = read_text(zip.get(), "metadata.json", limit);
    auto document =
        metadata.ok() ? Document::parse(*metadata) : Expected<Document>(metadata.error());
    if (document.ok()) {
        contents.keras_version = document->root()["keras_version"].as_string().value_or("");
    } else {
        contents.warning = "metadata.json " + document.error().message;
    }
    EMBARK_ASSIGN(contents.weights, read_member(zip.get(), kWeights, limit));
    return contents;
}

void send_zip(const std::filesystem::path &path, uint64_t file_bytes, WireWriter &writer) {
    auto contents = read_zip(path, file_bytes);
    if (!contents.ok()) return send_error(writer, contents.error());
    auto file = open_hdf5_image(contents->weights);
    auto layers =
        file.ok() ? list_layers(file->id()) : Expected<std::vector<std::string>>(file.error());
    if (!layers.ok()) {
        layers.error().location.place = kWeights;
        return send_error(writer, layers.error());
    }
    WeightsReader reader(contents->weights.size(), writer);
    if (!contents->warning.empty()) reader.warn(contents->warning);

    writer.u64(1);
    writer.u64(1);  // weights have places
    writer.text(contents->keras_version);
    writer.text(contents->config);
    writer.text("");
    writer.u64(layers->size());
    for (const std::string &layer : *layers) send_layer(file->id(), layer, reader);
    reader.send_summary(reader.measure_optimizer(file->id(), "optimizer"));
}

}  // namespace embark::keras
