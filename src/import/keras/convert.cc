// What all layers have in common when they are converted, and layers inside of layers.
#include <fmt/format.h>

#include "import/keras/graph_builder.h"
#include "import/keras/layers.h"

namespace embark::keras {

namespace {

constexpr int64_t kMaxElements = 1 << 28;  // of one activation; far beyond any microcontroller

Status check_input_count(const LayerContext &context, int expected) {
    const size_t count = context.inputs.size();
    std::string wanted = fmt::format("{}", expected);
    bool fits = count == static_cast<size_t>(expected);
    if (expected == kTwoOrMore) {
        wanted = "two or more";
        fits = count >= 2;
    } else if (expected == kOneOrMore) {
        wanted = "one or more";
        fits = count >= 1;
    }
    if (fits) return Ok{};
    return make_error(ErrorCode::kInvalid,
                      fmt::format("has {} inputs, expected {}", count, wanted));
}

Status check_size(const LayerContext &context, TensorId id) {
    const Shape &shape = context.shape(id);
    // Extents are below 2^29 here, so that a product over one more axis cannot overflow.
    int64_t elements = 1;
    for (const int64_t extent : shape) {
        if (extent > 0 && extent > kMaxElements / elements) {
            return make_error(ErrorCode::kUnsupported,
                              fmt::format("makes a tensor {} of more than {} elements",
                                          to_string(shape), kMaxElements));
        }
        elements *= std::max<int64_t>(extent, 1);
    }
    return Ok{};
}

/// Whole numbers become float32, as in Keras when they meet weights.
Status cast_inputs(LayerContext &context) {
    for (size_t i = 0; i < context.inputs.size(); ++i) {
        if (context.graph.tensor(context.inputs[i]).type.type == DataType::kFloat32) continue;
        const std::string suffix = i == 0 ? "float" : fmt::format("float_{}", i + 1);
        EMBARK_ASSIGN(context.inputs[i], append(context, "cast", suffix, {context.inputs[i]},
                                                {{"to", std::string("float32")}}));
    }
    return Ok{};
}

/// [0, 2, …, rank-1, 1]
std::vector<int64_t> channels_to_end(size_t rank) {
    std::vector<int64_t> perm{0};
    for (size_t i = 2; i < rank; ++i) perm.push_back(static_cast<int64_t>(i));
    perm.push_back(1);
    return perm;
}

/// [0, rank-1, 1, …]
std::vector<int64_t> channels_to_front(size_t rank) {
    std::vector<int64_t> perm{0, static_cast<int64_t>(rank) - 1};
    for (size_t i = 1; i + 1 < rank; ++i) perm.push_back(static_cast<int64_t>(i));
    return perm;
}

/// Layers with data_format channels_first are converted between transpositions, which a pass of
/// the optimiser cancels where such layers follow each other.
Expected<TensorId> convert_channels_first(LayerContext &context, Converter convert) {
    const size_t rank = context.input_shape().size();
    if (rank < 3) return convert(context);
    EMBARK_ASSIGN(context.inputs[0], append_transpose(context, "channels_last", context.inputs[0],
                                                      channels_to_end(rank)));
    EMBARK_ASSIGN(const TensorId y, convert(context));
    const size_t out_rank = context.shape(y).size();
    if (out_rank < 3) return y;
    return append_transpose(context, "channels_first", y, channels_to_front(out_rank));
}

/// Layers work on batches; only operations take what has no axis at all.
Status check_batches(const LayerContext &context) {
    for (size_t i = 0; i < context.inputs.size(); ++i) {
        if (!context.shape(context.inputs[i]).empty()) continue;
        return make_error(ErrorCode::kInvalid,
                          fmt::format("input {} is a single number, expected a batch", i));
    }
    return Ok{};
}

Expected<TensorId> convert_known(LayerContext &context, const LayerDefinition &definition) {
    EMBARK_RETURN_IF_ERROR(check_input_count(context, definition.inputs));
    if (!definition.has(kTakesArguments)) EMBARK_RETURN_IF_ERROR(check_batches(context));
    if (!definition.has(kTakesIntegers)) EMBARK_RETURN_IF_ERROR(cast_inputs(context));
    const bool first = context.layer.config["data_format"].as_string() == "channels_first";
    const bool has_images = first && definition.inputs == 1 && !definition.has(kKeepsLayout);
    return has_images ? convert_channels_first(context, definition.convert)
                      : definition.convert(context);
}

}  // namespace

Expected<TensorId> convert_layer(LayerContext &context) {
    TensorId first = kNoTensor;
    if (context.layer.model) {
        EMBARK_ASSIGN(const auto outputs, add_inner_model(context));
        first = outputs[0];
        context.more_outputs.assign(outputs.begin() + 1, outputs.end());
    } else {
        EMBARK_ASSIGN(first, convert_known(context, *find_layer(context.layer.class_name)));
    }
    EMBARK_RETURN_IF_ERROR(check_size(context, first));
    return first;
}

LayerContext inner_context(LayerContext &context, const LayerConfig &inner, std::string name,
                           WeightLookup weights, std::vector<TensorId> inputs) {
    return LayerContext{context.state,
                        context.graph,
                        inner,
                        context.call,
                        fmt::format("{}/{}", context.path, name),
                        fmt::format("{}/{}", context.node_name, name),
                        std::move(inputs),
                        std::move(weights),
                        {}};
}

}  // namespace embark::keras
