#include "evaluate/dataset.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "base/bytes.h"
#include "evaluate/readers.h"

namespace embark {

namespace fs = std::filesystem;

namespace {

Shape without_ones(const Shape &shape) {
    Shape rest;
    for (const int64_t extent : shape) {
        if (extent != 1) rest.push_back(extent);
    }
    return rest;
}

/// Element \p i of an image as a real number, scaled when it is uint8.
float real_pixel(const Dataset &dataset, const uint8_t *image, size_t i,
                 const InputScaling &scaling) {
    switch (dataset.type) {
        case DataType::kFloat32:
            return load_le<float>(image + i * sizeof(float));
        case DataType::kInt8:
            return static_cast<float>(load_le<int8_t>(image + i));
        default:
            return static_cast<float>(image[i]) / scaling.divisor + scaling.offset;
    }
}

template <typename T>
T quantize(float real, float scale, int32_t zero_point) {
    const float q = std::round(real / scale) + static_cast<float>(zero_point);
    constexpr auto kLow = static_cast<float>(std::numeric_limits<T>::min());
    constexpr auto kHigh = static_cast<float>(std::numeric_limits<T>::max());
    // A NaN becomes the lowest value instead of undefined behaviour.
    return static_cast<T>(q > kLow ? std::min(q, kHigh) : kLow);
}

template <typename T>
float load_as_float(const uint8_t *from, size_t i) {
    return static_cast<float>(load_le<T>(from + i * sizeof(T)));
}

float raw_value(DataType type, const uint8_t *from, size_t i) {
    switch (type) {
        case DataType::kFloat32:
            return load_as_float<float>(from, i);
        case DataType::kInt8:
            return load_as_float<int8_t>(from, i);
        case DataType::kBool:
        case DataType::kUint8:
            return load_as_float<uint8_t>(from, i);
        case DataType::kInt16:
            return load_as_float<int16_t>(from, i);
        case DataType::kInt32:
            return load_as_float<int32_t>(from, i);
        case DataType::kInt64:
            return load_as_float<int64_t>(from, i);
        case DataType::kFloat64:
            return load_as_float<double>(from, i);
        case DataType::kUint16:
            return load_as_float<uint16_t>(from, i);
        case DataType::kUint32:
            return load_as_float<uint32_t>(from, i);
        case DataType::kUint64:
            return load_as_float<uint64_t>(from, i);
        case DataType::kFloat16:
            break;
    }
    return std::numeric_limits<float>::quiet_NaN();
}

}  // namespace

size_t Dataset::image_bytes() const {
    return static_cast<size_t>(element_count(shape)) * size_of(type);
}

std::span<const uint8_t> Dataset::image(int64_t index) const {
    EMBARK_ASSERT(index >= 0 && index < count);
    return std::span(data).subspan(static_cast<size_t>(index) * image_bytes(), image_bytes());
}

Expected<Dataset> load_dataset(const fs::path &path, int64_t most) {
    std::error_code error;
    const Location where{path.string(), ""};
    if (!fs::exists(path, error)) {
        return make_error(ErrorCode::kNotFound, where, "no such file or directory");
    }
    if (fs::is_directory(path, error)) return load_directory(path, most);
    const std::string extension = path.extension().string();
    if (extension == ".npz") return load_npz(path, most);
    if (extension == ".csv") return load_csv(path, most);
    if (extension == ".bin") return load_cifar10({path}, path, most);
    return make_error(ErrorCode::kUnsupported, where,
                      fmt::format("data of the kind '{}', expected .npz, .csv, a CIFAR-10 .bin "
                                  "or a directory",
                                  extension));
}

Status check_input(const Dataset &dataset, const Tensor &input) {
    const TensorType &type = input.type;
    if (dataset.raw) {
        if (dataset.image_bytes() == type.bytes()) return Ok{};
        return make_error(ErrorCode::kInvalid, Location{dataset.name, ""},
                          fmt::format("tensors have {} bytes, expected {} for the network's input "
                                      "'{}', {} {}",
                                      dataset.image_bytes(), type.bytes(), input.name,
                                      to_string(type.type), to_string(type.shape)));
    }
    if (without_ones(dataset.shape) == without_ones(type.shape)) return Ok{};
    const bool row = dataset.shape.size() == 1;
    if (row && element_count(dataset.shape) == element_count(type.shape)) return Ok{};
    return make_error(ErrorCode::kInvalid, Location{dataset.name, ""},
                      fmt::format("images have shape {}, the network's input '{}' has {} (batch "
                                  "first)",
                                  to_string(dataset.shape), input.name, to_string(type.shape)));
}

Dataset slice_of(const Dataset &dataset, int64_t first, int64_t count) {
    Dataset slice = dataset;
    slice.count = count;
    const auto part = [&](const auto &values, size_t per_image) {
        const auto begin = values.begin() + static_cast<std::ptrdiff_t>(first) *
                                                static_cast<std::ptrdiff_t>(per_image);
        return std::decay_t<decltype(values)>(
            begin,
            begin + static_cast<std::ptrdiff_t>(count) * static_cast<std::ptrdiff_t>(per_image));
    };
    slice.data = part(dataset.data, dataset.image_bytes());
    if (!dataset.labels.empty()) slice.labels = part(dataset.labels, 1);
    if (!dataset.targets.empty()) {
        slice.targets = part(dataset.targets, static_cast<size_t>(dataset.target_size));
    }
    return slice;
}

InputScaling scaling_for(const InputScaling &scaling, const TensorType &input) {
    constexpr InputScaling kUnit{255.0f, 0.0f};
    if (scaling.divisor != 0) return scaling;
    if (scaling.offset != 0) return {kUnit.divisor, scaling.offset};
    const bool eight_bits = input.type == DataType::kInt8 || input.type == DataType::kUint8;
    if (!eight_bits || input.quantization.empty()) return kUnit;
    const float scale = input.quantization.scales[0];
    const int32_t zero =
        input.quantization.zero_points.empty() ? 0 : input.quantization.zero_points[0];
    const int32_t least = input.type == DataType::kInt8 ? -128 : 0;
    const float low = scale * static_cast<float>(least - zero);
    const float high = scale * static_cast<float>(least + 255 - zero);
    if (high - low > 64) return {1.0f, low < -32 ? -128.0f : 0.0f};
    if (std::abs(low + 1) < 0.1f && std::abs(high - 1) < 0.1f) return {127.5f, -1.0f};
    return kUnit;
}

Expected<Bytes> make_input(const Dataset &dataset, int64_t index, const TensorType &input,
                           const InputScaling &given_scaling) {
    const InputScaling scaling = scaling_for(given_scaling, input);
    const std::span<const uint8_t> image = dataset.image(index);
    if (dataset.raw || (dataset.type == DataType::kInt8 && input.type == DataType::kInt8)) {
        return Bytes(image.begin(), image.end());
    }
    const auto count = static_cast<size_t>(element_count(input.shape));
    const Quantization &q = input.quantization;
    const float scale = q.empty() ? 1.0f : q.scales[0];
    const int32_t zero_point = q.zero_points.empty() ? 0 : q.zero_points[0];
    Bytes bytes;
    bytes.reserve(input.bytes());
    for (size_t i = 0; i < count; ++i) {
        const float real = real_pixel(dataset, image.data(), i, scaling);
        if (input.type == DataType::kFloat32) {
            append_le(bytes, real);
        } else if (input.type == DataType::kInt8) {
            append_le(bytes, quantize<int8_t>(real, scale, zero_point));
        } else if (input.type == DataType::kUint8) {
            append_le(bytes, quantize<uint8_t>(real, scale, zero_point));
        } else if (input.type == DataType::kInt16) {
            append_le(bytes, quantize<int16_t>(real, scale, zero_point));
        } else {
            return make_error(ErrorCode::kUnsupported, Location{dataset.name, ""},
                              fmt::format("cannot make {} input from images, expected float32, "
                                          "int8, uint8 or int16",
                                          to_string(input.type)));
        }
    }
    return bytes;
}

std::vector<float> real_values(const TensorType &type, std::span<const uint8_t> bytes) {
    EMBARK_ASSERT(bytes.size() == type.bytes());
    const auto count = static_cast<size_t>(element_count(type.shape));
    const Quantization &q = type.quantization;
    std::vector<float> values(count);
    for (size_t i = 0; i < count; ++i) {
        values[i] = raw_value(type.type, bytes.data(), i);
        if (q.empty()) continue;
        const auto zero = static_cast<float>(q.zero_points.empty() ? 0 : q.zero_points[0]);
        values[i] = q.scales[0] * (values[i] - zero);
    }
    return values;
}

}  // namespace embark
