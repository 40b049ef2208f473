#include "ops/element.h"

#include <cmath>
#include <cstring>
#include <limits>

namespace embark {

namespace {

template <typename T>
T saturated(double value) {
    if (std::isnan(value)) return 0;
    // The greatest int64 and uint64 have no double; the power of two above them has.
    if (value >= std::ldexp(1.0, std::numeric_limits<T>::digits)) {
        return std::numeric_limits<T>::max();
    }
    if (value <= static_cast<double>(std::numeric_limits<T>::lowest())) {
        return std::numeric_limits<T>::lowest();
    }
    return static_cast<T>(value);
}

template <typename T>
Bytes bytes_of(T value) {
    Bytes bytes(sizeof value);
    std::memcpy(bytes.data(), &value, sizeof value);
    return bytes;
}

/// The bits of the nearest float16, halves to even.
uint16_t half_of(double value) {
    const uint16_t sign = std::signbit(value) ? 0x8000 : 0;
    const double size = std::fabs(value);
    if (std::isnan(value)) return static_cast<uint16_t>(sign | 0x7E00);
    if (size >= 65520) return static_cast<uint16_t>(sign | 0x7C00);
    int exponent = 0;
    std::frexp(size, &exponent);
    // Steps of 2^-24 below 2^-14, of 2^(exponent - 11) above.
    exponent = std::max(exponent, -13);
    const auto steps = static_cast<int>(std::nearbyint(std::ldexp(size, 11 - exponent)));
    return static_cast<uint16_t>(sign | (((exponent + 13) << 10) + steps));
}

}  // namespace

Bytes element_of(DataType type, double value) {
    switch (type) {
        case DataType::kFloat32:
            return bytes_of(static_cast<float>(value));
        case DataType::kFloat64:
            return bytes_of(value);
        case DataType::kFloat16:
            return bytes_of(half_of(value));
        case DataType::kBool:
            return bytes_of(static_cast<uint8_t>(value != 0));
        case DataType::kInt8:
            return bytes_of(saturated<int8_t>(value));
        case DataType::kUint8:
            return bytes_of(saturated<uint8_t>(value));
        case DataType::kInt16:
            return bytes_of(saturated<int16_t>(value));
        case DataType::kUint16:
            return bytes_of(saturated<uint16_t>(value));
        case DataType::kInt32:
            return bytes_of(saturated<int32_t>(value));
        case DataType::kUint32:
            return bytes_of(saturated<uint32_t>(value));
        case DataType::kInt64:
            return bytes_of(saturated<int64_t>(value));
        case DataType::kUint64:
            return bytes_of(saturated<uint64_t>(value));
    }
    return {};
}

}  // namespace embark
