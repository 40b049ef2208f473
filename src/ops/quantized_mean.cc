// reduce_mean and reduce_sum of quantised values: sums of 32 bits over the reduced axes, scaled to
// the output's quantisation; a mean's factor includes the division.

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "ops/broadcast.h"
#include "ops/quantized.h"

namespace embark {

namespace {

std::string_view kernel_for(DataType type) {
    if (type == DataType::kInt8) return "emk_sum_q8";
    return type == DataType::kUint8 ? "emk_sum_qu8" : "emk_sum_q16";
}

/// The axes of \p x that are reduced (or kept), as a walk.
Expected<Walk> walk_over(const Shape &x, const std::vector<int64_t> &axes, bool reduced) {
    const std::vector<int64_t> strides = dense_strides(x);
    Walk walk{{}, {{}}};
    for (size_t i = 0; i < x.size(); ++i) {
        const bool listed =
            std::find(axes.begin(), axes.end(), static_cast<int64_t>(i)) != axes.end();
        if (listed != reduced) continue;
        walk.shape.push_back(x[i]);
        walk.strides[0].push_back(strides[i]);
    }
    return canonical_walk(walk);
}

/// Joins the division by \p count with a factor, as TensorFlow Lite does it: the quotient keeps as
/// many bits as it can.
Multiplier divided(Multiplier split, int64_t count) {
    int32_t shift = static_cast<int32_t>(std::bit_width(static_cast<uint64_t>(count))) - 1;
    shift = std::min({shift, 32, 31 + split.shift});
    const int64_t multiplier = (static_cast<int64_t>(split.multiplier) << shift) / count;
    return {static_cast<int32_t>(multiplier), split.shift - shift};
}

}  // namespace

Expected<PortableCall> quantized_mean(const Node &node, const TensorType &x, const TensorType &out,
                                      const std::vector<int64_t> &axes, bool mean) {
    EMBARK_RETURN_IF_ERROR(check_quantized_output(out, x.type));
    EMBARK_ASSIGN(const Walk kept, walk_over(x.shape, axes, false));
    EMBARK_ASSIGN(const Walk reduced, walk_over(x.shape, axes, true));
    const int64_t count = element_count(reduced.shape);
    const Quantization &from = x.quantization, &to = out.quantization;
    Multiplier split =
        split_multiplier(static_cast<double>(from.scales[0]) / static_cast<double>(to.scales[0]));
    if (split.shift > 30) {
        return make_error(ErrorCode::kUnsupported,
                          fmt::format("input has the scale {}, output {}: too far apart",
                                      from.scales[0], to.scales[0]));
    }
    if (mean) split = divided(split, count);
    const IntegerRange range = output_range(node, x.type);
    PortableCall call{.function = kernel_for(x.type), .inputs = {0}};
    call.fields = {ints_of("shape", kept.shape),
                   ints_of("stride", kept.strides[0]),
                   ints_of("reduced_shape", reduced.shape),
                   ints_of("reduced_stride", reduced.strides[0]),
                   int_of("in_zeros", from.zero_points[0] * count),
                   int_of("out_zero", to.zero_points[0]),
                   int_of("multiplier", split.multiplier),
                   int_of("shift", split.shift),
                   int_of("low", range.low),
                   int_of("high", range.high)};
    call.cycles = element_count(x.shape) * 9 + element_count(kept.shape) * 80 + 200;
    return call;
}

Expected<PortableCall> quantized_reduce(const Node &node, PortableInputs inputs,
                                        PortableOutputs outputs) {
    const bool mean = node.op == "reduce_mean";
    if (!mean && node.op != "reduce_sum") {
        return make_error(ErrorCode::kUnsupported,
                          fmt::format("{} has no quantised form", node.op));
    }
    return quantized_mean(node, *inputs[0], outputs[0], node.ints_or("axes", {}), mean);
}

}  // namespace embark
