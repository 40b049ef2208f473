#define EMK_SUFFIX q16
#define EMK_VALUE int16_t
#include "../pool/pool_q.h"
