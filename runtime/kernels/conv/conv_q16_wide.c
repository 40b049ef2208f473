#define EMK_KERNEL emk_conv_q16_wide
#define EMK_VALUE int16_t
#define EMK_WEIGHT int8_t
#define EMK_BIAS int64_t
#define EMK_SUM uint64_t
#define EMK_WEIGHT_ZERO 0
#define EMK_SCALE emk_scale_wide
#include "../conv/conv_q.h"
