// Reductions: `axes` (sorted; all when absent), `keep_dims` (0). Elements are taken in the order of
// the input.
//
// reduce_sum reduce_prod reduce_sum_square   floating point, integers of 32 and 64 bits (they wrap)
// reduce_mean        the same; integers are truncated
// reduce_max reduce_min      floating point (NaN stays), integers, bool
// reduce_l1 reduce_l2        floating point, int32, int64
// reduce_log_sum reduce_log_sum_exp   floating point
// reduce_any reduce_all      bool

#include <fmt/format.h>

#include <algorithm>

#include "ops/broadcast.h"
#include "ops/family.h"
#include "ops/operands.h"
#include "ops/quantized.h"

namespace embark {

namespace {

/// For every axis whether it is reduced. \error kInvalid
Expected<std::vector<bool>> reduced_axes(const Node &node, size_t rank) {
    if (!node.attributes.contains("axes")) return std::vector<bool>(rank, true);
    std::vector<bool> reduced(rank, false);
    const std::vector<int64_t> axes = node.ints_or("axes", {});
    for (const int64_t axis : axes) {
        if (axis < 0 || axis >= static_cast<int64_t>(rank)) {
            return make_error(ErrorCode::kInvalid,
                              fmt::format("attribute axes is {}, expected axes from 0 to {}",
                                          to_string(axes), static_cast<int64_t>(rank) - 1));
        }
        reduced[static_cast<size_t>(axis)] = true;
    }
    return reduced;
}

/// The kernel for elements of \p type. \error kUnsupported
Expected<std::string_view> kernel_of(const Node &node, DataType type) {
    const std::string operation = node.op.substr(std::string_view("reduce_").size());
    const bool by_bits = is_integer(type) &&
                         (operation == "sum" || operation == "prod" || operation == "sum_square");
    const bool extreme = operation == "max" || operation == "min";
    const std::string_view suffix = by_bits                              ? bits_suffix_of(type)
                                    : extreme && type == DataType::kBool ? "u8"
                                                                         : suffix_of(type);
    return kernel_named(node, fmt::format("emk_reduce_{}_{}", operation, suffix), type);
}

struct Walks {
    Walk kept, reduced;
};

Expected<Walks> walks_of(const Shape &in, const std::vector<bool> &reduced) {
    const std::vector<int64_t> strides = dense_strides(in);
    Walks walks{{{}, {{}}}, {{}, {{}}}};
    for (size_t i = 0; i < in.size(); ++i) {
        Walk &walk = reduced[i] ? walks.reduced : walks.kept;
        walk.shape.push_back(in[i]);
        walk.strides[0].push_back(strides[i]);
    }
    EMBARK_RETURN_IF_ERROR(check_countable(in));
    EMBARK_ASSIGN(walks.kept, canonical_walk(walks.kept));
    EMBARK_ASSIGN(walks.reduced, canonical_walk(walks.reduced));
    return walks;
}

}  // namespace

Expected<std::vector<TensorType>> infer_reduce(const Graph &graph, const Node &node) {
    EMBARK_RETURN_IF_ERROR(check_inputs(graph, node, 1, 1));
    const TensorType &x = input_type(graph, node, 0);
    EMBARK_ASSIGN(const std::vector<bool> reduced, reduced_axes(node, x.shape.size()));
    if (!is_quantized(x)) EMBARK_RETURN_IF_ERROR(kernel_of(node, x.type));
    EMBARK_RETURN_IF_ERROR(walks_of(x.shape, reduced));
    TensorType out{x.type, {}, {}};
    for (size_t i = 0; i < x.shape.size(); ++i) {
        if (!reduced[i])
            out.shape.push_back(x.shape[i]);
        else if (node.int_or("keep_dims", 0) != 0)
            out.shape.push_back(1);
    }
    return std::vector{std::move(out)};
}

Expected<PortableCall> portable_reduce(const Node &node, std::span<const TensorType *const> inputs,
                                       std::span<const TensorType> outputs) {
    // The greatest and the least of quantised values are those of the integers.
    const bool compares = node.op == "reduce_max" || node.op == "reduce_min";
    if (is_quantized(*inputs[0]) && !compares) return quantized_reduce(node, inputs, outputs);
    const TensorType &x = *inputs[0];
    EMBARK_ASSIGN(const std::vector<bool> reduced, reduced_axes(node, x.shape.size()));
    EMBARK_ASSIGN(const Walks walks, walks_of(x.shape, reduced));
    PortableCall call{
        .fields = {ints_of("shape", walks.kept.shape), ints_of("stride", walks.kept.strides[0]),
                   ints_of("reduced", walks.reduced.shape),
                   ints_of("reduced_stride", walks.reduced.strides[0]),
                   int_of("count", element_count(walks.reduced.shape))},
        .inputs = {0}};
    EMBARK_ASSIGN(call.function, kernel_of(node, x.type));
    const int64_t each = node.op == "reduce_log_sum_exp" ? 60 : 4;
    call.cycles = elementwise_cycles(element_count(x.shape), each, x.type) +
                  40 * element_count(outputs[0].shape);
    return call;
}

int64_t macc_reduce(const Graph &graph, const Node &node) {
    const int64_t each = node.op == "reduce_log_sum_exp" ? 10 : 1;
    return each * element_count(input_type(graph, node, 0).shape);
}

}  // namespace embark
