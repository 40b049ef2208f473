// Planning and packing of the convolution kernels.

#include <fmt/format.h>

#include <algorithm>

#include "ops/packed_weights.h"
#include "plan/kernels/lowering.h"

namespace embark {

namespace {

constexpr int64_t kLanes = 4;  // output channels of a block, as EMK_LANES in conv2d_f32.c

struct Window {
    std::vector<int64_t> strides, padding, dilations;
    int64_t kernel_h = 1, kernel_w = 1;
};

Window window_of(const Graph &graph, const Node &node) {
    Window window{node.ints_or("strides", {1, 1}), node.ints_or("padding", {0, 0, 0, 0}),
                  node.ints_or("dilations", {1, 1})};
    const Shape &filter = graph.tensor(node.inputs[1]).type.shape;
    // OHWI for convolution, HWO for depthwise.
    const size_t first = filter.size() == 4 ? 1 : 0;
    window.kernel_h = filter[first];
    window.kernel_w = filter[first + 1];
    return window;
}

std::optional<RowMap> convolution_rows(const Graph &graph, const Step &step) {
    const Node &node = base_node(graph, step);
    const Window window = window_of(graph, node);
    const Map in = map_of(base_input(graph, step));
    const Map conv = map_of(base_output(graph, step));
    const Map out = map_of(graph.tensor(step.output).type);
    RowMap rows;
    rows.work_rows = conv.rows;
    rows.in_rows = in.rows;
    rows.out_rows = out.rows;
    if (const Node *pool = fused_pool(graph, step)) {
        rows.work_per_out = pool->ints_or("kernel", {1, 1})[0];
        // Rows that no pooling window covers are not computed.
        rows.work_rows = out.rows * rows.work_per_out;
    }
    rows.stride = window.strides[0];
    rows.pad_top = window.padding[0];
    rows.span = (window.kernel_h - 1) * window.dilations[0] + 1;
    rows.in_row_bytes = in.columns * in.channels * static_cast<int64_t>(sizeof(float));
    rows.out_row_bytes = out.columns * out.channels * static_cast<int64_t>(sizeof(float));
    return rows;
}

bool accepts_convolution(const Graph &graph, const Node &node) {
    return graph.tensor(node.inputs[0]).type.shape.size() == 4 &&
           graph.tensor(node.inputs[0]).type.shape[0] == 1 && has_constant_operands(graph, node, 1);
}

/// OHWI -> by group, by block of four outputs: [kh][kw][in_g][block].
template <typename T>
std::vector<T> pack_filter(std::span<const T> filter, const Shape &shape, int64_t groups) {
    const int64_t out_g = shape[0] / groups;
    const int64_t taps = shape[1] * shape[2] * shape[3];
    std::vector<T> packed;
    packed.reserve(filter.size());
    for (int64_t group = 0; group < groups; ++group) {
        for (int64_t c = 0; c < out_g; c += kLanes) {
            const int64_t lanes = std::min(kLanes, out_g - c);
            for (int64_t tap = 0; tap < taps; ++tap) {
                for (int64_t lane = 0; lane < lanes; ++lane) {
                    const int64_t out = group * out_g + c + lane;
                    packed.push_back(filter[static_cast<size_t>(out * taps + tap)]);
                }
            }
        }
    }
    return packed;
}

std::string add_bias(const Graph &graph, const Node &node, LoweredStep &lowered) {
    if (node.inputs.size() < 3 || node.inputs[2] == kNoTensor) return "";
    const auto bias = graph.tensor(node.inputs[2]).values<float>();
    lowered.tables.push_back(float_table("bias", fmt::format("{}: bias [out]", node.name),
                                         std::vector<float>(bias.begin(), bias.end())));
    return "bias";
}

void add_window_fields(KernelCall &call, const Window &window) {
    call.fields.push_back(int_field("kernel_h", window.kernel_h));
    call.fields.push_back(int_field("kernel_w", window.kernel_w));
    call.fields.push_back(int_field("stride_h", window.strides[0]));
    call.fields.push_back(int_field("stride_w", window.strides[1]));
    call.fields.push_back(int_field("dilation_h", window.dilations[0]));
    call.fields.push_back(int_field("dilation_w", window.dilations[1]));
    call.fields.push_back(int_field("pad_top", window.padding[0]));
    call.fields.push_back(int_field("pad_left", window.padding[2]));
}

void add_input_fields(KernelCall &call, const Graph &graph, const Step &step) {
    const Map in = map_of(base_input(graph, step));
    call.fields.push_back(int_field("in_h", in.rows));
    call.fields.push_back(int_field("in_w", in.columns));
    call.fields.push_back(int_field("in_c", in.channels));
    call.fields.push_back(int_field("in_ring", step.in_ring));
}

/// Weights as indices, which lie in the order in which pack_filter puts weights.
struct PackedLayer {
    PackedFloats weights;
    std::string comment;  ///< "conv1: filter [8,3,3,4]"
};

PackedLayer packed_layer(const Graph &graph, const Node &node, std::string_view what) {
    const Tensor &weights = graph.tensor(node.inputs[1]);
    auto packed = packed_floats(weights);
    EMBARK_ASSERT(packed.has_value());
    return {std::move(*packed),
            fmt::format("{}: {} {}", node.name, what, to_string(weights.type.shape))};
}

bool accepts_indices(const Graph &graph, const Node &node) {
    const int64_t bits = node.int_or(kWeightBits, 0);
    return packable_bits(graph, node) == bits;
}

/// The structure emk_packed_f32; appends its tables.
ArgumentField packed_field(const PackedLayer &layer, const Bytes &ordered, LoweredStep &lowered) {
    const PackedFloats &weights = layer.weights;
    Bytes indices = ordered;
    if (weights.bits == 4) {
        indices.assign((ordered.size() + 1) / 2, 0);
        for (size_t i = 0; i < ordered.size(); ++i) {
            indices[i / 2] |= static_cast<uint8_t>(ordered[i] << 4 * (i % 2));
        }
    }
    lowered.tables.push_back({"indices", "uint8_t",
                              fmt::format("{} in {} bits", layer.comment, weights.bits),
                              DataType::kUint8, std::move(indices)});
    std::vector<float> levels = weights.levels;
    if (!levels.empty()) {
        levels.resize(size_t{1} << weights.bits, 0.0f);
        lowered.tables.push_back(float_table("levels", "what the indices stand for", levels));
    }
    if (!weights.scales.empty()) {
        lowered.tables.push_back(
            float_table("scales", layer.comment + ": scale [out]", weights.scales));
    }
    ArgumentField field{"weights", ArgumentField::Kind::kStruct};
    field.fields = {table_field("indices", "indices"),
                    table_field("levels", levels.empty() ? "" : "levels"),
                    table_field("scales", weights.scales.empty() ? "" : "scales"),
                    int_field("bits", weights.bits)};
    return field;
}

/// RAM for the levels, in bytes.
int64_t level_bytes(const Node &node) {
    return (int64_t{1} << node.int_or(kWeightBits, 0)) * static_cast<int64_t>(sizeof(float));
}

int64_t taps_of(const Graph &graph, const Node &node) {
    const Shape &filter = graph.tensor(node.inputs[1]).type.shape;
    return filter[1] * filter[2] * filter[3];
}

/// One block's filter.
int64_t block_bytes(const Graph &graph, const Node &node) {
    return taps_of(graph, node) * kLanes * static_cast<int64_t>(sizeof(float));
}

}  // namespace

// ---- emk_conv2d_f32

bool accepts_conv2d_f32(const Graph &graph, const Node &node) {
    return accepts_convolution(graph, node);
}

std::optional<RowMap> rows_conv2d_f32(const Graph &graph, const Step &step) {
    return convolution_rows(graph, step);
}

int64_t useful_scratch_conv2d_f32(const Graph &graph, const Step &step) {
    // One block's filter; pays when at least two groups of four pixels read it from RAM.
    if (map_of(base_output(graph, step)).columns < 8) return 0;
    return block_bytes(graph, base_node(graph, step));
}

namespace {

/// Without what brings the filter into RAM. \p from_ram  the filter lies there
int64_t convolution_cycles(const Graph &graph, const Step &step, const Board &board,
                           bool from_ram) {
    const Node &node = base_node(graph, step);
    const Map out = map_of(base_output(graph, step));
    const int64_t taps = taps_of(graph, node);
    const int64_t blocks = (out.channels + kLanes - 1) / kLanes;
    const int64_t rows = step.rows ? step.rows->work_rows : out.rows;
    const Window window = window_of(graph, node);
    // Columns whose window leaves the map are summed one by one.
    const int64_t border = std::min(out.columns, window.padding[2] + window.padding[3]);
    const int64_t fours = (out.columns - border) / 4;
    const int64_t singles = out.columns - 4 * fours;
    const int64_t stall = from_ram ? 0 : weight_stall(step, board, block_bytes(graph, node));
    const int64_t four = taps * 57 + stall + window.kernel_h * 260 + 200;
    const int64_t single = taps * 24 + stall + window.kernel_h * 150 + 120;
    return rows * blocks * (fours * four + singles * single + 60) +
           rows * out.columns * out.channels * epilogue_cycles(graph, step);
}

/// How often, and of how many blocks, the filter comes into RAM.
int64_t copied_blocks(const Graph &graph, const Step &step) {
    const Map out = map_of(base_output(graph, step));
    const int64_t rows = step.rows ? step.rows->work_rows : out.rows;
    return (step.row_by_row ? rows : 1) * ((out.channels + kLanes - 1) / kLanes);
}

/// The structure's fields behind where the filter lies; appends their tables.
void add_convolution_fields(const Graph &graph, const Step &step, LoweredStep &lowered,
                            KernelCall &call) {
    const Node &node = base_node(graph, step);
    const Map conv = map_of(base_output(graph, step));
    call.work_rows = step.rows->work_rows;
    call.fields.push_back(epilogue_field(graph, step, lowered));
    add_input_fields(call, graph, step);
    call.fields.push_back(int_field("out_w", conv.columns));
    call.fields.push_back(int_field("out_c", conv.channels));
    call.fields.push_back(int_field("out_ring", step.out_ring));
    call.fields.push_back(int_field("groups", node.int_or("groups", 1)));
    add_window_fields(call, window_of(graph, node));
    const Node *pool = fused_pool(graph, step);
    const auto window = pool ? pool->ints_or("kernel", {1, 1}) : std::vector<int64_t>{1, 1};
    call.fields.push_back(int_field("pool_h", window[0]));
    call.fields.push_back(int_field("pool_w", window[1]));
}

}  // namespace

int64_t cycles_conv2d_f32(const Graph &graph, const Step &step, const Board &board) {
    const bool from_ram = step.scratch_bytes > 0;
    const int64_t cycles = convolution_cycles(graph, step, board, from_ram);
    if (!from_ram) return cycles;
    const int64_t bytes = block_bytes(graph, base_node(graph, step));
    return cycles + copied_blocks(graph, step) * (weight_stall(step, board, bytes) + bytes * 6 / 4);
}

LoweredStep lower_conv2d_f32(const Graph &graph, const Step &step) {
    const Node &node = base_node(graph, step);
    const Tensor &filter = graph.tensor(node.inputs[1]);
    LoweredStep lowered;
    lowered.tables.push_back(float_table(
        "filter",
        fmt::format("{}: filter {} as [groups][out/4][kh][kw][in][4]", node.name,
                    to_string(filter.type.shape)),
        pack_filter(filter.values<float>(), filter.type.shape, node.int_or("groups", 1))));
    const std::string bias = add_bias(graph, node, lowered);
    KernelCall call{"emk_conv2d_f32", "emk_conv2d_f32_args", "", {}, {0}};
    call.fields.push_back(table_field("filter", "filter"));
    call.fields.push_back(table_field("bias", bias));
    call.fields.push_back(step.scratch_bytes > 0
                              ? ArgumentField{"weights_ram", ArgumentField::Kind::kScratch, ""}
                              : table_field("weights_ram", ""));
    add_convolution_fields(graph, step, lowered, call);
    lowered.calls.push_back(std::move(call));
    return lowered;
}

// ---- emk_conv2d_f32_packed

bool accepts_conv2d_f32_packed(const Graph &graph, const Node &node) {
    return accepts_convolution(graph, node) && accepts_indices(graph, node);
}

std::optional<RowMap> rows_conv2d_f32_packed(const Graph &graph, const Step &step) {
    return convolution_rows(graph, step);
}

int64_t needed_scratch_conv2d_f32_packed(const Graph &graph, const Step &step) {
    const Node &node = base_node(graph, step);
    return level_bytes(node) + block_bytes(graph, node);
}

int64_t useful_scratch_conv2d_f32_packed(const Graph &graph, const Step &step) {
    return needed_scratch_conv2d_f32_packed(graph, step);
}

int64_t cycles_conv2d_f32_packed(const Graph &graph, const Step &step, const Board &board) {
    const Node &node = base_node(graph, step);
    const int64_t weights = block_bytes(graph, node) / 4, bits = node.int_or(kWeightBits, 0);
    const int64_t calls = step.row_by_row ? step.rows->work_rows : 1;
    return convolution_cycles(graph, step, board, true) + calls * level_bytes(node) * 3 +
           copied_blocks(graph, step) *
               (weight_stall(step, board, weights * bits / 8) + weights * 18 + 60);
}

LoweredStep lower_conv2d_f32_packed(const Graph &graph, const Step &step) {
    const Node &node = base_node(graph, step);
    const PackedLayer packed = packed_layer(graph, node, "filter");
    LoweredStep lowered;
    lowered.sources = {"conv2d/conv2d_f32.c"};
    const Bytes indices = pack_filter<uint8_t>(
        packed.weights.indices, graph.tensor(node.inputs[1]).type.shape, node.int_or("groups", 1));
    const ArgumentField weights = packed_field(packed, indices, lowered);
    KernelCall layer;
    layer.fields = {table_field("filter", ""), table_field("bias", add_bias(graph, node, lowered)),
                    table_field("weights_ram", "")};
    add_convolution_fields(graph, step, lowered, layer);
    KernelCall call{"emk_conv2d_f32_packed", "emk_conv2d_f32_packed_args", "", {}, {0}};
    call.work_rows = layer.work_rows;
    call.fields = {{"layer", ArgumentField::Kind::kStruct, "", std::move(layer.fields)},
                   weights,
                   {"scratch", ArgumentField::Kind::kScratch, ""}};
    lowered.calls.push_back(std::move(call));
    return lowered;
}

// ---- emk_depthwise_conv2d_f32

bool accepts_depthwise_conv2d_f32(const Graph &graph, const Node &node) {
    return accepts_convolution(graph, node);
}

std::optional<RowMap> rows_depthwise_conv2d_f32(const Graph &graph, const Step &step) {
    return convolution_rows(graph, step);
}

int64_t useful_scratch_depthwise_conv2d_f32(const Graph &, const Step &) {
    return 0;
}

int64_t cycles_depthwise_conv2d_f32(const Graph &graph, const Step &step, const Board &board) {
    const Map out = map_of(base_output(graph, step));
    const Window window = window_of(graph, base_node(graph, step));
    const int64_t taps = window.kernel_h * window.kernel_w;
    const int64_t element =
        taps * (11 + weight_stall(step, board, sizeof(float))) + 4 + epilogue_cycles(graph, step);
    return out.rows * out.columns * (out.channels * element + taps * 30);
}

LoweredStep lower_depthwise_conv2d_f32(const Graph &graph, const Step &step) {
    const Node &node = base_node(graph, step);
    const Tensor &filter = graph.tensor(node.inputs[1]);
    const Map out = map_of(base_output(graph, step));
    const auto values = filter.values<float>();
    LoweredStep lowered;
    lowered.tables.push_back(float_table(
        "filter",
        fmt::format("{}: filter {} as [kh][kw][out]", node.name, to_string(filter.type.shape)),
        std::vector<float>(values.begin(), values.end())));
    const std::string bias = add_bias(graph, node, lowered);
    KernelCall call{"emk_depthwise_conv2d_f32", "emk_depthwise_conv2d_f32_args", "", {}, {0}};
    call.work_rows = step.rows->work_rows;
    call.fields.push_back(table_field("filter", "filter"));
    call.fields.push_back(table_field("bias", bias));
    call.fields.push_back(epilogue_field(graph, step, lowered));
    add_input_fields(call, graph, step);
    call.fields.push_back(int_field("out_w", out.columns));
    call.fields.push_back(int_field("out_c", out.channels));
    call.fields.push_back(int_field("out_ring", step.out_ring));
    add_window_fields(call, window_of(graph, node));
    lowered.calls.push_back(std::move(call));
    return lowered;
}

// ---- emk_dense_f32

bool accepts_dense_f32(const Graph &graph, const Node &node) {
    return has_constant_operands(graph, node, 1);
}

std::optional<RowMap> rows_dense_f32(const Graph &, const Step &) {
    return std::nullopt;
}

int64_t useful_scratch_dense_f32(const Graph &, const Step &) {
    return 0;
}

namespace {

/// \p weights  their table, or empty; appends the other tables
std::vector<ArgumentField> dense_fields(const Graph &graph, const Step &step,
                                        const std::string &weights, LoweredStep &lowered) {
    const Node &node = base_node(graph, step);
    const Shape &shape = graph.tensor(node.inputs[1]).type.shape;
    const std::string bias = add_bias(graph, node, lowered);
    return {table_field("weights", weights), table_field("bias", bias),
            epilogue_field(graph, step, lowered), int_field("in_c", shape[1]),
            int_field("out_c", shape[0])};
}

}  // namespace

int64_t cycles_dense_f32(const Graph &graph, const Step &step, const Board &board) {
    const Shape &weights = graph.tensor(base_node(graph, step).inputs[1]).type.shape;
    const int64_t rows = element_count(base_output(graph, step).shape) / weights[0];
    const int64_t count = weights[0] * weights[1];
    const int64_t bytes = count * static_cast<int64_t>(sizeof(float));
    return rows * (count * 23 / kLanes + weight_stall(step, board, bytes) +
                   weights[0] * (20 + epilogue_cycles(graph, step)));
}

LoweredStep lower_dense_f32(const Graph &graph, const Step &step) {
    const Node &node = base_node(graph, step);
    const Tensor &weights = graph.tensor(node.inputs[1]);
    const Shape &shape = weights.type.shape;
    LoweredStep lowered;
    lowered.tables.push_back(float_table(
        "weights", fmt::format("{}: weights {} as [out/4][in][4]", node.name, to_string(shape)),
        pack_filter(weights.values<float>(), {shape[0], 1, 1, shape[1]}, 1)));
    KernelCall call{"emk_dense_f32", "emk_dense_f32_args", "", {}, {0}};
    call.work_rows = element_count(base_output(graph, step).shape) / shape[0];
    call.fields = dense_fields(graph, step, "weights", lowered);
    lowered.calls.push_back(std::move(call));
    return lowered;
}

// ---- emk_dense_f32_packed

bool accepts_dense_f32_packed(const Graph &graph, const Node &node) {
    return has_constant_operands(graph, node, 1) && accepts_indices(graph, node);
}

std::optional<RowMap> rows_dense_f32_packed(const Graph &, const Step &) {
    return std::nullopt;
}

int64_t needed_scratch_dense_f32_packed(const Graph &graph, const Step &step) {
    return level_bytes(base_node(graph, step));
}

int64_t useful_scratch_dense_f32_packed(const Graph &graph, const Step &step) {
    return needed_scratch_dense_f32_packed(graph, step);
}

int64_t cycles_dense_f32_packed(const Graph &graph, const Step &step, const Board &board) {
    const Node &node = base_node(graph, step);
    const Shape &weights = graph.tensor(node.inputs[1]).type.shape;
    const int64_t rows = element_count(base_output(graph, step).shape) / weights[0];
    const int64_t count = weights[0] * weights[1], bits = node.int_or(kWeightBits, 0);
    return level_bytes(node) * 3 +
           rows * (count * 40 / kLanes + weight_stall(step, board, count * bits / 8) +
                   weights[0] * (30 + epilogue_cycles(graph, step)));
}

LoweredStep lower_dense_f32_packed(const Graph &graph, const Step &step) {
    const Node &node = base_node(graph, step);
    const Shape &shape = graph.tensor(node.inputs[1]).type.shape;
    const PackedLayer packed = packed_layer(graph, node, "weights");
    LoweredStep lowered;
    const Bytes indices =
        pack_filter<uint8_t>(packed.weights.indices, {shape[0], 1, 1, shape[1]}, 1);
    const ArgumentField weights = packed_field(packed, indices, lowered);
    KernelCall call{"emk_dense_f32_packed", "emk_dense_f32_packed_args", "", {}, {0}};
    call.work_rows = element_count(base_output(graph, step).shape) / shape[0];
    call.fields = {
        {"layer", ArgumentField::Kind::kStruct, "", dense_fields(graph, step, "", lowered)},
        weights,
        {"scratch", ArgumentField::Kind::kScratch, ""}};
    lowered.calls.push_back(std::move(call));
    return lowered;
}

}  // namespace embark
