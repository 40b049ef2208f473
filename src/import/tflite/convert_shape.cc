// The same elements under another shape, and shapes themselves.
#include <fmt/format.h>

#include <algorithm>

#include "import/tflite/operators.h"

namespace embark::tflite {

namespace {

using Ints = std::vector<int64_t>;

Error invalid(std::string message) {
    return make_error(ErrorCode::kInvalid, std::move(message));
}

Expected<std::vector<TensorId>> reshape_to(OperatorContext &context, TensorId x, Shape shape) {
    return one(append_move(context, "reshape", "", x, {{"shape", std::move(shape)}}));
}

/// A constant of integers in the type that the file gives the operator's output.
Expected<std::vector<TensorId>> integers_result(OperatorContext &context, Shape shape,
                                                const Ints &values) {
    EMBARK_ASSIGN(const TensorType declared, output_type(context, 0));
    const bool wide = declared.type == DataType::kInt64;
    if (!wide && declared.type != DataType::kInt32) {
        return invalid(
            fmt::format("output is {}, expected int32 or int64", to_string(declared.type)));
    }
    Bytes data;
    for (const int64_t value : values) {
        const auto *raw = reinterpret_cast<const uint8_t *>(&value);
        data.insert(data.end(), raw, raw + (wide ? 8 : 4));  // little-endian: the low half first
    }
    return one(context.tensors.add_constant(context.name,
                                            TensorType{declared.type, std::move(shape), {}},
                                            std::make_shared<const Bytes>(std::move(data))));
}

/// Replaces the one -1 of \p shape by what is left of \p elements.
Status resolve(Shape &shape, int64_t elements) {
    int64_t known = 1;
    int64_t *open = nullptr;
    for (int64_t &extent : shape) {
        if (extent == -1 && open == nullptr) {
            open = &extent;
            continue;
        }
        if (extent < 1 || extent > elements) {
            return invalid(
                fmt::format("shape is {}, expected {} elements", to_string(shape), elements));
        }
        if (known > elements / extent) known = elements + 1;  // more than there are: no overflow
        known *= known > elements ? 1 : extent;
    }
    if (open != nullptr && known <= elements && elements % known == 0) {
        *open = elements / known;
        known = elements;
    }
    if (known == elements) return Ok{};
    return invalid(fmt::format("shape is {}, expected {} elements", to_string(shape), elements));
}

}  // namespace

/// The shape is an input, or, in old files, an option.
Expected<std::vector<TensorId>> convert_reshape(OperatorContext &context) {
    EMBARK_ASSIGN(const TensorId x, input(context, 0));
    Shape shape;
    const auto *options = context.op.builtin_options_as_ReshapeOptions();
    const bool constant =
        context.has_input(1) && context.tensors.is_constant(context.input_index(1));
    const bool option =
        options != nullptr && options->new_shape() != nullptr && options->new_shape()->size() > 0;
    if (option && !constant) {
        shape.assign(options->new_shape()->begin(), options->new_shape()->end());
    } else {
        EMBARK_ASSIGN(shape, output_shape(context, 1));
    }
    if (shape == Shape{0}) shape.clear();  // how old files spell a scalar
    EMBARK_RETURN_IF_ERROR(resolve(shape, element_count(context.shape(x))));
    return reshape_to(context, x, std::move(shape));
}

Expected<std::vector<TensorId>> convert_squeeze(OperatorContext &context) {
    EMBARK_ASSIGN(const TensorId x, input(context, 0));
    const Shape &from = context.shape(x);
    const auto *options = context.op.builtin_options_as_SqueezeOptions();
    std::set<int64_t> axes;
    if (options != nullptr && options->squeeze_dims() != nullptr) {
        for (const int32_t given : *options->squeeze_dims()) {
            EMBARK_ASSIGN(const int64_t axis, axis_of(given, from.size()));
            axes.insert(axis);
            if (from[static_cast<size_t>(axis)] == 1) continue;
            return invalid(
                fmt::format("removes axis {} of {}, expected the extent 1", axis, to_string(from)));
        }
    }
    Shape shape;
    for (size_t i = 0; i < from.size(); ++i) {
        const bool removed = axes.empty() ? from[i] == 1 : axes.contains(static_cast<int64_t>(i));
        if (!removed) shape.push_back(from[i]);
    }
    return reshape_to(context, x, std::move(shape));
}

Expected<std::vector<TensorId>> convert_expand_dims(OperatorContext &context) {
    EMBARK_ASSIGN(const TensorId x, input(context, 0));
    EMBARK_ASSIGN(const int64_t given, constant_integer(context, 1));
    Shape shape = context.shape(x);
    EMBARK_ASSIGN(const int64_t axis, axis_of(given, shape.size() + 1));
    shape.insert(shape.begin() + axis, 1);
    return reshape_to(context, x, std::move(shape));
}

Expected<std::vector<TensorId>> convert_transpose(OperatorContext &context) {
    EMBARK_ASSIGN(const TensorId x, input(context, 0));
    EMBARK_ASSIGN(Ints perm, constant_integers(context, 1));
    for (int64_t &axis : perm) {
        EMBARK_ASSIGN(axis, axis_of(axis, context.shape(x).size()));
    }
    return one(append(context, "transpose", "", {x}, {{"perm", std::move(perm)}}));
}

namespace {

Expected<std::vector<TensorId>> convert_blocks(OperatorContext &context, std::string op,
                                               int64_t block) {
    EMBARK_ASSIGN(const TensorId x, input(context, 0));
    return one(append(context, std::move(op), "", {x}, {{"block", block}}));
}

}  // namespace

Expected<std::vector<TensorId>> convert_depth_to_space(OperatorContext &context) {
    EMBARK_ASSIGN(const auto *options,
                  required(context.op.builtin_options_as_DepthToSpaceOptions()));
    return convert_blocks(context, "depth_to_space", options->block_size());
}

Expected<std::vector<TensorId>> convert_space_to_depth(OperatorContext &context) {
    EMBARK_ASSIGN(const auto *options,
                  required(context.op.builtin_options_as_SpaceToDepthOptions()));
    return convert_blocks(context, "space_to_depth", options->block_size());
}

Expected<std::vector<TensorId>> convert_shape(OperatorContext &context) {
    EMBARK_ASSIGN(const TensorId x, input(context, 0));
    const Shape shape = context.shape(x);
    return integers_result(context, {static_cast<int64_t>(shape.size())}, shape);
}

Expected<std::vector<TensorId>> convert_rank(OperatorContext &context) {
    EMBARK_ASSIGN(const TensorId x, input(context, 0));
    return integers_result(context, {}, {static_cast<int64_t>(context.shape(x).size())});
}

/// The shape that two shapes broadcast to.
Expected<std::vector<TensorId>> convert_broadcast_args(OperatorContext &context) {
    EMBARK_ASSIGN(Ints a, constant_integers(context, 0));
    EMBARK_ASSIGN(Ints b, constant_integers(context, 1));
    if (a.size() < b.size()) a.swap(b);
    b.insert(b.begin(), a.size() - b.size(), 1);
    for (size_t i = 0; i < a.size(); ++i) {
        if (a[i] != b[i] && a[i] != 1 && b[i] != 1) {
            return invalid(
                fmt::format("shapes {} and {} do not broadcast", to_string(a), to_string(b)));
        }
        if (a[i] == 1) a[i] = b[i];
    }
    const auto rank = static_cast<int64_t>(a.size());
    return integers_result(context, {rank}, a);
}

Expected<std::vector<TensorId>> convert_broadcast_to(OperatorContext &context) {
    EMBARK_ASSIGN(const TensorId x, input(context, 0));
    EMBARK_ASSIGN(Ints shape, constant_integers(context, 1));
    return one(append(context, "expand", "", {x}, {{"shape", std::move(shape)}}));
}

/// Inputs: shape, value.
Expected<std::vector<TensorId>> convert_fill(OperatorContext &context) {
    EMBARK_ASSIGN(Ints shape, constant_integers(context, 0));
    EMBARK_ASSIGN(const TensorId value, input(context, 1));
    EMBARK_ASSIGN(const TensorId scalar, reshaped(context, "value", value, Shape(shape.size(), 1)));
    return one(append(context, "expand", "", {scalar}, {{"shape", std::move(shape)}}));
}

Expected<std::vector<TensorId>> convert_zeros_like(OperatorContext &context) {
    EMBARK_ASSIGN(const TensorId x, input(context, 0));
    EMBARK_ASSIGN(const TensorType declared, output_type(context, 0));
    TensorType type{declared.type, context.shape(x), declared.quantization};
    EMBARK_RETURN_IF_ERROR(context.tensors.charge(type.bytes()));
    auto zeros = std::make_shared<const Bytes>(type.bytes(), uint8_t{0});
    return one(context.tensors.add_constant(context.name, std::move(type), std::move(zeros)));
}

/// Inputs: start, limit, step, all of them constant integers.
Expected<std::vector<TensorId>> convert_range(OperatorContext &context) {
    constexpr int64_t kMost = 1 << 16, kLimit = int64_t{1} << 40;
    EMBARK_ASSIGN(const int64_t start, constant_integer(context, 0));
    EMBARK_ASSIGN(const int64_t limit, constant_integer(context, 1));
    EMBARK_ASSIGN(const int64_t step, constant_integer(context, 2));
    Ints values;
    const bool sound = step != 0 && std::max({start, limit, step}) <= kLimit &&
                       std::min({start, limit, step}) >= -kLimit;
    for (int64_t value = start; sound && (step > 0 ? value < limit : value > limit);
         value += step) {
        values.push_back(value);
        if (static_cast<int64_t>(values.size()) > kMost) break;
    }
    if (!sound || values.empty() || static_cast<int64_t>(values.size()) > kMost) {
        return invalid(fmt::format("counts from {} to {} in steps of {}, expected 1 to {} numbers",
                                   start, limit, step, kMost));
    }
    const auto count = static_cast<int64_t>(values.size());
    return integers_result(context, {count}, values);
}

Expected<std::vector<TensorId>> convert_concatenation(OperatorContext &context) {
    EMBARK_ASSIGN(const auto *options,
                  required(context.op.builtin_options_as_ConcatenationOptions()));
    std::vector<TensorId> inputs;
    for (size_t i = 0; i < context.input_count(); ++i) {
        EMBARK_ASSIGN(const TensorId x, input(context, i));
        inputs.push_back(x);
    }
    EMBARK_ASSIGN(const int64_t axis, axis_of(options->axis(), context.shape(inputs[0]).size()));
    EMBARK_ASSIGN(const TensorId y, append(context, "concat", "", inputs, {{"axis", axis}}));
    return one(activate(context, y, options->fused_activation_function()));
}

Expected<std::vector<TensorId>> convert_pack(OperatorContext &context) {
    EMBARK_ASSIGN(const auto *options, required(context.op.builtin_options_as_PackOptions()));
    std::vector<TensorId> inputs;
    int64_t axis = 0;
    for (size_t i = 0; i < context.input_count(); ++i) {
        EMBARK_ASSIGN(const TensorId x, input(context, i));
        Shape shape = context.shape(x);
        EMBARK_ASSIGN(axis, axis_of(options->axis(), shape.size() + 1));
        shape.insert(shape.begin() + axis, 1);
        EMBARK_ASSIGN(const TensorId row,
                      reshaped(context, fmt::format("input_{}", i), x, std::move(shape)));
        inputs.push_back(row);
    }
    return one(append(context, "concat", "", inputs, {{"axis", axis}}));
}

Expected<std::vector<TensorId>> convert_tile(OperatorContext &context) {
    EMBARK_ASSIGN(const TensorId x, input(context, 0));
    EMBARK_ASSIGN(Ints repeats, constant_integers(context, 1));
    return one(append(context, "tile", "", {x}, {{"repeats", std::move(repeats)}}));
}

namespace {

/// `before` and `after` of a constant [rank,2].
Expected<std::pair<Ints, Ints>> margins(OperatorContext &context, size_t position, size_t rank) {
    EMBARK_ASSIGN(const Ints values, constant_integers(context, position));
    if (values.size() != 2 * rank) {
        return invalid(fmt::format("input {} has {} elements, expected {} for rank {}", position,
                                   values.size(), 2 * rank, rank));
    }
    std::pair<Ints, Ints> result;
    for (size_t i = 0; i < rank; ++i) {
        result.first.push_back(values[2 * i]);
        result.second.push_back(values[2 * i + 1]);
    }
    return result;
}

}  // namespace

namespace {

/// What PAD surrounds its input with, or PADV2's constant: elements as they are stored.
Expected<double> pad_value(OperatorContext &context) {
    if (context.input_count() < 3) {
        EMBARK_ASSIGN(const TensorType declared, output_type(context, 0));
        const Quantization &quantization = declared.quantization;
        return quantization.empty() ? 0.0 : static_cast<double>(quantization.zero_points[0]);
    }
    const int32_t index = context.input_index(2);
    if (!context.tensors.is_constant(index)) {
        return make_error(ErrorCode::kUnsupported,
                          "pads with a value that is computed, expected a constant");
    }
    EMBARK_ASSIGN(const TensorType type, context.tensors.constant_type(index));
    if (element_count(type.shape) != 1) {
        return invalid(fmt::format("input 2 is {}, expected one element", to_string(type.shape)));
    }
    if (type.type == DataType::kFloat32 || type.type == DataType::kFloat16) {
        EMBARK_ASSIGN(const auto values, context.tensors.real_numbers(index));
        return double{values[0]};
    }
    EMBARK_ASSIGN(const int64_t stored, constant_integer(context, 2));
    return static_cast<double>(stored);
}

}  // namespace

Expected<std::vector<TensorId>> convert_pad(OperatorContext &context) {
    EMBARK_ASSIGN(const TensorId x, input(context, 0));
    EMBARK_ASSIGN(auto sides, margins(context, 1, context.shape(x).size()));
    EMBARK_ASSIGN(const double value, pad_value(context));
    Attributes attributes{{"before", std::move(sides.first)}, {"after", std::move(sides.second)}};
    if (value != 0.0) attributes.emplace("value", value);
    return one(append(context, "pad", "", {x}, std::move(attributes)));
}

Expected<std::vector<TensorId>> convert_mirror_pad(OperatorContext &context) {
    EMBARK_ASSIGN(const auto *options, required(context.op.builtin_options_as_MirrorPadOptions()));
    EMBARK_ASSIGN(const TensorId x, input(context, 0));
    EMBARK_ASSIGN(auto sides, margins(context, 1, context.shape(x).size()));
    const bool reflect = options->mode() == schema::MirrorPadMode::REFLECT;
    return one(append(context, "pad", "", {x},
                      {{"before", std::move(sides.first)},
                       {"after", std::move(sides.second)},
                       {"mode", std::string(reflect ? "reflect" : "symmetric")}}));
}

}  // namespace embark::tflite
