// Parts of tensors: slices, splits, gathering and scattering.
#include <fmt/format.h>

#include <algorithm>

#include "import/tflite/operators.h"

namespace embark::tflite {

namespace {

using Ints = std::vector<int64_t>;

Error invalid(std::string message) {
    return make_error(ErrorCode::kInvalid, std::move(message));
}

struct Slice {
    Ints start, step, size;
};

/// All of a tensor.
Slice whole(const Shape &shape) {
    return {Ints(shape.size(), 0), Ints(shape.size(), 1), shape};
}

Expected<TensorId> append_slice(OperatorContext &context, std::string_view suffix, TensorId x,
                                Slice slice) {
    return append_move(context, "slice", suffix, x,
                       {{"start", std::move(slice.start)},
                        {"step", std::move(slice.step)},
                        {"size", std::move(slice.size)}});
}

/// What STRIDED_SLICE means for a shape: a slice, and the axes that come and go.
struct StridedSlice {
    Slice slice;
    Shape shape;  ///< of the output
};

/// The operator's three lists and five masks.
struct SliceSpec {
    Ints begin, end, stride;
    int32_t begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_mask;

    static bool bit(int32_t mask, size_t i) { return i < 31 && (mask >> i & 1) != 0; }
    bool is_ellipsis(size_t i) const { return bit(ellipsis_mask, i); }
    bool is_new(size_t i) const { return !is_ellipsis(i) && bit(new_axis_mask, i); }
    /// Axes of the input that entry \p i stands for, when all others stand for one or none.
    size_t axes_of_ellipsis(size_t rank) const {
        size_t others = 0;
        for (size_t i = 0; i < begin.size(); ++i) others += is_ellipsis(i) || is_new(i) ? 0 : 1;
        return rank > others ? rank - others : 0;
    }
};

/// Takes entry \p i of the lists for \p axis, as TensorFlow clamps it.
Status slice_axis(const SliceSpec &spec, size_t i, size_t axis, int64_t extent,
                  StridedSlice &result) {
    const int64_t stride = spec.stride[i];
    if (stride == 0 || stride < -extent * 2 - (int64_t{1} << 31) || stride > int64_t{1} << 31) {
        return invalid(fmt::format("stride of axis {} is {}, expected another", axis, stride));
    }
    const auto wrapped = [extent](int64_t index) { return index < 0 ? index + extent : index; };
    if (SliceSpec::bit(spec.shrink_mask, i)) {
        const int64_t at = SliceSpec::bit(spec.begin_mask, i) ? 0 : wrapped(spec.begin[i]);
        if (at < 0 || at >= extent) {
            return invalid(fmt::format("takes element {} of axis {}, expected one of {}",
                                       spec.begin[i], axis, extent));
        }
        result.slice.start[axis] = at;
        result.slice.size[axis] = 1;
        return Ok{};
    }
    const int64_t least = stride > 0 ? 0 : -1, most = stride > 0 ? extent : extent - 1;
    const int64_t begin = SliceSpec::bit(spec.begin_mask, i)
                              ? (stride > 0 ? 0 : extent - 1)
                              : std::clamp(wrapped(spec.begin[i]), least, most);
    const int64_t end = SliceSpec::bit(spec.end_mask, i)
                            ? (stride > 0 ? extent : -1)
                            : std::clamp(wrapped(spec.end[i]), least, most);
    const int64_t span = stride > 0 ? end - begin : begin - end;
    const int64_t pace = std::abs(stride);
    if (span <= 0) {
        return make_error(ErrorCode::kUnsupported,
                          fmt::format("takes nothing of axis {}: from {} to {} in steps of {}",
                                      axis, spec.begin[i], spec.end[i], stride));
    }
    result.slice.start[axis] = begin;
    result.slice.size[axis] = (span + pace - 1) / pace;
    // One element has no step; a step beyond the axis would be refused.
    result.slice.step[axis] = result.slice.size[axis] == 1 ? 1 : stride;
    result.shape.push_back(result.slice.size[axis]);
    return Ok{};
}

Expected<StridedSlice> resolve(const SliceSpec &spec, const Shape &shape) {
    StridedSlice result{whole(shape), {}};
    size_t axis = 0;
    bool seen_ellipsis = false;
    for (size_t i = 0; i < spec.begin.size(); ++i) {
        if (spec.is_ellipsis(i)) {
            if (seen_ellipsis) return invalid("has more than one ellipsis");
            seen_ellipsis = true;
            for (size_t k = spec.axes_of_ellipsis(shape.size()); k > 0 && axis < shape.size();
                 --k) {
                result.shape.push_back(shape[axis++]);
            }
        } else if (spec.is_new(i)) {
            result.shape.push_back(1);
        } else {
            if (axis >= shape.size()) {
                return invalid(fmt::format("has {} entries, expected at most {} for {}",
                                           spec.begin.size(), shape.size(), to_string(shape)));
            }
            EMBARK_RETURN_IF_ERROR(slice_axis(spec, i, axis, shape[axis], result));
            ++axis;
        }
    }
    for (; axis < shape.size(); ++axis) result.shape.push_back(shape[axis]);
    return result;
}

}  // namespace

Expected<std::vector<TensorId>> convert_slice(OperatorContext &context) {
    EMBARK_ASSIGN(const TensorId x, input(context, 0));
    EMBARK_ASSIGN(const Ints begin, constant_integers(context, 1));
    EMBARK_ASSIGN(Ints size, constant_integers(context, 2));
    const Shape &shape = context.shape(x);
    if (begin.size() != shape.size() || size.size() != shape.size()) {
        return invalid(fmt::format("begins at {} and takes {}, expected {} entries each",
                                   to_string(begin), to_string(size), shape.size()));
    }
    for (size_t i = 0; i < shape.size(); ++i) {
        if (begin[i] < 0 || begin[i] > shape[i] || size[i] < -1 || size[i] > shape[i]) {
            return invalid(fmt::format("begins at {} and takes {} of {}", to_string(begin),
                                       to_string(size), to_string(shape)));
        }
        if (size[i] == -1) size[i] = shape[i] - begin[i];
    }
    Slice slice{begin, Ints(shape.size(), 1), size};
    return one(append_slice(context, "", x, std::move(slice)));
}

Expected<std::vector<TensorId>> convert_strided_slice(OperatorContext &context) {
    EMBARK_ASSIGN(const auto *options,
                  required(context.op.builtin_options_as_StridedSliceOptions()));
    EMBARK_ASSIGN(const TensorId x, input(context, 0));
    SliceSpec spec{{},
                   {},
                   {},
                   options->begin_mask(),
                   options->end_mask(),
                   options->ellipsis_mask(),
                   options->new_axis_mask(),
                   options->shrink_axis_mask()};
    EMBARK_ASSIGN(spec.begin, constant_integers(context, 1));
    EMBARK_ASSIGN(spec.end, constant_integers(context, 2));
    EMBARK_ASSIGN(spec.stride, constant_integers(context, 3));
    if (spec.begin.size() != spec.end.size() || spec.begin.size() != spec.stride.size()) {
        return invalid(fmt::format("has {} begins, {} ends and {} strides", spec.begin.size(),
                                   spec.end.size(), spec.stride.size()));
    }
    constexpr int64_t kFar = int64_t{1} << 40;  // beyond any axis, and sums of it do not overflow
    for (size_t i = 0; i < spec.begin.size(); ++i) {
        spec.begin[i] = std::clamp(spec.begin[i], -kFar, kFar);
        spec.end[i] = std::clamp(spec.end[i], -kFar, kFar);
        if (options->offset()) spec.end[i] += spec.begin[i];
    }
    EMBARK_ASSIGN(StridedSlice result, resolve(spec, context.shape(x)));
    const bool same_rank = result.shape == result.slice.size;
    EMBARK_ASSIGN(const TensorId part,
                  append_slice(context, same_rank ? "" : "slice", x, std::move(result.slice)));
    if (same_rank) return std::vector{part};
    return one(append_move(context, "reshape", "", part, {{"shape", std::move(result.shape)}}));
}

namespace {

/// One slice of \p sizes[i] per output, named after it.
Expected<std::vector<TensorId>> split(OperatorContext &context, TensorId x, int64_t axis,
                                      const Ints &sizes) {
    const auto at = static_cast<size_t>(axis);
    std::vector<TensorId> parts;
    int64_t start = 0;
    for (size_t i = 0; i < sizes.size(); ++i) {
        Slice slice = whole(context.shape(x));
        slice.start[at] = start;
        slice.size[at] = sizes[i];
        start += sizes[i];
        EMBARK_ASSIGN(const TensorId part,
                      append_slice(context, i == 0 ? "" : fmt::format("{}", i), x, slice));
        parts.push_back(part);
    }
    return parts;
}

}  // namespace

/// Inputs: axis, x.
Expected<std::vector<TensorId>> convert_split(OperatorContext &context) {
    EMBARK_ASSIGN(const int64_t given, constant_integer(context, 0));
    EMBARK_ASSIGN(const TensorId x, input(context, 1));
    const Shape &shape = context.shape(x);
    EMBARK_ASSIGN(const int64_t axis, axis_of(given, shape.size()));
    const auto count = static_cast<int64_t>(context.outputs.size());
    const int64_t extent = shape[static_cast<size_t>(axis)];
    if (extent % count != 0) {
        return invalid(
            fmt::format("splits axis {} of {} in {} equal parts", axis, to_string(shape), count));
    }
    return split(context, x, axis, Ints(context.outputs.size(), extent / count));
}

/// Inputs: x, sizes (one may be -1), axis.
Expected<std::vector<TensorId>> convert_split_v(OperatorContext &context) {
    EMBARK_ASSIGN(const TensorId x, input(context, 0));
    EMBARK_ASSIGN(Ints sizes, constant_integers(context, 1));
    EMBARK_ASSIGN(const int64_t given, constant_integer(context, 2));
    const Shape &shape = context.shape(x);
    EMBARK_ASSIGN(const int64_t axis, axis_of(given, shape.size()));
    const int64_t extent = shape[static_cast<size_t>(axis)];
    int64_t left = extent;
    int64_t *open = nullptr;
    bool sound = sizes.size() == context.outputs.size();
    for (int64_t &size : sizes) {
        if (size == -1 && open == nullptr) {
            open = &size;
            continue;
        }
        sound = sound && size >= 1 && size <= left;
        left -= sound ? size : 0;
    }
    if (open != nullptr) *open = std::exchange(left, 0);
    if (!sound || left != 0) {
        return invalid(fmt::format("splits axis {} of {} in the sizes {}", axis, to_string(shape),
                                   to_string(sizes)));
    }
    return split(context, x, axis, sizes);
}

Expected<std::vector<TensorId>> convert_unpack(OperatorContext &context) {
    EMBARK_ASSIGN(const auto *options, required(context.op.builtin_options_as_UnpackOptions()));
    EMBARK_ASSIGN(const TensorId x, input(context, 0));
    const Shape from = context.shape(x);
    EMBARK_ASSIGN(const int64_t axis, axis_of(options->axis(), from.size()));
    Shape shape = from;
    shape.erase(shape.begin() + axis);
    if (from[static_cast<size_t>(axis)] != static_cast<int64_t>(context.outputs.size())) {
        return invalid(fmt::format("takes axis {} of {} apart, expected {} outputs", axis,
                                   to_string(from), from[static_cast<size_t>(axis)]));
    }
    std::vector<TensorId> parts;
    for (size_t i = 0; i < context.outputs.size(); ++i) {
        Slice slice = whole(from);
        slice.start[static_cast<size_t>(axis)] = static_cast<int64_t>(i);
        slice.size[static_cast<size_t>(axis)] = 1;
        EMBARK_ASSIGN(const TensorId part,
                      append_slice(context, fmt::format("slice_{}", i), x, std::move(slice)));
        EMBARK_ASSIGN(const TensorId y,
                      append_move(context, "reshape", i == 0 ? "" : fmt::format("{}", i), part,
                                  {{"shape", shape}}));
        parts.push_back(y);
    }
    return parts;
}

Expected<std::vector<TensorId>> convert_reverse(OperatorContext &context) {
    EMBARK_ASSIGN(const TensorId x, input(context, 0));
    EMBARK_ASSIGN(const Ints axes, constant_axes(context, 1, context.shape(x).size()));
    Slice slice = whole(context.shape(x));
    for (const int64_t given : axes) {
        const auto axis = static_cast<size_t>(given);
        slice.start[axis] = slice.size[axis] - 1;
        slice.step[axis] = -1;
    }
    return one(append_slice(context, "", x, std::move(slice)));
}

Expected<std::vector<TensorId>> convert_reverse_sequence(OperatorContext &context) {
    EMBARK_ASSIGN(const auto *options,
                  required(context.op.builtin_options_as_ReverseSequenceOptions()));
    EMBARK_ASSIGN(const TensorId x, input(context, 0));
    EMBARK_ASSIGN(const TensorId lengths, input(context, 1));
    const size_t rank = context.shape(x).size();
    EMBARK_ASSIGN(const int64_t time, axis_of(options->seq_dim(), rank));
    EMBARK_ASSIGN(const int64_t batch, axis_of(options->batch_dim(), rank));
    return one(append(context, "reverse_sequence", "", {x, lengths},
                      {{"batch_axis", batch}, {"time_axis", time}}));
}

Expected<std::vector<TensorId>> convert_gather(OperatorContext &context) {
    const auto *options = context.op.builtin_options_as_GatherOptions();
    EMBARK_ASSIGN(const TensorId x, input(context, 0));
    EMBARK_ASSIGN(const TensorId indices, input(context, 1));
    const int32_t axis = options != nullptr ? options->axis() : 0;
    EMBARK_ASSIGN(const int64_t resolved, axis_of(axis, context.shape(x).size()));
    Attributes attributes{{"axis", resolved}};
    if (options != nullptr && options->batch_dims() != 0) {
        EMBARK_ASSIGN(const int64_t batch,
                      axis_of(options->batch_dims(), context.shape(indices).size() + 1));
        attributes.emplace("batch_dims", batch);
    }
    return one(append(context, "gather", "", {x, indices}, std::move(attributes)));
}

Expected<std::vector<TensorId>> convert_gather_nd(OperatorContext &context) {
    EMBARK_ASSIGN(const TensorId x, input(context, 0));
    EMBARK_ASSIGN(const TensorId indices, input(context, 1));
    return one(append(context, "gather_nd", "", {x, indices}));
}

/// Inputs: indices, updates, shape. What meets in one place is added, from zero.
Expected<std::vector<TensorId>> convert_scatter_nd(OperatorContext &context) {
    EMBARK_ASSIGN(const TensorId indices, input(context, 0));
    EMBARK_ASSIGN(const TensorId updates, input(context, 1));
    EMBARK_ASSIGN(Ints shape, constant_integers(context, 2));
    const DataType type = context.type(updates).type;
    EMBARK_RETURN_IF_ERROR(context.tensors.charge(size_of(type)));
    EMBARK_ASSIGN(const TensorId zero,
                  context.tensors.add_constant(
                      context.name + "/zero", TensorType{type, Shape(shape.size(), 1), {}},
                      std::make_shared<const Bytes>(size_of(type), uint8_t{0})));
    EMBARK_ASSIGN(const TensorId zeros,
                  append(context, "expand", "zeros", {zero}, {{"shape", std::move(shape)}}));
    return one(append(context, "scatter_nd", "", {zeros, indices, updates},
                      {{"reduction", std::string("add")}}));
}

/// Inputs: indices, depth, value where on, value where off.
Expected<std::vector<TensorId>> convert_one_hot(OperatorContext &context) {
    const auto *options = context.op.builtin_options_as_OneHotOptions();
    EMBARK_ASSIGN(const TensorId indices, input(context, 0));
    EMBARK_ASSIGN(const int64_t depth, constant_integer(context, 1));
    EMBARK_ASSIGN(const TensorId on, input(context, 2));
    EMBARK_ASSIGN(const TensorId off, input(context, 3));
    EMBARK_ASSIGN(const TensorId first, reshaped(context, "off", off, {1}));
    EMBARK_ASSIGN(const TensorId second, reshaped(context, "on", on, {1}));
    EMBARK_ASSIGN(const TensorId values,
                  append(context, "concat", "values", {first, second}, {{"axis", int64_t{0}}}));
    EMBARK_ASSIGN(const int64_t axis, axis_of(options != nullptr ? options->axis() : -1,
                                              context.shape(indices).size() + 1));
    return one(
        append(context, "one_hot", "", {indices, values}, {{"depth", depth}, {"axis", axis}}));
}

}  // namespace embark::tflite
