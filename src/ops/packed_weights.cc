#include "ops/packed_weights.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "ops/operands.h"
#include "ops/quantized.h"

namespace embark {

namespace {

constexpr int kMostBits = 4;

bool has_packed_form(const Graph &graph, const Node &node) {
    if (node.op != "conv2d" && node.op != "dense") return false;
    const TensorType &x = input_type(graph, node, 0);
    if (x.type != DataType::kInt8 || !is_quantized(x)) return false;
    const Tensor &weights = graph.tensor(node.inputs[1]);
    return weights.is_constant() && weights.type.type == DataType::kInt8;
}

}  // namespace

std::vector<int8_t> weight_levels(const Tensor &weights) {
    std::set<int8_t> levels;
    for (const int8_t value : weights.values<int8_t>()) {
        levels.insert(value);
        if (levels.size() > 1u << kMostBits) break;
    }
    return {levels.begin(), levels.end()};
}

Bytes pack_indices(std::span<const int8_t> values, int64_t depth, int64_t row_bytes, int64_t bits,
                   const std::vector<int8_t> &levels) {
    Bytes packed(values.size() / static_cast<size_t>(depth) * static_cast<size_t>(row_bytes), 0);
    for (size_t i = 0; i < values.size(); ++i) {
        const auto at = static_cast<int64_t>(i);
        const auto found = std::find(levels.begin(), levels.end(), values[i]);
        EMBARK_ASSERT(found != levels.end());
        const auto index = static_cast<uint32_t>(found - levels.begin());
        const int64_t bit = at / depth * row_bytes * 8 + at % depth * bits;
        const uint32_t shifted = index << (bit % 8);
        packed[static_cast<size_t>(bit / 8)] |= static_cast<uint8_t>(shifted);
        if (shifted > 0xFF)
            packed[static_cast<size_t>(bit / 8) + 1] |= static_cast<uint8_t>(shifted >> 8);
    }
    return packed;
}

std::optional<int> packable_bits(const Graph &graph, const Node &node) {
    if (!has_packed_form(graph, node)) return std::nullopt;
    const size_t count = weight_levels(graph.tensor(node.inputs[1])).size();
    int bits = 1;
    while (count > 1u << bits) ++bits;
    if (bits > kMostBits) return std::nullopt;
    return bits;
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
