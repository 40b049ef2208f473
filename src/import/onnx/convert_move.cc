// Operators that move, repeat, select or pad elements.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "import/onnx/converters.h"

namespace embark::onnx {

namespace {

std::vector<int64_t> zeros(size_t count) {
    return std::vector<int64_t>(count, 0);
}
std::vector<int64_t> ones(size_t count) {
    return std::vector<int64_t>(count, 1);
}

/// One entry per stored axis of a list that has one per axis of the model.
std::vector<int64_t> stored(const std::vector<int64_t> &list, const std::vector<size_t> &order) {
    std::vector<int64_t> result;
    for (const size_t axis : order) result.push_back(list[axis]);
    return result;
}

Error no_elements(const Shape &shape) {
    return make_error(ErrorCode::kUnsupported,
                      fmt::format("makes a tensor {} without elements", to_string(shape)));
}

struct Range {
    int64_t start, step, size;
};

/// Python's x[start:end:step] over \p extent elements.
Range clamped_range(int64_t start, int64_t end, int64_t step, int64_t extent) {
    const int64_t least = step < 0 ? -1 : 0, most = step < 0 ? extent - 1 : extent;
    const auto wrap = [&](int64_t at) {
        if (at < 0) at = at < -extent ? least : at + extent;
        return std::clamp(at, least, most);
    };
    start = wrap(start);
    end = wrap(end);
    const int64_t span = step < 0 ? start - end : end - start;
    const int64_t stride = step < 0 ? -step : step;
    return {start, step, span <= 0 ? 0 : (span - 1) / stride + 1};
}

}  // namespace

Status convert_slice(Context &c) {
    EMBARK_ASSIGN(const auto starts, c.list(1, "starts"));
    EMBARK_ASSIGN(const auto ends, c.list(2, "ends"));
    EMBARK_ASSIGN(auto axes, c.list(3, "axes"));
    EMBARK_ASSIGN(auto steps, c.list(4, ""));
    if (!starts || !ends) return make_error(ErrorCode::kInvalid, "has no starts or no ends");
    const size_t rank = c.in().rank(), count = starts->size();
    if (!axes) {
        axes.emplace();
        for (size_t i = 0; i < count; ++i) axes->push_back(static_cast<int64_t>(i));
    }
    if (!steps) steps = ones(count);
    if (ends->size() != count || axes->size() != count || steps->size() != count) {
        return make_error(ErrorCode::kInvalid, "starts, ends, axes and steps differ in length");
    }
    std::vector<int64_t> start = zeros(rank), step = ones(rank), size = c.in().shape;
    for (size_t i = 0; i < count; ++i) {
        EMBARK_ASSIGN(const size_t axis, c.axis((*axes)[i], rank));
        const int64_t extent = c.in().shape[axis];
        const int64_t stride =
            std::clamp((*steps)[i], -std::max<int64_t>(extent, 1), std::max<int64_t>(extent, 1));
        if (stride == 0) return make_error(ErrorCode::kInvalid, "a step is 0");
        const Range range = clamped_range((*starts)[i], (*ends)[i], stride, extent);
        start[axis] = range.start;
        step[axis] = range.step;
        size[axis] = range.size;
    }
    const bool empty = std::find(size.begin(), size.end(), 0) != size.end();
    if (empty && c.constant(0)) {
        return c.give(c.builder.constant(c.builder.add_constant({c.type(), size, {}}, {})));
    }
    if (empty) return no_elements(size);
    return c.give(sliced(c.builder, c.in(), start, step, size));
}

Status convert_split(Context &c) {
    EMBARK_ASSIGN(const size_t axis, c.axis(c.int_of("axis", 0), c.in().rank()));
    EMBARK_ASSIGN(auto sizes, c.list(1, "split"));
    const int64_t extent = c.in().shape[axis];
    if (!sizes) {
        const auto parts = static_cast<int64_t>(c.node.outputs.size());
        if (parts == 0) return make_error(ErrorCode::kInvalid, "has no outputs");
        const int64_t each = (extent + parts - 1) / parts;
        sizes.emplace();
        for (int64_t i = 0; i < parts; ++i) {
            sizes->push_back(std::clamp<int64_t>(extent - i * each, 0, each));
        }
    }
    int64_t at = 0;
    for (size_t i = 0; i < sizes->size(); ++i) {
        std::vector<int64_t> start = zeros(c.in().rank()), size = c.in().shape;
        start[axis] = at;
        size[axis] = (*sizes)[i];
        if (size[axis] < 0 || size[axis] > extent - at) {
            return make_error(ErrorCode::kInvalid,
                              fmt::format("splits {} elements into {}", extent, to_string(*sizes)));
        }
        at += size[axis];
        if (!c.wants(i)) continue;
        if (size[axis] == 0) return no_elements(size);
        EMBARK_RETURN_IF_ERROR(
            c.give(sliced(c.builder, c.in(), start, ones(c.in().rank()), size), i));
    }
    return Ok{};
}

Status convert_concat(Context &c) {
    EMBARK_RETURN_IF_ERROR(c.check_all_present());
    std::vector<Value> parts;
    for (const Value &value : c.inputs) {
        if (value.elements() > 0) parts.push_back(value);
    }
    if (parts.empty()) return c.give(c.in());
    if (parts.size() == 1) return c.give(parts[0]);
    EMBARK_ASSIGN(const size_t axis, c.axis(c.int_of("axis", 1), parts[0].rank()));
    const auto larger = [&](const Value &a, const Value &b) {
        return std::pair(!c.builder.is_constant(a), a.elements()) <
               std::pair(!c.builder.is_constant(b), b.elements());
    };
    EMBARK_ASSIGN(const Arranged leader,
                  arrange(c.builder, *std::max_element(parts.begin(), parts.end(), larger)));
    std::vector<TensorId> ids;
    for (const Value &value : parts) {
        if (value.rank() != parts[0].rank()) {
            return make_error(ErrorCode::kInvalid,
                              fmt::format("joins {} and {}, expected the same rank",
                                          to_string(parts[0].shape), to_string(value.shape)));
        }
        EMBARK_ASSIGN(const TensorId id, arrange_as(c.builder, value, leader.order));
        ids.push_back(id);
    }
    EMBARK_ASSIGN(const TensorId id, c.builder.emit("concat", ids, {{"axis", leader.at(axis)}}));
    return c.give(value_of(c.builder, id, leader.order));
}

namespace {

/// Emits a pad with one entry of before and after per axis of the model; negative ones cut.
Expected<Value> padded(Context &c, const Value &x, std::vector<int64_t> before,
                       std::vector<int64_t> after, double number, const std::string &mode) {
    std::vector<int64_t> start = zeros(x.rank()), size = x.shape;
    bool cuts = false, pads = false;
    for (size_t i = 0; i < x.rank(); ++i) {
        start[i] = std::max<int64_t>(0, -before[i]);
        size[i] -= start[i] + std::max<int64_t>(0, -after[i]);
        cuts = cuts || before[i] < 0 || after[i] < 0;
        pads = pads || before[i] > 0 || after[i] > 0;
        before[i] = std::max<int64_t>(0, before[i]);
        after[i] = std::max<int64_t>(0, after[i]);
        if (size[i] < 1) return no_elements(size);
    }
    Value inner = x;
    if (cuts) {
        EMBARK_ASSIGN(inner, sliced(c.builder, x, start, ones(x.rank()), size));
    }
    if (!pads) return inner;
    EMBARK_ASSIGN(const Arranged arranged, arrange(c.builder, inner));
    EMBARK_ASSIGN(const TensorId id, c.builder.emit("pad", {arranged.id},
                                                    {{"before", stored(before, arranged.order)},
                                                     {"after", stored(after, arranged.order)},
                                                     {"value", number},
                                                     {"mode", mode}}));
    return value_of(c.builder, id, arranged.order);
}

}  // namespace

Status convert_pad(Context &c) {
    EMBARK_ASSIGN(auto pads, c.list(1, c.has_attribute("pads") ? "pads" : "paddings"));
    EMBARK_ASSIGN(const double number, c.number(2, c.float_of("value", 0)));
    EMBARK_ASSIGN(auto list, c.list(3, ""));
    const size_t rank = c.in().rank();
    if (!list) {
        list.emplace();
        for (size_t i = 0; i < rank; ++i) list->push_back(static_cast<int64_t>(i));
    }
    if (!pads || pads->size() != 2 * list->size()) {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("has {} pads, expected two for each of {} axes",
                                      pads ? pads->size() : 0, list->size()));
    }
    std::vector<int64_t> before = zeros(rank), after = zeros(rank);
    for (size_t i = 0; i < list->size(); ++i) {
        EMBARK_ASSIGN(const size_t axis, c.axis((*list)[i], rank));
        before[axis] = (*pads)[i];
        after[axis] = (*pads)[i + list->size()];
    }
    return c.give(padded(c, c.in(), before, after, number, c.string_of("mode", "constant")));
}

Status convert_tile(Context &c) {
    EMBARK_ASSIGN(std::vector<int64_t> repeats, c.builder.ints_of(c.in(1)));
    if (c.opset < 6 && c.has(2)) {  // one axis, tiled so often
        EMBARK_ASSIGN(const double along, c.number(2, 0));
        EMBARK_ASSIGN(const size_t axis, c.axis(static_cast<int64_t>(along), c.in().rank()));
        const int64_t count = repeats.empty() ? 1 : repeats[0];
        repeats = ones(c.in().rank());
        repeats[axis] = count;
    }
    const bool valid = repeats.size() == c.in().rank() &&
                       std::all_of(repeats.begin(), repeats.end(), [](auto r) { return r > 0; });
    if (!valid) {
        return make_error(ErrorCode::kUnsupported,
                          fmt::format("repeats are {}, expected {} of at least 1",
                                      to_string(repeats), c.in().rank()));
    }
    if (repeats == ones(repeats.size())) return c.give(c.in());
    EMBARK_ASSIGN(const Arranged arranged, arrange(c.builder, c.in()));
    EMBARK_ASSIGN(
        const TensorId id,
        c.builder.emit("tile", {arranged.id}, {{"repeats", stored(repeats, arranged.order)}}));
    return c.give(value_of(c.builder, id, arranged.order));
}

namespace {

/// One element of an axis, known now: a slice instead of a table.
Expected<Value> picked(Context &c, size_t axis, int64_t index) {
    const Value &x = c.in();
    if (index < 0) index += x.shape[axis];
    if (index < 0 || index >= x.shape[axis]) {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("reads element {} of {}", index, x.shape[axis]));
    }
    std::vector<int64_t> start = zeros(x.rank()), size = x.shape;
    start[axis] = index;
    size[axis] = 1;
    EMBARK_ASSIGN(const Value slice, sliced(c.builder, x, start, ones(x.rank()), size));
    Shape shape = x.shape;
    shape.erase(shape.begin() + static_cast<long>(axis));
    return c.builder.reshape(slice, shape);
}

/// The axes of a gather's result in storage, when \p axis becomes \p count axes.
std::vector<size_t> order_after_gather(const Arranged &x, size_t axis, size_t count) {
    std::vector<size_t> order;
    for (const size_t old : x.order) {
        if (old == axis) {
            for (size_t i = 0; i < count; ++i) order.push_back(axis + i);
        } else {
            order.push_back(old < axis ? old : old + count - 1);
        }
    }
    return order;
}

}  // namespace

Status convert_gather(Context &c) {
    EMBARK_ASSIGN(const size_t axis, c.axis(c.int_of("axis", 0), c.in().rank()));
    if (c.constant(1) && c.in(1).rank() == 0) {
        EMBARK_ASSIGN(const std::vector<int64_t> index, c.builder.ints_of(c.in(1)));
        return c.give(picked(c, axis, index[0]));
    }
    EMBARK_ASSIGN(const Arranged x, arrange(c.builder, c.in()));
    EMBARK_ASSIGN(const TensorId indices, c.builder.natural(c.in(1)));
    EMBARK_ASSIGN(const TensorId id,
                  c.builder.emit("gather", {x.id, indices}, {{"axis", x.at(axis)}}));
    return c.give(value_of(c.builder, id, order_after_gather(x, axis, c.in(1).rank())));
}

Status convert_gather_elements(Context &c) {
    EMBARK_ASSIGN(const size_t axis, c.axis(c.int_of("axis", 0), c.in().rank()));
    EMBARK_ASSIGN(const Arranged x, arrange(c.builder, c.in()));
    EMBARK_ASSIGN(const TensorId indices, arrange_as(c.builder, c.in(1), x.order));
    EMBARK_ASSIGN(const TensorId id,
                  c.builder.emit("gather_elements", {x.id, indices}, {{"axis", x.at(axis)}}));
    return c.give(value_of(c.builder, id, x.order));
}

Status convert_scatter_elements(Context &c) {
    EMBARK_ASSIGN(const size_t axis, c.axis(c.int_of("axis", 0), c.in().rank()));
    EMBARK_ASSIGN(const Arranged x, arrange(c.builder, c.in()));
    EMBARK_ASSIGN(const TensorId indices, arrange_as(c.builder, c.in(1), x.order));
    EMBARK_ASSIGN(const TensorId updates, arrange_as(c.builder, c.in(2), x.order));
    EMBARK_ASSIGN(
        const TensorId id,
        c.builder.emit("scatter_elements", {x.id, indices, updates},
                       {{"axis", x.at(axis)}, {"reduction", c.string_of("reduction", "none")}}));
    return c.give(value_of(c.builder, id, x.order));
}

namespace {

/// An operator on all inputs in the model's own order.
Status natural_operator(Context &c, std::string_view op, Attributes attributes) {
    EMBARK_RETURN_IF_ERROR(c.check_all_present());
    std::vector<TensorId> ids;
    for (const Value &value : c.inputs) {
        EMBARK_ASSIGN(const TensorId id, c.builder.natural(value));
        ids.push_back(id);
    }
    EMBARK_ASSIGN(const TensorId id, c.builder.emit(std::string(op), ids, std::move(attributes)));
    return c.give(stored_naturally(id, c.builder.tensor(id).type.shape));
}

}  // namespace

Status convert_gather_nd(Context &c) {
    return natural_operator(c, "gather_nd", {{"batch_dims", c.int_of("batch_dims", 0)}});
}

Status convert_scatter_nd(Context &c) {
    return natural_operator(c, "scatter_nd", {{"reduction", c.string_of("reduction", "none")}});
}

Status convert_reverse_sequence(Context &c) {
    return natural_operator(
        c, "reverse_sequence",
        {{"batch_axis", c.int_of("batch_axis", 1)}, {"time_axis", c.int_of("time_axis", 0)}});
}

Status convert_one_hot(Context &c) {
    EMBARK_ASSIGN(const double depth, c.number(1, 0));
    EMBARK_ASSIGN(const size_t axis, c.axis(c.int_of("axis", -1), c.in().rank() + 1));
    EMBARK_ASSIGN(TensorId indices, c.builder.natural(c.in()));
    if (is_float(c.type())) {
        EMBARK_ASSIGN(indices, c.builder.cast(indices, DataType::kInt64));
    }
    EMBARK_ASSIGN(const TensorId values, c.builder.natural(c.in(2)));
    EMBARK_ASSIGN(const TensorId id, c.builder.emit("one_hot", {indices, values},
                                                    {{"depth", static_cast<int64_t>(depth)},
                                                     {"axis", static_cast<int64_t>(axis)}}));
    return c.give(stored_naturally(id, c.builder.tensor(id).type.shape));
}

Status convert_blocks(Context &c) {
    const bool to_space = c.node.op == "DepthToSpace";
    if (c.in().rank() != 4) {
        return make_error(ErrorCode::kInvalid, fmt::format("input has shape {}, expected [N,C,H,W]",
                                                           to_string(c.in().shape)));
    }
    Attributes attributes = {{"block", c.int_of("blocksize", 1)}};
    if (to_space) attributes["mode"] = c.string_of("mode", "DCR") == "CRD" ? "crd" : "dcr";
    EMBARK_ASSIGN(const TensorId x, channels_last(c.builder, c.in()));
    EMBARK_ASSIGN(const TensorId id, c.builder.emit(to_space ? "depth_to_space" : "space_to_depth",
                                                    {x}, std::move(attributes)));
    return c.give(from_channels_last(c.builder, id, 4));
}

Status convert_trilu(Context &c) {
    EMBARK_ASSIGN(const double k, c.number(1, 0));
    EMBARK_ASSIGN(const TensorId x, c.builder.natural(c.in()));
    EMBARK_ASSIGN(const TensorId id, c.builder.emit("trilu", {x},
                                                    {{"upper", c.int_of("upper", 1)},
                                                     {"k", static_cast<int64_t>(k)}}));
    return c.give(stored_naturally(id, c.in().shape));
}

/// The elements for which a constant condition holds.
Status convert_compress(Context &c) {
    EMBARK_ASSIGN(const std::vector<int64_t> condition, c.builder.ints_of(c.in(1)));
    Value x = c.in();
    size_t axis = 0;
    if (c.has_attribute("axis")) {
        EMBARK_ASSIGN(axis, c.axis(c.int_of("axis", 0), x.rank()));
    } else {
        EMBARK_ASSIGN(x, c.builder.reshape(x, {x.elements()}));
    }
    std::vector<int64_t> kept;
    for (size_t i = 0; i < condition.size(); ++i) {
        if (condition[i] != 0) kept.push_back(static_cast<int64_t>(i));
    }
    if (kept.empty() || kept.back() >= x.shape[axis]) {
        return make_error(ErrorCode::kUnsupported,
                          fmt::format("keeps {} of {} elements", kept.size(), x.shape[axis]));
    }
    EMBARK_ASSIGN(const Arranged arranged, arrange(c.builder, x));
    const TensorId indices = c.builder.ints({static_cast<int64_t>(kept.size())}, kept);
    EMBARK_ASSIGN(const TensorId id,
                  c.builder.emit("gather", {arranged.id, indices}, {{"axis", arranged.at(axis)}}));
    return c.give(value_of(c.builder, id, arranged.order));
}

/// The places of a constant's elements that are not 0, one column each.
Status convert_non_zero(Context &c) {
    EMBARK_ASSIGN(const std::vector<double> values, c.builder.numbers_of(c.in()));
    const size_t rank = c.in().rank();
    std::vector<std::vector<int64_t>> rows(rank);
    for (size_t i = 0; i < values.size(); ++i) {
        if (values[i] == 0) continue;
        auto rest = static_cast<int64_t>(i);
        for (size_t axis = rank; axis-- > 0;) {
            rows[axis].push_back(rest % c.in().shape[axis]);
            rest /= c.in().shape[axis];
        }
    }
    std::vector<int64_t> places;
    for (const auto &row : rows) places.insert(places.end(), row.begin(), row.end());
    const Shape shape = {static_cast<int64_t>(rank),
                         rank == 0 ? 0 : static_cast<int64_t>(rows[0].size())};
    return c.give(c.builder.constant(c.builder.ints(shape, places)));
}

}  // namespace embark::onnx
