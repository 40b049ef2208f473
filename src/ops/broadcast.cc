#include "ops/broadcast.h"

#include <emk/move.h>
#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace embark {

std::vector<int64_t> dense_strides(const Shape &shape) {
    std::vector<int64_t> strides(shape.size(), 1);
    for (size_t i = shape.size(); i-- > 1;) strides[i - 1] = strides[i] * shape[i];
    return strides;
}

Expected<Shape> broadcast_shape(const std::vector<Shape> &shapes) {
    Shape out;
    for (const Shape &shape : shapes) {
        if (shape.size() > out.size()) out.insert(out.begin(), shape.size() - out.size(), 1);
    }
    for (const Shape &shape : shapes) {
        const size_t lead = out.size() - shape.size();
        for (size_t i = 0; i < shape.size(); ++i) {
            if (shape[i] == 1 || shape[i] == out[lead + i]) continue;
            if (out[lead + i] == 1) {
                out[lead + i] = shape[i];
                continue;
            }
            std::vector<std::string> names;
            for (const Shape &each : shapes) names.push_back(to_string(each));
            return make_error(ErrorCode::kInvalid,
                              fmt::format("inputs have shapes {}, expected ones that broadcast to "
                                          "each other",
                                          fmt::join(names, " and ")));
        }
    }
    return out;
}

std::vector<int64_t> broadcast_strides(const Shape &from, const Shape &to) {
    std::vector<int64_t> strides = dense_strides(from);
    for (size_t i = 0; i < from.size(); ++i) {
        if (from[i] == 1) strides[i] = 0;
    }
    strides.insert(strides.begin(), to.size() - from.size(), 0);
    return strides;
}

Expected<Walk> canonical_walk(const Walk &walk) {
    constexpr size_t kMaxAxes = EMK_MAX_AXES;
    EMBARK_RETURN_IF_ERROR(check_countable(walk.shape));
    Walk merged{{}, std::vector<std::vector<int64_t>>(walk.strides.size())};
    for (size_t i = 0; i < walk.shape.size(); ++i) {
        const int64_t extent = walk.shape[i];
        if (extent == 1) continue;
        bool like_one = !merged.shape.empty();
        for (size_t k = 0; like_one && k < walk.strides.size(); ++k) {
            like_one = merged.strides[k].back() == walk.strides[k][i] * extent;
        }
        if (like_one)
            merged.shape.back() *= extent;
        else
            merged.shape.push_back(extent);
        for (size_t k = 0; k < walk.strides.size(); ++k) {
            if (like_one)
                merged.strides[k].back() = walk.strides[k][i];
            else
                merged.strides[k].push_back(walk.strides[k][i]);
        }
    }
    if (merged.shape.size() > kMaxAxes) {
        return make_error(ErrorCode::kUnsupported,
                          fmt::format("shape {} needs a walk over {} axes, expected at most {}",
                                      to_string(walk.shape), merged.shape.size(), kMaxAxes));
    }
    const size_t lead = kMaxAxes - merged.shape.size();
    merged.shape.insert(merged.shape.begin(), lead, 1);
    for (auto &strides : merged.strides) strides.insert(strides.begin(), lead, 0);
    return merged;
}

AxisView view_around(const Shape &shape, size_t axis) {
    const auto middle = shape.begin() + static_cast<std::ptrdiff_t>(axis);
    return {element_count(Shape(shape.begin(), middle)), *middle,
            element_count(Shape(middle + 1, shape.end()))};
}

Expected<size_t> checked_axis(const Node &node, std::string_view name, size_t rank) {
    const int64_t axis = node.int_or(name, -1);
    if (axis >= 0 && axis < static_cast<int64_t>(rank)) return static_cast<size_t>(axis);
    return make_error(ErrorCode::kInvalid, fmt::format("attribute {} is {}, expected 0 to {}", name,
                                                       axis, static_cast<int64_t>(rank) - 1));
}

Status check_countable(const Shape &shape) {
    if (element_count(shape) <= std::numeric_limits<int32_t>::max()) return Ok{};
    return make_error(ErrorCode::kUnsupported,
                      fmt::format("{} has {} elements, expected fewer than 2^31", to_string(shape),
                                  element_count(shape)));
}

TensorType moved_type(const TensorType &type, Shape shape) {
    TensorType moved{type.type, std::move(shape), {}};
    if (type.quantization.scales.size() == 1) moved.quantization = type.quantization;
    return moved;
}

PortableCall copy_call(DataType type, int64_t count) {
    std::vector<int64_t> shape(EMK_MAX_AXES, 1), stride(EMK_MAX_AXES, 0);
    shape.back() = count;
    stride.back() = 1;
    PortableCall call{.function = "emk_move", .inputs = {0}};
    call.fields = {int_of("element_bytes", static_cast<int64_t>(size_of(type))),
                   int_of("offset", 0), ints_of("shape", shape), ints_of("stride", stride)};
    call.cycles = count * 5 + 200;
    return call;
}

std::string_view suffix_of(DataType type) {
    switch (type) {
        case DataType::kFloat32:
            return "f32";
        case DataType::kFloat16:
            return "f16";
        case DataType::kFloat64:
            return "f64";
        case DataType::kInt8:
            return "i8";
        case DataType::kInt16:
            return "i16";
        case DataType::kInt32:
            return "i32";
        case DataType::kInt64:
            return "i64";
        case DataType::kUint8:
            return "u8";
        case DataType::kUint16:
            return "u16";
        case DataType::kUint32:
            return "u32";
        case DataType::kUint64:
            return "u64";
        case DataType::kBool:
            return "bool";
    }
    return "";
}

std::string_view bits_suffix_of(DataType type) {
    switch (size_of(type)) {
        case 1:
            return "u8";
        case 2:
            return "u16";
        case 4:
            return "u32";
        default:
            return "u64";
    }
}

bool is_floating(DataType type) {
    return type == DataType::kFloat32 || type == DataType::kFloat64 || type == DataType::kFloat16;
}

bool is_integer(DataType type) {
    return !is_floating(type) && type != DataType::kBool;
}

Expected<std::string_view> kernel_named(const Node &node, const std::string &function,
                                        DataType type) {
    if (const PortableKernel *kernel = find_portable_kernel(function)) return kernel->function;
    return make_error(ErrorCode::kUnsupported, Location{"", "node " + node.name},
                      fmt::format("{} is not supported for {}", node.op, to_string(type)));
}

int64_t elementwise_cycles(int64_t elements, int64_t each, DataType type) {
    const int64_t factor = type == DataType::kFloat64 ? 20 : size_of(type) == 8 ? 3 : 1;
    return elements * (each * factor + 10) + 200;
}

}  // namespace embark
