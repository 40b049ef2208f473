#include "workflow/example_images.h"

#include <fmt/format.h>
#include <png.h>

#include <set>

#include "ir/base64.h"

namespace embark {

namespace {

/// A PNG of an 8-bit image; empty when libpng refuses.
Bytes encode_png(std::span<const uint8_t> pixels, int64_t width, int64_t height, bool color) {
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    image.width = static_cast<png_uint_32>(width);
    image.height = static_cast<png_uint_32>(height);
    image.format = color ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
    png_alloc_size_t size = 0;
    if (!png_image_write_get_memory_size(image, size, 0, pixels.data(), 0, nullptr)) return {};
    Bytes file(size);
    if (!png_image_write_to_memory(&image, file.data(), &size, 0, pixels.data(), 0, nullptr)) {
        return {};
    }
    file.resize(size);
    return file;
}

std::string class_name(const Json &names, const Json &index) {
    if (index.is_null()) return "";
    const auto i = index.get<size_t>();
    return i < names.size() ? names[i].get<std::string>() : fmt::format("class {}", i);
}

/// Indices of predictions: one of each predicted class, then wrong ones, in the data's order.
std::set<size_t> choose(const Json &predictions, size_t most) {
    std::set<size_t> chosen;
    std::set<int> classes;
    for (size_t i = 0; i < predictions.size() && chosen.size() < most; ++i) {
        if (classes.insert(predictions[i]["predicted"].get<int>()).second) chosen.insert(i);
    }
    for (size_t i = 0; i < predictions.size() && chosen.size() < most; ++i) {
        const Json &row = predictions[i];
        if (!row["label"].is_null() && row["label"] != row["predicted"]) chosen.insert(i);
    }
    return chosen;
}

}  // namespace

Json example_images(const Dataset &dataset, const Json &validate, size_t most) {
    Json rows = Json::array();
    const Shape &shape = dataset.shape;
    if (dataset.raw || dataset.type != DataType::kUint8 || shape.size() < 2 || shape.size() > 3) {
        return rows;
    }
    const int64_t channels = shape.size() == 3 ? shape[2] : 1;
    if (channels != 1 && channels != 3) return rows;
    const Json predictions = validate.value("predictions", Json::array());
    for (const size_t i : choose(predictions, most)) {
        const Json &row = predictions[i];
        const auto pixels = dataset.image(row["index"].get<int64_t>());
        const Bytes png = encode_png(pixels, shape[1], shape[0], channels == 3);
        if (png.empty()) continue;
        const Json &names = validate["class_names"];
        rows.push_back({{"label", row["label"].is_null() ? Json(nullptr)
                                                         : Json(class_name(names, row["label"]))},
                        {"predicted", class_name(names, row["predicted"])},
                        {"probability", row["probability"]},
                        {"png", "data:image/png;base64," + encode_base64(png)}});
    }
    return rows;
}

}  // namespace embark
