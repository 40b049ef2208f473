#include "import/onnx/value.h"

#include <algorithm>
#include <numeric>

namespace embark::onnx {

namespace {

/// Splits the innermost elements off the factors at the back of \p rest until they number
/// \p extent. \returns nothing when a factor does not divide
std::optional<Axis> take_back(std::vector<Factor> &rest, int64_t extent) {
    Axis axis;
    while (extent > 1) {
        if (rest.empty()) return std::nullopt;
        Factor &last = rest.back();
        if (extent % last.extent == 0) {
            extent /= last.extent;
            axis.insert(axis.begin(), last);
            rest.pop_back();
            continue;
        }
        if (last.extent % extent != 0) return std::nullopt;
        axis.insert(axis.begin(), {extent, last.stride});
        last = {last.extent / extent, last.stride * extent};
        extent = 1;
    }
    return axis;
}

}  // namespace

std::vector<size_t> natural_order(size_t rank) {
    std::vector<size_t> order(rank);
    std::iota(order.begin(), order.end(), size_t{0});
    return order;
}

Groups groups_of(const std::vector<size_t> &order) {
    Groups groups;
    for (const size_t axis : order) groups.push_back({axis});
    return groups;
}

Value stored_naturally(TensorId id, Shape shape) {
    const size_t rank = shape.size();
    return stored_as(id, std::move(shape), groups_of(natural_order(rank)));
}

Value stored_as(TensorId id, Shape shape, const Groups &groups) {
    Value value{id, std::move(shape), {}, {}};
    value.axes.resize(value.shape.size());
    int64_t stride = 1;
    for (size_t g = groups.size(); g-- > 0;) {
        for (size_t i = groups[g].size(); i-- > 0;) {
            const size_t axis = groups[g][i];
            const int64_t extent = value.shape[axis];
            if (extent > 1) value.axes[axis] = {{extent, stride}};
            stride *= extent;
        }
    }
    return value;
}

std::vector<Factor> merged(const std::vector<Factor> &factors) {
    std::vector<Factor> result;
    for (const Factor &factor : factors) {
        if (!result.empty() && result.back().stride == factor.extent * factor.stride) {
            result.back() = {result.back().extent * factor.extent, factor.stride};
        } else {
            result.push_back(factor);
        }
    }
    return result;
}

namespace {

std::vector<Factor> all_factors(const Value &value) {
    std::vector<Factor> factors;
    for (const Axis &axis : value.axes) factors.insert(factors.end(), axis.begin(), axis.end());
    return factors;
}

}  // namespace

bool is_natural(const Value &value) {
    return merged(all_factors(value)).size() <= 1;
}

Value transposed(const Value &value, const std::vector<size_t> &perm) {
    Value result{value.id, {}, {}, value.narrow};
    for (const size_t axis : perm) {
        result.shape.push_back(value.shape[axis]);
        result.axes.push_back(value.axes[axis]);
    }
    return result;
}

std::optional<Value> reshaped(const Value &value, const Shape &shape) {
    std::vector<Factor> rest = merged(all_factors(value));
    Value result{value.id, shape, {}, value.narrow};
    result.axes.resize(shape.size());
    for (size_t axis = shape.size(); axis-- > 0;) {
        std::optional<Axis> factors = take_back(rest, shape[axis]);
        if (!factors) return std::nullopt;
        result.axes[axis] = std::move(*factors);
    }
    return result;
}

std::vector<std::pair<Factor, size_t>> storage_order(const Value &value) {
    std::vector<std::pair<Factor, size_t>> factors;
    for (size_t axis = 0; axis < value.axes.size(); ++axis) {
        for (const Factor &factor : value.axes[axis]) factors.emplace_back(factor, axis);
    }
    std::sort(factors.begin(), factors.end(),
              [](const auto &a, const auto &b) { return a.first.stride > b.first.stride; });
    return factors;
}

Value reduced(const Value &value, const std::vector<bool> &marked) {
    Value result = value;
    int64_t stride = 1;
    std::vector<std::pair<Factor, size_t>> order = storage_order(value);
    std::vector<std::pair<int64_t, int64_t>> strides;  // old, new
    for (size_t i = order.size(); i-- > 0;) {
        if (marked[order[i].second]) continue;
        strides.emplace_back(order[i].first.stride, stride);
        stride *= order[i].first.extent;
    }
    for (size_t axis = 0; axis < result.axes.size(); ++axis) {
        if (marked[axis]) {
            result.axes[axis].clear();
            result.shape[axis] = 1;
        }
        for (Factor &factor : result.axes[axis]) {
            const auto same = [&](const auto &pair) { return pair.first == factor.stride; };
            factor.stride = std::find_if(strides.begin(), strides.end(), same)->second;
        }
    }
    return result;
}

std::optional<std::vector<size_t>> axis_order(const Value &value, const Shape &stored) {
    std::vector<std::pair<int64_t, size_t>> long_axes;  // stride of the innermost factor, axis
    std::vector<size_t> short_axes;
    for (size_t axis = 0; axis < value.rank(); ++axis) {
        const std::vector<Factor> factors = merged(value.axes[axis]);
        if (factors.size() > 1) return std::nullopt;
        if (factors.empty()) {
            short_axes.push_back(axis);
        } else {
            long_axes.emplace_back(factors[0].stride, axis);
        }
    }
    if (is_natural(value)) return natural_order(value.rank());
    std::sort(long_axes.rbegin(), long_axes.rend());
    std::vector<size_t> order;
    size_t next_long = 0, next_short = 0;
    const bool same_rank = stored.size() == value.rank();
    for (size_t i = 0; same_rank && i < stored.size(); ++i) {
        if (stored[i] == 1 && next_short < short_axes.size()) {
            order.push_back(short_axes[next_short++]);
        } else if (next_long < long_axes.size()) {
            order.push_back(long_axes[next_long++].second);
        }
    }
    if (order.size() == value.rank()) return order;
    order = short_axes;
    for (const auto &[stride, axis] : long_axes) order.push_back(axis);
    return order;
}

}  // namespace embark::onnx
