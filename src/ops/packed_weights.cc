#include "ops/packed_weights.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <set>
#include <unordered_map>

#include "ops/operands.h"
#include "ops/quantized.h"

namespace embark {

namespace {

constexpr int kMostBits = 4;

bool has_packed_form(const Graph &graph, const Node &node) {
    if (node.op != "conv2d" && node.op != "dense") return false;
    const TensorType &x = input_type(graph, node, 0);
    if (x.type == DataType::kInt8 && !is_quantized(x)) return false;
    if (x.type != DataType::kInt8 && x.type != DataType::kFloat32) return false;
    const Tensor &weights = graph.tensor(node.inputs[1]);
    return weights.is_constant() && weights.type.type == x.type;
}

/// The different values by their bits, 0.0 and -0.0 apart, ascending; none when more than 256.
std::optional<std::vector<float>> float_levels(std::span<const float> values) {
    std::set<uint32_t> patterns;
    for (const float value : values) {
        patterns.insert(std::bit_cast<uint32_t>(value));
        if (patterns.size() > 256) return std::nullopt;
    }
    std::vector<float> levels;
    for (const uint32_t pattern : patterns) levels.push_back(std::bit_cast<float>(pattern));
    std::sort(levels.begin(), levels.end(), [](float a, float b) {
        return std::pair(a, !std::signbit(a)) < std::pair(b, !std::signbit(b));
    });
    return levels;
}

std::optional<PackedFloats> as_levels(std::span<const float> values) {
    auto levels = float_levels(values);
    if (!levels) return std::nullopt;
    std::unordered_map<uint32_t, uint8_t> index_of;
    for (size_t i = 0; i < levels->size(); ++i) {
        index_of[std::bit_cast<uint32_t>((*levels)[i])] = static_cast<uint8_t>(i);
    }
    PackedFloats packed;
    packed.bits = levels->size() <= 16 ? 4 : 8;
    for (const float value : values) {
        packed.indices.push_back(index_of.at(std::bit_cast<uint32_t>(value)));
    }
    packed.levels = std::move(*levels);
    return packed;
}

/// The int8 values whose products with \p scale round to \p row.
bool append_multiples(std::span<const float> row, float scale, Bytes &indices) {
    const size_t before = indices.size();
    for (const float value : row) {
        const float level = scale > 0 ? std::nearbyint(value / scale) : 0.0f;
        const bool is_multiple =
            std::abs(level) <= 127 &&
            std::bit_cast<uint32_t>((level + 0.0f) * scale) == std::bit_cast<uint32_t>(value);
        if (!is_multiple) {
            indices.resize(before);
            return false;
        }
        indices.push_back(static_cast<uint8_t>(static_cast<int8_t>(level)));
    }
    return true;
}

std::optional<PackedFloats> as_multiples(std::span<const float> values, size_t depth) {
    PackedFloats packed;
    for (size_t at = 0; at < values.size(); at += depth) {
        const auto row = values.subspan(at, depth);
        float most = 0;
        for (const float value : row) most = std::max(most, std::abs(value));
        if (!std::isfinite(most)) return std::nullopt;
        // 127 * scale was rounded, and so was its quotient.
        const float guess = most / 127;
        const float tries[] = {guess, std::nextafter(guess, 0.0f), std::nextafter(guess, most)};
        const auto found = std::find_if(std::begin(tries), std::end(tries), [&](float scale) {
            return append_multiples(row, scale, packed.indices);
        });
        if (found == std::end(tries)) return std::nullopt;
        packed.scales.push_back(*found);
    }
    return packed;
}

}  // namespace

std::optional<PackedFloats> packed_floats(const Tensor &weights) {
    const auto values = weights.values<float>();
    if (values.empty()) return std::nullopt;
    if (auto packed = as_levels(values)) return packed;
    return as_multiples(values, values.size() / static_cast<size_t>(weights.type.shape[0]));
}

std::vector<int8_t> weight_levels(const Tensor &weights) {
    std::array<bool, 256> taken{};
    size_t count = 0;
    for (const int8_t value : weights.values<int8_t>()) {
        bool &mine = taken[static_cast<uint8_t>(value)];
        count += mine ? 0 : 1;
        mine = true;
        if (count > size_t{1} << kMostBits) break;
    }
    std::vector<int8_t> levels;
    for (int value = -128; value <= 127; ++value) {
        if (taken[static_cast<uint8_t>(value)]) levels.push_back(static_cast<int8_t>(value));
    }
    return levels;
}

Bytes pack_indices(std::span<const int8_t> values, int64_t depth, int64_t row_bytes, int64_t bits,
                   const std::vector<int8_t> &levels) {
    std::array<uint8_t, 256> index_of{};
    for (size_t i = levels.size(); i-- > 0;) {  // the first of equal ones, should there be any
        index_of[static_cast<uint8_t>(levels[i])] = static_cast<uint8_t>(i);
    }
    Bytes packed(values.size() / static_cast<size_t>(depth) * static_cast<size_t>(row_bytes), 0);
    int64_t bit = 0, left = depth;
    for (const int8_t value : values) {
        const uint32_t index = index_of[static_cast<uint8_t>(value)];
        EMBARK_ASSERT(levels[index] == value);
        const uint32_t shifted = index << (bit % 8);
        packed[static_cast<size_t>(bit / 8)] |= static_cast<uint8_t>(shifted);
        if (shifted > 0xFF)
            packed[static_cast<size_t>(bit / 8) + 1] |= static_cast<uint8_t>(shifted >> 8);
        bit += bits;
        if (--left > 0) continue;
        left = depth;
        bit += row_bytes * 8 - depth * bits;
    }
    return packed;
}

std::optional<int> packable_bits(const Graph &graph, const Node &node) {
    if (!has_packed_form(graph, node)) return std::nullopt;
    const Tensor &weights = graph.tensor(node.inputs[1]);
    if (weights.type.type == DataType::kFloat32) {
        const auto packed = packed_floats(weights);
        return packed ? std::optional(packed->bits) : std::nullopt;
    }
    const size_t count = weight_levels(weights).size();
    int bits = 1;
    while (count > 1u << bits) ++bits;
    if (bits > kMostBits) return std::nullopt;
    return bits;
}

std::optional<Tensor> as_int8(const Tensor &weights) {
    const TensorType &type = weights.type;
    if (!weights.is_constant() || type.type != DataType::kFloat32 || type.shape.size() < 2 ||
        element_count(type.shape) < kLeastPackedWeights) {
        return std::nullopt;
    }
    const auto values = weights.values<float>();
    auto packed = as_multiples(values, values.size() / static_cast<size_t>(type.shape[0]));
    if (!packed) return std::nullopt;
    Quantization quantization{std::move(packed->scales), {}, 0};
    // A row of zeros has no scale, and formats want one.
    for (float &scale : quantization.scales) scale = scale > 0 ? scale : 1.0f;
    quantization.zero_points.assign(quantization.scales.size(), 0);
    Tensor result = weights;
    result.type = {DataType::kInt8, type.shape, std::move(quantization)};
    result.data = std::make_shared<const Bytes>(std::move(packed->indices));
    return result;
}

int64_t stored_weight_bytes(const Graph &graph, const Node &node) {
    const Tensor &weights = graph.tensor(node.inputs[1]);
    const int64_t bits = node.int_or(kWeightBits, 0);
    if (bits == 0) return static_cast<int64_t>(weights.type.bytes());
    const int64_t indices = (element_count(weights.type.shape) * bits + 7) / 8;
    if (weights.type.type != DataType::kFloat32) return indices + (int64_t{1} << bits);
    const auto packed = packed_floats(weights);
    if (!packed) return static_cast<int64_t>(weights.type.bytes());
    const auto floats = static_cast<int64_t>(packed->scales.size()) +
                        (packed->levels.empty() ? 0 : int64_t{1} << bits);
    return indices + floats * static_cast<int64_t>(sizeof(float));
}

Expected<PortableCall> packed_call(const Graph &graph, const Node &node) {
    EMBARK_ASSIGN(PortableCall call, portable_call(graph, node));
    const int64_t bits = node.int_or(kWeightBits, 0);
    const auto least = packable_bits(graph, node);
    if (call.function != "emk_conv_q8" || !least || bits < *least || bits > kMostBits) {
        return make_error(ErrorCode::kUnsupported,
                          fmt::format("weights cannot be stored in {} bits", bits));
    }
    const Tensor &weights = graph.tensor(node.inputs[1]);
    const int64_t depth = element_count(weights.type.shape) / weights.type.shape[0];
    const int64_t row_bytes = (depth * bits + 7) / 8;
    std::vector<int8_t> levels = weight_levels(weights);
    const Bytes indices = pack_indices(weights.values<int8_t>(), depth, row_bytes, bits, levels);
    levels.resize(size_t{1} << bits, 0);
    call.tables.push_back(make_table<uint8_t>(
        "indices",
        fmt::format("{} {} in {} bits", weights.name, to_string(weights.type.shape), bits),
        DataType::kUint8, indices));
    call.tables.push_back(
        make_table<int8_t>("levels", "what the indices stand for", DataType::kInt8, levels));
    Field layer{"layer", Field::Kind::kStruct};
    layer.fields = std::move(call.fields);
    Field packed{"weights", Field::Kind::kStruct};
    packed.fields = {table_of("indices", "indices"), table_of("levels", "levels"),
                     int_of("bits", bits), int_of("row_bytes", row_bytes)};
    call.function = "emk_conv_q8_packed";
    call.fields = {std::move(layer), std::move(packed), scratch_of("filter_ram")};
    call.inputs.erase(call.inputs.begin() + 1);
    call.scratch_bytes = depth;
    // Taking an index out of the stream and looking it up.
    call.cycles += element_count(weights.type.shape) * 12;
    return call;
}

}  // namespace embark
