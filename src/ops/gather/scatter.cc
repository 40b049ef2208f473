// x with elements replaced at indices (int32 or int64; negative ones count from the end).
// `reduction`: "none" (default; of updates that meet one element the last wins), "add", "mul",
// "max", "min", which combine the update with what is there.
//
// scatter_elements  x, indices of x's rank, updates of their shape; `axis`
// scatter_nd        x, indices [..., depth], updates

#include <emk/gather.h>
#include <fmt/format.h>

#include <algorithm>

#include "ops/broadcast.h"
#include "ops/family.h"
#include "ops/gather/indices.h"
#include "ops/operands.h"

namespace embark {

namespace {

/// enum emk_reduction. \error kInvalid
Expected<int64_t> reduction_of(const Node &node) {
    const std::string name = node.string_or("reduction", "none");
    int64_t number = 0;
    for (const std::string_view known : {"none", "add", "mul", "max", "min"}) {
        if (name == known) return number;
        ++number;
    }
    return make_error(
        ErrorCode::kInvalid,
        fmt::format("attribute reduction is '{}', expected none, add, mul, max or min", name));
}

Expected<std::string_view> kernel_of(const Node &node, DataType type) {
    EMBARK_ASSIGN(const int64_t reduction, reduction_of(node));
    if (reduction == EMK_REDUCE_NONE) return kernel_named(node, "emk_" + node.op, type);
    return kernel_named(node, fmt::format("emk_{}_{}", node.op, suffix_of(type)), type);
}

Expected<Walk> walk_of(const Shape &x, const Shape &indices, size_t axis) {
    std::vector<int64_t> strides = dense_strides(x);
    strides[axis] = 0;
    return canonical_walk({indices, {strides}});
}

Status check_elements(const Node &node, const Shape &x, const Shape &indices,
                      const Shape &updates) {
    EMBARK_ASSIGN(const size_t axis, checked_axis(node, "axis", x.size()));
    bool fits = indices.size() == x.size() && updates == indices;
    for (size_t i = 0; fits && i < x.size(); ++i) fits = i == axis || indices[i] <= x[i];
    if (!fits) {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("indices and updates have shapes {} and {}, expected one "
                                      "shape inside of {} except on axis {}",
                                      to_string(indices), to_string(updates), to_string(x), axis));
    }
    EMBARK_RETURN_IF_ERROR(walk_of(x, indices, axis));
    return Ok{};
}

Status check_nd(const Shape &x, const Shape &indices, const Shape &updates) {
    const auto most = static_cast<int64_t>(std::min<size_t>(x.size(), EMK_MAX_AXES));
    const int64_t depth = indices.empty() ? 0 : indices.back();
    if (depth < 1 || depth > most) {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("indices have shape {}, expected a last axis of 1 to {}",
                                      to_string(indices), most));
    }
    Shape expected(indices.begin(), indices.end() - 1);
    expected.insert(expected.end(), x.begin() + depth, x.end());
    if (updates == expected) return Ok{};
    return make_error(ErrorCode::kInvalid, fmt::format("updates have shape {}, expected {}",
                                                       to_string(updates), to_string(expected)));
}

}  // namespace

Expected<std::vector<TensorType>> infer_scatter(const Graph &graph, const Node &node) {
    EMBARK_RETURN_IF_ERROR(check_inputs(graph, node, 3, 3));
    EMBARK_RETURN_IF_ERROR(check_indices(graph, node, 1));
    const TensorType &x = input_type(graph, node, 0), &updates = input_type(graph, node, 2);
    const Shape &indices = input_type(graph, node, 1).shape;
    if (updates.type != x.type) {
        return make_error(ErrorCode::kUnsupported,
                          fmt::format("inputs 0 and 2 are {} and {}, expected one type",
                                      to_string(x.type), to_string(updates.type)));
    }
    EMBARK_RETURN_IF_ERROR(check_countable(x.shape));
    EMBARK_RETURN_IF_ERROR(check_countable(indices));
    EMBARK_RETURN_IF_ERROR(check_countable(updates.shape));
    EMBARK_RETURN_IF_ERROR(kernel_of(node, x.type));
    EMBARK_RETURN_IF_ERROR(node.op == "scatter_nd"
                               ? check_nd(x.shape, indices, updates.shape)
                               : check_elements(node, x.shape, indices, updates.shape));
    return std::vector{moved_type(x, x.shape)};
}

Expected<PortableCall> portable_scatter(const Node &node, std::span<const TensorType *const> inputs,
                                        std::span<const TensorType>) {
    const Shape &x = inputs[0]->shape, &indices = inputs[1]->shape;
    PortableCall call{.fields = byte_fields(inputs[0]->type, inputs[1]->type), .inputs = {0, 1, 2}};
    EMBARK_ASSIGN(call.function, kernel_of(node, inputs[0]->type));
    EMBARK_ASSIGN(const int64_t reduction, reduction_of(node));
    call.fields.push_back(int_of("reduction", reduction));
    call.fields.push_back(int_of("total", element_count(x)));
    const std::vector<int64_t> strides = dense_strides(x);
    if (node.op == "scatter_nd") {
        const auto depth = indices.back();
        call.fields.push_back(int_of("count", element_count(indices) / depth));
        call.fields.push_back(int_of("depth", depth));
        call.fields.push_back(int_of("run", element_count(Shape(x.begin() + depth, x.end()))));
        call.fields.push_back(
            ints_of("extent", padded_behind(Shape(x.begin(), x.begin() + depth), 1)));
        call.fields.push_back(
            ints_of("stride", padded_behind({strides.begin(), strides.begin() + depth}, 0)));
    } else {
        const auto axis = static_cast<size_t>(node.int_or("axis", 0));
        EMBARK_ASSIGN(const Walk walk, walk_of(x, indices, axis));
        call.fields.push_back(int_of("extent", x[axis]));
        call.fields.push_back(int_of("axis_stride", strides[axis]));
        call.fields.push_back(ints_of("shape", walk.shape));
        call.fields.push_back(ints_of("stride", walk.strides[0]));
    }
    call.cycles = 5 * element_count(x) + 10 * element_count(inputs[2]->shape) +
                  25 * element_count(indices) + 200;
    return call;
}

int64_t macc_scatter(const Graph &graph, const Node &node) {
    return element_count(input_type(graph, node, 2).shape);
}

}  // namespace embark
