#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "base/bytes.h"
#include "evaluate/npz.h"
#include "evaluate/readers.h"

namespace embark {

namespace {

constexpr const char *kImageNames[] = {"x", "images", "data", "x_test", "arr_0"};
constexpr const char *kLabelNames[] = {"y", "labels", "y_test", "arr_1"};
constexpr const char *kTargets = "targets";

template <size_t kCount>
std::string first_of(const NpzFile &file, const char *const (&names)[kCount]) {
    for (const char *name : names) {
        if (file.contains(name)) return name;
    }
    return "";
}

Location place(const std::filesystem::path &path, const std::string &array) {
    return {path.string(), "array " + array};
}

Status take_images(NpyArray array, const Location &where, Dataset &dataset) {
    const Shape &shape = array.header.shape;
    if (shape.size() < 2 || element_count(shape) == 0) {
        return make_error(
            ErrorCode::kInvalid, where,
            fmt::format("has shape {}, expected [images, …] with at least one", to_string(shape)));
    }
    dataset.count = shape[0];
    dataset.shape.assign(shape.begin() + 1, shape.end());
    if (array.header.type == NpyType::kUint8) {
        dataset.type = DataType::kUint8;
        dataset.data = std::move(array.data);
    } else if (array.header.type == NpyType::kInt8) {
        dataset.type = DataType::kInt8;
        dataset.data = std::move(array.data);
    } else {
        dataset.type = DataType::kFloat32;
        const auto count = static_cast<size_t>(array.count());
        dataset.data.reserve(count * sizeof(float));
        for (size_t i = 0; i < count; ++i) {
            append_le(dataset.data, static_cast<float>(array.at(i)));
        }
    }
    return Ok{};
}

/// Column of the greatest score in row \p row.
int32_t greatest(const NpyArray &scores, size_t row, size_t columns) {
    size_t best = 0;
    for (size_t i = 1; i < columns; ++i) {
        if (scores.at(row * columns + i) > scores.at(row * columns + best)) best = i;
    }
    return static_cast<int32_t>(best);
}

Status take_labels(const NpyArray &array, const Location &where, Dataset &dataset) {
    const Shape &shape = array.header.shape;
    const bool vector = shape.size() == 1 || (shape.size() == 2 && shape[1] == 1);
    if ((!vector && shape.size() != 2) || shape[0] != dataset.count || element_count(shape) == 0) {
        return make_error(
            ErrorCode::kInvalid, where,
            fmt::format("has shape {}, expected [{}] or [{},classes] as there are {} "
                        "images",
                        to_string(shape), dataset.count, dataset.count, dataset.count));
    }
    for (size_t i = 0; i < static_cast<size_t>(dataset.count); ++i) {
        if (!vector) {
            dataset.labels.push_back(greatest(array, i, static_cast<size_t>(shape[1])));
            continue;
        }
        const double value = array.at(i);
        if (!(value >= 0 && value <= std::numeric_limits<int32_t>::max()) ||
            value != std::floor(value)) {
            return make_error(ErrorCode::kInvalid, where,
                              fmt::format("label {} is {}, expected a class from 0", i, value));
        }
        dataset.labels.push_back(static_cast<int32_t>(value));
    }
    return Ok{};
}

/// What a regression predicts.
Status take_targets(const NpyArray &array, const Location &where, Dataset &dataset) {
    const Shape &shape = array.header.shape;
    if (shape.empty() || shape.size() > 2 || shape[0] != dataset.count || array.count() == 0) {
        return make_error(
            ErrorCode::kInvalid, where,
            fmt::format("has shape {}, expected [{}] or [{},values] as there are {} "
                        "images",
                        to_string(shape), dataset.count, dataset.count, dataset.count));
    }
    dataset.target_size = shape.size() == 2 ? shape[1] : 1;
    for (size_t i = 0; i < static_cast<size_t>(array.count()); ++i) {
        const double value = array.at(i);
        if (!std::isfinite(value)) {
            return make_error(ErrorCode::kInvalid, where,
                              fmt::format("value {} is {}, expected a number", i, value));
        }
        dataset.targets.push_back(static_cast<float>(value));
    }
    return Ok{};
}

}  // namespace

Expected<Dataset> load_npz(const std::filesystem::path &path, int64_t most) {
    EMBARK_ASSIGN(const NpzFile file, NpzFile::open(path));
    const std::string images = first_of(file, kImageNames);
    if (images.empty()) {
        return make_error(ErrorCode::kInvalid, Location{path.string(), ""},
                          fmt::format("has arrays [{}], expected images in one of [{}]",
                                      fmt::join(file.names(), ", "), fmt::join(kImageNames, ", ")));
    }
    Dataset dataset;
    dataset.name = path.string();
    EMBARK_ASSIGN(NpyArray array, file.read(images, most));
    EMBARK_RETURN_IF_ERROR(take_images(std::move(array), place(path, images), dataset));
    if (file.contains(kTargets)) {
        EMBARK_ASSIGN(const NpyArray targets, file.read(kTargets, most));
        EMBARK_RETURN_IF_ERROR(take_targets(targets, place(path, kTargets), dataset));
    }
    const std::string labels = first_of(file, kLabelNames);
    if (labels.empty()) return dataset;
    EMBARK_ASSIGN(const NpyArray classes, file.read(labels, most));
    EMBARK_RETURN_IF_ERROR(take_labels(classes, place(path, labels), dataset));
    return dataset;
}

}  // namespace embark
