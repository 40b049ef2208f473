// The samples, by family. Extents are small, odd and different, so that a mixed-up axis shows.

#include "ops/samples/samples.h"

namespace embark {

namespace {

using Ints = std::vector<int64_t>;
using Role = SampleRole;

const SampleInput kMap{{1, 5, 4, 3}};
const SampleInput kRow{{2, 7}};

void add_elementwise(std::vector<OpSample> &table) {
    for (const std::string_view op :
         {"abs",         "neg",    "ceil",         "floor",      "round", "sqrt",     "rsqrt",
          "reciprocal",  "square", "log",          "exp",        "sin",   "cos",      "tan",
          "asin",        "acos",   "atan",         "sinh",       "cosh",  "asinh",    "acosh",
          "atanh",       "erf",    "sign",         "not",        "mish",  "is_nan",   "is_inf",
          "bitwise_not", "relu",   "relu6",        "sigmoid",    "tanh",  "softplus", "softsign",
          "swish",       "selu",   "hard_sigmoid", "hard_swish", "gelu",  "elu"}) {
        table.push_back({op, {kMap}});
    }
    table.push_back({"celu", {kMap}, {{"alpha", 0.7}}});
    table.push_back({"leaky_relu", {kMap}, {{"alpha", 0.2}}});
    table.push_back({"thresholded_relu", {kMap}, {{"alpha", 0.5}}});
    table.push_back({"shrink", {kMap}, {{"bias", 0.2}, {"lambd", 0.5}}});
    table.push_back({"clip", {kMap}, {{"min", -0.5}, {"max", 1.0}}});
    for (const std::string_view op : {"add",
                                      "subtract",
                                      "multiply",
                                      "divide",
                                      "maximum",
                                      "minimum",
                                      "power",
                                      "floor_mod",
                                      "fmod",
                                      "floor_divide",
                                      "squared_difference",
                                      "atan2",
                                      "less",
                                      "less_equal",
                                      "greater",
                                      "greater_equal",
                                      "equal",
                                      "not_equal",
                                      "and",
                                      "or",
                                      "xor",
                                      "bitwise_and",
                                      "bitwise_or",
                                      "bitwise_xor",
                                      "shift_left",
                                      "shift_right"}) {
        table.push_back({op, {kMap, kMap}});
    }
    table.push_back({"prelu", {kMap, {{3}, Role::kConstant}}});
    table.push_back({"where", {{{1, 5, 4, 3}, Role::kBool}, kMap, kMap}});
    table.push_back({"cast", {kMap}, {{"to", std::string("int32")}}});
    table.push_back({"quantize", {kMap}, {{"to", std::string("int8")}}});
    table.push_back({"dequantize", {kMap}});
    table.push_back({"requantize", {kMap}, {{"to", std::string("int8")}}});
    table.push_back({"batch_norm", {kMap, {{3}, Role::kConstant}, {{3}, Role::kConstant}}});
}

void add_layers(std::vector<OpSample> &table) {
    table.push_back({"conv2d",
                     {kMap, {{4, 3, 2, 3}, Role::kWeights}, {{4}, Role::kBias}},
                     {{"strides", Ints{2, 1}}, {"padding", Ints{1, 1, 0, 1}}}});
    table.push_back({"depthwise_conv2d",
                     {kMap, {{3, 3, 3}, Role::kWeights}, {{3}, Role::kBias}},
                     {{"padding", Ints{1, 1, 1, 1}}}});
    table.push_back({"conv_transpose2d",
                     {kMap, {{4, 3, 2, 3}, Role::kWeights}, {{4}, Role::kBias}},
                     {{"strides", Ints{2, 2}}, {"padding", Ints{1, 1, 0, 0}}}});
    table.push_back({"conv3d", {{{1, 3, 4, 4, 2}}, {{3, 2, 2, 2, 2}, Role::kWeights}}});
    table.push_back({"conv_transpose3d", {{{1, 2, 3, 3, 2}}, {{3, 2, 2, 2, 2}, Role::kWeights}}});
    table.push_back({"dense", {kRow, {{5, 7}, Role::kWeights}, {{5}, Role::kBias}}});
    table.push_back({"matmul", {{{2, 3, 7}}, {{2, 7, 4}}}});
    table.push_back({"matmul_integer", {kRow, {{7, 4}}}});
    table.push_back({"conv_integer", {kMap, {{4, 3, 2, 3}, Role::kConstant}}});
    const Attributes window = {{"kernel", Ints{2, 3}}, {"strides", Ints{2, 1}}};
    for (const std::string_view op : {"max_pool2d", "average_pool2d", "lp_pool2d"}) {
        table.push_back({op, {kMap}, window});
    }
    const Attributes cube = {{"kernel", Ints{2, 2, 2}}, {"strides", Ints{1, 2, 1}}};
    for (const std::string_view op : {"max_pool3d", "average_pool3d", "lp_pool3d"}) {
        table.push_back({op, {{{1, 3, 4, 4, 2}}}, cube});
    }
    for (const std::string_view op : {"global_average_pool", "global_max_pool", "global_lp_pool"}) {
        table.push_back({op, {kMap}});
    }
}

void add_norms(std::vector<OpSample> &table) {
    for (const std::string_view op : {"softmax", "log_softmax", "hardmax", "l2_normalize"}) {
        table.push_back({op, {kRow}});
    }
    table.push_back({"lp_normalize", {kRow}, {{"p", 2}}});
    table.push_back({"layer_norm",
                     {kMap, {{3}, Role::kConstant}, {{3}, Role::kConstant}},
                     {{"axis", 3}, {"epsilon", 1e-5}}});
    table.push_back({"rms_norm", {kMap, {{3}, Role::kConstant}}, {{"axis", 3}, {"epsilon", 1e-5}}});
    table.push_back({"instance_norm",
                     {kMap, {{3}, Role::kConstant}, {{3}, Role::kConstant}},
                     {{"epsilon", 1e-5}}});
    table.push_back({"group_norm",
                     {{{1, 5, 4, 6}}, {{6}, Role::kConstant}, {{6}, Role::kConstant}},
                     {{"groups", 2}, {"epsilon", 1e-5}}});
    table.push_back({"lrn", {kMap}, {{"size", 3}, {"alpha", 0.1}, {"beta", 0.75}, {"bias", 1.0}}});
}

void add_reductions(std::vector<OpSample> &table) {
    for (const std::string_view op :
         {"reduce_sum", "reduce_mean", "reduce_max", "reduce_min", "reduce_prod", "reduce_l1",
          "reduce_l2", "reduce_log_sum", "reduce_log_sum_exp", "reduce_sum_square", "reduce_any",
          "reduce_all"}) {
        table.push_back({op, {kMap}, {{"axes", Ints{1, 2}}}});
    }
    for (const std::string_view op : {"arg_max", "arg_min"}) {
        table.push_back({op, {kMap}, {{"axis", 3}}});
    }
    for (const std::string_view op : {"cumsum", "cumprod"}) {
        table.push_back({op, {kMap}, {{"axis", 1}}});
    }
    table.push_back({"top_k", {kRow}, {{"k", 3}, {"axis", 1}}});
}

void add_moves(std::vector<OpSample> &table) {
    table.push_back({"reshape", {kMap}, {{"shape", Ints{5, 12}}}});
    table.push_back({"transpose", {kMap}, {{"perm", Ints{0, 3, 1, 2}}}});
    table.push_back(
        {"slice",
         {kMap},
         {{"start", Ints{0, 4, 1, 0}}, {"step", Ints{1, -2, 1, 1}}, {"size", Ints{1, 3, 2, 3}}}});
    table.push_back({"expand", {{{1, 4, 1}}}, {{"shape", Ints{2, 4, 3}}}});
    table.push_back({"tile", {kRow}, {{"repeats", Ints{2, 3}}}});
    table.push_back({"depth_to_space", {{{1, 3, 2, 8}}}, {{"block", 2}}});
    table.push_back({"space_to_depth", {{{1, 4, 6, 3}}}, {{"block", 2}}});
    table.push_back({"concat", {kMap, {{1, 5, 4, 2}}}, {{"axis", 3}}});
    table.push_back({"pad", {kMap}, {{"before", Ints{0, 1, 0, 2}}, {"after", Ints{0, 2, 1, 0}}}});
    table.push_back({"trilu", {kRow}, {{"upper", 0}}});
    table.push_back({"gather", {kMap, {{3}, Role::kIndices, 5}}, {{"axis", 1}}});
    table.push_back({"gather_elements", {kRow, {{2, 3}, Role::kIndices, 7}}, {{"axis", 1}}});
    table.push_back({"gather_nd", {kRow, {{3, 2}, Role::kIndices, 2}}});
    table.push_back(
        {"scatter_elements", {kRow, {{2, 3}, Role::kIndices, 7}, {{2, 3}}}, {{"axis", 1}}});
    table.push_back({"scatter_nd", {kRow, {{3, 2}, Role::kIndices, 2}, {{3}}}});
    table.push_back({"one_hot", {{{4}, Role::kIndices, 5}, {{2}}}, {{"depth", 5}, {"axis", 1}}});
    table.push_back({"reverse_sequence",
                     {{{3, 4}}, {{4}, Role::kIndices, 3}},
                     {{"batch_axis", 1}, {"time_axis", 0}}});
    table.push_back({"resize", {kMap}, {{"size", Ints{7, 8}}, {"mode", std::string("linear")}}});
}

void add_recurrent(std::vector<OpSample> &table) {
    const SampleInput series{{4, 1, 3}};
    const auto weights = [](int64_t gates, int64_t in) {
        return SampleInput{{1, gates * 5, in}, Role::kConstant};
    };
    table.push_back({"lstm",
                     {series, weights(4, 3), weights(4, 5), {{1, 40}, Role::kConstant}},
                     {{"hidden", 5}}});
    // Quantised: one bias, and a cell with a scale.
    table.push_back({"lstm",
                     {series,
                      {{1, 20, 3}, Role::kWeights},
                      {{1, 20, 5}, Role::kWeights},
                      {{1, 20}, Role::kBias}},
                     {{"hidden", 5}, {"cell_power", -11}}});
    table.push_back({"gru",
                     {series, weights(3, 3), weights(3, 5), {{1, 30}, Role::kConstant}},
                     {{"hidden", 5}, {"linear_before_reset", 1}}});
    table.push_back({"rnn",
                     {series, weights(1, 3), weights(1, 5), {{1, 10}, Role::kConstant}},
                     {{"hidden", 5}}});
    table.push_back({"svdf",
                     {{{2, 7}},
                      {{6, 7}, Role::kConstant},
                      {{6, 4}, Role::kConstant},
                      {{3}, Role::kBias},
                      {{2, 24}}},
                     {{"rank", 2}}});
}

}  // namespace

const std::vector<OpSample> &op_samples() {
    static const std::vector<OpSample> table = [] {
        std::vector<OpSample> made;
        add_elementwise(made);
        add_layers(made);
        add_norms(made);
        add_reductions(made);
        add_moves(made);
        add_recurrent(made);
        return made;
    }();
    return table;
}

}  // namespace embark
