#include "plan/kernels/conv_q8.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include <emk/conv_q8.h>
#include <emk/fixed.h>

#include "ops/packed_weights.h"
#include "ops/portable.h"
#include "plan/kernels/quantized_layer.h"

namespace embark {

namespace {

constexpr int64_t kSumLimit = int64_t{1} << 30;
constexpr int32_t kMostShift = 22;

template <typename T>
std::vector<T> table_values(const PortableCall &call, std::string_view name) {
    for (const PortableTable &table : call.tables) {
        if (table.name != name) continue;
        const auto *values = reinterpret_cast<const T *>(table.bytes.data());
        return {values, values + table.bytes.size() / sizeof(T)};
    }
    return {};
}

int64_t field_value(const std::vector<Field> &fields, std::string_view name) {
    for (const Field &field : fields) {
        if (field.name == name) return field.ints[0];
        if (field.kind != Field::Kind::kStruct) continue;
        for (const Field &inner : field.fields) {
            if (inner.name == name) return inner.ints[0];
        }
    }
    return 0;
}

/// The output for \p sum as the portable kernel has it.
int64_t output_for(const ConvQ8 &conv, int64_t sum, int32_t multiplier, int32_t shift) {
    const int64_t scaled = emk_scale(static_cast<int32_t>(sum), multiplier, shift);
    return std::clamp(scaled + conv.out_zero, conv.low, conv.high);
}

/// Fills in the form of a factor that emk_rescale_s8 wants; false when there is none.
bool set_factor(const ConvQ8 &conv, ChannelQ8 &channel, int32_t multiplier, int32_t shift) {
    if (shift > 0 || channel.least < INT32_MIN || channel.greatest > INT32_MAX) return false;
    const int64_t least = output_for(conv, channel.least, multiplier, shift);
    if (least == output_for(conv, channel.greatest, multiplier, shift)) {
        // Scaling is monotonous, so the output never varies: 0 * sum, whatever its sign.
        channel.multiplier = 0;
        channel.shift = 1;
        channel.rounding = static_cast<int32_t>(2 * least + 1);
        return true;
    }
    const bool fits = channel.least > -kSumLimit && channel.greatest < kSumLimit;
    if (!fits || shift > -1 || shift < -kMostShift) return false;
    channel.multiplier = multiplier;
    channel.shift = -shift;
    channel.rounding = static_cast<int32_t>((int64_t{1} << (channel.shift - 1)) +
                                            conv.out_zero * (int64_t{1} << channel.shift));
    return true;
}

/// Weights, bias and the range of sums of output channel \p o.
ChannelQ8 make_channel(const ConvQ8 &conv, size_t o, int32_t bias) {
    const size_t taps = conv.filter.size() / static_cast<size_t>(conv.out_c);
    const int64_t above = 127 - conv.in_zero, below = 128 + conv.in_zero;
    const auto [positive, negative] = weight_sums(conv.filter.subspan(o * taps, taps));
    ChannelQ8 channel{.bias = bias};
    channel.weight_sum = positive + negative;
    channel.greatest = bias + above * positive - below * negative;
    channel.least = bias - below * positive + above * negative;
    return channel;
}

/// \returns whether all channels are within the limits
bool collect_channels(const Graph &graph, const Node &node, const PortableCall &call,
                      ConvQ8 &conv) {
    const auto multipliers = table_values<int32_t>(call, "multiplier");
    const auto shifts = table_values<int8_t>(call, "shift");
    const bool has_bias = has_input(node, 2);
    const auto bias =
        has_bias ? graph.tensor(node.inputs[2]).values<int32_t>() : std::span<const int32_t>();
    for (size_t o = 0; o < static_cast<size_t>(conv.out_c); ++o) {
        const size_t factor = multipliers.size() > 1 ? o : 0;
        ChannelQ8 channel = make_channel(conv, o, has_bias ? bias[o] : 0);
        if (!set_factor(conv, channel, multipliers[factor], shifts[factor])) return false;
        conv.channels.push_back(channel);
    }
    return true;
}

bool has_fitting_operands(const Graph &graph, const Node &node) {
    const TensorType &x = graph.tensor(node.inputs[0]).type;
    return x.type == DataType::kInt8 && x.shape.size() == 4 && x.shape[0] == 1 &&
           node.int_or("groups", 1) == 1 && has_constant_operands(graph, node, 1) &&
           graph.tensor(node.inputs[1]).type.shape[0] > 1;
}

}  // namespace

std::optional<ConvQ8> conv_q8_of(const Graph &graph, const Node &node) {
    if (!has_fitting_operands(graph, node)) return std::nullopt;
    const auto call = portable_call(graph, node);
    if (!call.ok() || call->function != "emk_conv_q8") return std::nullopt;
    const Tensor &filter = graph.tensor(node.inputs[1]);
    const Shape &shape = filter.type.shape;
    ConvQ8 conv;
    conv.window = window_of(node, graph.tensor(node.inputs[0]).type.shape, shape[1], shape[2]);
    conv.out_c = shape[0];
    conv.in_c = shape[3];
    conv.filter = filter.values<int8_t>();
    conv.in_zero = field_value(call->fields, "in_zero");
    conv.out_zero = field_value(call->fields, "out_zero");
    conv.low = field_value(call->fields, "low");
    conv.high = field_value(call->fields, "high");
    if (!collect_channels(graph, node, *call, conv)) return std::nullopt;
    conv.weight_bits = node.int_or(kWeightBits, 0);
    if (conv.weight_bits > 0) {
        const auto levels = weight_levels(filter);
        conv.levels.assign(levels.begin(), levels.end());
        if (conv.levels.size() > size_t{1} << conv.weight_bits) return std::nullopt;
        conv.levels.resize(size_t{1} << conv.weight_bits, 0);
    }
    return conv;
}

std::optional<RowMap> conv_q8_rows(const Graph &graph, const Step &step) {
    const Node &node = base_node(graph, step);
    const Shape &filter = graph.tensor(node.inputs[1]).type.shape;
    const Window window = window_of(node, base_input(graph, step).shape, filter[1], filter[2]);
    RowMap rows;
    rows.work_rows = rows.out_rows = window.out_h;
    rows.in_rows = window.in_h;
    rows.stride = window.stride_h;
    rows.pad_top = window.top;
    rows.span = (window.kernel_h - 1) * window.dilation_h + 1;
    rows.in_row_bytes = window.in_w * filter[3];
    rows.out_row_bytes = window.out_w * filter[0];
    return rows;
}

std::optional<InputOverlap> conv_q8_overlap(const Graph &graph, const Step &step) {
    const RowMap rows = *conv_q8_rows(graph, step);
    InputOverlap overlap;
    for (int64_t y = 1; y < rows.out_rows; ++y) {
        const int64_t written = y * rows.out_row_bytes;
        overlap.distance =
            std::max(overlap.distance, written - rows.first_input(y) * rows.in_row_bytes);
    }
    return overlap;
}

int64_t first_of_pair(const ConvQ8 &conv, int64_t pair) {
    return std::min(2 * pair, conv.out_c - 2);
}

ConstantTable word_table(std::string name, std::string comment,
                         const std::vector<uint32_t> &words) {
    const auto *raw = reinterpret_cast<const uint8_t *>(words.data());
    return {std::move(name), "uint32_t", std::move(comment), DataType::kUint32,
            Bytes(raw, raw + words.size() * sizeof(uint32_t))};
}

ConstantTable channel_table(const Node &node, const ConvQ8 &conv) {
    std::vector<int32_t> words;
    for (int64_t pair = 0; 2 * pair < conv.out_c; ++pair) {
        const auto first = static_cast<size_t>(first_of_pair(conv, pair));
        for (size_t o = first; o < first + 2; ++o) {
            const ChannelQ8 &channel = conv.channels[o];
            // Sums wrap on the way; what they end with fits.
            const int64_t bias = channel.bias - (conv.in_zero + 128) * channel.weight_sum;
            words.push_back(static_cast<int32_t>(static_cast<uint32_t>(2 * bias)));
        }
        for (size_t o = first; o < first + 2; ++o) {
            const ChannelQ8 &channel = conv.channels[o];
            words.insert(words.end(), {channel.multiplier, channel.rounding, channel.shift});
        }
    }
    const auto *raw = reinterpret_cast<const uint8_t *>(words.data());
    return {
        "channels", "int32_t",
        fmt::format("{}: by pairs of outputs, two doubled biases, then multiplier, rounding and "
                    "shift of each",
                    node.name),
        DataType::kInt32, Bytes(raw, raw + words.size() * sizeof(int32_t))};
}

int64_t unpack_cycles(const ConvQ8 &conv, int64_t words) {
    return conv.weight_bits > 0 ? words * 15 + 50 : 0;
}

int64_t unpacked_bytes(const ConvQ8 &conv, int64_t words) {
    return conv.weight_bits > 0 ? 4 * (EMK_LEVEL_PAIR_WORDS + words) : 0;
}

LoweredStep lower_conv_q8(const ConvQ8 &conv, const std::string &name, const ConstantTable &words,
                          const ConstantTable &channels, std::vector<ArgumentField> fields) {
    LoweredStep lowered;
    const bool packed = conv.weight_bits > 0;
    const std::string function = packed ? name + "_packed" : name;
    KernelCall call{function, function + "_args", "", {}, {0}};
    call.header = "emk/conv_q8.h";
    call.work_rows = conv.window.out_h;
    std::vector<ArgumentField> layer = {table_field("weights", packed ? "" : words.name),
                                        table_field("channels", channels.name),
                                        {"scratch", ArgumentField::Kind::kScratch, ""}};
    layer.insert(layer.end(), fields.begin(), fields.end());
    if (!packed) {
        lowered.tables = {words, channels};
        call.fields = std::move(layer);
        lowered.calls.push_back(std::move(call));
        return lowered;
    }
    const auto *values = reinterpret_cast<const int8_t *>(words.bytes.data());
    const auto pairs = static_cast<size_t>((conv.out_c + 1) / 2);
    const auto depth = static_cast<int64_t>(words.bytes.size() / pairs);
    const int64_t row_bytes = (depth * conv.weight_bits + 15) / 16 * 2;
    const Bytes indices =
        pack_indices({values, words.bytes.size()}, depth, row_bytes, conv.weight_bits, conv.levels);
    lowered.tables = {
        {"indices", "uint16_t", fmt::format("{}, in {} bits", words.comment, conv.weight_bits),
         DataType::kUint16, indices},
        {"levels", "int8_t", "what the indices stand for", DataType::kInt8,
         Bytes(conv.levels.begin(), conv.levels.end())},
        channels};
    lowered.sources = {"conv2d/unpack_pair_q8.c"};
    ArgumentField weights{"packed", ArgumentField::Kind::kStruct, "", {}};
    weights.fields = {table_field("indices", "indices"), table_field("levels", "levels"),
                      int_field("bits", conv.weight_bits)};
    call.fields = {{"layer", ArgumentField::Kind::kStruct, "", std::move(layer)},
                   std::move(weights)};
    lowered.calls.push_back(std::move(call));
    return lowered;
}

}  // namespace embark
