// Along an axis: reductions, extremes, sums, sorting.
#include <fmt/format.h>

#include "import/tflite/operators.h"

namespace embark::tflite {

namespace {

std::string reduction_of(std::string_view source) {
    if (source == "MEAN") return "reduce_mean";
    if (source == "SUM") return "reduce_sum";
    if (source == "REDUCE_MAX") return "reduce_max";
    if (source == "REDUCE_MIN") return "reduce_min";
    if (source == "REDUCE_PROD") return "reduce_prod";
    return source == "REDUCE_ANY" ? "reduce_any" : "reduce_all";
}

}  // namespace

Expected<std::vector<TensorId>> convert_reduce(OperatorContext &context) {
    const auto *options = context.op.builtin_options_as_ReducerOptions();
    EMBARK_ASSIGN(const TensorId x, input(context, 0));
    EMBARK_ASSIGN(const auto axes, constant_axes(context, 1, context.shape(x).size()));
    const int64_t keep = options != nullptr && options->keep_dims() ? 1 : 0;
    if (axes.empty()) {  // nothing to reduce
        return one(append(context, "reshape", "", {x}, {{"shape", context.shape(x)}}));
    }
    return one(append(context, reduction_of(context.source), "", {x},
                      {{"axes", axes}, {"keep_dims", keep}}));
}

/// The mean of an image is global pooling, for which there are faster kernels; the format rounds
/// quantised means in a way of its own.
Expected<std::vector<TensorId>> convert_mean(OperatorContext &context) {
    const auto *options = context.op.builtin_options_as_ReducerOptions();
    EMBARK_ASSIGN(const TensorId x, input(context, 0));
    EMBARK_ASSIGN(const auto axes, constant_axes(context, 1, context.shape(x).size()));
    const bool image = context.shape(x).size() == 4 && axes == std::vector<int64_t>{1, 2};
    if (!image || context.type(x).type != DataType::kFloat32) return convert_reduce(context);
    const int64_t keep = options != nullptr && options->keep_dims() ? 1 : 0;
    return one(append(context, "global_average_pool", "", {x}, {{"keep_dims", keep}}));
}

Expected<std::vector<TensorId>> convert_arg_extreme(OperatorContext &context) {
    EMBARK_ASSIGN(const TensorId x, input(context, 0));
    EMBARK_ASSIGN(const int64_t given, constant_integer(context, 1));
    EMBARK_ASSIGN(const int64_t axis, axis_of(given, context.shape(x).size()));
    EMBARK_ASSIGN(const TensorType declared, output_type(context, 0));
    return one(append(context, context.source == "ARG_MAX" ? "arg_max" : "arg_min", "", {x},
                      {{"axis", axis},
                       {"keep_dims", int64_t{0}},
                       {"to", std::string(to_string(declared.type))}}));
}

Expected<std::vector<TensorId>> convert_cumsum(OperatorContext &context) {
    const auto *options = context.op.builtin_options_as_CumsumOptions();
    EMBARK_ASSIGN(const TensorId x, input(context, 0));
    EMBARK_ASSIGN(const int64_t given, constant_integer(context, 1));
    EMBARK_ASSIGN(const int64_t axis, axis_of(given, context.shape(x).size()));
    const int64_t exclusive = options != nullptr && options->exclusive() ? 1 : 0;
    const int64_t reverse = options != nullptr && options->reverse() ? 1 : 0;
    return one(append(context, "cumsum", "", {x},
                      {{"axis", axis}, {"exclusive", exclusive}, {"reverse", reverse}}));
}

Expected<std::vector<TensorId>> convert_top_k(OperatorContext &context) {
    EMBARK_ASSIGN(const TensorId x, input(context, 0));
    EMBARK_ASSIGN(const int64_t k, constant_integer(context, 1));
    EMBARK_ASSIGN(const int64_t axis, axis_of(-1, context.shape(x).size()));
    EMBARK_ASSIGN(const TensorType indices, output_type(context, 1));
    EMBARK_ASSIGN(const TensorId values,
                  append(context, "top_k", "", {x},
                         {{"k", k}, {"axis", axis}, {"to", std::string(to_string(indices.type))}}));
    return std::vector{values, values + 1};  // append_node makes outputs in a row
}

}  // namespace embark::tflite
