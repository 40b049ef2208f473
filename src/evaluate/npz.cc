#include "evaluate/npz.h"

#include <fmt/format.h>
#include <zip.h>

#include <algorithm>

#include "base/files.h"

namespace embark {

namespace {

constexpr uint64_t kMaxArrayBytes = uint64_t{1} << 31;

struct CloseArchive {
    void operator()(zip_t *archive) const { zip_discard(archive); }
};
struct CloseEntry {
    void operator()(zip_file_t *entry) const { zip_fclose(entry); }
};
using Entry = std::unique_ptr<zip_file_t, CloseEntry>;

std::string zip_error_text(int code) {
    zip_error_t error;
    zip_error_init_with_code(&error, code);
    std::string text = zip_error_strerror(&error);
    zip_error_fini(&error);
    return text;
}

/// Appends exactly \p count bytes. Memory grows with what really arrives, not with what a header
/// promises.
bool read_bytes(zip_file_t *entry, uint64_t count, Bytes &bytes) {
    while (count > 0) {
        const size_t chunk = static_cast<size_t>(std::min<uint64_t>(count, 1 << 20));
        const size_t before = bytes.size();
        bytes.resize(before + chunk);
        const zip_int64_t got = zip_fread(entry, bytes.data() + before, chunk);
        bytes.resize(before + static_cast<size_t>(std::max<zip_int64_t>(got, 0)));
        if (got <= 0) return false;
        count -= static_cast<uint64_t>(got);
    }
    return true;
}

}  // namespace

struct NpzFile::State {
    std::string path;
    std::unique_ptr<zip_t, CloseArchive> archive;

    Error fail(const std::string &name, ErrorCode code, std::string message) const {
        return make_error(code, Location{path, name.empty() ? "" : "array " + name},
                          std::move(message));
    }
    Error damaged(const std::string &name, zip_file_t *entry) const {
        return fail(name, ErrorCode::kInvalid,
                    fmt::format("cannot read: {}", entry != nullptr ? zip_file_strerror(entry)
                                                                    : zip_strerror(archive.get())));
    }
};

NpzFile::NpzFile(std::unique_ptr<State> state) : state_(std::move(state)) {}
NpzFile::NpzFile(NpzFile &&other) noexcept = default;
NpzFile::~NpzFile() = default;

Expected<NpzFile> NpzFile::open(const std::filesystem::path &path) {
    int code = 0;
    zip_t *archive = zip_open(path.c_str(), ZIP_RDONLY, &code);
    if (archive == nullptr) {
        const ErrorCode kind = code == ZIP_ER_NOENT                         ? ErrorCode::kNotFound
                               : code == ZIP_ER_OPEN || code == ZIP_ER_READ ? ErrorCode::kIo
                                                                            : ErrorCode::kInvalid;
        return make_error(kind, Location{path.string(), ""},
                          fmt::format("cannot open as a zip archive: {}", zip_error_text(code)));
    }
    auto state = std::make_unique<State>();
    state->path = path.string();
    state->archive.reset(archive);
    return NpzFile(std::move(state));
}

std::vector<std::string> NpzFile::names() const {
    std::vector<std::string> names;
    const zip_int64_t count = zip_get_num_entries(state_->archive.get(), 0);
    for (zip_int64_t i = 0; i < count; ++i) {
        const char *raw = zip_get_name(state_->archive.get(), static_cast<zip_uint64_t>(i), 0);
        std::string name = raw != nullptr ? raw : "";
        if (!name.ends_with(".npy")) continue;
        name.resize(name.size() - 4);
        names.push_back(std::move(name));
    }
    return names;
}

bool NpzFile::contains(const std::string &name) const {
    return zip_name_locate(state_->archive.get(), (name + ".npy").c_str(), 0) >= 0;
}

Expected<NpyArray> NpzFile::read(const std::string &name, int64_t most) const {
    const std::string entry_name = name + ".npy";
    zip_stat_t stat;
    zip_stat_init(&stat);
    if (zip_stat(state_->archive.get(), entry_name.c_str(), 0, &stat) != 0) {
        return state_->fail(name, ErrorCode::kNotFound, "is not in the file");
    }
    Entry entry(zip_fopen(state_->archive.get(), entry_name.c_str(), 0));
    if (!entry) return state_->damaged(name, nullptr);
    const auto located = [&](Error error) {
        error.location = {state_->path, "array " + name};
        return error;
    };

    Bytes prefix;
    if (!read_bytes(entry.get(), 12, prefix)) return state_->damaged(name, entry.get());
    const auto header_bytes = npy_header_bytes(prefix);
    if (!header_bytes.ok()) return located(header_bytes.error());
    if (*header_bytes > prefix.size() &&
        !read_bytes(entry.get(), *header_bytes - prefix.size(), prefix)) {
        return state_->damaged(name, entry.get());
    }
    auto header = parse_npy_header(prefix);
    if (!header.ok()) return located(header.error());

    NpyArray array{std::move(*header), {}};
    const uint64_t expected = array.header.header_bytes + uint64_t{array.header.data_bytes()};
    if ((stat.valid & ZIP_STAT_SIZE) != 0 && stat.size != expected) {
        return state_->fail(
            name, ErrorCode::kInvalid,
            fmt::format("has {} bytes, expected {} for {} {}", stat.size, expected,
                        to_string(array.header.type), to_string(array.header.shape)));
    }
    if (most > 0 && !array.header.shape.empty()) {
        array.header.shape[0] = std::min(array.header.shape[0], most);
    }
    if (array.header.data_bytes() > kMaxArrayBytes) {
        return state_->fail(
            name, ErrorCode::kInvalid,
            fmt::format("{} {} has {} bytes, expected at most {}", to_string(array.header.type),
                        to_string(array.header.shape), array.header.data_bytes(), kMaxArrayBytes));
    }
    if (!read_bytes(entry.get(), array.header.data_bytes(), array.data)) {
        return state_->damaged(name, entry.get());
    }
    // The check sum is only looked at when the end is read.
    uint8_t beyond = 0;
    if (array.header.header_bytes + array.data.size() == expected &&
        zip_fread(entry.get(), &beyond, 1) != 0) {
        return state_->damaged(name, entry.get());
    }
    return array;
}

}  // namespace embark
