// Elements picked by indices (int32 or int64; negative ones count from the end), any type.
//
// gather           x, indices; `axis`, `batch_dims` (0): the first axes that both share
// gather_elements  x, indices of x's rank; `axis`
// gather_nd        x, indices [..., depth]; `batch_dims` (0)

#include <emk/move.h>
#include <fmt/format.h>

#include <algorithm>

#include "ops/broadcast.h"
#include "ops/family.h"
#include "ops/gather/indices.h"
#include "ops/operands.h"

namespace embark {

namespace {

Shape part(const Shape &shape, size_t first, size_t last) {
    return Shape(shape.begin() + static_cast<std::ptrdiff_t>(first),
                 shape.begin() + static_cast<std::ptrdiff_t>(last));
}

/// The attribute batch_dims, whose axes both operands must share. \error kInvalid
Expected<size_t> checked_batch(const Node &node, const Shape &x, const Shape &indices) {
    const int64_t batch = node.int_or("batch_dims", 0);
    const size_t most = std::min(x.size(), indices.size());
    if (batch < 0 || batch > static_cast<int64_t>(most)) {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("attribute batch_dims is {}, expected 0 to {}", batch, most));
    }
    const auto count = static_cast<size_t>(batch);
    if (part(x, 0, count) == part(indices, 0, count)) return count;
    return make_error(ErrorCode::kInvalid,
                      fmt::format("inputs have shapes {} and {}, expected the same first {} axes",
                                  to_string(x), to_string(indices), batch));
}

Expected<Shape> shape_of_gather(const Node &node, const Shape &x, const Shape &indices) {
    EMBARK_ASSIGN(const size_t axis, checked_axis(node, "axis", x.size()));
    EMBARK_ASSIGN(const size_t batch, checked_batch(node, x, indices));
    if (batch > axis) {
        return make_error(
            ErrorCode::kInvalid,
            fmt::format("attribute axis is {}, expected at least batch_dims, {}", axis, batch));
    }
    Shape out = part(x, 0, axis);
    const Shape picked = part(indices, batch, indices.size());
    out.insert(out.end(), picked.begin(), picked.end());
    const Shape inner = part(x, axis + 1, x.size());
    out.insert(out.end(), inner.begin(), inner.end());
    return out;
}

/// A walk over the indices with the strides of x, 0 along \p axis.
Expected<Walk> walk_of_elements(const Shape &x, const Shape &indices, size_t axis) {
    std::vector<int64_t> strides = dense_strides(x);
    strides[axis] = 0;
    return canonical_walk({indices, {strides}});
}

Expected<Shape> shape_of_elements(const Node &node, const Shape &x, const Shape &indices) {
    EMBARK_ASSIGN(const size_t axis, checked_axis(node, "axis", x.size()));
    bool fits = indices.size() == x.size();
    for (size_t i = 0; fits && i < x.size(); ++i) fits = i == axis || indices[i] <= x[i];
    if (!fits) {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("indices have shape {}, expected one inside of {} except on "
                                      "axis {}",
                                      to_string(indices), to_string(x), axis));
    }
    EMBARK_RETURN_IF_ERROR(walk_of_elements(x, indices, axis));
    return indices;
}

Expected<Shape> shape_of_nd(const Node &node, const Shape &x, const Shape &indices) {
    EMBARK_ASSIGN(const size_t batch, checked_batch(node, x, indices));
    const int64_t depth = indices.empty() ? 0 : indices.back();
    const auto most = static_cast<int64_t>(std::min<size_t>(x.size() - batch, EMK_MAX_AXES));
    if (batch >= indices.size() || depth < 1 || depth > most) {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("indices have shape {}, expected a last axis of 1 to {} for "
                                      "input {}",
                                      to_string(indices), most, to_string(x)));
    }
    Shape out = part(indices, 0, indices.size() - 1);
    const Shape run = part(x, batch + static_cast<size_t>(depth), x.size());
    out.insert(out.end(), run.begin(), run.end());
    return out;
}

Expected<Shape> shape_of(const Node &node, const Shape &x, const Shape &indices) {
    if (node.op == "gather") return shape_of_gather(node, x, indices);
    if (node.op == "gather_elements") return shape_of_elements(node, x, indices);
    return shape_of_nd(node, x, indices);
}

void add_gather(const Node &node, const Shape &x, const Shape &indices, PortableCall &call) {
    const auto axis = static_cast<size_t>(node.int_or("axis", 0));
    const auto batch = static_cast<size_t>(node.int_or("batch_dims", 0));
    call.function = "emk_gather";
    call.fields.push_back(int_of("batches", element_count(part(x, 0, batch))));
    call.fields.push_back(int_of("outer", element_count(part(x, batch, axis))));
    call.fields.push_back(int_of("extent", x[axis]));
    call.fields.push_back(int_of("count", element_count(part(indices, batch, indices.size()))));
    call.fields.push_back(int_of("inner", element_count(part(x, axis + 1, x.size()))));
}

Status add_elements(const Node &node, const Shape &x, const Shape &indices, PortableCall &call) {
    const auto axis = static_cast<size_t>(node.int_or("axis", 0));
    EMBARK_ASSIGN(const Walk walk, walk_of_elements(x, indices, axis));
    call.function = "emk_gather_elements";
    call.fields.push_back(int_of("extent", x[axis]));
    call.fields.push_back(int_of("axis_stride", dense_strides(x)[axis]));
    call.fields.push_back(ints_of("shape", walk.shape));
    call.fields.push_back(ints_of("stride", walk.strides[0]));
    return Ok{};
}

void add_nd(const Node &node, const Shape &x, const Shape &indices, PortableCall &call) {
    const auto batch = static_cast<size_t>(node.int_or("batch_dims", 0));
    const auto depth = static_cast<size_t>(indices.back());
    const std::vector<int64_t> strides = dense_strides(x);
    call.function = "emk_gather_nd";
    call.fields.push_back(int_of("batches", element_count(part(x, 0, batch))));
    call.fields.push_back(int_of("count", element_count(part(indices, batch, indices.size() - 1))));
    call.fields.push_back(int_of("depth", indices.back()));
    call.fields.push_back(int_of("run", element_count(part(x, batch + depth, x.size()))));
    call.fields.push_back(int_of("batch_elements", element_count(part(x, batch, x.size()))));
    call.fields.push_back(ints_of("extent", padded_behind(part(x, batch, batch + depth), 1)));
    call.fields.push_back(ints_of("stride", padded_behind(part(strides, batch, batch + depth), 0)));
}

}  // namespace

Expected<std::vector<TensorType>> infer_gather(const Graph &graph, const Node &node) {
    EMBARK_RETURN_IF_ERROR(check_inputs(graph, node, 2, 2));
    EMBARK_RETURN_IF_ERROR(check_indices(graph, node, 1));
    const TensorType &x = input_type(graph, node, 0);
    EMBARK_RETURN_IF_ERROR(check_countable(x.shape));
    EMBARK_ASSIGN(const Shape shape, shape_of(node, x.shape, input_type(graph, node, 1).shape));
    EMBARK_RETURN_IF_ERROR(check_countable(shape));
    return std::vector{moved_type(x, shape)};
}

Expected<PortableCall> portable_gather(const Node &node, std::span<const TensorType *const> inputs,
                                       std::span<const TensorType> outputs) {
    const Shape &x = inputs[0]->shape, &indices = inputs[1]->shape;
    PortableCall call{.fields = byte_fields(inputs[0]->type, inputs[1]->type), .inputs = {0, 1}};
    if (node.op == "gather") {
        add_gather(node, x, indices, call);
    } else if (node.op == "gather_elements") {
        EMBARK_RETURN_IF_ERROR(add_elements(node, x, indices, call));
    } else {
        add_nd(node, x, indices, call);
    }
    call.cycles = 5 * element_count(outputs[0].shape) + 25 * element_count(indices) + 200;
    return call;
}

int64_t macc_gather(const Graph &, const Node &) {
    return 0;
}

}  // namespace embark
