// Functions between layers that only move elements: reshape, transpose, indices, concatenation.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "import/keras/operation_call.h"

namespace embark::keras {

Expected<std::vector<int64_t>> read_axes(const OperationCall &call, Value value) {
    if (!value.is_null()) return config_axes(value, "axis", call.shape().size());
    std::vector<int64_t> axes;
    for (size_t i = 0; i < call.shape().size(); ++i) axes.push_back(static_cast<int64_t>(i));
    return axes;
}

Expected<TensorId> convert_reshape_to(OperationCall &call) {
    Value target = call.argument({"newshape", "shape"});
    if (target.is_null()) target = call.constant(1);
    const int64_t total = element_count(call.shape());
    Shape shape;
    int64_t known = 1, open = -1;
    for (size_t i = 0; i < target.size(); ++i) {
        int64_t extent = target[i].as_int().value_or(-1);
        if (target[i].is_null() && i == 0) extent = call.shape()[0];
        const bool fits = extent == -1 ? open < 0 : extent >= 1 && extent <= total / known;
        if (!fits) return bad_config("newshape", target, fmt::format("{} elements", total));
        if (extent == -1) open = static_cast<int64_t>(i);
        if (extent > 0) known *= extent;
        shape.push_back(extent);
    }
    if (shape.empty() || total % known != 0 || (open < 0 && known != total)) {
        return bad_config("newshape", target, fmt::format("{} elements", total));
    }
    if (open >= 0) shape[static_cast<size_t>(open)] = total / known;
    return append_reshape(call.context, "", call.x(), std::move(shape));
}

Expected<TensorId> convert_transpose(OperationCall &call) {
    Value axes = call.argument({"axes", "perm"});
    if (axes.is_null()) axes = call.constant(1);
    const size_t rank = call.shape().size();
    std::vector<int64_t> perm;
    for (size_t i = 0; i < axes.size(); ++i) {
        const int64_t axis = axes[i].as_int().value_or(static_cast<int64_t>(rank));
        perm.push_back(axis < 0 ? axis + static_cast<int64_t>(rank) : axis);
    }
    for (size_t i = rank; axes.is_null() && i > 0; --i) perm.push_back(static_cast<int64_t>(i) - 1);
    std::vector<int64_t> sorted = perm;
    std::sort(sorted.begin(), sorted.end());
    bool complete = perm.size() == rank;
    for (size_t i = 0; i < sorted.size(); ++i) complete &= sorted[i] == static_cast<int64_t>(i);
    if (!complete) return bad_config("axes", axes, fmt::format("{} different axes", rank));
    return append_transpose(call.context, "", call.x(), perm);
}

Expected<TensorId> convert_concat(OperationCall &call) {
    EMBARK_ASSIGN(const auto axes, read_axes(call, call.argument({"axis"})));
    if (call.context.inputs.size() == 1) return call.x();
    return append(call.context, "concat", "", call.context.inputs, {{"axis", axes[0]}});
}

/// A new axis of one, at a place of the result.
Expected<TensorId> convert_expand_dims(OperationCall &call) {
    Value value = call.argument({"axis"});
    if (value.is_null()) value = call.constant(1);
    Shape shape = call.shape();
    EMBARK_ASSIGN(
        const auto axes,
        config_axes(value, "axis", shape.size() + value.size() + (value.is_array() ? 0 : 1)));
    for (const int64_t axis : axes) shape.insert(shape.begin() + axis, 1);
    return append_reshape(call.context, "", call.x(), std::move(shape));
}

Expected<TensorId> convert_squeeze(OperationCall &call) {
    const Value value = call.argument({"axis"});
    const Shape &in = call.shape();
    std::vector<int64_t> axes;
    if (!value.is_null()) {
        EMBARK_ASSIGN(axes, config_axes(value, "axis", in.size()));
    }
    Shape shape;
    for (size_t i = 0; i < in.size(); ++i) {
        const bool named =
            std::find(axes.begin(), axes.end(), static_cast<int64_t>(i)) != axes.end();
        if (named && in[i] != 1) return bad_config("axis", value, "axes of extent 1");
        if (named || (value.is_null() && i > 0 && in[i] == 1)) continue;
        shape.push_back(in[i]);
    }
    return append_reshape(call.context, "", call.x(), std::move(shape));
}

Expected<TensorId> convert_stack(OperationCall &call) {
    const size_t rank = call.shape().size() + 1;
    std::vector<int64_t> axes{0};
    if (const Value value = call.argument({"axis"}); !value.is_null()) {
        EMBARK_ASSIGN(axes, config_axes(value, "axis", rank));
    }
    std::vector<TensorId> inputs;
    for (size_t i = 0; i < call.context.inputs.size(); ++i) {
        Shape shape = call.context.input_shape(i);
        if (shape != call.shape()) {
            return make_error(
                ErrorCode::kInvalid,
                fmt::format("stacks {} and {}", to_string(call.shape()), to_string(shape)));
        }
        shape.insert(shape.begin() + axes[0], 1);
        EMBARK_ASSIGN(const TensorId part,
                      append_reshape(call.context, fmt::format("part_{}", i),
                                     call.context.inputs[i], std::move(shape)));
        inputs.push_back(part);
    }
    return append(call.context, "concat", "", inputs, {{"axis", axes[0]}});
}

namespace {

/// Start, step and size of an index: a slice of Python or one place.
struct Span {
    int64_t start = 0, step = 1, size = 0;
    bool drops_axis = false;
};

Expected<Span> read_span(Value index, int64_t extent) {
    const auto wrong = [&] {
        return bad_config("index", index, fmt::format("places of an axis of {}", extent));
    };
    if (const auto place = index.as_int()) {
        if (*place < -extent || *place >= extent) return wrong();
        return Span{*place < 0 ? *place + extent : *place, 1, 1, true};
    }
    // Keras 3 wraps the members once more.
    const Value slice = index.has("config") ? index["config"] : index;
    if (!slice.is_object()) return wrong();
    const auto member = [&](std::string_view key, int64_t fallback) {
        return slice[key].is_null() ? std::optional(fallback) : slice[key].as_int();
    };
    const auto step = member("step", 1);
    if (!step || *step == 0) return wrong();
    const bool up = *step > 0;
    auto start = member("start", up ? 0 : extent - 1), stop = member("stop", up ? extent : -1);
    if (!start || !stop) return wrong();
    if (*start < 0) *start += extent;
    if (*stop < 0 && !slice["stop"].is_null()) *stop += extent;
    *start = std::clamp<int64_t>(*start, up ? 0 : -1, up ? extent : extent - 1);
    *stop = std::clamp<int64_t>(*stop, up ? 0 : -1, up ? extent : extent - 1);
    const int64_t reach = up ? *stop - *start : *start - *stop, stride = up ? *step : -*step;
    if (reach < 1) return wrong();
    return Span{*start, *step, (reach - 1) / stride + 1, false};
}

bool is_ellipsis(Value index) {
    return index.as_string() == "Ellipsis" || index["class_name"].as_string() == "__ellipsis__" ||
           index["class_name"].as_string() == "Ellipsis";
}

}  // namespace

/// x[1:3, ..., 0, None]
Expected<TensorId> convert_get_item(OperationCall &call) {
    Value spec = call.argument({"key", "slice_spec"});
    if (spec.is_null()) spec = call.constant(1);
    std::vector<Value> indices;
    if (!spec.is_array()) indices.push_back(spec);
    for (size_t i = 0; spec.is_array() && i < spec.size(); ++i) indices.push_back(spec[i]);
    const Shape in = call.shape();
    size_t consumed = 0;
    for (const Value index : indices) consumed += !index.is_null() && !is_ellipsis(index);
    if (consumed > in.size()) return bad_config("index", spec, fmt::format("{} axes", in.size()));
    std::vector<int64_t> start(in.size(), 0), step(in.size(), 1), size = in, shape;
    size_t axis = 0;
    for (const Value index : indices) {
        if (index.is_null()) {
            shape.push_back(1);
        } else if (is_ellipsis(index)) {
            for (size_t i = consumed; i < in.size(); ++i) shape.push_back(in[axis++]);
            consumed = in.size();
        } else {
            EMBARK_ASSIGN(const Span span, read_span(index, in[axis]));
            start[axis] = span.start;
            step[axis] = span.step;
            size[axis++] = span.size;
            if (!span.drops_axis) shape.push_back(span.size);
        }
    }
    for (; axis < in.size(); ++axis) shape.push_back(in[axis]);
    TensorId y = call.x();
    if (size != in || std::any_of(step.begin(), step.end(), [](int64_t s) { return s < 0; })) {
        EMBARK_ASSIGN(y, append(call.context, "slice", "", {y},
                                {{"start", start}, {"step", step}, {"size", size}}));
    }
    return append_reshape(call.context, "axes", y, std::move(shape));
}

}  // namespace embark::keras
