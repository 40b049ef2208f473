#pragma once

#include "import/onnx/context.h"

namespace embark::onnx {

/// Scale and zero point from two constant inputs; the second may be absent. \error kInvalid
Expected<Quantization> read_quantization(Context &context, size_t scale, size_t zero_point);

/// Integers as real numbers, float32. \param axis  of the model, where there are several scales
Expected<Value> dequantized(Builder &builder, const Value &x, Quantization quantization,
                            size_t axis);
/// Real numbers as integers, halves rounded to even.
Expected<Value> quantized(Builder &builder, const Value &x, DataType type,
                          Quantization quantization, size_t axis);

}  // namespace embark::onnx
