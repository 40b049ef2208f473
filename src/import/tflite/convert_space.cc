// Images: other sizes, and blocks that become batches.
#include <fmt/format.h>

#include <algorithm>

#include "import/tflite/operators.h"

namespace embark::tflite {

namespace {

using Ints = std::vector<int64_t>;

Error invalid(std::string message) {
    return make_error(ErrorCode::kInvalid, std::move(message));
}

Expected<std::vector<TensorId>> resize(OperatorContext &context, Attributes attributes) {
    EMBARK_ASSIGN(const TensorId x, input(context, 0));
    EMBARK_RETURN_IF_ERROR(expect_rank(context, x, 4));
    EMBARK_ASSIGN(const Ints size, constant_integers(context, 1));
    if (size.size() != 2) {
        return invalid(fmt::format("size is {}, expected two extents", to_string(size)));
    }
    EMBARK_RETURN_IF_ERROR(check_window("size", size));
    attributes.emplace("size", size);
    return one(append(context, "resize", "", {x}, std::move(attributes)));
}

Attributes resize_mode(std::string mode, std::string coordinates) {
    return {{"mode", std::move(mode)}, {"coordinates", std::move(coordinates)}};
}

}  // namespace

Expected<std::vector<TensorId>> convert_resize_bilinear(OperatorContext &context) {
    EMBARK_ASSIGN(const auto *options,
                  required(context.op.builtin_options_as_ResizeBilinearOptions()));
    if (options->align_corners() && options->half_pixel_centers()) {
        return invalid("has both align_corners and half_pixel_centers, expected one at most");
    }
    const char *coordinates = options->align_corners()        ? "align_corners"
                              : options->half_pixel_centers() ? "half_pixel"
                                                              : "asymmetric";
    return resize(context, resize_mode("linear", coordinates));
}

Expected<std::vector<TensorId>> convert_resize_nearest(OperatorContext &context) {
    EMBARK_ASSIGN(const auto *options,
                  required(context.op.builtin_options_as_ResizeNearestNeighborOptions()));
    if (options->align_corners() && options->half_pixel_centers()) {
        return invalid("has both align_corners and half_pixel_centers, expected one at most");
    }
    const char *coordinates = options->align_corners()        ? "align_corners"
                              : options->half_pixel_centers() ? "tf_half_pixel_for_nn"
                                                              : "asymmetric";
    Attributes attributes = resize_mode("nearest", coordinates);
    const char *rounding = options->align_corners() ? "round_prefer_ceil" : "floor";
    attributes.emplace("nearest", std::string(rounding));
    return resize(context, std::move(attributes));
}

namespace {

/// Block and margins of SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND.
struct Blocks {
    TensorId x = kNoTensor;
    Ints block, before, after;
};

Expected<Blocks> read_blocks(OperatorContext &context) {
    constexpr int64_t kMost = 1 << 20;
    Blocks blocks;
    EMBARK_ASSIGN(blocks.x, input(context, 0));
    EMBARK_ASSIGN(blocks.block, constant_integers(context, 1));
    EMBARK_ASSIGN(const Ints margins, constant_integers(context, 2));
    EMBARK_RETURN_IF_ERROR(check_window("block", blocks.block));
    const size_t axes = blocks.block.size();
    if (axes == 0 || context.shape(blocks.x).size() <= axes || margins.size() != 2 * axes) {
        return invalid(fmt::format("has blocks {} and {} margins for the input {}",
                                   to_string(blocks.block), margins.size(),
                                   to_string(context.shape(blocks.x))));
    }
    for (size_t i = 0; i < margins.size(); ++i) {
        if (margins[i] < 0 || margins[i] > kMost) {
            return invalid(fmt::format("has the margin {}, expected 0 to {}", margins[i], kMost));
        }
        (i % 2 == 0 ? blocks.before : blocks.after).push_back(margins[i]);
    }
    return blocks;
}

bool any(const Ints &values) {
    return std::any_of(values.begin(), values.end(), [](int64_t v) { return v != 0; });
}

/// \p values, for the axes behind the batch, among zeros.
Ints spread(const Ints &values, size_t rank) {
    Ints result(rank, 0);
    std::copy(values.begin(), values.end(), result.begin() + 1);
    return result;
}

Expected<TensorId> pad_blocks(OperatorContext &context, const Blocks &blocks) {
    if (!any(blocks.before) && !any(blocks.after)) return blocks.x;
    const size_t rank = context.shape(blocks.x).size();
    Attributes attributes{{"before", spread(blocks.before, rank)},
                          {"after", spread(blocks.after, rank)}};
    const Quantization &quantization = context.type(blocks.x).quantization;
    if (!quantization.empty()) {
        attributes.emplace("value", static_cast<double>(quantization.zero_points[0]));
    }
    return append_move(context, "pad", "pad", blocks.x, std::move(attributes));
}

}  // namespace

/// x [N,S…,R…]: padded, every axis S taken apart in blocks, the places in a block in front of the
/// batch.
Expected<std::vector<TensorId>> convert_space_to_batch(OperatorContext &context) {
    EMBARK_ASSIGN(const Blocks blocks, read_blocks(context));
    EMBARK_ASSIGN(const TensorId padded, pad_blocks(context, blocks));
    const Shape shape = context.shape(padded);
    const size_t axes = blocks.block.size();
    Shape apart{shape[0]}, result{shape[0]};
    Ints perm;
    for (size_t i = 0; i < axes; ++i) {
        const int64_t block = blocks.block[i], extent = shape[i + 1];
        if (extent % block != 0) {
            return invalid(fmt::format("padded input {} does not divide in blocks of {}",
                                       to_string(shape), to_string(blocks.block)));
        }
        apart.insert(apart.end(), {extent / block, block});
        result.push_back(extent / block);
        result[0] *= block;
        perm.push_back(static_cast<int64_t>(2 * i + 2));
        EMBARK_RETURN_IF_ERROR(check_window("batch", std::span(result).first(1)));
    }
    perm.push_back(0);
    for (size_t i = 0; i < axes; ++i) perm.push_back(static_cast<int64_t>(2 * i + 1));
    for (size_t i = axes + 1; i < shape.size(); ++i) {
        perm.push_back(static_cast<int64_t>(apart.size()));
        apart.push_back(shape[i]);
        result.push_back(shape[i]);
    }
    EMBARK_ASSIGN(const TensorId blocked,
                  append_move(context, "reshape", "blocks", padded, {{"shape", std::move(apart)}}));
    EMBARK_ASSIGN(const TensorId turned, append_move(context, "transpose", "transpose", blocked,
                                                     {{"perm", std::move(perm)}}));
    return one(append_move(context, "reshape", "", turned, {{"shape", std::move(result)}}));
}

/// The inverse, and then the margins cut off.
Expected<std::vector<TensorId>> convert_batch_to_space(OperatorContext &context) {
    EMBARK_ASSIGN(const Blocks blocks, read_blocks(context));
    const Shape shape = context.shape(blocks.x);
    const size_t axes = blocks.block.size(), rank = shape.size();
    int64_t batch = shape[0];
    Shape apart = blocks.block;
    for (const int64_t block : blocks.block) {
        if (batch % block != 0) {
            return invalid(fmt::format("batch of {} does not divide in blocks of {}",
                                       to_string(shape), to_string(blocks.block)));
        }
        batch /= block;
    }
    apart.push_back(batch);
    apart.insert(apart.end(), shape.begin() + 1, shape.end());
    Ints perm{static_cast<int64_t>(axes)};
    Shape whole{batch};
    for (size_t i = 0; i < axes; ++i) {
        perm.insert(perm.end(), {static_cast<int64_t>(axes + 1 + i), static_cast<int64_t>(i)});
        whole.push_back(shape[i + 1] * blocks.block[i]);
    }
    for (size_t i = axes + 1; i < rank; ++i) {
        perm.push_back(static_cast<int64_t>(axes + i));
        whole.push_back(shape[i]);
    }
    EMBARK_ASSIGN(const TensorId blocked, append_move(context, "reshape", "blocks", blocks.x,
                                                      {{"shape", std::move(apart)}}));
    EMBARK_ASSIGN(const TensorId turned, append_move(context, "transpose", "transpose", blocked,
                                                     {{"perm", std::move(perm)}}));
    const bool cropped = any(blocks.before) || any(blocks.after);
    EMBARK_ASSIGN(const TensorId image, append_move(context, "reshape", cropped ? "image" : "",
                                                    turned, {{"shape", whole}}));
    if (!cropped) return std::vector{image};
    Ints size = whole;
    for (size_t i = 0; i < axes; ++i) size[i + 1] -= blocks.before[i] + blocks.after[i];
    return one(append_move(context, "slice", "", image,
                           {{"start", spread(blocks.before, rank)},
                            {"step", Ints(rank, 1)},
                            {"size", std::move(size)}}));
}

}  // namespace embark::tflite
