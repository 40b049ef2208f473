#include "ops/operands.h"

#include <fmt/format.h>

#include <limits>

namespace embark {

namespace {

Error invalid(std::string message) {
    return make_error(ErrorCode::kInvalid, std::move(message));
}

}  // namespace

bool has_input(const Node &node, size_t index) {
    return index < node.inputs.size() && node.inputs[index] != kNoTensor;
}

std::optional<Clamp> clamp_of(const Node &node) {
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    if (node.op == "relu") return Clamp{0, kInfinity};
    if (node.op == "relu6") return Clamp{0, 6};
    if (node.op != "clip") return std::nullopt;
    return Clamp{node.float_or("min", -kInfinity), node.float_or("max", kInfinity)};
}

const TensorType &input_type(const Graph &graph, const Node &node, size_t index) {
    EMBARK_ASSERT(has_input(node, index));
    return graph.tensor(node.inputs[index]).type;
}

int64_t output_elements(const Graph &graph, const Node &node) {
    return element_count(graph.tensor(node.outputs[0]).type.shape);
}

Status check_extents(const Shape &shape, std::string_view what) {
    constexpr int64_t kMost = int64_t{1} << 40;
    int64_t elements = 1;
    for (const int64_t extent : shape) {
        if (extent < 1) {
            return invalid(fmt::format("{} has shape {}, expected extents of at least 1", what,
                                       to_string(shape)));
        }
        if (elements > kMost / extent) {
            return invalid(fmt::format("{} has shape {}, expected at most {} elements", what,
                                       to_string(shape), kMost));
        }
        elements *= extent;
    }
    return Ok{};
}

Status check_inputs(const Graph &graph, const Node &node, size_t least, size_t most) {
    const size_t count = node.inputs.size();
    if (count < least || count > most) {
        const std::string expected =
            least == most ? fmt::format("{}", least) : fmt::format("{} to {}", least, most);
        return invalid(fmt::format("has {} inputs, expected {}", count, expected));
    }
    for (size_t i = 0; i < count; ++i) {
        if (!has_input(node, i)) {
            if (i < least) return invalid(fmt::format("input {} is absent, expected a tensor", i));
            continue;
        }
        const TensorId id = node.inputs[i];
        if (id < 0 || static_cast<size_t>(id) >= graph.tensors.size()) {
            return invalid(fmt::format("input {} is tensor {}, expected an id below {}", i, id,
                                       graph.tensors.size()));
        }
        EMBARK_RETURN_IF_ERROR(
            check_extents(graph.tensor(id).type.shape, fmt::format("input {}", i)));
    }
    return Ok{};
}

Status check_rank(const Graph &graph, const Node &node, size_t index, size_t rank,
                  std::string_view layout) {
    const Shape &shape = input_type(graph, node, index).shape;
    if (shape.size() == rank) return Ok{};
    return invalid(fmt::format("input {} has shape {} of rank {}, expected rank {} ({})", index,
                               to_string(shape), shape.size(), rank, layout));
}

Status check_constants(const Graph &graph, const Node &node, size_t first) {
    for (size_t i = first; i < node.inputs.size(); ++i) {
        if (!has_input(node, i) || graph.tensor(node.inputs[i]).is_constant()) continue;
        return make_error(ErrorCode::kUnsupported,
                          fmt::format("input {} ('{}') is computed, expected a constant", i,
                                      graph.tensor(node.inputs[i]).name));
    }
    return Ok{};
}

Status check_float32(const Graph &graph, const Node &node) {
    for (size_t i = 0; i < node.inputs.size(); ++i) {
        if (!has_input(node, i)) continue;
        const DataType type = input_type(graph, node, i).type;
        if (type == DataType::kFloat32) continue;
        return make_error(ErrorCode::kUnsupported,
                          fmt::format("input {} is {}, expected float32", i, to_string(type)));
    }
    return Ok{};
}

Status check_vector(const Graph &graph, const Node &node, size_t index, std::string_view what,
                    int64_t length) {
    const Shape &shape = input_type(graph, node, index).shape;
    if (shape == Shape{length}) return Ok{};
    return invalid(fmt::format("{} has shape {}, expected [{}]", what, to_string(shape), length));
}

Expected<std::vector<int64_t>> checked_ints(const Node &node, std::string_view attribute,
                                            std::vector<int64_t> fallback, int64_t least) {
    // No network for a microcontroller comes near; it keeps products of extents far from overflow.
    constexpr int64_t kMost = int64_t{1} << 20;
    const auto found = node.attributes.find(attribute);
    if (found == node.attributes.end()) return fallback;
    const auto *values = std::get_if<std::vector<int64_t>>(&found->second);
    if (values == nullptr) {
        return invalid(fmt::format("attribute {} is not a list of integers", attribute));
    }
    if (values->size() != fallback.size()) {
        return invalid(fmt::format("attribute {} is {}, expected {} values", attribute,
                                   to_string(*values), fallback.size()));
    }
    for (const int64_t value : *values) {
        if (value < least || value > kMost) {
            return invalid(fmt::format("attribute {} is {}, expected values from {} to {}",
                                       attribute, to_string(*values), least, kMost));
        }
    }
    return *values;
}

Error unsupported_type(const Node &node, DataType type) {
    return make_error(ErrorCode::kUnsupported, Location{"", "node " + node.name},
                      fmt::format("{} has no reference arithmetic for {}, expected float32",
                                  node.op, to_string(type)));
}

bool is_float32(std::span<const ConstTensorView> inputs) {
    return inputs[0].type->type == DataType::kFloat32;
}

Expected<Window> make_window(const Node &node, const Shape &input, int64_t kernel_h,
                             int64_t kernel_w) {
    EMBARK_ASSIGN(const auto strides, checked_ints(node, "strides", {1, 1}, 1));
    EMBARK_ASSIGN(const auto padding, checked_ints(node, "padding", {0, 0, 0, 0}, 0));
    EMBARK_ASSIGN(const auto dilations, checked_ints(node, "dilations", {1, 1}, 1));
    Window window{kernel_h,   kernel_w,   strides[0],   strides[1],   padding[0], padding[1],
                  padding[2], padding[3], dilations[0], dilations[1], input[1],   input[2],
                  0,          0};
    const int64_t padded_h = window.in_h + window.top + window.bottom;
    const int64_t padded_w = window.in_w + window.left + window.right;
    const int64_t reach_h = (kernel_h - 1) * window.dilation_h + 1;
    const int64_t reach_w = (kernel_w - 1) * window.dilation_w + 1;
    if (reach_h > padded_h || reach_w > padded_w) {
        return invalid(fmt::format("window of {}x{} is larger than the padded input of {}x{}",
                                   reach_h, reach_w, padded_h, padded_w));
    }
    window.out_h = (padded_h - reach_h) / window.stride_h + 1;
    window.out_w = (padded_w - reach_w) / window.stride_w + 1;
    return window;
}

Window window_of(const Node &node, const Shape &input, int64_t kernel_h, int64_t kernel_w) {
    return make_window(node, input, kernel_h, kernel_w).value();
}

}  // namespace embark
