// Losses, which some exported networks still carry.

#include <fmt/format.h>

#include "import/onnx/converters.h"

namespace embark::onnx {

namespace {

/// 1 (or the class's weight) where an element counts, 0 where it is to be ignored.
Expected<Value> element_weights(Context &c, const Value &target, const Value &counts,
                                bool has_weight) {
    EMBARK_ASSIGN(const Value ones, cast(c.builder, counts, c.type()));
    if (!has_weight) return ones;
    EMBARK_ASSIGN(const TensorId table, c.builder.natural(c.in(2)));
    EMBARK_ASSIGN(const TensorId indices, c.builder.natural(target));
    EMBARK_ASSIGN(const TensorId id,
                  c.builder.emit("gather", {table, indices}, {{"axis", int64_t{0}}}));
    return apply(c.builder, "multiply", {ones, stored_naturally(id, target.shape)});
}

std::vector<size_t> every_axis(const Value &value) {
    return natural_order(value.rank());
}

/// -log_prob[target], weighted and reduced as the attributes say.
Expected<Value> likelihood_loss(Context &c, const Value &scores) {
    if (scores.rank() < 2 || c.in(1).rank() + 1 != scores.rank()) {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("scores have shape {} and labels {}, expected one axis less",
                                      to_string(scores.shape), to_string(c.in(1).shape)));
    }
    const std::string reduction = c.string_of("reduction", "mean");
    if (reduction != "none" && reduction != "sum" && reduction != "mean") {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("reduction is '{}', expected none, sum or mean", reduction));
    }
    // All axes behind the classes are one.
    const int64_t batch = scores.shape[0], classes = scores.shape[1];
    const int64_t places = scores.elements() / (batch * classes);
    EMBARK_ASSIGN(const Value log_prob, c.builder.reshape(scores, {batch, classes, places}));
    EMBARK_ASSIGN(const Value labels, c.builder.reshape(c.in(1), {batch, places}));
    const bool has_weight = c.has(2), ignores = c.has_attribute("ignore_index");
    Value target = labels, weights;
    if (ignores) {
        const auto ignored = static_cast<double>(c.int_of("ignore_index", 0));
        EMBARK_ASSIGN(const Value counts, apply(c.builder, "not_equal", labels, ignored));
        EMBARK_ASSIGN(const Value factor, cast(c.builder, counts, c.type(1)));
        EMBARK_ASSIGN(target, apply(c.builder, "multiply", {labels, factor}));
        EMBARK_ASSIGN(weights, element_weights(c, target, counts, has_weight));
    } else if (has_weight) {
        EMBARK_ASSIGN(const Value counts, apply(c.builder, "equal", {labels, labels}));
        EMBARK_ASSIGN(weights, element_weights(c, target, counts, true));
    }
    EMBARK_ASSIGN(const Value indices, c.builder.reshape(target, {batch, 1, places}));
    EMBARK_ASSIGN(const Arranged table, arrange(c.builder, log_prob));
    EMBARK_ASSIGN(const TensorId columns, arrange_as(c.builder, indices, table.order));
    EMBARK_ASSIGN(const TensorId picked,
                  c.builder.emit("gather_elements", {table.id, columns}, {{"axis", table.at(1)}}));
    EMBARK_ASSIGN(Value loss,
                  c.builder.reshape(value_of(c.builder, picked, table.order), labels.shape));
    EMBARK_ASSIGN(loss, apply(c.builder, "neg", {loss}));
    if (weights.present()) {
        EMBARK_ASSIGN(loss, apply(c.builder, "multiply", {loss, weights}));
    }
    if (reduction == "none") return c.builder.reshape(loss, c.in(1).shape);
    if (reduction == "mean" && !weights.present()) {
        return reduce(c.builder, "reduce_mean", loss, every_axis(loss), false);
    }
    EMBARK_ASSIGN(const Value sum, reduce(c.builder, "reduce_sum", loss, every_axis(loss), false));
    if (reduction == "sum") return sum;
    EMBARK_ASSIGN(const Value total,
                  reduce(c.builder, "reduce_sum", weights, every_axis(weights), false));
    return apply(c.builder, "divide", {sum, total});
}

}  // namespace

Status convert_likelihood_loss(Context &c) {
    return c.give(likelihood_loss(c, c.in()));
}

Status convert_cross_entropy_loss(Context &c) {
    if (c.in().rank() < 2) {
        return make_error(ErrorCode::kInvalid, fmt::format("scores have shape {}, expected [N,C,…]",
                                                           to_string(c.in().shape)));
    }
    EMBARK_ASSIGN(const Value log_prob, along_last(c.builder, "log_softmax", c.in(), 1));
    EMBARK_RETURN_IF_ERROR(c.give(likelihood_loss(c, log_prob)));
    return c.give(log_prob, 1);
}

}  // namespace embark::onnx
