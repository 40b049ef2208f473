#define EMK_SUFFIX qu8
#define EMK_VALUE uint8_t
#include "../pool/pool_q.h"
