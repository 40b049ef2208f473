#include "plan/kernels/quantized_layer.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "plan/kernels/lowering.h"

namespace embark {

namespace {

const Field &field_of(const std::vector<Field> &fields, std::string_view name) {
    const auto found = std::find_if(fields.begin(), fields.end(),
                                    [&](const Field &field) { return field.name == name; });
    EMBARK_ASSERT(found != fields.end());
    return *found;
}

template <typename T>
std::vector<int32_t> table_values(const PortableCall &call, std::string_view name) {
    for (const PortableTable &table : call.tables) {
        if (table.name != name) continue;
        std::vector<T> values(table.bytes.size() / sizeof(T));
        std::memcpy(values.data(), table.bytes.data(), table.bytes.size());
        return {values.begin(), values.end()};
    }
    return {};
}

}  // namespace

std::optional<std::vector<Field>> portable_fields(const Graph &graph, const Node &node,
                                                  std::string_view function) {
    auto call = portable_call(graph, node);
    if (!call.ok() || call->function != function) return std::nullopt;
    return std::move(call->fields);
}

int64_t int_in(const std::vector<Field> &fields, std::string_view name) {
    return field_of(fields, name).ints.at(0);
}

std::optional<QuantizedLayer> quantized_layer(const Graph &graph, const Node &node) {
    if (node.inputs.empty() || graph.tensor(node.inputs[0]).is_constant()) return std::nullopt;
    if (node.inputs.size() < 2 || !has_constant_operands(graph, node, 1)) return std::nullopt;
    const auto call = portable_call(graph, node);
    if (!call.ok() || call->function != "emk_conv_q8") return std::nullopt;
    const auto &conv = field_of(call->fields, "conv").fields;
    const auto &rescale = field_of(call->fields, "rescale").fields;
    QuantizedLayer layer;
    layer.in_channels = int_in(conv, "in_c");
    layer.out_channels = int_in(conv, "out_c");
    layer.groups = int_in(conv, "groups");
    layer.in_zero = int_in(call->fields, "in_zero");
    layer.out_zero = int_in(rescale, "out_zero");
    layer.low = int_in(rescale, "low");
    layer.high = int_in(rescale, "high");
    layer.multipliers = table_values<int32_t>(*call, "multiplier");
    layer.shifts = table_values<int8_t>(*call, "shift");
    layer.filter = graph.tensor(node.inputs[1]).values<int8_t>();
    layer.bias.assign(static_cast<size_t>(layer.out_channels), 0);
    if (node.inputs.size() > 2 && node.inputs[2] != kNoTensor) {
        const auto bias = graph.tensor(node.inputs[2]).values<int32_t>();
        std::copy(bias.begin(), bias.end(), layer.bias.begin());
    }
    return layer;
}

std::span<const int8_t> dense_weights(const QuantizedLayer &layer, int64_t output) {
    return layer.filter.subspan(static_cast<size_t>(output * layer.in_channels),
                                static_cast<size_t>(layer.in_channels));
}

int64_t folded_bias(const QuantizedLayer &layer, int64_t output) {
    if (output >= layer.out_channels) return 0;
    const auto [positive, negative] = weight_sums(dense_weights(layer, output));
    return layer.bias[static_cast<size_t>(output)] - layer.in_zero * (positive + negative);
}

WeightSums weight_sums(std::span<const int8_t> weights) {
    WeightSums sums;
    constexpr size_t kBlock = 1 << 16;  // whose sums fit 32 bits, which is what compilers vectorise
    for (size_t at = 0; at < weights.size(); at += kBlock) {
        int32_t sum = 0, size = 0;
        for (const int8_t weight : weights.subspan(at, std::min(kBlock, weights.size() - at))) {
            sum += weight;
            size += std::abs(weight);
        }
        sums.positive += (size + sum) / 2;
        sums.negative += (sum - size) / 2;
    }
    return sums;
}

SumRange sum_range(const QuantizedLayer &layer, int64_t channel, std::span<const int8_t> weights) {
    const int64_t bias = layer.bias[static_cast<size_t>(channel)];
    const int64_t least = -128 - layer.in_zero,
                  most = 127 - layer.in_zero;  // of inputs; signs differ
    const auto [positive, negative] = weight_sums(weights);
    return {bias + positive * least + negative * most, bias + positive * most + negative * least,
            std::abs(bias) + (positive - negative) * std::max(-least, most)};
}

bool has_factors(const QuantizedLayer &layer) {
    for (size_t i = 0; i < layer.shifts.size(); ++i) {
        const bool in_range = layer.shifts[i] >= -22 && layer.shifts[i] <= -1;
        if (!in_range && layer.multipliers[i] != 0) return false;
    }
    return true;
}

std::array<int32_t, 3> factor_of(const QuantizedLayer &layer, int64_t channel) {
    const size_t i = layer.multipliers.size() > 1 ? static_cast<size_t>(channel) : 0;
    const int32_t right = layer.multipliers[i] == 0 ? 1 : -layer.shifts[i];
    const int64_t rounding = (int64_t{1} << (right - 1)) + layer.out_zero * (int64_t{1} << right);
    return {layer.multipliers[i], static_cast<int32_t>(rounding), right};
}

ConstantTable factor_table(const QuantizedLayer &layer, const std::string &layer_name) {
    std::vector<int32_t> words;
    for (size_t i = 0; i < layer.multipliers.size(); ++i) {
        const auto factor = factor_of(layer, static_cast<int64_t>(i));
        words.insert(words.end(), factor.begin(), factor.end());
    }
    return int32_table("factors", layer_name + ": multiplier, rounding and shift of the outputs",
                       words);
}

ArgumentField factor_words_field(const QuantizedLayer &layer) {
    return int_field("factor_words", layer.multipliers.size() > 1 ? 3 : 0);
}

ConstantTable int32_table(std::string name, std::string comment,
                          const std::vector<int32_t> &words) {
    const auto *raw = reinterpret_cast<const uint8_t *>(words.data());
    return {std::move(name), "int32_t", std::move(comment), DataType::kInt32,
            Bytes(raw, raw + words.size() * sizeof(int32_t))};
}

int32_t packed(int64_t low, int64_t high) {
    return static_cast<int32_t>((static_cast<uint32_t>(low) & 0xFFFFu) | static_cast<uint32_t>(high)
                                                                             << 16);
}

}  // namespace embark
