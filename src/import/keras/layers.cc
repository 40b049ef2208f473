// The table of layers and the helpers of its converters.
#include "import/keras/layers.h"

#include <fmt/format.h>

#include <algorithm>

#include "import/keras/keras_importer.h"
#include "ops/registry.h"

namespace embark::keras {

#define EMBARK_KERAS_LAYER(class_name, inputs, converter, flags, becomes) \
    Expected<TensorId> convert_##converter(LayerContext &context);
#include "import/keras/layers.def"

namespace {

constexpr LayerDefinition kLayers[] = {
#define EMBARK_KERAS_LAYER(class_name, inputs, converter, flags, becomes) \
    {#class_name, inputs, convert_##converter, flags, becomes},
#include "import/keras/layers.def"
};

constexpr int64_t kMaxAttribute = 1 << 20;

}  // namespace

std::span<const LayerDefinition> all_layers() {
    return kLayers;
}

std::vector<SourceOperator> source_operators() {
    std::vector<SourceOperator> list;
    for (const LayerDefinition &row : kLayers) {
        list.push_back({std::string(row.class_name), row.becomes});
    }
    return list;
}

const LayerDefinition *find_layer(std::string_view class_name) {
    const auto *found =
        std::find_if(std::begin(kLayers), std::end(kLayers),
                     [&](const LayerDefinition &row) { return row.class_name == class_name; });
    return found == std::end(kLayers) ? nullptr : found;
}

Expected<TensorId> append(LayerContext &context, std::string op, std::string name,
                          std::string source, std::vector<TensorId> inputs, Attributes attributes) {
    Node node;
    node.op = std::move(op);
    node.name = std::move(name);
    node.source = std::move(source);
    node.inputs = std::move(inputs);
    node.attributes = std::move(attributes);
    auto made = append_node(context.graph, std::move(node));
    if (!made.ok()) {
        Error error = std::move(made).error();
        error.location = {};
        return error;
    }
    return made;
}

Expected<TensorId> append(LayerContext &context, std::string op, std::string_view suffix,
                          std::vector<TensorId> inputs, Attributes attributes) {
    std::string name = context.node_name;
    if (!suffix.empty()) name += fmt::format("/{}", suffix);
    return append(context, std::move(op), std::move(name), context.layer.class_name,
                  std::move(inputs), std::move(attributes));
}

Expected<TensorId> append_reshape(LayerContext &context, std::string_view suffix, TensorId x,
                                  Shape shape) {
    if (shape == context.shape(x)) return x;
    return append(context, "reshape", suffix, {x}, {{"shape", std::move(shape)}});
}

Expected<TensorId> append_transpose(LayerContext &context, std::string_view suffix, TensorId x,
                                    const std::vector<int64_t> &perm) {
    bool identity = true;
    for (size_t i = 0; i < perm.size(); ++i) identity &= perm[i] == static_cast<int64_t>(i);
    if (identity) return x;
    return append(context, "transpose", suffix, {x}, {{"perm", perm}});
}

TensorId constant(LayerContext &context, std::string_view suffix, Shape shape,
                  std::span<const float> values) {
    const std::string wanted = fmt::format("{}/{}", context.path, suffix);
    auto &constants = context.state.constants;
    std::string name = wanted;
    // A shared layer without weights of its own may be called on different shapes.
    for (int variant = 2;; ++variant) {
        const auto found = constants.find(name);
        if (found == constants.end()) break;
        const Tensor &tensor = context.graph.tensor(found->second);
        if (tensor.type.shape == shape && std::ranges::equal(tensor.values<float>(), values)) {
            return found->second;
        }
        name = fmt::format("{}_{}", wanted, variant);
    }
    const TensorId id = context.graph.add_constant(name, std::move(shape), values);
    constants.emplace(std::move(name), id);
    return id;
}

TensorId scalar(LayerContext &context, std::string_view suffix, double value) {
    const float number = static_cast<float>(value);
    return constant(context, suffix, {1}, {&number, 1});
}

std::vector<float> transpose(std::span<const float> values, size_t rows, size_t columns) {
    EMBARK_ASSERT(values.size() == rows * columns);
    constexpr size_t kBlock = 32;  // a block of both sides stays in the first-level cache
    std::vector<float> result(values.size());
    for (size_t row = 0; row < rows; row += kBlock) {
        for (size_t column = 0; column < columns; column += kBlock) {
            const size_t row_end = std::min(rows, row + kBlock);
            const size_t column_end = std::min(columns, column + kBlock);
            for (size_t c = column; c < column_end; ++c) {
                for (size_t r = row; r < row_end; ++r) {
                    result[c * rows + r] = values[r * columns + c];
                }
            }
        }
    }
    return result;
}

Expected<std::vector<int64_t>> config_ints(Value config, std::string_view key, size_t count,
                                           std::optional<int64_t> fallback, int64_t least) {
    const Value value = config[key];
    if (value.is_null() && fallback) return std::vector<int64_t>(count, *fallback);
    std::vector<int64_t> numbers;
    const size_t given = value.is_array() ? value.size() : 1;
    for (size_t i = 0; i < given && i <= count; ++i) {
        const auto number = (value.is_array() ? value[i] : value).as_int();
        if (!number || *number < least || *number > kMaxAttribute) {
            return bad_config(key, value,
                              fmt::format("whole numbers from {} to {}", least, kMaxAttribute));
        }
        numbers.push_back(*number);
    }
    if (numbers.size() == 1) numbers.resize(count, numbers[0]);
    if (numbers.size() != count) return bad_config(key, value, fmt::format("{} numbers", count));
    return numbers;
}

Expected<int64_t> config_int(Value config, std::string_view key, std::optional<int64_t> fallback,
                             int64_t least) {
    EMBARK_ASSIGN(const auto numbers, config_ints(config, key, 1, fallback, least));
    return numbers[0];
}

Expected<double> config_number(Value config, std::string_view key, double fallback) {
    const Value value = config[key];
    if (value.is_null()) return fallback;
    const auto number = value.as_number();
    if (!number) return bad_config(key, value, "a number");
    return *number;
}

bool config_flag(Value config, std::string_view key, bool fallback) {
    return config[key].as_bool().value_or(fallback);
}

Status expect_rank(const LayerContext &context, size_t rank) {
    const Shape &shape = context.input_shape();
    if (shape.size() == rank) return Ok{};
    return make_error(ErrorCode::kInvalid, fmt::format("its input {} has rank {}, expected {}",
                                                       to_string(shape), shape.size(), rank));
}

Error bad_config(std::string_view key, Value value, std::string_view expected) {
    return make_error(ErrorCode::kInvalid,
                      fmt::format("{} is {}, expected {}", key, value.excerpt(), expected));
}

Expected<std::vector<int64_t>> config_axes(Value value, std::string_view key, size_t rank) {
    const auto extent = static_cast<int64_t>(rank);
    std::vector<int64_t> axes;
    const size_t count = value.is_array() ? value.size() : 1;
    for (size_t i = 0; i < count; ++i) {
        const auto axis = (value.is_array() ? value[i] : value).as_int();
        if (!axis || *axis < -extent || *axis >= extent) {
            return bad_config(key, value, fmt::format("axes of a tensor of rank {}", rank));
        }
        axes.push_back(*axis < 0 ? *axis + extent : *axis);
    }
    std::sort(axes.begin(), axes.end());
    if (axes.empty() || std::adjacent_find(axes.begin(), axes.end()) != axes.end()) {
        return bad_config(key, value, "different axes");
    }
    return axes;
}

Expected<std::vector<int64_t>> explicit_padding(Value config, std::span<const int64_t> spatial,
                                                const std::vector<int64_t> &kernel,
                                                const std::vector<int64_t> &strides,
                                                const std::vector<int64_t> &dilations) {
    const Value value = config["padding"];
    const std::string padding = value.is_null() ? "valid" : value.as_string().value_or("");
    if (padding == "valid") return std::vector<int64_t>(2 * spatial.size(), 0);
    if (padding != "same" && padding != "causal") {
        return bad_config("padding", value, "\"valid\", \"same\" or \"causal\"");
    }
    std::vector<int64_t> result;
    for (size_t axis = 0; axis < spatial.size(); ++axis) {
        const int64_t reach = (kernel[axis] - 1) * dilations[axis];
        if (padding == "causal") {
            result.insert(result.end(), {reach, 0});
            continue;
        }
        const int64_t in = spatial[axis];
        const int64_t out = (in + strides[axis] - 1) / strides[axis];
        const int64_t total = std::max<int64_t>((out - 1) * strides[axis] + reach + 1 - in, 0);
        result.insert(result.end(), {total / 2, total - total / 2});
    }
    return result;
}

}  // namespace embark::keras
