// Operators that make shapes and constants, or only see a value under another shape.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>

#include "import/onnx/converters.h"

namespace embark::onnx {

namespace {

Value ints_value(Context &c, const std::vector<int64_t> &values) {
    const TensorId id = c.builder.ints({static_cast<int64_t>(values.size())}, values);
    return c.builder.constant(id);
}

Value scalar_value(Context &c, int64_t number) {
    return c.builder.constant(c.builder.ints({}, std::span(&number, 1)));
}

Expected<Value> tensor_value(Context &c, const TensorDef &def) {
    EMBARK_ASSIGN(Tensor tensor, to_tensor(def));
    const Shape shape = tensor.type.shape;
    Value value = stored_naturally(c.builder.graph().add_tensor(std::move(tensor)), shape);
    if (c.builder.type_of(value) != DataType::kFloat16) return value;
    EMBARK_ASSIGN(value.id, c.builder.cast(value.id, DataType::kFloat32));
    value.narrow = DataType::kFloat16;
    return value;
}

}  // namespace

namespace {

/// A list of the file's may be of any length; a shape is not.
Status check_rank(const std::vector<int64_t> &shape) {
    if (shape.size() <= kMaxRank) return Ok{};
    return make_error(
        ErrorCode::kUnsupported,
        fmt::format("a shape has {} axes, expected at most {}", shape.size(), kMaxRank));
}

}  // namespace

Status convert_shape(Context &c) {
    const auto rank = static_cast<int64_t>(c.in().rank());
    const auto position = [&](int64_t at) {
        return std::clamp<int64_t>(at < 0 ? at + rank : at, 0, rank);
    };
    const int64_t first = position(c.int_of("start", 0));
    const int64_t last = std::max(first, position(c.int_of("end", rank)));
    const Shape &shape = c.in().shape;
    return c.give(ints_value(c, {shape.begin() + first, shape.begin() + last}));
}

Status convert_size(Context &c) {
    return c.give(scalar_value(c, c.in().elements()));
}

Status convert_constant(Context &c) {
    const AttributeDef *value = c.attribute("value");
    if (value != nullptr && value->tensor) return c.give(tensor_value(c, *value->tensor));
    if (const AttributeDef *f = c.attribute("value_float")) {
        return c.give(c.builder.constant(c.builder.floats({}, std::span(&f->f, 1))));
    }
    if (const AttributeDef *f = c.attribute("value_floats")) {
        const Shape shape = {static_cast<int64_t>(f->floats.size())};
        return c.give(c.builder.constant(c.builder.floats(shape, f->floats)));
    }
    if (const AttributeDef *i = c.attribute("value_int")) return c.give(scalar_value(c, i->i));
    if (const AttributeDef *i = c.attribute("value_ints")) return c.give(ints_value(c, i->ints));
    return make_error(ErrorCode::kUnsupported,
                      "has no value that is a tensor of numbers (strings and sparse tensors are "
                      "not supported)");
}

Status convert_constant_of_shape(Context &c) {
    EMBARK_ASSIGN(const std::vector<int64_t> shape, c.builder.ints_of(c.in()));
    EMBARK_RETURN_IF_ERROR(check_rank(shape));
    int64_t count = 1;
    for (const int64_t extent : shape) {
        if (extent < 0 || (extent > 0 && count > (int64_t{1} << 26) / extent)) {
            return make_error(ErrorCode::kUnsupported,
                              fmt::format("makes a constant of shape {}, expected at most 2^26 "
                                          "elements",
                                          to_string(shape)));
        }
        count *= extent;
    }
    const AttributeDef *value = c.attribute("value");
    Tensor fill{"", {DataType::kFloat32, {1}, {}}, std::make_shared<const Bytes>(Bytes(4))};
    if (value != nullptr && value->tensor) {
        EMBARK_ASSIGN(fill, to_tensor(*value->tensor));
    }
    const size_t bytes = size_of(fill.type.type);
    if (fill.data->size() != bytes) {
        return make_error(
            ErrorCode::kInvalid,
            fmt::format("value has shape {}, expected one element", to_string(fill.type.shape)));
    }
    Bytes data;
    data.reserve(static_cast<size_t>(count) * bytes);
    for (int64_t i = 0; i < count; ++i)
        data.insert(data.end(), fill.data->begin(), fill.data->end());
    TensorId id = c.builder.add_constant({fill.type.type, shape, {}}, std::move(data));
    if (fill.type.type == DataType::kFloat16 && count > 0) {
        EMBARK_ASSIGN(id, c.builder.cast(id, DataType::kFloat32));
    }
    return c.give(stored_naturally(id, shape));
}

Status convert_range(Context &c) {
    EMBARK_ASSIGN(const double start, c.number(0, 0));
    EMBARK_ASSIGN(const double limit, c.number(1, 0));
    EMBARK_ASSIGN(const double delta, c.number(2, 1));
    const double count = std::max(0.0, std::ceil((limit - start) / delta));
    if (!(count <= 1 << 26)) {
        return make_error(ErrorCode::kUnsupported,
                          fmt::format("counts from {} to {} in steps of {}, expected at most 2^26",
                                      start, limit, delta));
    }
    std::vector<double> values;
    for (double i = 0; i < count; ++i) values.push_back(start + i * delta);
    const Shape shape = {static_cast<int64_t>(values.size())};
    return c.give(c.builder.constant(c.builder.numbers(shape, values, c.type())));
}

Status convert_eye_like(Context &c) {
    DataType type = c.type();
    if (c.has_attribute("dtype")) {
        EMBARK_ASSIGN(type, data_type_of(static_cast<int32_t>(c.int_of("dtype", 0))));
    }
    const Shape &shape = c.in().shape;
    if (shape.size() != 2) {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("input has shape {}, expected a matrix", to_string(shape)));
    }
    const int64_t k = c.int_of("k", 0);
    std::vector<double> values(static_cast<size_t>(element_count(shape)));
    for (int64_t row = 0; row < shape[0]; ++row) {
        const bool inside = k >= -row && k < shape[1] - row;
        if (inside) values[static_cast<size_t>(row * shape[1] + row + k)] = 1;
    }
    return c.give(c.builder.constant(c.builder.numbers(shape, values, type)));
}

Status convert_reshape(Context &c) {
    EMBARK_ASSIGN(auto wanted, c.list(1, "shape"));
    if (!wanted) return make_error(ErrorCode::kInvalid, "has no shape");
    EMBARK_RETURN_IF_ERROR(check_rank(*wanted));
    Shape shape = *wanted;
    const int64_t count = c.in().elements();
    int64_t known = 1;
    for (size_t i = 0; i < shape.size(); ++i) {
        if (shape[i] == 0 && c.int_of("allowzero", 0) == 0 && i < c.in().rank()) {
            shape[i] = c.in().shape[i];
        }
        // One more than there are stands for all products that are too large.
        if (shape[i] > 0) known = shape[i] <= count / known ? known * shape[i] : count + 1;
    }
    const auto open = std::count(shape.begin(), shape.end(), -1);
    if (open == 1 && known > 0 && count % known == 0) {
        *std::find(shape.begin(), shape.end(), -1) = count / known;
        known = count;
    }
    const bool valid =
        known == count && std::all_of(shape.begin(), shape.end(), [](auto e) { return e > 0; });
    if (!valid && !(c.constant(0) && count == 0)) {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("cannot give {} the shape {}", to_string(c.in().shape),
                                      to_string(*wanted)));
    }
    return c.give(c.builder.reshape(c.in(), shape));
}

Status convert_flatten(Context &c) {
    const Shape &shape = c.in().shape;
    const int64_t rank = static_cast<int64_t>(shape.size());
    int64_t axis = c.int_of("axis", 1);
    if (axis < 0) axis += rank;
    if (axis < 0 || axis > rank) {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("axis is {}, expected 0 to {}", axis, rank));
    }
    const Shape rows(shape.begin(), shape.begin() + axis);
    const Shape columns(shape.begin() + axis, shape.end());
    return c.give(c.builder.reshape(c.in(), {element_count(rows), element_count(columns)}));
}

Status convert_squeeze(Context &c) {
    EMBARK_ASSIGN(const auto list, c.list(1, "axes"));
    std::vector<size_t> axes;
    if (list) {
        EMBARK_ASSIGN(axes, c.axes(*list, c.in().rank()));
    }
    Shape shape;
    for (size_t i = 0; i < c.in().rank(); ++i) {
        const int64_t extent = c.in().shape[i];
        const bool named = std::find(axes.begin(), axes.end(), i) != axes.end();
        if (named && extent != 1) {
            return make_error(ErrorCode::kInvalid,
                              fmt::format("axis {} of {} is removed, expected an extent of 1", i,
                                          to_string(c.in().shape)));
        }
        if (named || (!list && extent == 1)) continue;
        shape.push_back(extent);
    }
    return c.give(c.builder.reshape(c.in(), shape));
}

Status convert_unsqueeze(Context &c) {
    EMBARK_ASSIGN(const auto list, c.list(1, "axes"));
    if (!list) return make_error(ErrorCode::kInvalid, "has no axes");
    EMBARK_RETURN_IF_ERROR(check_rank(*list));
    const size_t rank = c.in().rank() + list->size();
    EMBARK_ASSIGN(const std::vector<size_t> axes, c.axes(*list, rank));
    Shape shape;
    size_t next = 0;
    for (size_t i = 0; i < rank; ++i) {
        const bool added = std::find(axes.begin(), axes.end(), i) != axes.end();
        shape.push_back(added ? 1 : c.in().shape[next++]);
    }
    return c.give(c.builder.reshape(c.in(), shape));
}

Status convert_transpose(Context &c) {
    std::vector<int64_t> fallback(c.in().rank());
    std::iota(fallback.rbegin(), fallback.rend(), 0);
    const std::vector<int64_t> perm = c.ints_of("perm", fallback);
    EMBARK_ASSIGN(const std::vector<size_t> sorted, c.axes(perm, c.in().rank()));
    if (sorted.size() != c.in().rank()) {
        return make_error(ErrorCode::kInvalid, fmt::format("perm is {}, expected {} axes",
                                                           to_string(perm), c.in().rank()));
    }
    std::vector<size_t> order;
    for (const int64_t axis : perm) {
        order.push_back(
            static_cast<size_t>(axis < 0 ? axis + static_cast<int64_t>(perm.size()) : axis));
    }
    return c.give(transposed(c.in(), order));
}

Status convert_expand(Context &c) {
    EMBARK_ASSIGN(const std::vector<int64_t> wanted, c.builder.ints_of(c.in(1)));
    EMBARK_RETURN_IF_ERROR(check_rank(wanted));
    EMBARK_ASSIGN(const Shape shape, broadcast(c.in().shape, wanted));
    if (std::any_of(shape.begin(), shape.end(), [](int64_t extent) { return extent < 1; })) {
        return make_error(
            ErrorCode::kUnsupported,
            fmt::format("shape is {}, expected extents of at least 1", to_string(wanted)));
    }
    return c.give(expanded(c.builder, c.in(), shape));
}

/// Dropout does nothing at run time; its mask says that everything is kept.
Status convert_dropout(Context &c) {
    EMBARK_ASSIGN(const double training, c.number(2, 0));
    EMBARK_ASSIGN(const double ratio, c.number(1, c.float_of("ratio", 0.5)));
    if (training != 0 && ratio != 0) {
        return make_error(ErrorCode::kUnsupported, "is in training mode, expected inference");
    }
    SourceInfo &source = c.builder.graph().source;
    source.training_layers.push_back({c.builder.name(), "Dropout", ratio, ""});
    if (c.wants(1)) {
        const DataType type = c.opset >= 10 ? DataType::kBool : c.type();
        const std::vector<double> ones(static_cast<size_t>(c.in().elements()), 1.0);
        const TensorId mask = c.builder.numbers(c.in().shape, ones, type);
        EMBARK_RETURN_IF_ERROR(c.give(c.builder.constant(mask), 1));
    }
    return c.give(c.in());
}

}  // namespace embark::onnx
