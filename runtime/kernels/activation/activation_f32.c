/* Activations as functions of the type that an epilogue takes; those that ignore `alpha` take it
 * all the same. The linker drops what a model does not use. */
#include "emk/f32.h"
#include "emk/math.h"

#define EMK_ACTIVATION(name, expression)           \
    float emk_##name##_f32(float x, float alpha) { \
        (void)alpha;                               \
        return expression;                         \
    }

EMK_ACTIVATION(elu, emk_eluf(x, alpha))
EMK_ACTIVATION(exp, emk_expf(x))
EMK_ACTIVATION(gelu, emk_geluf(x))
EMK_ACTIVATION(gelu_tanh, emk_gelu_tanhf(x))
EMK_ACTIVATION(hard_sigmoid, emk_hard_sigmoidf(x))
EMK_ACTIVATION(hard_swish, emk_hard_swishf(x))
EMK_ACTIVATION(leaky_relu, emk_leaky_reluf(x, alpha))
EMK_ACTIVATION(selu, emk_seluf(x))
EMK_ACTIVATION(sigmoid, emk_sigmoidf(x))
EMK_ACTIVATION(softplus, emk_softplusf(x))
EMK_ACTIVATION(softsign, emk_softsignf(x))
EMK_ACTIVATION(swish, emk_swishf(x))
EMK_ACTIVATION(tanh, emk_tanhf(x))
