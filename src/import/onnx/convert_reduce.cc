// Operators along axes: reductions, softmax, arg-max, running sums, top-k.

#include <fmt/format.h>

#include <numeric>

#include "import/onnx/converters.h"

namespace embark::onnx {

namespace {

struct ReduceName {
    std::string_view onnx;
    std::string_view ir;
};

constexpr ReduceName kReductions[] = {
    {"ReduceSum", "reduce_sum"},
    {"ReduceMean", "reduce_mean"},
    {"ReduceMax", "reduce_max"},
    {"ReduceMin", "reduce_min"},
    {"ReduceProd", "reduce_prod"},
    {"ReduceL1", "reduce_l1"},
    {"ReduceL2", "reduce_l2"},
    {"ReduceLogSum", "reduce_log_sum"},
    {"ReduceLogSumExp", "reduce_log_sum_exp"},
    {"ReduceSumSquare", "reduce_sum_square"},
};

/// A map's mean or maximum over rows and columns has kernels of its own.
bool is_global_pool(const Context &c, const std::vector<size_t> &axes) {
    return c.in().rank() == 4 && axes == std::vector<size_t>{2, 3} && c.in().shape[0] == 1 &&
           c.type() == DataType::kFloat32 && !is_natural(c.in()) &&
           (c.node.op == "ReduceMean" || c.node.op == "ReduceMax");
}

}  // namespace

Status convert_reduce(Context &c) {
    EMBARK_ASSIGN(const auto list, c.list(1, "axes"));
    const bool keep = c.int_of("keepdims", 1) != 0;
    std::vector<size_t> axes = natural_order(c.in().rank());
    if (list && !list->empty()) {
        EMBARK_ASSIGN(axes, c.axes(*list, c.in().rank()));
    } else if (c.int_of("noop_with_empty_axes", 0) != 0) {
        return c.give(c.in());
    }
    if (c.in().rank() == 0) {
        EMBARK_ASSIGN(const Value vector, c.builder.reshape(c.in(), {1}));
        c.inputs[0] = vector;
        axes = {0};
    }
    if (is_global_pool(c, axes)) {
        EMBARK_ASSIGN(const TensorId x, channels_last(c.builder, c.in()));
        const bool mean = c.node.op == "ReduceMean";
        EMBARK_ASSIGN(const TensorId id,
                      c.builder.emit(mean ? "global_average_pool" : "global_max_pool", {x},
                                     {{"keep_dims", int64_t{1}}}));
        const Value pooled = from_channels_last(c.builder, id, 4);
        if (keep) return c.give(pooled);
        return c.give(c.builder.reshape(pooled, {pooled.shape[0], pooled.shape[1]}));
    }
    for (const ReduceName &row : kReductions) {
        if (row.onnx != c.node.op) continue;
        EMBARK_ASSIGN(Value result, reduce(c.builder, row.ir, c.in(), axes, keep));
        return c.give(result);
    }
    return make_error(ErrorCode::kUnsupported, "unknown reduction");
}

/// Softmax, LogSoftmax and Hardmax. Before version 13 the axes from `axis` on are one.
Status convert_softmax(Context &c) {
    const bool flattens = c.opset < 13;
    const Value &x = c.in();
    const std::string_view op = c.node.op == "Softmax"      ? "softmax"
                                : c.node.op == "LogSoftmax" ? "log_softmax"
                                                            : "hardmax";
    if (x.rank() == 0) {
        return c.give(along_last(c.builder, op, x, 0));
    }
    EMBARK_ASSIGN(const size_t axis, c.axis(c.int_of("axis", flattens ? 1 : -1), x.rank()));
    bool others_short = true;
    for (size_t i = axis + 1; i < x.rank(); ++i) others_short = others_short && x.shape[i] == 1;
    if (!flattens || others_short) return c.give(along_last(c.builder, op, x, axis));
    const Shape rows(x.shape.begin(), x.shape.begin() + static_cast<long>(axis));
    const int64_t count = element_count(rows);
    EMBARK_ASSIGN(const Value matrix, c.builder.reshape(x, {count, x.elements() / count}));
    EMBARK_ASSIGN(const Value result, along_last(c.builder, op, matrix, 1));
    return c.give(c.builder.reshape(result, x.shape));
}

Status convert_arg(Context &c) {
    EMBARK_ASSIGN(const size_t axis, c.axis(c.int_of("axis", 0), c.in().rank()));
    EMBARK_ASSIGN(const Arranged x, arrange(c.builder, c.in()));
    EMBARK_ASSIGN(const TensorId id,
                  c.builder.emit(c.node.op == "ArgMax" ? "arg_max" : "arg_min", {x.id},
                                 {{"axis", x.at(axis)},
                                  {"keep_dims", int64_t{1}},
                                  {"select_last", c.int_of("select_last_index", 0)},
                                  {"to", std::string("int64")}}));
    const Value result = value_of(c.builder, id, x.order);
    if (c.int_of("keepdims", 1) != 0) return c.give(result);
    Shape shape = result.shape;
    shape.erase(shape.begin() + static_cast<long>(axis));
    return c.give(c.builder.reshape(result, shape));
}

Status convert_cum_sum(Context &c) {
    EMBARK_ASSIGN(const double along, c.number(1, 0));
    EMBARK_ASSIGN(const size_t axis, c.axis(static_cast<int64_t>(along), c.in().rank()));
    EMBARK_ASSIGN(const Arranged x, arrange(c.builder, c.in()));
    EMBARK_ASSIGN(const TensorId id, c.builder.emit("cumsum", {x.id},
                                                    {{"axis", x.at(axis)},
                                                     {"exclusive", c.int_of("exclusive", 0)},
                                                     {"reverse", c.int_of("reverse", 0)}}));
    return c.give(value_of(c.builder, id, x.order));
}

Status convert_top_k(Context &c) {
    EMBARK_ASSIGN(const size_t axis, c.axis(c.int_of("axis", -1), c.in().rank()));
    EMBARK_ASSIGN(const double k, c.number(1, static_cast<double>(c.int_of("k", 0))));
    EMBARK_ASSIGN(const Arranged x, arrange(c.builder, c.in()));
    EMBARK_ASSIGN(const std::vector<TensorId> ids,
                  c.builder.emit_all("top_k", {x.id},
                                     {{"k", static_cast<int64_t>(k)},
                                      {"axis", x.at(axis)},
                                      {"largest", c.int_of("largest", 1)},
                                      {"sorted", c.int_of("sorted", 1)},
                                      {"to", std::string("int64")}}));
    EMBARK_RETURN_IF_ERROR(c.give(value_of(c.builder, ids[0], x.order)));
    return c.give(value_of(c.builder, ids[1], x.order), 1);
}

}  // namespace embark::onnx
