#include "ops/conv2d/conv2d.h"
#include "ops/window.h"

namespace embark {

Expected<PortableCall> portable_conv2d_f32(const Node &node,
                                           std::span<const TensorType *const> inputs) {
    EMBARK_ASSIGN(const ConvGeometry geometry,
                  make_conv_geometry(node, inputs[0]->shape, inputs[1]->shape));
    PortableCall call{.function = "emk_conv_f32", .inputs = {0, 1, optional_input(inputs, 2)}};
    call.fields = conv_fields(geometry);
    call.cycles = geometry.products() * 9 + 400;
    return call;
}

}  // namespace embark
