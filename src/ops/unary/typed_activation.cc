// The activations of other types than float32, whose arithmetic is that of portable kernels.

#include <fmt/format.h>

#include <limits>

#include "ops/broadcast.h"
#include "ops/element.h"
#include "ops/unary/unary.h"

namespace embark {

namespace {

PortableTable limits_of(DataType type, double low, double high) {
    Bytes limits = element_of(type, low);
    const Bytes most = element_of(type, high);
    limits.insert(limits.end(), most.begin(), most.end());
    return {"limits", "least and greatest value", type, limits};
}

}  // namespace

Expected<PortableCall> clip_call(const Node &node, const TensorType &x, double low, double high) {
    const int64_t count = element_count(x.shape);
    PortableCall call{.fields = {int_of("count", count), table_of("limits", "limits")},
                      .inputs = {0}};
    EMBARK_ASSIGN(call.function,
                  kernel_named(node, fmt::format("emk_clip_{}", suffix_of(x.type)), x.type));
    call.tables = {limits_of(x.type, low, high)};
    call.cycles = elementwise_cycles(count, 4, x.type);
    return call;
}

Expected<PortableCall> typed_activation(const Node &node, const TensorType &x) {
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    if (node.op == "relu") return clip_call(node, x, 0, kInfinity);
    if (node.op == "relu6") return clip_call(node, x, 0, 6);
    if (node.op == "clip") {
        return clip_call(node, x, node.float_or("min", -kInfinity),
                         node.float_or("max", kInfinity));
    }
    const bool by_tanh = node.op == "gelu" && node.int_or("approximate", 0) != 0;
    return unary_call(node, by_tanh ? "gelu_tanh" : node.op, x,
                      static_cast<float>(node.float_or("alpha", 1.0)), 0.0f, 60);
}

}  // namespace embark
