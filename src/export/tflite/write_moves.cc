// Shapes, parts, reductions.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "export/tflite/writer.h"

namespace embark::tflite {

namespace {

using Code = schema::BuiltinOperator;
using Ints = std::vector<int64_t>;

/// An operator with a list of integers as its second input.
Status write_with_list(const NodeContext &c, Code code, std::string_view what, const Ints &list,
                       schema::BuiltinOptionsUnion options = {}) {
    c.writer.add_operator(code, {c.in(0), c.writer.add_ints(c.name(what), list)}, {c.out()},
                          std::move(options));
    return Ok{};
}

int32_t add_scalar(const NodeContext &c, std::string_view what, int64_t value) {
    return c.writer.add_ints(c.name(what), {&value, 1}, true);
}

/// One stored element of a type.
Bytes element(DataType type, double value) {
    Bytes bytes(size_of(type));
    if (type == DataType::kFloat32) {
        const auto real = static_cast<float>(value);
        std::copy_n(reinterpret_cast<const uint8_t *>(&real), sizeof real, bytes.begin());
    } else {
        const auto integer = static_cast<int64_t>(value);
        std::copy_n(reinterpret_cast<const uint8_t *>(&integer), bytes.size(), bytes.begin());
    }
    return bytes;
}

}  // namespace

Status write_reshape(const NodeContext &c) {
    schema::ReshapeOptionsT options;
    for (const int64_t extent : c.output_type().shape) {
        options.new_shape.push_back(static_cast<int>(extent));
    }
    return write_with_list(c, Code::RESHAPE, "shape", c.output_type().shape, with(options));
}

Status write_transpose(const NodeContext &c) {
    return write_with_list(c, Code::TRANSPOSE, "perm", c.node.ints_or("perm", {}));
}

Status write_expand(const NodeContext &c) {
    return write_with_list(c, Code::BROADCAST_TO, "shape", c.output_type().shape);
}

Status write_tile(const NodeContext &c) {
    return write_with_list(c, Code::TILE, "repeats", c.node.ints_or("repeats", {}));
}

Status write_depth_to_space(const NodeContext &c) {
    if (c.node.string_or("mode", "dcr") != "dcr")
        return not_in_format("has the mode crd, expected dcr");
    schema::DepthToSpaceOptionsT options;
    options.block_size = static_cast<int>(c.node.int_or("block", 1));
    c.writer.add_operator(Code::DEPTH_TO_SPACE, {c.in(0)}, {c.out()}, with(options));
    return Ok{};
}

Status write_space_to_depth(const NodeContext &c) {
    if (c.node.string_or("mode", "dcr") != "dcr")
        return not_in_format("has the mode crd, expected dcr");
    schema::SpaceToDepthOptionsT options;
    options.block_size = static_cast<int>(c.node.int_or("block", 1));
    c.writer.add_operator(Code::SPACE_TO_DEPTH, {c.in(0)}, {c.out()}, with(options));
    return Ok{};
}

Status write_slice(const NodeContext &c) {
    const Ints start = c.node.ints_or("start", {}), step = c.node.ints_or("step", {});
    const Ints size = c.node.ints_or("size", {});
    const int32_t begin = c.writer.add_ints(c.name("begin"), start);
    if (std::all_of(step.begin(), step.end(), [](int64_t s) { return s == 1; })) {
        c.writer.add_operator(Code::SLICE,
                              {c.in(0), begin, c.writer.add_ints(c.name("size"), size)}, {c.out()});
        return Ok{};
    }
    Ints end;
    schema::StridedSliceOptionsT options;
    for (size_t i = 0; i < start.size(); ++i) {
        end.push_back(start[i] + size[i] * step[i]);
        if (end[i] >= 0) continue;
        // An end in front of the axis would count from behind: the mask says "to the border".
        if (i >= 31) return not_in_format("slices more than 31 axes");
        options.end_mask |= 1 << i;
        end[i] = 0;
    }
    c.writer.add_operator(Code::STRIDED_SLICE,
                          {c.in(0), begin, c.writer.add_ints(c.name("end"), end),
                           c.writer.add_ints(c.name("strides"), step)},
                          {c.out()}, with(options));
    return Ok{};
}

Status write_concat(const NodeContext &c) {
    std::vector<int32_t> inputs;
    for (size_t i = 0; i < c.node.inputs.size(); ++i) inputs.push_back(c.in(i));
    schema::ConcatenationOptionsT options;
    options.axis = static_cast<int>(c.node.int_or("axis", 0));
    c.writer.add_operator(Code::CONCATENATION, std::move(inputs), {c.out()}, with(options));
    return Ok{};
}

Status write_pad(const NodeContext &c) {
    const Ints before = c.node.ints_or("before", {}), after = c.node.ints_or("after", {});
    const std::string mode = c.node.string_or("mode", "constant");
    Ints margins;
    for (size_t i = 0; i < before.size(); ++i) margins.insert(margins.end(), {before[i], after[i]});
    Bytes raw;
    for (const int64_t margin : margins) {
        const auto *at = reinterpret_cast<const uint8_t *>(&margin);
        raw.insert(raw.end(), at, at + sizeof(int32_t));
    }
    const TensorType list{DataType::kInt32, {static_cast<int64_t>(before.size()), 2}, {}};
    const int32_t sides = c.writer.add_constant(c.name("margins"), list, raw);
    if (mode == "reflect" || mode == "symmetric") {
        schema::MirrorPadOptionsT options;
        options.mode =
            mode == "reflect" ? schema::MirrorPadMode::REFLECT : schema::MirrorPadMode::SYMMETRIC;
        c.writer.add_operator(Code::MIRROR_PAD, {c.in(0), sides}, {c.out()}, with(options));
        return Ok{};
    }
    if (mode != "constant") return not_in_format(fmt::format("has the mode {}", mode));
    const Quantization &quantization = c.output_type().quantization;
    const double value = c.node.float_or("value", 0.0);
    if (value == (quantization.empty() ? 0.0 : quantization.zero_points[0])) {
        c.writer.add_operator(Code::PAD, {c.in(0), sides}, {c.out()});
        return Ok{};
    }
    const DataType type = c.type(0).type;
    if (type == DataType::kFloat16 || type == DataType::kFloat64) {
        return not_in_format(fmt::format("pads {} with a value", to_string(type)));
    }
    const int32_t constant =
        c.writer.add_constant(c.name("value"), {type, {}, quantization}, element(type, value));
    c.writer.add_operator(Code::PADV2, {c.in(0), sides, constant}, {c.out()});
    return Ok{};
}

Status write_gather(const NodeContext &c) {
    schema::GatherOptionsT options;
    options.axis = static_cast<int>(c.node.int_or("axis", 0));
    options.batch_dims = static_cast<int>(c.node.int_or("batch_dims", 0));
    c.writer.add_operator(Code::GATHER, {c.in(0), c.in(1)}, {c.out()}, with(options));
    return Ok{};
}

Status write_gather_nd(const NodeContext &c) {
    if (c.node.int_or("batch_dims", 0) != 0) return not_in_format("has batch_dims, expected none");
    c.writer.add_operator(Code::GATHER_ND, {c.in(0), c.in(1)}, {c.out()});
    return Ok{};
}

/// The format adds to zeros.
Status write_scatter_nd(const NodeContext &c) {
    const Tensor &base = c.graph.tensor(c.node.inputs[0]);
    const bool zeros = base.is_constant() && std::all_of(base.data->begin(), base.data->end(),
                                                         [](uint8_t byte) { return byte == 0; });
    if (!zeros || c.node.string_or("reduction", "none") != "add") {
        return not_in_format("scatters into values, expected to add to zeros");
    }
    c.writer.add_operator(Code::SCATTER_ND,
                          {c.in(1), c.in(2), c.writer.add_ints(c.name("shape"), base.type.shape)},
                          {c.out()});
    return Ok{};
}

Status write_one_hot(const NodeContext &c) {
    const Tensor &values = c.graph.tensor(c.node.inputs[1]);
    if (!values.is_constant()) return not_in_format("has values that are computed");
    const size_t bytes = size_of(values.type.type);
    const std::span<const uint8_t> raw(*values.data);
    const TensorType scalar{values.type.type, {}, {}};
    const int32_t on = c.writer.add_constant(c.name("on"), scalar, raw.subspan(bytes, bytes));
    const int32_t off = c.writer.add_constant(c.name("off"), scalar, raw.first(bytes));
    schema::OneHotOptionsT options;
    options.axis = static_cast<int>(c.node.int_or("axis", -1));
    c.writer.add_operator(Code::ONE_HOT,
                          {c.in(0), add_scalar(c, "depth", c.node.int_or("depth", 1)), on, off},
                          {c.out()}, with(options));
    return Ok{};
}

Status write_reverse_sequence(const NodeContext &c) {
    schema::ReverseSequenceOptionsT options;
    options.seq_dim = static_cast<int>(c.node.int_or("time_axis", 0));
    options.batch_dim = static_cast<int>(c.node.int_or("batch_axis", 1));
    c.writer.add_operator(Code::REVERSE_SEQUENCE, {c.in(0), c.in(1)}, {c.out()}, with(options));
    return Ok{};
}

Status write_reduce(const NodeContext &c) {
    const std::string &op = c.node.op;
    const Code code = op == "reduce_mean"   ? Code::MEAN
                      : op == "reduce_sum"  ? Code::SUM
                      : op == "reduce_max"  ? Code::REDUCE_MAX
                      : op == "reduce_min"  ? Code::REDUCE_MIN
                      : op == "reduce_prod" ? Code::REDUCE_PROD
                      : op == "reduce_any"  ? Code::REDUCE_ANY
                                            : Code::REDUCE_ALL;
    Ints axes;
    for (size_t i = 0; i < c.type(0).shape.size(); ++i) axes.push_back(static_cast<int64_t>(i));
    axes = c.node.ints_or("axes", axes);
    schema::ReducerOptionsT options;
    options.keep_dims = c.node.int_or("keep_dims", 0) != 0;
    return write_with_list(c, code, "axes", axes, with(options));
}

Status write_arg_extreme(const NodeContext &c) {
    if (c.node.int_or("keep_dims", 0) != 0 || c.node.int_or("select_last", 0) != 0) {
        return not_in_format("keeps the axis or takes the last of equals, expected neither");
    }
    const bool wide = c.output_type().type == DataType::kInt64;
    const auto type = wide ? schema::TensorType::INT64 : schema::TensorType::INT32;
    const int32_t axis = add_scalar(c, "axis", c.node.int_or("axis", 0));
    if (c.node.op == "arg_max") {
        schema::ArgMaxOptionsT options;
        options.output_type = type;
        c.writer.add_operator(Code::ARG_MAX, {c.in(0), axis}, {c.out()}, with(options));
    } else {
        schema::ArgMinOptionsT options;
        options.output_type = type;
        c.writer.add_operator(Code::ARG_MIN, {c.in(0), axis}, {c.out()}, with(options));
    }
    return Ok{};
}

Status write_cumsum(const NodeContext &c) {
    schema::CumsumOptionsT options;
    options.exclusive = c.node.int_or("exclusive", 0) != 0;
    options.reverse = c.node.int_or("reverse", 0) != 0;
    c.writer.add_operator(Code::CUMSUM, {c.in(0), add_scalar(c, "axis", c.node.int_or("axis", 0))},
                          {c.out()}, with(options));
    return Ok{};
}

Status write_top_k(const NodeContext &c) {
    const auto last = static_cast<int64_t>(c.type(0).shape.size()) - 1;
    const TensorId indices = c.node.outputs[1];
    if (c.node.int_or("axis", last) != last || c.node.int_or("largest", 1) != 1 ||
        c.graph.tensor(indices).type.type != DataType::kInt32) {
        return not_in_format("expected the largest of the last axis, with indices of int32");
    }
    c.writer.add_operator(Code::TOPK_V2, {c.in(0), add_scalar(c, "k", c.node.int_or("k", 1))},
                          {c.out(), c.writer.tensor(indices)});
    return Ok{};
}

Status write_resize(const NodeContext &c) {
    const std::string mode = c.node.string_or("mode", "nearest");
    const std::string coordinates = c.node.string_or("coordinates", "half_pixel");
    const std::string rounding = c.node.string_or("nearest", "round_prefer_floor");
    const Shape &out = c.output_type().shape;
    const Ints size{out[1], out[2]};
    const bool align = coordinates == "align_corners", plain = coordinates == "asymmetric";
    const bool unusual = c.node.int_or("antialias", 0) != 0 || c.node.attributes.contains("scales");
    if (!unusual && mode == "linear" && (align || plain || coordinates == "half_pixel")) {
        schema::ResizeBilinearOptionsT options;
        options.align_corners = align;
        options.half_pixel_centers = !align && !plain;
        return write_with_list(c, Code::RESIZE_BILINEAR, "size", size, with(options));
    }
    const bool half = coordinates == "tf_half_pixel_for_nn";
    const bool nearest =
        (align && rounding == "round_prefer_ceil") || ((plain || half) && rounding == "floor");
    if (!unusual && mode == "nearest" && nearest) {
        schema::ResizeNearestNeighborOptionsT options;
        options.align_corners = align;
        options.half_pixel_centers = half;
        return write_with_list(c, Code::RESIZE_NEAREST_NEIGHBOR, "size", size, with(options));
    }
    return not_in_format(
        fmt::format("resizes in the mode {} with {} coordinates", mode, coordinates));
}

}  // namespace embark::tflite
