// Helpers that work on values in whatever order they are stored.

#include <fmt/format.h>

#include <algorithm>

#include "import/onnx/context.h"

namespace embark::onnx {

namespace {

/// Keeps what the model says of the type.
Value like(Value value, const Value &source) {
    value.narrow = source.narrow;
    return value;
}

/// \p shape with ones in front, up to \p rank axes.
Shape with_rank(const Shape &shape, size_t rank) {
    Shape result(rank - std::min(rank, shape.size()), 1);
    result.insert(result.end(), shape.begin(), shape.end());
    return result;
}

/// The operand whose storage order the others follow: the largest that is not a constant.
size_t leader_of(const Builder &builder, const std::vector<Value> &operands) {
    size_t leader = 0;
    const auto weight = [&](size_t i) {
        return std::pair(!builder.is_constant(operands[i]), operands[i].elements());
    };
    for (size_t i = 1; i < operands.size(); ++i) {
        if (weight(i) > weight(leader)) leader = i;
    }
    return leader;
}

/// \p shape with every axis that \p leader stores in several pieces split into them.
/// \param split  how many axes each axis becomes
Shape refine(const Shape &shape, const Value &leader, std::vector<std::vector<int64_t>> &pieces) {
    const size_t lead = shape.size() - leader.rank();
    Shape result;
    for (size_t axis = 0; axis < shape.size(); ++axis) {
        std::vector<int64_t> extents = {shape[axis]};
        if (axis >= lead && leader.axes[axis - lead].size() > 1) {
            extents.clear();
            for (const Factor &factor : leader.axes[axis - lead]) extents.push_back(factor.extent);
        }
        result.insert(result.end(), extents.begin(), extents.end());
        pieces.push_back(std::move(extents));
    }
    return result;
}

/// An operand's shape with its axes split as \p pieces; axes of extent 1 become ones.
Shape refined_operand(const Shape &shape, const std::vector<std::vector<int64_t>> &pieces) {
    const Shape full = with_rank(shape, pieces.size());
    Shape result;
    for (size_t axis = 0; axis < full.size(); ++axis) {
        if (full[axis] == 1) {
            result.insert(result.end(), pieces[axis].size(), 1);
        } else {
            result.insert(result.end(), pieces[axis].begin(), pieces[axis].end());
        }
    }
    return result;
}

/// Storage axes for \p shape that leave \p leader (each axis one factor at most) where it is.
Groups groups_like(const Value &leader, const Shape &stored, const Shape &shape) {
    if (is_natural(leader)) return groups_of(natural_order(shape.size()));
    std::vector<bool> placed(shape.size(), false);
    Groups kept;
    const auto order = storage_order(leader);
    size_t next = 0;
    for (const int64_t extent : stored) {
        kept.emplace_back();
        for (int64_t count = 1; next < order.size() && count < extent; ++next) {
            count *= order[next].first.extent;
            kept.back().push_back(order[next].second);
        }
    }
    for (const std::vector<size_t> &group : kept) {
        for (const size_t axis : group) placed[axis] = true;
    }
    Groups groups;
    for (size_t axis = 0; axis < shape.size(); ++axis) {
        if (!placed[axis] && shape[axis] > 1) groups.push_back({axis});
    }
    groups.insert(groups.end(), kept.begin(), kept.end());
    return groups;
}

/// Splits groups of several axes where an operand has not all of them.
Groups split_partial(const Groups &groups, const std::vector<Value> &operands, const Shape &shape) {
    Groups result;
    for (const std::vector<size_t> &group : groups) {
        bool whole = true;
        for (const Value &operand : operands) {
            const auto has = [&](size_t axis) { return operand.shape[axis] == shape[axis]; };
            const auto count = std::count_if(group.begin(), group.end(), has);
            whole = whole && (count == 0 || count == static_cast<long>(group.size()));
        }
        if (whole) {
            result.push_back(group);
            continue;
        }
        for (const size_t axis : group) result.push_back({axis});
    }
    return result;
}

/// A constant without the ones in front, so that per-channel operands are vectors.
Expected<TensorId> without_leading_ones(Builder &builder, TensorId id) {
    const Shape &shape = builder.tensor(id).type.shape;
    const auto first = std::find_if(shape.begin(), shape.end(), [](int64_t e) { return e != 1; });
    const Shape kept(first, shape.end());
    return builder.reshape(id, kept);
}

bool same_storage(const Builder &builder, const std::vector<Value> &operands) {
    return std::all_of(operands.begin(), operands.end(), [&](const Value &value) {
        return value.shape == operands[0].shape && value.axes == operands[0].axes &&
               builder.tensor(value).type.shape == builder.tensor(operands[0]).type.shape;
    });
}

}  // namespace

int64_t Arranged::at(size_t axis) const {
    return std::find(order.begin(), order.end(), axis) - order.begin();
}

Expected<Arranged> arrange(Builder &builder, const Value &value) {
    const auto order = axis_order(value, builder.tensor(value).type.shape);
    Arranged result{kNoTensor, order ? *order : natural_order(value.rank())};
    EMBARK_ASSIGN(result.id, arrange_as(builder, value, result.order));
    return result;
}

Expected<TensorId> arrange_as(Builder &builder, const Value &value,
                              const std::vector<size_t> &order) {
    if (value.rank() != order.size()) {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("an operand has shape {}, expected {} axes",
                                      to_string(value.shape), order.size()));
    }
    return builder.lay_out(value, groups_of(order));
}

Value value_of(const Builder &builder, TensorId id, const std::vector<size_t> &order) {
    const Shape &stored = builder.tensor(id).type.shape;
    Shape shape(stored.size());
    for (size_t i = 0; i < order.size(); ++i) shape[order[i]] = stored[i];
    return stored_as(id, shape, groups_of(order));
}

namespace {

Groups channels_last_groups(size_t rank) {
    Groups groups = {{0}};
    if (rank == 3) groups.emplace_back();
    for (size_t axis = 2; axis < rank; ++axis) groups.push_back({axis});
    if (rank > 1) groups.push_back({1});
    return groups;
}

}  // namespace

Expected<TensorId> channels_last(Builder &builder, const Value &value) {
    if (value.rank() < 2) {
        return make_error(ErrorCode::kInvalid, fmt::format("input has shape {}, expected [N,C,…]",
                                                           to_string(value.shape)));
    }
    return builder.lay_out(value, channels_last_groups(value.rank()));
}

Value from_channels_last(const Builder &builder, TensorId id, size_t rank) {
    const Shape &stored = builder.tensor(id).type.shape;
    const Groups groups = channels_last_groups(rank);
    Shape shape(rank);
    for (size_t i = 0; i < groups.size(); ++i) {
        if (!groups[i].empty()) shape[groups[i][0]] = stored[i];
    }
    return stored_as(id, shape, groups);
}

Expected<Shape> broadcast(const Shape &a, const Shape &b) {
    const size_t rank = std::max(a.size(), b.size());
    const Shape left = with_rank(a, rank), right = with_rank(b, rank);
    Shape shape;
    for (size_t i = 0; i < rank; ++i) {
        if (left[i] != right[i] && left[i] != 1 && right[i] != 1) {
            return make_error(ErrorCode::kInvalid,
                              fmt::format("operands have shapes {} and {}, expected ones that "
                                          "broadcast",
                                          to_string(a), to_string(b)));
        }
        shape.push_back(left[i] == 1 ? right[i] : left[i]);
    }
    return shape;
}

Expected<Value> apply(Builder &builder, std::string_view op, const std::vector<Value> &operands,
                      Attributes attributes, Quantization quantization) {
    const size_t leader = leader_of(builder, operands);
    std::vector<TensorId> ids;
    if (same_storage(builder, operands)) {
        for (const Value &operand : operands) ids.push_back(operand.id);
        Value result = operands[leader];
        EMBARK_ASSIGN(result.id, builder.emit(std::string(op), ids, std::move(attributes),
                                              std::move(quantization)));
        return result;
    }
    Shape shape = operands[0].shape;
    for (const Value &operand : operands) {
        EMBARK_ASSIGN(shape, broadcast(shape, operand.shape));
    }
    std::vector<std::vector<int64_t>> pieces;
    const Shape fine = refine(shape, operands[leader], pieces);
    std::vector<Value> split;
    for (const Value &operand : operands) {
        EMBARK_ASSIGN(Value value,
                      builder.reshape(operand, refined_operand(operand.shape, pieces)));
        split.push_back(std::move(value));
    }
    Groups groups = groups_like(split[leader], builder.tensor(split[leader]).type.shape, fine);
    groups = split_partial(groups, split, fine);
    for (size_t i = 0; i < split.size(); ++i) {
        EMBARK_ASSIGN(TensorId id, builder.lay_out(split[i], groups));
        if (i != leader && builder.tensor(id).is_constant()) {
            EMBARK_ASSIGN(id, without_leading_ones(builder, id));
        }
        ids.push_back(id);
    }
    EMBARK_ASSIGN(const TensorId id, builder.emit(std::string(op), ids, std::move(attributes),
                                                  std::move(quantization)));
    const Value result = like(stored_as(id, fine, groups), operands[leader]);
    return builder.reshape(result, shape);
}

Expected<Value> apply(Builder &builder, std::string_view op, const Value &value, double number) {
    const TensorId id = builder.scalar(number, builder.type_of(value));
    return apply(builder, op, std::vector{value, builder.constant(id)});
}

Expected<Value> cast(Builder &builder, const Value &value, DataType type) {
    Value result = value;
    EMBARK_ASSIGN(result.id, builder.cast(value.id, type));
    return result;
}

Expected<Value> reduce(Builder &builder, std::string_view op, const Value &value,
                       const std::vector<size_t> &axes, bool keep) {
    std::vector<bool> marked(value.rank(), false);
    for (const size_t axis : axes) marked[axis] = true;
    // Storage axes: the tensor's own where they are all or nothing, else one per run of factors.
    const auto order = storage_order(value);
    Shape stored = builder.tensor(value).type.shape;
    std::vector<int64_t> reduced_axes;
    const auto walk = [&] {
        size_t next = 0;
        reduced_axes.clear();
        for (size_t i = 0; i < stored.size(); ++i) {
            int64_t count = 1;
            bool some = false, all = true;
            for (; count < stored[i] && next < order.size(); ++next) {
                count *= order[next].first.extent;
                some = some || marked[order[next].second];
                all = all && marked[order[next].second];
            }
            if (count != stored[i] || (some && !all)) return false;
            if (some) reduced_axes.push_back(static_cast<int64_t>(i));
        }
        return true;
    };
    if (!walk()) {
        stored.clear();
        for (const auto &[factor, axis] : order) stored.push_back(factor.extent);
        walk();
    }
    if (reduced_axes.empty()) {  // over an extent of 1 only, which is not always the identity
        const auto one = std::find(stored.begin(), stored.end(), 1);
        reduced_axes.push_back(one - stored.begin());
        if (one == stored.end()) stored.push_back(1);
    }
    EMBARK_ASSIGN(const TensorId ready, builder.reshape(value.id, stored));
    Value result = reduced(value, marked);
    EMBARK_ASSIGN(result.id, builder.emit(std::string(op), {ready},
                                          {{"axes", reduced_axes}, {"keep_dims", int64_t{1}}}));
    if (keep) return result;
    Shape shape;
    for (size_t axis = 0; axis < value.rank(); ++axis) {
        if (!marked[axis]) shape.push_back(value.shape[axis]);
    }
    return builder.reshape(result, shape);
}

Expected<Value> along_last(Builder &builder, std::string_view op, const Value &value, size_t axis,
                           Attributes attributes) {
    const auto known = axis_order(value, builder.tensor(value).type.shape);
    std::vector<size_t> order = known ? *known : natural_order(value.rank());
    if (order.empty()) {  // a scalar is a vector of one element
        EMBARK_ASSIGN(const Value vector, builder.reshape(value, {1}));
        EMBARK_ASSIGN(const Value result, along_last(builder, op, vector, 0, attributes));
        return builder.reshape(result, {});
    }
    std::erase(order, axis);
    order.push_back(axis);
    EMBARK_ASSIGN(const TensorId ready, arrange_as(builder, value, order));
    EMBARK_ASSIGN(const TensorId id, builder.emit(std::string(op), {ready}, std::move(attributes)));
    return like(value_of(builder, id, order), value);
}

Expected<Value> expanded(Builder &builder, const Value &value, const Shape &shape) {
    if (value.rank() > shape.size()) {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("shape {} does not expand to {}", to_string(value.shape),
                                      to_string(shape)));
    }
    EMBARK_ASSIGN(const Value full, builder.reshape(value, with_rank(value.shape, shape.size())));
    if (full.shape == shape) return full;
    EMBARK_ASSIGN(const Arranged arranged, arrange(builder, full));
    Shape stored;
    for (const size_t axis : arranged.order) stored.push_back(shape[axis]);
    EMBARK_ASSIGN(const TensorId id, builder.emit("expand", {arranged.id}, {{"shape", stored}}));
    return like(value_of(builder, id, arranged.order), value);
}

Expected<Value> sliced(Builder &builder, const Value &value, const std::vector<int64_t> &start,
                       const std::vector<int64_t> &step, const std::vector<int64_t> &size) {
    if (size == value.shape &&
        std::all_of(step.begin(), step.end(), [](int64_t s) { return s > 0; })) {
        return value;
    }
    EMBARK_ASSIGN(const Arranged arranged, arrange(builder, value));
    std::vector<int64_t> starts, steps, sizes;
    for (const size_t axis : arranged.order) {
        starts.push_back(start[axis]);
        steps.push_back(size[axis] == 1 ? 1 : step[axis]);
        sizes.push_back(size[axis]);
    }
    EMBARK_ASSIGN(
        const TensorId id,
        builder.emit("slice", {arranged.id}, {{"start", starts}, {"step", steps}, {"size", sizes}},
                     builder.tensor(arranged.id).type.quantization));
    return like(value_of(builder, id, arranged.order), value);
}

bool is_float(DataType type) {
    return type == DataType::kFloat32 || type == DataType::kFloat64;
}

}  // namespace embark::onnx
