// Pooling over windows and over whole maps.

#include <fmt/format.h>

#include "import/onnx/converters.h"
#include "import/onnx/window.h"

namespace embark::onnx {

namespace {

Status check_rank(const Value &x) {
    if (x.rank() >= 3 && x.rank() <= 5) return Ok{};
    return make_error(ErrorCode::kUnsupported,
                      fmt::format("input has shape {}, expected one, two or three axes after batch "
                                  "and channels",
                                  to_string(x.shape)));
}

}  // namespace

Status convert_pool(Context &c) {
    const Value &x = c.in();
    EMBARK_RETURN_IF_ERROR(check_rank(x));
    const Shape extents(x.shape.begin() + 2, x.shape.end());
    const std::vector<int64_t> kernel = c.ints_of("kernel_shape", {});
    if (kernel.size() != extents.size()) {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("kernel_shape is {}, expected {} extents", to_string(kernel),
                                      extents.size()));
    }
    EMBARK_ASSIGN(const WindowShape window, read_window(c, extents, kernel));
    Attributes attributes = window_attributes(window);
    if (window.dilations == std::vector<int64_t>(extents.size(), 1)) attributes.erase("dilations");
    attributes["kernel"] = two_axes(window.kernel, 1);
    std::string op = c.node.op == "MaxPool" ? "max_pool" : "average_pool";
    if (c.node.op == "AveragePool" && c.int_of("count_include_pad", 0) != 0) {
        attributes["count_padding"] = int64_t{1};
        attributes["counted_padding"] =
            interleaved(two_axes(window.before, 0), two_axes(window.counted_after, 0));
    }
    if (c.node.op == "LpPool") {
        op = "lp_pool";
        attributes["p"] = c.int_of("p", 2);
    }
    EMBARK_ASSIGN(const TensorId image, channels_last(c.builder, x));
    // A maximum of integers stands for the number that they stand for.
    Quantization quantization;
    if (op == "max_pool") quantization = c.builder.tensor(image).type.quantization;
    EMBARK_ASSIGN(const TensorId id,
                  c.builder.emit(op + (x.rank() == 5 ? "3d" : "2d"), {image}, std::move(attributes),
                                 std::move(quantization)));
    return c.give(from_channels_last(c.builder, id, x.rank()));
}

Status convert_global_pool(Context &c) {
    const Value &x = c.in();
    if (x.rank() < 3) {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("input has shape {}, expected [N,C,…]", to_string(x.shape)));
    }
    const bool mean = c.node.op == "GlobalAveragePool", lp = c.node.op == "GlobalLpPool";
    std::vector<size_t> axes = natural_order(x.rank());
    axes.erase(axes.begin(), axes.begin() + 2);
    if (lp) {
        const int64_t p = c.int_of("p", 2);
        if (p != 1 && p != 2) {
            return make_error(ErrorCode::kUnsupported, fmt::format("p is {}, expected 1 or 2", p));
        }
        return c.give(reduce(c.builder, p == 1 ? "reduce_l1" : "reduce_l2", x, axes, true));
    }
    if (x.rank() != 4 || c.type() != DataType::kFloat32) {
        return c.give(reduce(c.builder, mean ? "reduce_mean" : "reduce_max", x, axes, true));
    }
    EMBARK_ASSIGN(const TensorId image, channels_last(c.builder, x));
    EMBARK_ASSIGN(const TensorId id,
                  c.builder.emit(mean ? "global_average_pool" : "global_max_pool", {image},
                                 {{"keep_dims", int64_t{1}}}));
    return c.give(from_channels_last(c.builder, id, 4));
}

}  // namespace embark::onnx
