/* All portable kernels that embark's reference arithmetic uses. Generated code includes only the
 * headers of the kernels that it calls. */
#ifndef EMK_KERNELS_H
#define EMK_KERNELS_H

#include "emk/binary.h"
#include "emk/conv.h"
#include "emk/gather.h"
#include "emk/matmul.h"
#include "emk/move.h"
#include "emk/packed.h"
#include "emk/pad.h"
#include "emk/quantized.h"
#include "emk/recurrent.h"
#include "emk/reduce.h"
#include "emk/resize.h"
#include "emk/rows.h"
#include "emk/select.h"
#include "emk/unary.h"
#include "emk/volume_pool.h"

#endif /* EMK_KERNELS_H */
