// Folders of pictures, one folder for each class.

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "evaluate/image_decoder.h"
#include "evaluate/readers.h"
#include "quantize/parallel.h"

namespace embark {

namespace fs = std::filesystem;

namespace {

/// What lies in \p folder, sorted: folders, or pictures.
Expected<std::vector<fs::path>> sorted_entries(const fs::path &folder, bool folders) {
    std::vector<fs::path> entries;
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
         entry.increment(error)) {
        std::error_code ignored;
        const bool hidden = entry->path().filename().string().starts_with('.');
        const bool wanted = folders ? entry->is_directory(ignored)
                                    : entry->is_regular_file(ignored) && is_picture(entry->path());
        if (wanted && !hidden) entries.push_back(entry->path());
    }
    if (error) {
        return make_error(ErrorCode::kIo, Location{folder.string(), ""},
                          fmt::format("cannot list: {}", error.message()));
    }
    std::sort(entries.begin(), entries.end());
    return entries;
}

struct LabelledPicture {
    fs::path path;
    int32_t label;
};

/// The classes in turn, so that the first pictures are of all of them.
Expected<std::vector<LabelledPicture>> list_pictures(const std::vector<fs::path> &classes,
                                                     int64_t most) {
    std::vector<std::vector<fs::path>> by_class;
    size_t longest = 0;
    for (const fs::path &folder : classes) {
        EMBARK_ASSIGN(std::vector<fs::path> files, sorted_entries(folder, false));
        if (files.empty()) {
            return make_error(ErrorCode::kInvalid, Location{folder.string(), ""},
                              "holds no pictures, expected .png or .jpg files of this class");
        }
        longest = std::max(longest, files.size());
        by_class.push_back(std::move(files));
    }
    std::vector<LabelledPicture> pictures;
    for (size_t i = 0; i < longest; ++i) {
        for (size_t label = 0; label < by_class.size(); ++label) {
            if (i >= by_class[label].size()) continue;
            if (most > 0 && static_cast<int64_t>(pictures.size()) == most) return pictures;
            pictures.push_back({by_class[label][i], static_cast<int32_t>(label)});
        }
    }
    return pictures;
}

}  // namespace

Expected<std::vector<std::string>> picture_classes(const fs::path &path) {
    EMBARK_ASSIGN(const std::vector<fs::path> folders, sorted_entries(path, true));
    std::vector<std::string> names;
    for (const fs::path &folder : folders) names.push_back(folder.filename().string());
    return names;
}

Expected<Dataset> load_pictures(const fs::path &path, int64_t most) {
    EMBARK_ASSIGN(const std::vector<fs::path> classes, sorted_entries(path, true));
    EMBARK_ASSIGN(const std::vector<LabelledPicture> pictures, list_pictures(classes, most));
    EMBARK_ASSIGN(const Picture8 first, read_picture(pictures.front().path));
    Dataset dataset;
    dataset.name = path.string();
    dataset.count = static_cast<int64_t>(pictures.size());
    dataset.shape = {first.height, first.width, first.channels};
    dataset.data.resize(first.pixels.size() * pictures.size());
    for (const LabelledPicture &picture : pictures) dataset.labels.push_back(picture.label);
    std::vector<std::optional<Error>> faults(pictures.size());
    parallel_for(dataset.count, [&](int64_t index) {
        const auto i = static_cast<size_t>(index);
        const auto picture = read_picture(pictures[i].path, first.channels);
        if (!picture.ok()) {
            faults[i] = picture.error();
        } else if (picture->height != first.height || picture->width != first.width) {
            faults[i] =
                make_error(ErrorCode::kInvalid, Location{pictures[i].path.string(), ""},
                           fmt::format("has {} x {} pixels, expected {} x {} as {} has",
                                       picture->width, picture->height, first.width, first.height,
                                       pictures.front().path.filename().string()));
        } else {
            std::copy(picture->pixels.begin(), picture->pixels.end(),
                      dataset.data.begin() + static_cast<std::ptrdiff_t>(i * first.pixels.size()));
        }
    });
    for (std::optional<Error> &fault : faults) {
        if (fault) return std::move(*fault);
    }
    return dataset;
}

}  // namespace embark
