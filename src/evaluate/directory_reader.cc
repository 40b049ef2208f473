#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/files.h"
#include "evaluate/readers.h"

namespace embark {

namespace fs = std::filesystem;

namespace {

constexpr size_t kSide = 32, kPlanes = 3, kPlaneBytes = kSide * kSide;
constexpr size_t kRecordBytes = 1 + kPlanes * kPlaneBytes;
constexpr int kCifarClasses = 10;

/// Appends the records of one batch, planes interleaved to RGB pixels.
Status append_batch(const fs::path &file, int64_t most, Dataset &dataset) {
    EMBARK_ASSIGN(const Bytes bytes, read_file(file));
    if (bytes.empty() || bytes.size() % kRecordBytes != 0) {
        return make_error(ErrorCode::kInvalid, Location{file.string(), ""},
                          fmt::format("has {} bytes, expected a multiple of {} (CIFAR-10 records)",
                                      bytes.size(), kRecordBytes));
    }
    for (size_t start = 0; start < bytes.size(); start += kRecordBytes) {
        if (most > 0 && dataset.count == most) return Ok{};
        const uint8_t label = bytes[start];
        if (label >= kCifarClasses) {
            return make_error(ErrorCode::kInvalid,
                              Location{file.string(), fmt::format("offset {:#x}", start)},
                              fmt::format("label is {}, expected 0 to {} (CIFAR-10 records)", label,
                                          kCifarClasses - 1));
        }
        dataset.labels.push_back(label);
        for (size_t pixel = 0; pixel < kPlaneBytes; ++pixel) {
            for (size_t plane = 0; plane < kPlanes; ++plane) {
                dataset.data.push_back(bytes[start + 1 + plane * kPlaneBytes + pixel]);
            }
        }
        ++dataset.count;
    }
    return Ok{};
}

/// Regular files of \p path whose names end in ".bin", sorted.
Expected<std::vector<fs::path>> bin_files(const fs::path &path) {
    std::error_code error;
    std::vector<fs::path> files;
    for (fs::directory_iterator entry(path, error), end; !error && entry != end;
         entry.increment(error)) {
        std::error_code ignored;
        if (entry->path().extension() == ".bin" && entry->is_regular_file(ignored)) {
            files.push_back(entry->path());
        }
    }
    if (error) {
        return make_error(ErrorCode::kIo, Location{path.string(), ""},
                          fmt::format("cannot list: {}", error.message()));
    }
    std::sort(files.begin(), files.end());
    return files;
}

struct LabelledFile {
    fs::path path;
    int32_t label = -1;
};

/// Lines "file,label"; a first line that has no number after the comma is a heading.
Expected<std::vector<LabelledFile>> read_labels(const fs::path &csv) {
    EMBARK_ASSIGN(const std::string text, read_text_file(csv));
    std::vector<LabelledFile> files;
    size_t start = 0;
    for (int number = 1; start < text.size(); ++number) {
        const size_t end = std::min(text.find('\n', start), text.size());
        std::string line = text.substr(start, end - start);
        start = end + 1;
        if (line.ends_with('\r')) line.pop_back();
        if (line.empty()) continue;
        const size_t comma = line.rfind(',');
        int32_t label = -1;
        const char *last = line.data() + line.size();
        const char *first = comma == std::string::npos ? last : line.data() + comma + 1;
        while (first < last && *first == ' ') ++first;
        const auto result = std::from_chars(first, last, label);
        if (result.ec != std::errc() || result.ptr != last || label < 0) {
            if (number == 1 && comma != std::string::npos) continue;
            return make_error(ErrorCode::kInvalid,
                              Location{csv.string(), fmt::format("line {}", number)},
                              fmt::format("found '{}', expected 'file,label'", line));
        }
        files.push_back({csv.parent_path() / line.substr(0, comma), label});
    }
    return files;
}

Expected<Dataset> load_tensors(const fs::path &path, const std::vector<LabelledFile> &files,
                               int64_t most) {
    Dataset dataset;
    dataset.name = path.string();
    dataset.raw = true;
    for (const LabelledFile &file : files) {
        if (most > 0 && dataset.count == most) break;
        EMBARK_ASSIGN(const Bytes bytes, read_file(file.path));
        if (dataset.count == 0) dataset.shape = {static_cast<int64_t>(bytes.size())};
        if (bytes.empty() || bytes.size() != dataset.image_bytes()) {
            return make_error(ErrorCode::kInvalid, Location{file.path.string(), ""},
                              bytes.empty() ? std::string("is empty, expected a tensor")
                                            : fmt::format("has {} bytes, expected {} as {} has",
                                                          bytes.size(), dataset.image_bytes(),
                                                          files[0].path.filename().string()));
        }
        dataset.data.insert(dataset.data.end(), bytes.begin(), bytes.end());
        if (file.label >= 0) dataset.labels.push_back(file.label);
        ++dataset.count;
    }
    return dataset;
}

}  // namespace

Expected<Dataset> load_cifar10(const std::vector<fs::path> &files, const fs::path &name,
                               int64_t most) {
    Dataset dataset;
    dataset.name = name.string();
    dataset.shape = {kSide, kSide, kPlanes};
    for (const fs::path &file : files) {
        EMBARK_RETURN_IF_ERROR(append_batch(file, most, dataset));
    }
    return dataset;
}

Expected<Dataset> load_directory(const fs::path &path, int64_t most) {
    std::error_code error;
    if (fs::exists(path / "test_batch.bin", error)) {
        return load_cifar10({path / "test_batch.bin"}, path, most);
    }
    EMBARK_ASSIGN(const std::vector<fs::path> files, bin_files(path));
    std::vector<fs::path> batches;
    for (const fs::path &file : files) {
        if (file.filename().string().starts_with("data_batch_")) batches.push_back(file);
    }
    if (!batches.empty()) return load_cifar10(batches, path, most);
    std::vector<LabelledFile> tensors;
    if (fs::exists(path / "labels.csv", error)) {
        EMBARK_ASSIGN(tensors, read_labels(path / "labels.csv"));
    } else {
        for (const fs::path &file : files) tensors.push_back({file, -1});
    }
    if (tensors.empty()) {
        EMBARK_ASSIGN(const std::vector<std::string> classes, picture_classes(path));
        if (!classes.empty()) return load_pictures(path, most);
        return make_error(ErrorCode::kNotFound, Location{path.string(), ""},
                          "holds no data, expected test_batch.bin, data_batch_*.bin, raw tensors "
                          "*.bin with labels.csv, or a folder of pictures for each class");
    }
    return load_tensors(path, tensors, most);
}

}  // namespace embark
