// Operators that move, gather or reduce elements.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "export/onnx/writer.h"

namespace embark::onnx_file {

namespace {

Name shape_input(const NodeContext &c, const Shape &shape) {
    return c.writer.ints(c.node.name + "/shape", shape);
}

Ints all_axes(size_t rank) {
    Ints axes(rank);
    std::iota(axes.begin(), axes.end(), 0);
    return axes;
}

/// Where ONNX's image has an axis of the graph's.
int64_t moved_axis(int64_t axis, size_t rank, Layout layout) {
    if (layout == Layout::kLast) return axis;
    const Ints perm = to_layout(layout, rank);
    return std::find(perm.begin(), perm.end(), axis) - perm.begin();
}

/// Indices are made int64 only; \p made is that result.
void give_indices(const NodeContext &c, TensorId id, const Name &made) {
    const DataType type = c.graph.tensor(id).type.type;
    c.writer.make(id, "Cast", {made}, {{"to", element_type(type)}});
}

}  // namespace

Status write_reshape(const NodeContext &c) {
    c.writer.make(c.out(), "Reshape", {c.in(), shape_input(c, c.output_type().shape)});
    return Ok{};
}

Status write_transpose(const NodeContext &c) {
    c.writer.make(c.out(), "Transpose", {c.in()}, {{"perm", c.node.ints_or("perm", {})}});
    return Ok{};
}

Status write_expand(const NodeContext &c) {
    c.writer.make(c.out(), "Expand", {c.in(), shape_input(c, c.output_type().shape)});
    return Ok{};
}

Status write_tile(const NodeContext &c) {
    c.writer.make(c.out(), "Tile",
                  {c.in(), c.writer.ints(c.node.name + "/repeats", c.node.ints_or("repeats", {}))});
    return Ok{};
}

Status write_concat(const NodeContext &c) {
    const size_t rank = c.output_type().shape.size();
    const Layout layout = cheapest_layout(c);
    std::vector<Name> inputs;
    for (size_t i = 0; i < c.node.inputs.size(); ++i) inputs.push_back(c.in(i, layout));
    c.writer.make(c.out(), "Concat", std::move(inputs),
                  {{"axis", moved_axis(c.node.int_or("axis", 0), rank, layout)}}, layout);
    return Ok{};
}

/// `value` is as it is stored: the integer of a quantised tensor.
Status write_pad(const NodeContext &c) {
    const std::string mode = c.node.string_or("mode", "constant");
    if (mode == "symmetric") return not_in_format("pads symmetrically");
    const size_t rank = c.type().shape.size();
    Ints pads = c.node.ints_or("before", Ints(rank, 0));
    const Ints after = c.node.ints_or("after", Ints(rank, 0));
    pads.insert(pads.end(), after.begin(), after.end());
    std::vector<Name> inputs = {c.in(), c.writer.ints(c.node.name + "/pads", pads)};
    if (mode == "constant") {
        const Quantization &quantization = c.type().quantization;
        double value = c.node.float_or("value", 0.0);
        if (!quantization.empty()) {
            value = (value - quantization.zero_points[0]) * double{quantization.scales[0]};
        }
        const DataType type = quantization.empty() ? c.type().type : DataType::kFloat32;
        inputs.push_back(c.writer.number(c.node.name + "/value", value, type));
    }
    c.writer.make(c.out(), "Pad", std::move(inputs), {{"mode", mode}});
    return Ok{};
}

Status write_slice(const NodeContext &c) {
    const Shape &shape = c.type().shape;
    const size_t rank = shape.size();
    const Ints start = c.node.ints_or("start", Ints(rank, 0));
    const Ints step = c.node.ints_or("step", Ints(rank, 1));
    const Ints size = c.node.ints_or("size", shape);
    Ints end;
    for (size_t i = 0; i < rank; ++i) {
        const int64_t last = start[i] + step[i] * size[i];
        end.push_back(last < 0 ? -shape[i] - 1 : last);  // before the first element
    }
    const auto list = [&](std::string_view name, const Ints &values) {
        return c.writer.ints(fmt::format("{}/{}", c.node.name, name), values);
    };
    c.writer.make(c.out(), "Slice",
                  {c.in(), list("starts", start), list("ends", end), list("axes", all_axes(rank)),
                   list("steps", step)});
    return Ok{};
}

/// depth_to_space, space_to_depth
Status write_blocks(const NodeContext &c) {
    const bool to_space = c.node.op == "depth_to_space";
    Attributes attributes = {{"blocksize", c.node.int_or("block", 1)}};
    std::string mode = c.node.string_or("mode", "dcr");
    std::transform(mode.begin(), mode.end(), mode.begin(),
                   [](unsigned char letter) { return static_cast<char>(std::toupper(letter)); });
    if (!to_space && mode != "DCR") return not_in_format("keeps blocks behind channels");
    if (to_space) attributes["mode"] = mode;
    c.writer.make(c.out(), find_node_writer(c.node.op)->onnx_op, {c.in(0, Layout::kFirst)},
                  std::move(attributes), Layout::kFirst);
    return Ok{};
}

/// gather, gather_elements
Status write_gather(const NodeContext &c) {
    if (c.node.int_or("batch_dims", 0) != 0) return not_in_format("gathers within batches");
    c.writer.make(c.out(), find_node_writer(c.node.op)->onnx_op, {c.in(0), c.in(1)},
                  {{"axis", c.node.int_or("axis", 0)}});
    return Ok{};
}

Status write_gather_nd(const NodeContext &c) {
    c.writer.make(c.out(), "GatherND", {c.in(0), c.in(1)},
                  {{"batch_dims", c.node.int_or("batch_dims", 0)}});
    return Ok{};
}

/// scatter_elements, scatter_nd
Status write_scatter(const NodeContext &c) {
    Attributes attributes = {{"reduction", c.node.string_or("reduction", "none")}};
    if (c.node.op == "scatter_elements") attributes["axis"] = c.node.int_or("axis", 0);
    c.writer.make(c.out(), find_node_writer(c.node.op)->onnx_op, {c.in(0), c.in(1), c.in(2)},
                  std::move(attributes));
    return Ok{};
}

Status write_one_hot(const NodeContext &c) {
    const Name depth = c.writer.number(
        c.node.name + "/depth", static_cast<double>(c.node.int_or("depth", 0)), DataType::kInt64);
    c.writer.make(c.out(), "OneHot", {c.in(0), depth, c.in(1)},
                  {{"axis", c.node.int_or("axis", -1)}});
    return Ok{};
}

Status write_reverse_sequence(const NodeContext &c) {
    const Name lengths = c.writer.add("Cast", {c.in(1)}, {{"to", element_type(DataType::kInt64)}});
    c.writer.make(c.out(), "ReverseSequence", {c.in(0), lengths},
                  {{"batch_axis", c.node.int_or("batch_axis", 0)},
                   {"time_axis", c.node.int_or("time_axis", 0)}});
    return Ok{};
}

Status write_trilu(const NodeContext &c) {
    const Name k = c.writer.number(c.node.name + "/k", static_cast<double>(c.node.int_or("k", 0)),
                                   DataType::kInt64);
    c.writer.make(c.out(), "Trilu", {c.in(), k}, {{"upper", c.node.int_or("upper", 1)}});
    return Ok{};
}

Status write_reduce(const NodeContext &c) {
    const Ints axes = c.node.ints_or("axes", all_axes(c.type().shape.size()));
    c.writer.make(c.out(), find_node_writer(c.node.op)->onnx_op,
                  {c.in(), c.writer.ints(c.node.name + "/axes", axes)},
                  {{"keepdims", c.node.int_or("keep_dims", 0)}});
    return Ok{};
}

/// arg_max, arg_min
Status write_arg_extreme(const NodeContext &c) {
    Attributes attributes = {{"axis", c.node.int_or("axis", 0)},
                             {"keepdims", c.node.int_or("keep_dims", 0)},
                             {"select_last_index", c.node.int_or("select_last", 0)}};
    const std::string_view op = find_node_writer(c.node.op)->onnx_op;
    if (c.output_type().type == DataType::kInt64) {
        c.writer.make(c.out(), op, {c.in()}, std::move(attributes));
        return Ok{};
    }
    give_indices(c, c.out(), c.writer.add(op, {c.in()}, std::move(attributes)));
    return Ok{};
}

Status write_top_k(const NodeContext &c) {
    const Attributes attributes = {{"axis", c.node.int_or("axis", 0)},
                                   {"largest", c.node.int_or("largest", 1)}};
    const std::vector<Name> inputs = {c.in(),
                                      c.writer.ints(c.node.name + "/k", {c.node.int_or("k", 1)})};
    const TensorId indices = c.node.outputs[1];
    if (c.graph.tensor(indices).type.type != DataType::kInt64) {
        return not_in_format("gives indices of 32 bits, expected int64");
    }
    c.writer.make_all(c.node.outputs, "TopK", inputs, attributes);
    return Ok{};
}

Status write_cumsum(const NodeContext &c) {
    const Name axis = c.writer.number(
        c.node.name + "/axis", static_cast<double>(c.node.int_or("axis", 0)), DataType::kInt64);
    c.writer.make(
        c.out(), "CumSum", {c.in(), axis},
        {{"exclusive", c.node.int_or("exclusive", 0)}, {"reverse", c.node.int_or("reverse", 0)}});
    return Ok{};
}

/// By sizes, or by scales where these are not the ratio of the sizes.
Status write_resize(const NodeContext &c) {
    const Shape &in = c.type().shape, &out = c.output_type().shape;
    const std::vector<double> ratios = {static_cast<double>(out[1]) / static_cast<double>(in[1]),
                                        static_cast<double>(out[2]) / static_cast<double>(in[2])};
    std::vector<double> scales = ratios;
    const auto given = c.node.attributes.find("scales");
    if (given != c.node.attributes.end()) {
        if (const auto *list = std::get_if<std::vector<double>>(&given->second)) scales = *list;
    }
    if (c.node.attributes.contains("roi")) return not_in_format("resizes a part of its input");
    std::vector<Name> inputs = {c.in(0, Layout::kFirst), "", ""};
    if (scales == ratios) {
        inputs.push_back(c.writer.ints(c.node.name + "/sizes", {out[0], out[3], out[1], out[2]}));
    } else {
        const std::vector<float> list = {1, 1, static_cast<float>(scales[0]),
                                         static_cast<float>(scales[1])};
        inputs[2] = c.writer.floats(c.node.name + "/scales", {4}, list);
    }
    c.writer.make(
        c.out(), "Resize", std::move(inputs),
        {{"mode", c.node.string_or("mode", "nearest")},
         {"coordinate_transformation_mode", c.node.string_or("coordinates", "half_pixel")},
         {"nearest_mode", c.node.string_or("nearest", "round_prefer_floor")},
         {"cubic_coeff_a", c.node.float_or("cubic_coeff", -0.75)},
         {"exclude_outside", c.node.int_or("exclude_outside", 0)},
         {"antialias", c.node.int_or("antialias", 0)}},
        Layout::kFirst);
    return Ok{};
}

}  // namespace embark::onnx_file
