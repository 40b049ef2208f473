#define EMK_KERNEL emk_conv_q8
#define EMK_VALUE int8_t
#define EMK_WEIGHT int8_t
#define EMK_BIAS int32_t
#define EMK_SUM uint32_t
#define EMK_WEIGHT_ZERO 0
#define EMK_SCALE emk_scale
#include "../conv/conv_q.h"
