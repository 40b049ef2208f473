// Operators that only move elements; all are one walk over the input with strides (emk_move).
//
// transpose  perm: output axis i is input axis perm[i]
// slice      start, step (not 0), size: one entry per axis; a negative step walks backwards
// expand     shape: axes of extent 1 are repeated, new axes appear in front
// depth_to_space, space_to_depth  block; mode "dcr" (default, TFLite and ONNX) or "crd"; NHWC

#include <emk/move.h>
#include <fmt/format.h>

#include <algorithm>

#include "ops/family.h"
#include "ops/operands.h"

namespace embark {

namespace {

constexpr size_t kMaxAxes = EMK_MAX_AXES;

/// A walk over the input, one entry per output axis.
struct Walk {
    Shape shape;  ///< of the walk: the output's, or a factored form of it
    std::vector<int64_t> stride;
    int64_t offset = 0;
};

std::vector<int64_t> dense_strides(const Shape &shape) {
    std::vector<int64_t> strides(shape.size(), 1);
    for (size_t i = shape.size(); i-- > 1;) strides[i - 1] = strides[i] * shape[i];
    return strides;
}

Walk walk_transpose(const Node &node, const Shape &in) {
    const std::vector<int64_t> strides = dense_strides(in);
    Walk walk;
    for (const int64_t axis : node.ints_or("perm", {})) {
        walk.shape.push_back(in[static_cast<size_t>(axis)]);
        walk.stride.push_back(strides[static_cast<size_t>(axis)]);
    }
    return walk;
}

Walk walk_slice(const Node &node, const Shape &in) {
    const std::vector<int64_t> strides = dense_strides(in);
    const auto start = node.ints_or("start", {}), step = node.ints_or("step", {});
    Walk walk{node.ints_or("size", {}), {}, 0};
    for (size_t i = 0; i < in.size(); ++i) {
        walk.offset += start[i] * strides[i];
        walk.stride.push_back(step[i] * strides[i]);
    }
    return walk;
}

Walk walk_expand(const Node &node, const Shape &in) {
    const std::vector<int64_t> strides = dense_strides(in);
    Walk walk{node.ints_or("shape", {}), {}, 0};
    const size_t lead = walk.shape.size() - in.size();
    for (size_t i = 0; i < walk.shape.size(); ++i) {
        const bool repeated = i < lead || in[i - lead] == 1;
        walk.stride.push_back(repeated ? 0 : strides[i - lead]);
    }
    return walk;
}

/// [N,H,W,C] with C = block * block * c: rows and columns take turns with the blocks'.
Walk walk_depth_to_space(const Node &node, const Shape &in) {
    const int64_t b = node.int_or("block", 1), c = in[3] / (b * b);
    const bool crd = node.string_or("mode", "dcr") == "crd";
    const std::vector<int64_t> s = dense_strides(in);
    return {{in[0] * in[1], b, in[2], b, c},
            {s[1], crd ? b : b * c, s[2], crd ? 1 : c, crd ? b * b : 1},
            0};
}

Walk walk_space_to_depth(const Node &node, const Shape &in) {
    const int64_t b = node.int_or("block", 1);
    const std::vector<int64_t> s = dense_strides(in);
    return {{in[0] * in[1] / b, in[2] / b, b, b, in[3]}, {b * s[1], b * s[2], s[1], s[2], 1}, 0};
}

Walk walk_of(const Node &node, const Shape &in) {
    if (node.op == "transpose") return walk_transpose(node, in);
    if (node.op == "slice") return walk_slice(node, in);
    if (node.op == "expand") return walk_expand(node, in);
    if (node.op == "depth_to_space") return walk_depth_to_space(node, in);
    return walk_space_to_depth(node, in);
}

/// Merges neighbouring axes that are walked like one, and pads with ones in front.
Walk canonical(const Walk &walk) {
    Walk merged{{}, {}, walk.offset};
    for (size_t i = 0; i < walk.shape.size(); ++i) {
        if (walk.shape[i] == 1) continue;
        if (!merged.shape.empty() && merged.stride.back() == walk.stride[i] * walk.shape[i]) {
            merged.shape.back() *= walk.shape[i];
            merged.stride.back() = walk.stride[i];
            continue;
        }
        merged.shape.push_back(walk.shape[i]);
        merged.stride.push_back(walk.stride[i]);
    }
    const size_t lead = kMaxAxes - std::min(kMaxAxes, merged.shape.size());
    merged.shape.insert(merged.shape.begin(), lead, 1);
    merged.stride.insert(merged.stride.begin(), lead, 0);
    return merged;
}

Error bad_attribute(std::string_view name, const std::vector<int64_t> &found,
                    std::string_view expected) {
    return make_error(ErrorCode::kInvalid, fmt::format("attribute {} is {}, expected {}", name,
                                                       to_string(found), expected));
}

Expected<Shape> shape_of_transpose(const Node &node, const Shape &in) {
    const auto perm = node.ints_or("perm", {});
    std::vector<int64_t> sorted = perm;
    std::sort(sorted.begin(), sorted.end());
    Shape out;
    for (size_t i = 0; i < sorted.size(); ++i) {
        if (sorted.size() != in.size() || sorted[i] != static_cast<int64_t>(i)) {
            return bad_attribute("perm", perm, fmt::format("the axes 0 to {}", in.size() - 1));
        }
    }
    for (const int64_t axis : perm) out.push_back(in[static_cast<size_t>(axis)]);
    return out;
}

Expected<Shape> shape_of_slice(const Node &node, const Shape &in) {
    const auto start = node.ints_or("start", {}), step = node.ints_or("step", {});
    const auto size = node.ints_or("size", {});
    for (const auto &[name, list] : {std::pair{"start", start}, {"step", step}, {"size", size}}) {
        if (list.size() == in.size()) continue;
        return bad_attribute(name, list, fmt::format("{} entries", in.size()));
    }
    for (size_t i = 0; i < in.size(); ++i) {
        const int64_t last = start[i] + (size[i] - 1) * step[i];
        const bool inside = start[i] >= 0 && start[i] < in[i] && last >= 0 && last < in[i];
        if (size[i] >= 1 && step[i] != 0 && std::abs(step[i]) <= in[i] && inside) continue;
        return make_error(
            ErrorCode::kInvalid,
            fmt::format("slice of axis {} starts at {} and takes {} elements in steps of {}, "
                        "expected all inside of {}",
                        i, start[i], size[i], step[i], in[i]));
    }
    return size;
}

Expected<Shape> shape_of_expand(const Node &node, const Shape &in) {
    const auto out = node.ints_or("shape", {});
    bool fits = out.size() >= in.size();
    for (size_t i = 0; fits && i < in.size(); ++i) {
        const int64_t extent = out[out.size() - in.size() + i];
        fits = in[i] == extent || in[i] == 1;
    }
    if (fits) return out;
    return bad_attribute("shape", out, "one that " + to_string(in) + " broadcasts to");
}

Expected<Shape> shape_of_blocks(const Node &node, const Shape &in) {
    const int64_t block = node.int_or("block", 1);
    const bool to_space = node.op == "depth_to_space";
    const bool fits =
        block >= 1 && block <= 1024 && in.size() == 4 &&
        (to_space ? in[3] % (block * block) == 0 : in[1] % block == 0 && in[2] % block == 0);
    if (!fits) {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("input has shape {}, expected NHWC with {} divisible by the "
                                      "block {}",
                                      to_string(in), to_space ? "channels" : "rows and columns",
                                      to_space ? block * block : block));
    }
    if (to_space) return Shape{in[0], in[1] * block, in[2] * block, in[3] / (block * block)};
    return Shape{in[0], in[1] / block, in[2] / block, in[3] * block * block};
}

Expected<Shape> shape_of(const Node &node, const Shape &in) {
    if (node.op == "transpose") return shape_of_transpose(node, in);
    if (node.op == "slice") return shape_of_slice(node, in);
    if (node.op == "expand") return shape_of_expand(node, in);
    return shape_of_blocks(node, in);
}

}  // namespace

Expected<std::vector<TensorType>> infer_move(const Graph &graph, const Node &node) {
    EMBARK_RETURN_IF_ERROR(check_inputs(graph, node, 1, 1));
    TensorType type = input_type(graph, node, 0);
    const Shape in = type.shape;
    EMBARK_ASSIGN(type.shape, shape_of(node, in));
    EMBARK_RETURN_IF_ERROR(check_extents(type.shape, "output"));
    const size_t axes = static_cast<size_t>(
        std::count_if(type.shape.begin(), type.shape.end(), [](int64_t e) { return e > 1; }));
    if (axes > kMaxAxes) {
        return make_error(ErrorCode::kUnsupported,
                          fmt::format("output {} has {} axes longer than 1, expected at most {}",
                                      to_string(type.shape), axes, kMaxAxes));
    }
    return std::vector{type};
}

int64_t macc_move(const Graph &, const Node &) {
    return 0;
}

Expected<PortableCall> portable_move(const Node &node, std::span<const TensorType *const> inputs,
                                     std::span<const TensorType> outputs) {
    const Walk walk = canonical(walk_of(node, inputs[0]->shape));
    PortableCall call{.function = "emk_move", .inputs = {0}};
    call.fields = {int_of("element_bytes", static_cast<int64_t>(size_of(inputs[0]->type))),
                   int_of("offset", walk.offset), ints_of("shape", walk.shape),
                   ints_of("stride", walk.stride)};
    call.cycles = element_count(outputs[0].shape) * 6 + 200;
    return call;
}

}  // namespace embark
