#pragma once
// The functions that operators.def names. They lie in convert_<what>.cc.

#include "import/onnx/context.h"

namespace embark::onnx {

#define EMBARK_ONNX_OP(domain, op, least, constants, convert, becomes) \
    Status convert(Context &context);
#include "import/onnx/operators.def"

}  // namespace embark::onnx
