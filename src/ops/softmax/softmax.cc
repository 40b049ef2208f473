// softmax over the last axis: e_i = exp(x_i - max), p_i = e_i / sum in index order. Attribute: beta
// (1), e_i = exp(beta * (x_i - max)).
// log_softmax: x_i - max - log(sum of e_i). hardmax: 1 at the first greatest element, else 0.

#include <emk/math.h>

#include "ops/family.h"
#include "ops/operands.h"
#include "ops/quantized.h"

namespace embark {

namespace {

bool is_plain_softmax(const Node &node) {
    return node.op == "softmax" && node.float_or("beta", 1.0) == 1.0;
}

}  // namespace

Expected<std::vector<TensorType>> infer_softmax(const Graph &graph, const Node &node) {
    EMBARK_RETURN_IF_ERROR(check_inputs(graph, node, 1, 1));
    EMBARK_RETURN_IF_ERROR(check_float_or_quantized(graph, node));
    if (input_type(graph, node, 0).shape.empty()) {
        return make_error(ErrorCode::kInvalid, "input 0 is a scalar, expected classes last");
    }
    return std::vector{input_type(graph, node, 0)};
}

Status evaluate_softmax(const Node &node, std::span<const ConstTensorView> inputs,
                        std::span<const TensorView> outputs) {
    if (!is_float32(inputs) || !is_plain_softmax(node)) {
        return evaluate_portable(node, inputs, outputs);
    }
    const int64_t classes = inputs[0].type->shape.back();
    const int64_t count = element_count(inputs[0].type->shape);
    for (int64_t start = 0; start < count; start += classes) {
        const float *x = inputs[0].as<float>() + start;
        float *out = outputs[0].as<float>() + start;
        float greatest = x[0];
        for (int64_t i = 1; i < classes; ++i) greatest = x[i] > greatest ? x[i] : greatest;
        float sum = 0.0f;
        for (int64_t i = 0; i < classes; ++i) {
            out[i] = emk_expf(x[i] - greatest);
            sum += out[i];
        }
        for (int64_t i = 0; i < classes; ++i) out[i] = out[i] / sum;
    }
    return Ok{};
}

Expected<PortableCall> portable_softmax(const Node &node, std::span<const TensorType *const> inputs,
                                        std::span<const TensorType> outputs) {
    if (is_quantized(*inputs[0]) && node.op != "hardmax") {
        return quantized_softmax(node, inputs, outputs);
    }
    if (inputs[0]->type != DataType::kFloat32) return unsupported_type(node, inputs[0]->type);
    const Shape &x = inputs[0]->shape;
    const int64_t count = element_count(x);
    PortableCall call{.function = "emk_softmax_beta_f32", .inputs = {0}};
    call.fields = {int_of("rows", count / x.back()), int_of("length", x.back())};
    if (node.op == "softmax") {
        call.fields.push_back(float_of("beta", static_cast<float>(node.float_or("beta", 1.0))));
    } else {
        call.function = node.op == "hardmax" ? "emk_hardmax_f32" : "emk_log_softmax_f32";
    }
    call.cycles = count * (node.op == "hardmax" ? 16 : 90) + count / x.back() * 80 + 100;
    return call;
}

int64_t macc_softmax(const Graph &graph, const Node &node) {
    return 15 * output_elements(graph, node);
}

}  // namespace embark
