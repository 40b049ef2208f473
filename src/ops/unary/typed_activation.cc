// The activations of other types than float32, whose arithmetic is that of portable kernels.

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "ops/broadcast.h"
#include "ops/unary/unary.h"

namespace embark {

namespace {

/// Saturates to T; NaN becomes 0 for integers.
template <typename T>
T saturated(double value) {
    if (!std::numeric_limits<T>::is_integer) return static_cast<T>(value);
    if (std::isnan(value)) return 0;
    // The greatest int64 and uint64 have no double; the power of two above them has.
    const double end = std::ldexp(1.0, std::numeric_limits<T>::digits);
    if (value >= end) return std::numeric_limits<T>::max();
    if (value <= static_cast<double>(std::numeric_limits<T>::lowest())) {
        return std::numeric_limits<T>::lowest();
    }
    return static_cast<T>(value);
}

template <typename T>
PortableTable limits_table(DataType type, double low, double high) {
    const T limits[] = {saturated<T>(low), saturated<T>(high)};
    return make_table<T>("limits", "least and greatest value", type, limits);
}

PortableTable limits_of(DataType type, double low, double high) {
    switch (type) {
        case DataType::kInt8:
            return limits_table<int8_t>(type, low, high);
        case DataType::kUint8:
            return limits_table<uint8_t>(type, low, high);
        case DataType::kInt16:
            return limits_table<int16_t>(type, low, high);
        case DataType::kUint16:
            return limits_table<uint16_t>(type, low, high);
        case DataType::kInt32:
            return limits_table<int32_t>(type, low, high);
        case DataType::kUint32:
            return limits_table<uint32_t>(type, low, high);
        case DataType::kInt64:
            return limits_table<int64_t>(type, low, high);
        case DataType::kUint64:
            return limits_table<uint64_t>(type, low, high);
        case DataType::kFloat64:
            return limits_table<double>(type, low, high);
        default:
            return limits_table<float>(type, low, high);
    }
}

}  // namespace

Expected<PortableCall> clip_call(const Node &node, const TensorType &x, double low, double high) {
    const int64_t count = element_count(x.shape);
    PortableCall call{.fields = {int_of("count", count), table_of("limits", "limits")},
                      .inputs = {0}};
    EMBARK_ASSIGN(call.function,
                  kernel_named(node, fmt::format("emk_clip_{}", suffix_of(x.type)), x.type));
    call.tables = {limits_of(x.type, low, high)};
    call.cycles = elementwise_cycles(count, 4, x.type);
    return call;
}

Expected<PortableCall> typed_activation(const Node &node, const TensorType &x) {
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    if (node.op == "relu") return clip_call(node, x, 0, kInfinity);
    if (node.op == "relu6") return clip_call(node, x, 0, 6);
    if (node.op == "clip") {
        return clip_call(node, x, node.float_or("min", -kInfinity),
                         node.float_or("max", kInfinity));
    }
    const bool by_tanh = node.op == "gelu" && node.int_or("approximate", 0) != 0;
    return unary_call(node, by_tanh ? "gelu_tanh" : node.op, x,
                      static_cast<float>(node.float_or("alpha", 1.0)), 0.0f, 60);
}

}  // namespace embark
