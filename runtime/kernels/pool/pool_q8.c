#define EMK_SUFFIX q8
#define EMK_VALUE int8_t
#include "../pool/pool_q.h"
