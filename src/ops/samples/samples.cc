#include "ops/samples/samples.h"

#include <cmath>
#include <cstring>

#include "base/bytes.h"

namespace embark {

namespace {

constexpr SampleType kTypes[] = {
    {"float32", DataType::kFloat32, false}, {"int8 q", DataType::kInt8, true},
    {"int16 q", DataType::kInt16, true},    {"uint8 q", DataType::kUint8, true},
    {"float64", DataType::kFloat64, false}, {"int8", DataType::kInt8, false},
    {"uint8", DataType::kUint8, false},     {"int32", DataType::kInt32, false},
    {"int64", DataType::kInt64, false},     {"bool", DataType::kBool, false},
};

uint32_t next(uint32_t &seed) {
    seed = seed * 1664525u + 1013904223u;
    return seed >> 8;
}

/// A value in [-2, 2).
double real(uint32_t &seed) {
    return static_cast<double>(next(seed)) / 4194304.0 - 2.0;
}

void append_value(Bytes &bytes, DataType type, uint32_t &seed) {
    switch (type) {
        case DataType::kFloat32:
            return append_le(bytes, static_cast<float>(real(seed)));
        case DataType::kFloat64:
            return append_le(bytes, real(seed));
        case DataType::kFloat16:
            // Between 1 and 2: any mantissa, one exponent.
            return append_le(bytes, static_cast<uint16_t>(0x3C00u | (next(seed) & 0x3FFu)));
        case DataType::kBool:
            return append_le(bytes, static_cast<uint8_t>(next(seed) & 1u));
        case DataType::kInt8:
        case DataType::kUint8:
            return append_le(bytes, static_cast<uint8_t>(next(seed)));
        case DataType::kInt16:
        case DataType::kUint16:
            return append_le(bytes, static_cast<uint16_t>(next(seed)));
        case DataType::kInt32:
        case DataType::kUint32:
            return append_le(bytes, static_cast<int32_t>(next(seed) % 2001u) - 1000);
        case DataType::kInt64:
        case DataType::kUint64:
            return append_le(bytes, static_cast<int64_t>(next(seed) % 2001u) - 1000);
    }
}

Bytes random_bytes(DataType type, int64_t count, uint32_t seed) {
    Bytes bytes;
    for (int64_t i = 0; i < count; ++i) append_value(bytes, type, seed);
    return bytes;
}

Quantization activation_quantization(DataType type) {
    if (type == DataType::kInt16) return {{0.001f}, {0}, 0};
    return {{0.05f}, {type == DataType::kUint8 ? 131 : 3}, 0};
}

/// Outputs whose range TensorFlow Lite fixes; the others get a plausible one.
Quantization output_quantization(std::string_view op, DataType type) {
    const bool wide = type == DataType::kInt16;
    const int32_t low = type == DataType::kUint8 ? 0 : -128;
    if (op == "softmax" || op == "sigmoid") {
        return wide ? Quantization{{1.0f / 32768}, {0}, 0} : Quantization{{1.0f / 256}, {low}, 0};
    }
    if (op == "tanh" || op == "l2_normalize") {
        return wide ? Quantization{{1.0f / 32768}, {0}, 0}
                    : Quantization{{1.0f / 128}, {low + 128}, 0};
    }
    if (op == "log_softmax") return {{16.0f / 256}, {low + 255}, 0};
    return activation_quantization(type);
}

/// Operators whose output is stored exactly as the input is.
bool keeps_quantization(std::string_view op) {
    for (const std::string_view name : {"average_pool2d", "max_pool2d",     "global_max_pool",
                                        "reshape",        "transpose",      "slice",
                                        "expand",         "concat",         "pad",
                                        "depth_to_space", "space_to_depth", "gather",
                                        "tile",           "maximum",        "minimum",
                                        "resize",         "reduce_max",     "reduce_min",
                                        "clip",           "relu",           "relu6"}) {
        if (name == op) return true;
    }
    return false;
}

/// Index of the filter axis that counts output channels.
int channel_axis(const Node &node, const Shape &shape) {
    const bool last = op_of(node).has(kOutputChannelLast);
    return last ? static_cast<int>(shape.size()) - 1 : 0;
}

TensorId add_input(Graph &graph, const Node &node, const SampleInput &input, const SampleType &type,
                   uint32_t seed) {
    const int64_t count = element_count(input.shape);
    const std::string name = "x" + std::to_string(seed);
    TensorType of{type.type, input.shape, {}};
    if (type.quantized) of.quantization = activation_quantization(type.type);
    switch (input.role) {
        case SampleRole::kActivation:
            graph.inputs.push_back(graph.add_activation(name, of));
            return graph.inputs.back();
        case SampleRole::kBool:
            graph.inputs.push_back(graph.add_activation(name, {DataType::kBool, input.shape, {}}));
            return graph.inputs.back();
        case SampleRole::kConstant:
            return graph.add_constant(name, of, random_bytes(type.type, count, seed));
        case SampleRole::kWeights:
            if (type.quantized && type.type != DataType::kUint8) {
                const int axis = channel_axis(node, input.shape);
                const auto channels = static_cast<size_t>(input.shape[static_cast<size_t>(axis)]);
                of.type = DataType::kInt8;
                of.quantization = {std::vector<float>(channels, 0.01f),
                                   std::vector<int32_t>(channels, 0), axis};
            }
            return graph.add_constant(name, of, random_bytes(of.type, count, seed));
        case SampleRole::kBias:
            if (type.quantized) {
                of.type = type.type == DataType::kInt16 ? DataType::kInt64 : DataType::kInt32;
                of.quantization = {{activation_quantization(type.type).scales[0] * 0.01f}, {0}, 0};
            }
            return graph.add_constant(name, of, random_bytes(of.type, count, seed));
        case SampleRole::kIndices: {
            Bytes bytes;
            for (int64_t i = 0; i < count; ++i) {
                append_le(bytes, static_cast<int64_t>(next(seed)) % input.limit);
            }
            return graph.add_constant(name, {DataType::kInt64, input.shape, {}}, std::move(bytes));
        }
    }
    return kNoTensor;
}

}  // namespace

std::span<const SampleType> sample_types() {
    return kTypes;
}

Expected<Graph> sample_graph(const OpSample &sample, const SampleType &type) {
    Graph graph;
    graph.name = sample.op;
    Node node;
    node.op = sample.op;
    node.name = sample.op;
    node.attributes = sample.attributes;
    uint32_t seed = 1;
    for (const SampleInput &input : sample.inputs) {
        node.inputs.push_back(add_input(graph, node, input, type, seed++));
    }
    EMBARK_ASSIGN(const TensorId first, append_node(graph, std::move(node)));
    (void)first;
    for (const TensorId id : graph.nodes.back().outputs) {
        TensorType &out = graph.tensor(id).type;
        if (type.quantized && out.type == type.type) {
            out.quantization = keeps_quantization(sample.op)
                                   ? activation_quantization(type.type)
                                   : output_quantization(sample.op, type.type);
        }
        if (sample.op == "quantize" || sample.op == "requantize") {
            out.quantization = activation_quantization(out.type);
        }
        graph.outputs.push_back(id);
    }
    return graph;
}

std::vector<Bytes> sample_inputs(const Graph &graph, uint32_t seed) {
    std::vector<Bytes> inputs;
    for (const TensorId id : graph.inputs) {
        const TensorType &type = graph.tensor(id).type;
        inputs.push_back(random_bytes(type.type, element_count(type.shape), seed++ * 77u));
    }
    return inputs;
}

bool supports(const OpSample &sample, const SampleType &type) {
    const auto graph = sample_graph(sample, type);
    return graph.ok() && evaluate(*graph, sample_inputs(*graph)).ok();
}

}  // namespace embark
