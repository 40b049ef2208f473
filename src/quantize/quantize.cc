#include "quantize/quantize.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>

#include "ops/operands.h"
#include "ops/quantized.h"
#include "quantize/adapt.h"
#include "quantize/layer_rows.h"
#include "quantize/parallel.h"
#include "quantize/sample_values.h"
#include "quantize/scales.h"

namespace embark {

namespace {

constexpr int kFullBits = 8;

template <typename T>
Bytes to_bytes(const std::vector<T> &values) {
    const auto *raw = reinterpret_cast<const uint8_t *>(values.data());
    return Bytes(raw, raw + values.size() * sizeof(T));
}

int8_t to_int8(double real, const Quantization &quantization) {
    const double level = std::round(real / quantization.scales[0]) + quantization.zero_points[0];
    // Infinite limits are the ends of the type.
    return static_cast<int8_t>(std::clamp(level, -128.0, 127.0));
}

/// Writes the quantised network node by node, and follows the samples through both networks.
class Builder {
  public:
    Builder(const Graph &graph, const std::vector<Observation> &seen, const Samples &samples,
            const QuantizeOptions &options)
        : graph_(graph),
          options_(options),
          adapts_(options.adapt && !samples.empty()),
          scales_(plan_scales(graph, seen, options.ranges)),
          float_values_(graph),
          values_(result_.graph) {
        result_.graph.name = graph.name;
        result_.graph.source = graph.source;
        if (adapts_) set_samples(samples);
    }

    Expected<QuantizedNetwork> run() {
        for (const TensorId id : graph_.inputs) add_input(id);
        for (size_t i = 0; i < graph_.nodes.size(); ++i) {
            const Node &node = graph_.nodes[i];
            EMBARK_RETURN_IF_ERROR(emit(node));
            if (adapts_) EMBARK_RETURN_IF_ERROR(follow(node, static_cast<int>(i)));
        }
        for (const TensorId id : graph_.outputs) {
            const bool as_float = options_.float_interface || !quantized_.contains(id);
            EMBARK_ASSIGN(const TensorId out, as_float ? float_of(id) : quantized_of(id));
            result_.graph.outputs.push_back(out);
        }
        EMBARK_RETURN_IF_ERROR(verify(result_.graph));
        return std::move(result_);
    }

  private:
    const Quantization &scale_of(TensorId id) const { return scales_[static_cast<size_t>(id)]; }
    bool is_float_activation(TensorId id) const { return id != kNoTensor && !scale_of(id).empty(); }
    const TensorType &made_type(TensorId id) const { return result_.graph.tensor(id).type; }

    void set_samples(const Samples &samples) {
        for (size_t i = 0; i < graph_.inputs.size(); ++i) {
            std::vector<Bytes> values;
            for (const auto &sample : samples) values.push_back(sample[i]);
            float_values_.set(graph_.inputs[i], std::move(values));
        }
    }

    void add_input(TensorId id) {
        const Tensor &tensor = graph_.tensor(id);
        TensorType type = tensor.type;
        const bool quantized = is_float_activation(id) && !options_.float_interface;
        if (quantized) {
            type.type = DataType::kInt8;
            type.quantization = scale_of(id);
        }
        const TensorId made = result_.graph.add_activation(tensor.name, type);
        result_.graph.inputs.push_back(made);
        (quantized ? quantized_ : floats_)[id] = made;
        if (!adapts_) return;
        std::vector<Bytes> values = float_values_.of(id);
        if (quantized) {
            for (Bytes &bytes : values) bytes = quantized_bytes(bytes, type.quantization);
        }
        values_.set(made, std::move(values));
    }

    static Bytes quantized_bytes(const Bytes &floats, const Quantization &quantization) {
        Bytes bytes(floats.size() / sizeof(float));
        for (size_t i = 0; i < bytes.size(); ++i) {
            float value = 0;
            std::memcpy(&value, &floats[i * sizeof(float)], sizeof value);
            bytes[i] = static_cast<uint8_t>(to_int8(value, quantization));
        }
        return bytes;
    }

    /// Appends a node whose output has \p quantization (may be empty), and runs it on the samples.
    Expected<TensorId> append(Node node, const Quantization &quantization) {
        EMBARK_ASSIGN(const TensorId id, append_node(result_.graph, std::move(node)));
        result_.graph.tensor(id).type.quantization = quantization;
        if (adapts_) EMBARK_RETURN_IF_ERROR(values_.run(result_.graph.nodes.back()));
        return id;
    }

    Node conversion(const std::string &op, TensorId source, TensorId from, const std::string &to) {
        Node node;
        node.op = op;
        node.name = graph_.tensor(source).name + "/" + op;
        while (std::any_of(result_.graph.nodes.begin(), result_.graph.nodes.end(),
                           [&](const Node &other) { return other.name == node.name; })) {
            node.name += "'";
        }
        node.source = op;
        node.inputs = {from};
        if (!to.empty()) node.attributes["to"] = to;
        return node;
    }

    /// The quantised form of a float activation.
    Expected<TensorId> quantized_of(TensorId id) {
        if (const auto found = quantized_.find(id); found != quantized_.end()) return found->second;
        EMBARK_ASSIGN(const TensorId made,
                      append(conversion("quantize", id, floats_.at(id), "int8"), scale_of(id)));
        quantized_[id] = made;
        return made;
    }

    /// The same with the scale of another tensor.
    Expected<TensorId> quantized_as(TensorId id, const Quantization &quantization) {
        EMBARK_ASSIGN(const TensorId made, quantized_of(id));
        if (made_type(made).quantization == quantization) return made;
        return append(conversion("requantize", id, made, "int8"), quantization);
    }

    Expected<TensorId> float_of(TensorId id) {
        if (const auto found = floats_.find(id); found != floats_.end()) return found->second;
        const Tensor &tensor = graph_.tensor(id);
        TensorId made = kNoTensor;
        if (tensor.is_constant()) {
            made = result_.graph.add_constant(tensor.name, tensor.type, *tensor.data);
        } else {
            EMBARK_ASSIGN(made, append(conversion("dequantize", id, quantized_.at(id), ""), {}));
        }
        floats_[id] = made;
        return made;
    }

    TensorId add_int8_constant(const Tensor &tensor, const Quantization &quantization) {
        std::vector<int8_t> values;
        for (const float value : tensor.values<float>()) {
            values.push_back(to_int8(value, quantization));
        }
        return result_.graph.add_constant(
            tensor.name, {DataType::kInt8, tensor.type.shape, quantization}, to_bytes(values));
    }

    static Quantization own_scale(const Tensor &constant) {
        ValueRange range;
        for (const float value : constant.values<float>()) {
            range.low = std::min(range.low, value);
            range.high = std::max(range.high, value);
        }
        return int8_quantization(range);
    }

    Status emit(const Node &node) {
        const size_t nodes = result_.graph.nodes.size();
        if (wants_quantized(node)) {
            Status status = emit_quantized(node);
            if (status.ok()) return status;
            // Conversions of the operands may stay: they are right, and remove_unused takes them.
            result_.graph.nodes.resize(nodes + count_conversions(nodes));
        }
        return emit_float(node);
    }

    size_t count_conversions(size_t first) const {
        size_t count = 0;
        for (size_t i = first; i < result_.graph.nodes.size(); ++i) {
            const std::string &op = result_.graph.nodes[i].op;
            if (op != "quantize" && op != "requantize") break;
            ++count;
        }
        return count;
    }

    bool wants_quantized(const Node &node) const {
        if (options_.keep_float.contains(node.name) || node.outputs.size() != 1) return false;
        if (!is_float_activation(node.outputs[0])) return false;
        for (const TensorId id : node.inputs) {
            if (id != kNoTensor && graph_.tensor(id).type.type != DataType::kFloat32) return false;
        }
        // Padding that counts as zeros has no integer form.
        return node.int_or("count_padding", 0) == 0;
    }

    Status emit_quantized(const Node &node) {
        if (const auto shape = layer_shape(graph_, node)) return emit_layer(node, *shape);
        if (op_of(node).has(kHasWeights)) {
            return make_error(ErrorCode::kUnsupported, "no quantised form of its weights");
        }
        Node made = node;
        const Quantization &out = scale_of(node.outputs[0]);
        const bool same = keeps_scale(node) || is_clamp_of_same_scale(node);
        for (size_t i = 0; i < node.inputs.size(); ++i) {
            if (!has_input(node, i)) continue;
            const Tensor &tensor = graph_.tensor(node.inputs[i]);
            if (tensor.is_constant()) {
                made.inputs[i] = add_int8_constant(tensor, same ? out : own_scale(tensor));
            } else {
                EMBARK_ASSIGN(made.inputs[i], same ? quantized_as(node.inputs[i], out)
                                                   : quantized_of(node.inputs[i]));
            }
        }
        if (op_of(node).has(kPads)) {
            made.attributes["value"] = static_cast<double>(to_int8(node.float_or("value", 0), out));
        }
        return finish(std::move(made), node);
    }

    bool is_clamp_of_same_scale(const Node &node) const {
        return clamp_of(node) && scale_of(node.inputs[0]) == scale_of(node.outputs[0]);
    }

    /// Appends the quantised form of \p node, if it has a kernel.
    Status finish(Node made, const Node &node) {
        made.outputs.clear();
        auto types = op_of(made).infer(result_.graph, made);
        if (!types.ok()) return std::move(types).error();
        EMBARK_ASSIGN(const TensorId id, append_node(result_.graph, std::move(made)));
        result_.graph.tensor(id).type.quantization = scale_of(node.outputs[0]);
        const Node &last = result_.graph.nodes.back();
        if (!op_of(last).has(kView)) {
            auto call = portable_call(result_.graph, last);
            if (!call.ok()) return std::move(call).error();
        }
        if (adapts_) EMBARK_RETURN_IF_ERROR(values_.run(last));
        quantized_[node.outputs[0]] = id;
        return Ok{};
    }

    Status emit_layer(const Node &node, const LayerShape &shape) {
        for (size_t i = 1; i < node.inputs.size(); ++i) {
            if (!has_input(node, i) || graph_.tensor(node.inputs[i]).is_constant()) continue;
            return make_error(ErrorCode::kUnsupported, "its weights are computed");
        }
        EMBARK_ASSIGN(const TensorId x, quantized_of(node.inputs[0]));
        const WeightMatrix weights = read_weights(graph_, node, shape);
        std::optional<LayerSamples> rows;
        if (adapts_) {
            rows = sample_layer(graph_, node, shape, weights, float_values_.of(node.inputs[0]),
                                made_type(x), values_.of(x));
        }
        const auto bits = options_.bits.find(node.name);
        LayerReport report{node.name, bits == options_.bits.end() ? kFullBits : bits->second,
                           static_cast<int64_t>(weights.values.size()), 0};
        const Gram *gram = rows && rows->gram ? &*rows->gram : nullptr;
        const WeightMatrix target =
            gram != nullptr ? match_inputs(weights, *gram, rows->lacking) : weights;
        const RoundedWeights rounded =
            round_weights(target, choose_levels(target, report.bits), gram);
        report.error = rounding_error(target, rounded, gram);
        std::vector<double> bias = read_bias(node, shape.outs);
        if (rows) correct_bias(weights, rounded, shape, *rows, bias);
        Node made = node;
        made.inputs = {x};
        add_weights(made, node, shape, rounded, bias, made_type(x).quantization.scales[0]);
        EMBARK_RETURN_IF_ERROR(finish(std::move(made), node));
        result_.layers.push_back(std::move(report));
        return Ok{};
    }

    std::vector<double> read_bias(const Node &node, int64_t outs) const {
        if (!has_input(node, 2)) return std::vector<double>(static_cast<size_t>(outs), 0.0);
        const auto values = graph_.tensor(node.inputs[2]).values<float>();
        return {values.begin(), values.end()};
    }

    void add_weights(Node &made, const Node &node, const LayerShape &shape,
                     const RoundedWeights &rounded, const std::vector<double> &bias,
                     float in_scale) {
        const Tensor &weights = graph_.tensor(node.inputs[1]);
        const auto outs = static_cast<size_t>(shape.outs);
        TensorType type{DataType::kInt8, weights.type.shape, {}};
        type.quantization = {rounded.scales, std::vector<int32_t>(outs, 0),
                             shape.depthwise ? 2 : 0};
        made.inputs.push_back(
            result_.graph.add_constant(weights.name, type, to_layout(rounded.levels, shape)));
        Quantization bias_scale{{}, std::vector<int32_t>(outs, 0), 0};
        std::vector<int32_t> values;
        for (size_t c = 0; c < outs; ++c) {
            bias_scale.scales.push_back(in_scale * rounded.scales[c]);
            constexpr double kMost = std::numeric_limits<int32_t>::max();
            const double level = std::round(
                bias[c] / (static_cast<double>(in_scale) * static_cast<double>(rounded.scales[c])));
            values.push_back(static_cast<int32_t>(std::clamp(level, -kMost, kMost)));
        }
        const std::string name =
            has_input(node, 2) ? graph_.tensor(node.inputs[2]).name : node.name + "/bias";
        made.inputs.push_back(result_.graph.add_constant(
            name, {DataType::kInt32, {shape.outs}, std::move(bias_scale)}, to_bytes(values)));
    }

    Status emit_float(const Node &node) {
        Node made = node;
        for (size_t i = 0; i < node.inputs.size(); ++i) {
            if (!has_input(node, i)) continue;
            EMBARK_ASSIGN(made.inputs[i], float_of(node.inputs[i]));
        }
        EMBARK_RETURN_IF_ERROR(append(std::move(made), {}));
        const Node &last = result_.graph.nodes.back();
        for (size_t i = 0; i < node.outputs.size(); ++i) floats_[node.outputs[i]] = last.outputs[i];
        result_.stays_float.push_back(node.name);
        return Ok{};
    }

    /// Runs the float node on the samples, and lets go of what nobody will read.
    Status follow(const Node &node, int index) {
        EMBARK_RETURN_IF_ERROR(float_values_.run(node));
        for (const TensorId id : node.inputs) {
            if (id == kNoTensor || graph_.tensor(id).is_constant() || graph_.is_output(id))
                continue;
            const std::vector<int> readers = graph_.consumers(id);
            if (readers.back() > index) continue;
            float_values_.release(id);
            if (const auto made = quantized_.find(id); made != quantized_.end()) {
                values_.release(made->second);
            }
            if (const auto made = floats_.find(id); made != floats_.end()) {
                values_.release(made->second);
            }
        }
        return Ok{};
    }

    const Graph &graph_;
    const QuantizeOptions &options_;
    const bool adapts_;
    const std::vector<Quantization> scales_;
    QuantizedNetwork result_;
    SampleValues float_values_, values_;
    std::map<TensorId, TensorId> quantized_, floats_;  ///< from the float network's tensors
};

/// The tensor that a softmax and conversions at the end make the output from.
TensorId score_tensor(const Graph &graph) {
    TensorId id = graph.outputs[0];
    while (true) {
        const int producer = graph.producer(id);
        if (producer < 0) return id;
        const Node &node = graph.nodes[static_cast<size_t>(producer)];
        if (node.op != "softmax" && node.op != "dequantize") return id;
        id = node.inputs[0];
    }
}

std::vector<float> reals_of(const TensorType &type, const Bytes &bytes) {
    std::vector<float> values;
    if (type.type == DataType::kFloat32) {
        values.resize(bytes.size() / sizeof(float));
        std::memcpy(values.data(), bytes.data(), bytes.size());
        return values;
    }
    for (const uint8_t byte : bytes) {
        const int level = static_cast<int8_t>(byte) - type.quantization.zero_points[0];
        values.push_back(type.quantization.scales[0] * static_cast<float>(level));
    }
    return values;
}

}  // namespace

Expected<QuantizedNetwork> quantize_network(const Graph &graph,
                                            const std::vector<Observation> &seen,
                                            const Samples &samples,
                                            const QuantizeOptions &options) {
    return Builder(graph, seen, samples, options).run();
}

std::vector<Bytes> quantized_inputs(const Graph &quantized, const std::vector<Bytes> &sample) {
    std::vector<Bytes> inputs = sample;
    for (size_t i = 0; i < inputs.size(); ++i) {
        const TensorType &type = quantized.tensor(quantized.inputs[i]).type;
        if (type.type != DataType::kInt8 || inputs[i].size() == type.bytes()) continue;
        Bytes bytes(type.bytes());
        for (size_t k = 0; k < bytes.size(); ++k) {
            float value = 0;
            std::memcpy(&value, &inputs[i][k * sizeof(float)], sizeof value);
            bytes[k] = static_cast<uint8_t>(to_int8(value, type.quantization));
        }
        inputs[i] = std::move(bytes);
    }
    return inputs;
}

Expected<std::vector<std::vector<float>>> scores_of(const Graph &graph, const Samples &samples) {
    const TensorId id = score_tensor(graph);
    std::vector<std::vector<float>> scores(samples.size());
    std::vector<std::optional<Error>> faults(samples.size());
    parallel_for(static_cast<int64_t>(samples.size()), [&](int64_t index) {
        const auto i = static_cast<size_t>(index);
        std::vector<Bytes> tensors;
        auto outputs = evaluate(graph, quantized_inputs(graph, samples[i]), &tensors);
        if (!outputs.ok()) {
            faults[i] = std::move(outputs).error();
            return;
        }
        scores[i] = reals_of(graph.tensor(id).type, tensors[static_cast<size_t>(id)]);
    });
    for (std::optional<Error> &fault : faults) {
        if (fault) return std::move(*fault);
    }
    return scores;
}

double score_error(const std::vector<std::vector<float>> &expected,
                   const std::vector<std::vector<float>> &found) {
    double error = 0, spread = 0;
    for (size_t i = 0; i < expected.size(); ++i) {
        double mean = 0;
        for (const float value : expected[i]) mean += value;
        // A single score has no spread of its own.
        mean = expected[i].size() > 1 ? mean / static_cast<double>(expected[i].size()) : 0;
        for (size_t k = 0; k < expected[i].size(); ++k) {
            const double difference = found[i][k] - expected[i][k], own = expected[i][k] - mean;
            error += difference * difference;
            spread += own * own;
        }
    }
    return error / std::max(spread, 1e-30);
}

}  // namespace embark
