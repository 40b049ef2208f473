#include "ops/depthwise_conv2d/depthwise_conv2d.h"
#include "ops/window.h"

namespace embark {

Expected<PortableCall> portable_depthwise_conv2d_f32(const Node &node,
                                                     std::span<const TensorType *const> inputs) {
    const Shape &x = inputs[0]->shape, &filter = inputs[1]->shape;
    ConvGeometry geometry;
    geometry.batch = x[0];
    geometry.in_channels = geometry.groups = x[3];
    geometry.out_channels = geometry.filter_tap = filter[2];
    EMBARK_ASSIGN(geometry.window, make_volume_window(node, x, {filter[0], filter[1]}));
    PortableCall call{.function = "emk_conv_f32", .inputs = {0, 1, optional_input(inputs, 2)}};
    call.fields = conv_fields(geometry);
    call.cycles = geometry.products() * 22 + 400;
    return call;
}

}  // namespace embark
