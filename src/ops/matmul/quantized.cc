// matmul of two quantised operands.

#include <fmt/format.h>

#include "ops/matmul/matmul.h"
#include "ops/quantized.h"

namespace embark {

namespace {

std::string_view kernel_for(DataType type) {
    if (type == DataType::kInt8) return "emk_matmul_q8";
    return type == DataType::kUint8 ? "emk_matmul_qu8" : "emk_matmul_q16";
}

}  // namespace

Expected<PortableCall> quantized_matmul(const Node &node, PortableInputs inputs,
                                        PortableOutputs outputs) {
    const TensorType &a = *inputs[0], &b = *inputs[1], &out = outputs[0];
    EMBARK_RETURN_IF_ERROR(check_quantized_output(out, a.type));
    EMBARK_RETURN_IF_ERROR(check_quantized_output(b, a.type));
    EMBARK_ASSIGN(const MatmulGeometry geometry, make_matmul_geometry(node, a.shape, b.shape));
    // The product of the scales is rounded to float32 there.
    const float product = a.quantization.scales[0] * b.quantization.scales[0];
    const double factor = static_cast<double>(product) / out.quantization.scales[0];
    const Multiplier split = split_multiplier(factor);
    if (split.shift > (a.type == DataType::kInt16 ? 14 : 30)) {
        return make_error(
            ErrorCode::kUnsupported,
            fmt::format("scales of operands and output give the factor {}, too large", factor));
    }
    const IntegerRange range = output_range(node, out.type);
    Field matmul{"matmul", Field::Kind::kStruct};
    matmul.fields = matmul_fields(geometry);
    PortableCall call{.function = kernel_for(a.type), .inputs = {0, 1}};
    call.fields = {std::move(matmul),
                   int_of("a_zero", a.quantization.zero_points[0]),
                   int_of("b_zero", b.quantization.zero_points[0]),
                   int_of("out_zero", out.quantization.zero_points[0]),
                   int_of("multiplier", split.multiplier),
                   int_of("shift", split.shift),
                   int_of("low", range.low),
                   int_of("high", range.high)};
    call.cycles = geometry.products() * 10 + element_count(out.shape) * 40 + 200;
    return call;
}

}  // namespace embark
