#include "ops/quantized_forms.h"

#include <algorithm>
#include <iterator>

namespace embark {

namespace {

constexpr std::string_view kRescaling[] = {
    "abs",        "add",         "average_pool2d", "clip",
    "conv2d",     "dense",       "divide",         "conv_transpose2d",
    "elu",        "exp",         "gelu",           "depthwise_conv2d",
    "hard_swish", "leaky_relu",  "hard_sigmoid",   "global_average_pool",
    "log",        "log_softmax", "l2_normalize",   "squared_difference",
    "matmul",     "multiply",    "prelu",          "reduce_mean",
    "reduce_sum", "relu",        "relu6",          "rsqrt",
    "selu",       "sigmoid",     "softmax",        "softplus",
    "softsign",   "sqrt",        "square",         "subtract",
    "swish",      "tanh",
};

constexpr std::string_view kKeeping[] = {
    "depth_to_space", "expand",     "gather",  "global_max_pool", "max_pool2d", "pad",
    "reduce_max",     "reduce_min", "reshape", "resize",          "slice",      "space_to_depth",
    "tile",           "transpose",
};

constexpr std::string_view kJoining[] = {"concat", "maximum", "minimum"};

template <typename List>
bool contains(const List &list, std::string_view op) {
    return std::find(std::begin(list), std::end(list), op) != std::end(list);
}

}  // namespace

QuantizedForm quantized_form(std::string_view op) {
    if (contains(kRescaling, op)) return QuantizedForm::kRescales;
    if (contains(kKeeping, op)) return QuantizedForm::kKeeps;
    return contains(kJoining, op) ? QuantizedForm::kJoins : QuantizedForm::kNone;
}

}  // namespace embark
