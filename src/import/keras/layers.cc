// The table of layers and the helpers of its converters.
#include "import/keras/layers.h"

#include <fmt/format.h>

#include <algorithm>

#include "ops/registry.h"

namespace embark::keras {

#define EMBARK_KERAS_LAYER(class_name, inputs, converter) \
    Expected<TensorId> convert_##converter(LayerContext &context);
#include "import/keras/layers.def"

namespace {

constexpr LayerDefinition kLayers[] = {
#define EMBARK_KERAS_LAYER(class_name, inputs, converter) \
    {#class_name, inputs, convert_##converter},
#include "import/keras/layers.def"
};

// Tells a layer that embark lacks from one that somebody wrote.
constexpr std::string_view kOtherKerasLayers[] = {
    "AdaptiveAveragePooling2D",
    "AdaptiveMaxPooling2D",
    "AdditiveAttention",
    "Attention",
    "AveragePooling1D",
    "AveragePooling3D",
    "Bidirectional",
    "CategoryEncoding",
    "CenterCrop",
    "Conv1D",
    "Conv1DTranspose",
    "Conv2DTranspose",
    "Conv3D",
    "Conv3DTranspose",
    "ConvLSTM1D",
    "ConvLSTM2D",
    "ConvLSTM3D",
    "Cropping1D",
    "Cropping2D",
    "Cropping3D",
    "CuDNNGRU",
    "CuDNNLSTM",
    "DepthwiseConv1D",
    "Discretization",
    "Dot",
    "EinsumDense",
    "Embedding",
    "Functional",
    "GRU",
    "GlobalAveragePooling1D",
    "GlobalAveragePooling3D",
    "GlobalMaxPooling1D",
    "GlobalMaxPooling3D",
    "GroupNormalization",
    "GroupQueryAttention",
    "Hashing",
    "HashedCrossing",
    "Identity",
    "IntegerLookup",
    "LSTM",
    "Lambda",
    "LayerNormalization",
    "LocallyConnected1D",
    "LocallyConnected2D",
    "Masking",
    "MaxPooling1D",
    "MaxPooling3D",
    "MelSpectrogram",
    "Model",
    "MultiHeadAttention",
    "Normalization",
    "PReLU",
    "RMSNormalization",
    "RNN",
    "RandomBrightness",
    "RandomContrast",
    "RandomCrop",
    "RandomFlip",
    "RandomRotation",
    "RandomTranslation",
    "RandomZoom",
    "RepeatVector",
    "Resizing",
    "STFTSpectrogram",
    "SeparableConv1D",
    "Sequential",
    "SimpleRNN",
    "SpectralNormalization",
    "StackedRNNCells",
    "StringLookup",
    "SlicingOpLambda",
    "TFOpLambda",
    "TensorFlowOpLayer",
    "TextVectorization",
    "ThresholdedReLU",
    "TimeDistributed",
    "UnitNormalization",
    "UpSampling1D",
    "UpSampling2D",
    "UpSampling3D",
    "ZeroPadding1D",
    "ZeroPadding3D",
};

constexpr int64_t kMaxAttribute = 1 << 20;

Error bad_config(std::string_view key, Value value, std::string_view expected) {
    return make_error(ErrorCode::kInvalid,
                      fmt::format("{} is {}, expected {}", key, value.excerpt(), expected));
}

}  // namespace

const LayerDefinition *find_layer(std::string_view class_name) {
    const auto *found =
        std::find_if(std::begin(kLayers), std::end(kLayers),
                     [&](const LayerDefinition &row) { return row.class_name == class_name; });
    return found == std::end(kLayers) ? nullptr : found;
}

bool is_known_to_keras(std::string_view class_name) {
    return std::find(std::begin(kOtherKerasLayers), std::end(kOtherKerasLayers), class_name) !=
           std::end(kOtherKerasLayers);
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

TensorId constant(LayerContext &context, std::string_view suffix, Shape shape,
                  std::span<const float> values) {
    const std::string wanted = fmt::format("{}/{}", context.layer.name, suffix);
    std::string name = wanted;
    // A shared layer without weights of its own may be called on different shapes.
    for (int variant = 2;; ++variant) {
        const auto found = context.constants.find(name);
        if (found == context.constants.end()) break;
        if (context.graph.tensor(found->second).type.shape == shape) return found->second;
        name = fmt::format("{}_{}", wanted, variant);
    }
    const TensorId id = context.graph.add_constant(name, std::move(shape), values);
    context.constants.emplace(std::move(name), id);
    return id;
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

Expected<std::vector<int64_t>> explicit_padding(const LayerContext &context,
                                                const std::vector<int64_t> &kernel,
                                                const std::vector<int64_t> &strides,
                                                const std::vector<int64_t> &dilations) {
    const Value value = context.layer.config["padding"];
    const std::string padding = value.is_null() ? "valid" : value.as_string().value_or("");
    if (padding == "valid") return std::vector<int64_t>{0, 0, 0, 0};
    if (padding != "same") return bad_config("padding", value, "\"valid\" or \"same\"");
    std::vector<int64_t> result;
    for (size_t axis = 0; axis < 2; ++axis) {
        const int64_t in = context.input_shape()[axis + 1];
        const int64_t out = (in + strides[axis] - 1) / strides[axis];
        const int64_t reach = (out - 1) * strides[axis] + (kernel[axis] - 1) * dilations[axis] + 1;
        const int64_t total = std::max<int64_t>(reach - in, 0);
        result.push_back(total / 2);
        result.push_back(total - total / 2);
    }
    return result;
}

}  // namespace embark::keras
