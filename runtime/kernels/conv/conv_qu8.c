#define EMK_KERNEL emk_conv_qu8
#define EMK_VALUE uint8_t
#define EMK_WEIGHT uint8_t
#define EMK_BIAS int32_t
#define EMK_SUM uint32_t
#define EMK_WEIGHT_ZERO op->weight_zero
#define EMK_SCALE emk_scale
#include "../conv/conv_q.h"
