// global_average_pool, global_max_pool: x [N,H,W,C] -> [N,C], or [N,1,1,C] with keep_dims. The
// average sums in (row, column) order and divides once.
// global_lp_pool: the same with (sum of |x|^p)^(1/p); attribute p (2).

#include <fmt/format.h>

#include <algorithm>

#include "ops/family.h"
#include "ops/operands.h"
#include "ops/pool/volume_pool.h"
#include "ops/quantized.h"

namespace embark {

Expected<std::vector<TensorType>> infer_global_pool(const Graph &graph, const Node &node) {
    EMBARK_RETURN_IF_ERROR(check_inputs(graph, node, 1, 1));
    EMBARK_RETURN_IF_ERROR(check_rank(graph, node, 0, 4, "NHWC"));
    EMBARK_RETURN_IF_ERROR(check_float_or_quantized(graph, node));
    const int64_t p = node.int_or("p", 2);
    if (p < 1 || p > 64) {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("attribute p is {}, expected 1 to 64", p));
    }
    TensorType type = input_type(graph, node, 0);
    const int64_t batch = type.shape[0], channels = type.shape[3];
    type.shape =
        node.int_or("keep_dims", 0) != 0 ? Shape{batch, 1, 1, channels} : Shape{batch, channels};
    return std::vector{std::move(type)};
}

Status evaluate_global_pool(const Node &node, std::span<const ConstTensorView> inputs,
                            std::span<const TensorView> outputs) {
    if (!is_float32(inputs) || node.op == "global_lp_pool") {
        return evaluate_portable(node, inputs, outputs);
    }
    const Shape &shape = inputs[0].type->shape;
    const int64_t pixels = shape[1] * shape[2], channels = shape[3];
    const bool average = node.op == "global_average_pool";
    for (int64_t n = 0; n < shape[0]; ++n) {
        const float *x = inputs[0].as<float>() + n * pixels * channels;
        float *out = outputs[0].as<float>() + n * channels;
        if (average) {
            std::fill(out, out + channels, 0.0f);
        } else {
            std::copy(x, x + channels, out);
        }
        for (int64_t i = average ? 0 : 1; i < pixels; ++i) {
            const float *pixel = x + i * channels;
            for (int64_t c = 0; c < channels; ++c) {
                out[c] = average ? out[c] + pixel[c] : (pixel[c] > out[c] ? pixel[c] : out[c]);
            }
        }
        for (int64_t c = 0; average && c < channels; ++c) {
            out[c] = out[c] / static_cast<float>(pixels);
        }
    }
    return Ok{};
}

Expected<PortableCall> portable_global_pool(const Node &node,
                                            std::span<const TensorType *const> inputs,
                                            std::span<const TensorType> outputs) {
    if (is_quantized(*inputs[0])) return quantized_global_pool(node, inputs, outputs);
    PoolGeometry geometry = global_pool_geometry(inputs[0]->shape);
    geometry.p = node.int_or("p", 2);
    return portable_volume_pool_of(node, inputs[0]->type, geometry);
}

int64_t macc_global_pool(const Graph &graph, const Node &node) {
    return element_count(input_type(graph, node, 0).shape);
}

}  // namespace embark
