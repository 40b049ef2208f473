// Normalisations.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "import/onnx/converters.h"

namespace embark::onnx {

namespace {

/// [C] as [C,1,1…], so that it broadcasts against [N,C,H,W…].
Expected<Value> per_channel(Builder &builder, const Value &value, size_t rank) {
    Shape shape(rank > 1 ? rank - 1 : 1, 1);
    shape[0] = value.elements();
    return builder.reshape(value, shape);
}

/// Mean and variance (of the population) over \p axes, which keep an extent of 1.
struct Moments {
    Value mean, centred, variance;
};

Expected<Moments> moments(Builder &builder, const Value &x, const std::vector<size_t> &axes) {
    Moments result;
    EMBARK_ASSIGN(result.mean, reduce(builder, "reduce_mean", x, axes, true));
    EMBARK_ASSIGN(result.centred, apply(builder, "subtract", {x, result.mean}));
    EMBARK_ASSIGN(const Value square, apply(builder, "multiply", {result.centred, result.centred}));
    EMBARK_ASSIGN(result.variance, reduce(builder, "reduce_mean", square, axes, true));
    return result;
}

/// (x - mean) / sqrt(variance + epsilon) * scale + bias, as a chain of operators.
Expected<Value> normalized(Builder &builder, const Value &centred, const Value &variance,
                           double epsilon, const Value &scale, const Value &bias) {
    EMBARK_ASSIGN(const Value safe, apply(builder, "add", variance, epsilon));
    EMBARK_ASSIGN(const Value deviation, apply(builder, "sqrt", {safe}));
    EMBARK_ASSIGN(const Value unit, apply(builder, "divide", {centred, deviation}));
    EMBARK_ASSIGN(const Value scaled, apply(builder, "multiply", {unit, scale}));
    return apply(builder, "add", {scaled, bias});
}

/// scale / sqrt(variance + epsilon) and bias - mean * that, when all four are constants.
Expected<std::vector<TensorId>> folded_batch_norm(Context &c, double epsilon) {
    std::vector<std::vector<double>> constants;
    for (size_t i = 1; i < 5; ++i) {
        EMBARK_ASSIGN(std::vector<double> values, c.builder.numbers_of(c.in(i)));
        constants.push_back(std::move(values));
        if (constants.back().size() == constants[0].size()) continue;
        return make_error(ErrorCode::kInvalid, "scale, bias, mean and variance differ in length");
    }
    std::vector<double> scale, shift;
    for (size_t i = 0; i < constants[0].size(); ++i) {
        scale.push_back(constants[0][i] / std::sqrt(constants[3][i] + epsilon));
        shift.push_back(constants[1][i] - constants[2][i] * scale[i]);
    }
    const Shape shape = {static_cast<int64_t>(scale.size())};
    return std::vector{c.builder.numbers(shape, scale, DataType::kFloat32),
                       c.builder.numbers(shape, shift, DataType::kFloat32)};
}

/// The statistics of this very batch; the running ones come out as well.
Status batch_norm_training(Context &c, double epsilon) {
    const Value &x = c.in();
    std::vector<size_t> axes = natural_order(x.rank());
    axes.erase(axes.begin() + 1);
    EMBARK_ASSIGN(const Moments now, moments(c.builder, x, axes));
    EMBARK_ASSIGN(const Value scale, per_channel(c.builder, c.in(1), x.rank()));
    EMBARK_ASSIGN(const Value bias, per_channel(c.builder, c.in(2), x.rank()));
    EMBARK_RETURN_IF_ERROR(
        c.give(normalized(c.builder, now.centred, now.variance, epsilon, scale, bias)));
    const double momentum = c.float_of("momentum", 0.9);
    const Value current[] = {now.mean, now.variance};
    for (size_t i = 0; i < 2; ++i) {
        if (!c.wants(i + 1)) continue;
        EMBARK_ASSIGN(const Value flat, c.builder.reshape(current[i], c.in(i + 3).shape));
        EMBARK_ASSIGN(const Value old, apply(c.builder, "multiply", c.in(i + 3), momentum));
        EMBARK_ASSIGN(const Value fresh, apply(c.builder, "multiply", flat, 1 - momentum));
        EMBARK_RETURN_IF_ERROR(c.give(apply(c.builder, "add", {old, fresh}), i + 1));
    }
    return Ok{};
}

}  // namespace

Status convert_batch_norm(Context &c) {
    const Value &x = c.in();
    const double epsilon = c.float_of("epsilon", 1e-5);
    if (x.rank() < 2) {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("input has shape {}, expected [N,C,…]", to_string(x.shape)));
    }
    if (c.int_of("training_mode", 0) != 0) return batch_norm_training(c, epsilon);
    const bool fixed = c.constant(1) && c.constant(2) && c.constant(3) && c.constant(4);
    if (!fixed || c.type() != DataType::kFloat32) {
        std::vector<Value> operands;
        for (size_t i = 1; i < 5; ++i) {
            EMBARK_ASSIGN(Value operand, per_channel(c.builder, c.in(i), x.rank()));
            operands.push_back(std::move(operand));
        }
        EMBARK_ASSIGN(const Value centred, apply(c.builder, "subtract", {x, operands[2]}));
        return c.give(
            normalized(c.builder, centred, operands[3], epsilon, operands[0], operands[1]));
    }
    EMBARK_ASSIGN(const std::vector<TensorId> affine, folded_batch_norm(c, epsilon));
    const auto known = axis_order(x, c.builder.tensor(x).type.shape);
    std::vector<size_t> order = known ? *known : natural_order(x.rank());
    std::erase(order, size_t{1});
    order.push_back(1);
    EMBARK_ASSIGN(const TensorId image, arrange_as(c.builder, x, order));
    EMBARK_ASSIGN(const TensorId id, c.builder.emit("batch_norm", {image, affine[0], affine[1]}));
    return c.give(value_of(c.builder, id, order));
}

Status convert_instance_norm(Context &c) {
    EMBARK_ASSIGN(const TensorId image, channels_last(c.builder, c.in()));
    EMBARK_ASSIGN(const TensorId scale, c.builder.natural(c.in(1)));
    EMBARK_ASSIGN(const TensorId bias, c.builder.natural(c.in(2)));
    EMBARK_ASSIGN(const TensorId id, c.builder.emit("instance_norm", {image, scale, bias},
                                                    {{"epsilon", c.float_of("epsilon", 1e-5)}}));
    return c.give(from_channels_last(c.builder, id, c.in().rank()));
}

Status convert_group_norm(Context &c) {
    const int64_t groups = c.int_of("num_groups", 1);
    const int64_t channels = c.in().rank() > 1 ? c.in().shape[1] : 0;
    if (groups < 1 || channels % groups != 0) {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("{} channels in {} groups", channels, groups));
    }
    EMBARK_ASSIGN(const TensorId image, channels_last(c.builder, c.in()));
    std::vector<TensorId> ids = {image};
    for (size_t i = 1; i < 3; ++i) {
        Value affine = c.in(i);
        if (affine.elements() == groups && groups != channels) {  // version 18: one per group
            EMBARK_ASSIGN(affine, c.builder.reshape(affine, {groups, 1}));
            EMBARK_ASSIGN(affine, expanded(c.builder, affine, {groups, channels / groups}));
            EMBARK_ASSIGN(affine, c.builder.reshape(affine, {channels}));
        }
        EMBARK_ASSIGN(const TensorId id, c.builder.natural(affine));
        ids.push_back(id);
    }
    EMBARK_ASSIGN(const TensorId id,
                  c.builder.emit("group_norm", ids,
                                 {{"groups", groups}, {"epsilon", c.float_of("epsilon", 1e-5)}}));
    return c.give(from_channels_last(c.builder, id, c.in().rank()));
}

namespace {

/// Scale or bias in the shape of the axes that are normalised.
Expected<TensorId> affine_of(Context &c, size_t input, size_t axis) {
    if (!c.has(input)) return kNoTensor;
    const Shape shape(c.in().shape.begin() + static_cast<long>(axis), c.in().shape.end());
    EMBARK_ASSIGN(const Value full, expanded(c.builder, c.in(input), shape));
    return c.builder.natural(full);
}

}  // namespace

/// LayerNormalization and RMSNormalization.
Status convert_layer_norm(Context &c) {
    const Value &x = c.in();
    EMBARK_ASSIGN(const size_t axis, c.axis(c.int_of("axis", -1), x.rank()));
    const double epsilon = c.float_of("epsilon", 1e-5);
    EMBARK_ASSIGN(const TensorId ready, c.builder.natural(x));
    EMBARK_ASSIGN(const TensorId scale, affine_of(c, 1, axis));
    EMBARK_ASSIGN(const TensorId bias, affine_of(c, 2, axis));
    const bool rms = c.node.op == "RMSNormalization" || c.node.op == "SimplifiedLayerNormalization";
    EMBARK_ASSIGN(const TensorId id,
                  c.builder.emit(rms ? "rms_norm" : "layer_norm", {ready, scale, bias},
                                 {{"axis", static_cast<int64_t>(axis)}, {"epsilon", epsilon}}));
    EMBARK_RETURN_IF_ERROR(c.give(stored_naturally(id, x.shape)));
    if (rms || (!c.wants(1) && !c.wants(2))) return Ok{};
    std::vector<size_t> axes;
    for (size_t i = axis; i < x.rank(); ++i) axes.push_back(i);
    EMBARK_ASSIGN(const Moments now, moments(c.builder, x, axes));
    EMBARK_RETURN_IF_ERROR(c.give(now.mean, 1));
    EMBARK_ASSIGN(const Value safe, apply(c.builder, "add", now.variance, epsilon));
    EMBARK_ASSIGN(const Value deviation, apply(c.builder, "sqrt", {safe}));
    return c.give(apply(c.builder, "reciprocal", {deviation}), 2);
}

Status convert_lrn(Context &c) {
    EMBARK_ASSIGN(const TensorId image, channels_last(c.builder, c.in()));
    EMBARK_ASSIGN(const TensorId id, c.builder.emit("lrn", {image},
                                                    {{"size", c.int_of("size", 1)},
                                                     {"alpha", c.float_of("alpha", 1e-4)},
                                                     {"beta", c.float_of("beta", 0.75)},
                                                     {"bias", c.float_of("bias", 1)}}));
    return c.give(from_channels_last(c.builder, id, c.in().rank()));
}

Status convert_lp_norm(Context &c) {
    EMBARK_ASSIGN(const size_t axis, c.axis(c.int_of("axis", -1), c.in().rank()));
    return c.give(along_last(c.builder, "lp_normalize", c.in(), axis, {{"p", c.int_of("p", 2)}}));
}

/// (x - mean) / (standard deviation + 1e-9).
Status convert_mean_variance_norm(Context &c) {
    const std::vector<int64_t> fallback = {0, 2, 3};
    EMBARK_ASSIGN(const std::vector<size_t> axes,
                  c.axes(c.ints_of("axes", fallback), c.in().rank()));
    EMBARK_ASSIGN(const Moments now, moments(c.builder, c.in(), axes));
    EMBARK_ASSIGN(const Value deviation, apply(c.builder, "sqrt", {now.variance}));
    EMBARK_ASSIGN(const Value safe, apply(c.builder, "add", deviation, 1e-9));
    return c.give(apply(c.builder, "divide", {now.centred, safe}));
}

}  // namespace embark::onnx
