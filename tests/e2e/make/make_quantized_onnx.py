#!/usr/bin/env python3
"""Quantises a small PyTorch network with ONNX Runtime, with what ONNX Runtime answers.

  python3 -m venv venv && venv/bin/pip install torch onnx onnxscript onnxruntime numpy
  venv/bin/python tests/e2e/make/make_quantized_onnx.py [-o tests/data/quantized_onnx]

Written: <name>.onnx per way of quantising it, in<K>.bin (inputs for all of them) and
<name>.out<K>.bin, raw little-endian float32 tensors. Weights and calibration data are random (seeded).
"""
import argparse
import pathlib
import tempfile

import numpy as np
import onnx
import onnxruntime
import torch
from onnxruntime.quantization import (CalibrationDataReader, QuantFormat, QuantType,
                                      quantize_static)
from onnxruntime.quantization.shape_inference import quant_pre_process
from torch import nn

ROOT = pathlib.Path(__file__).resolve().parents[3]
SHAPE = (1, 3, 16, 20)
INPUTS = 4


class Network(nn.Module):
    """Convolutions of both kinds, a residual sum, a concatenation, poolings and a dense layer."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, 2, 1)
        self.depthwise = nn.Conv2d(8, 8, 3, 1, 1, groups=8)
        self.pointwise = nn.Conv2d(8, 8, 1)
        self.left, self.right = nn.Conv2d(8, 4, 3, 1, 1), nn.Conv2d(8, 6, 1)
        self.head = nn.Linear(10, 5)

    def forward(self, x):
        x = torch.relu(self.stem(x))
        x = x + self.pointwise(torch.relu(self.depthwise(x)))
        x = nn.functional.max_pool2d(x, 2)
        x = torch.cat([torch.relu(self.left(x)), torch.sigmoid(self.right(x))], 1)
        return self.head(torch.flatten(nn.functional.adaptive_avg_pool2d(x, 1), 1))


class Samples(CalibrationDataReader):
    def __init__(self, name):
        random = np.random.default_rng(7)
        self.batches = iter([{name: random.standard_normal(SHAPE, np.float32)} for _ in range(32)])

    def get_next(self):
        return next(self.batches, None)


# reduce_range: ONNX Runtime's kernels for uint8 times int8 saturate sums of two products in 16 bits on
# CPUs without VNNI; weights of seven bits keep its answers exact.
VARIANTS = {
    "qdq_int8": dict(quant_format=QuantFormat.QDQ, activation_type=QuantType.QInt8,
                     weight_type=QuantType.QInt8, per_channel=True),
    "qdq_uint8": dict(quant_format=QuantFormat.QDQ, activation_type=QuantType.QUInt8,
                      weight_type=QuantType.QInt8, per_channel=True),
    "qlinear_uint8": dict(quant_format=QuantFormat.QOperator, activation_type=QuantType.QUInt8,
                          weight_type=QuantType.QInt8, per_channel=False, reduce_range=True),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-o", "--output", type=pathlib.Path,
                        default=ROOT / "tests" / "data" / "quantized_onnx")
    output = parser.parse_args().output
    output.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(3)
    network = Network().eval()
    with tempfile.TemporaryDirectory() as folder:
        plain, ready = pathlib.Path(folder, "plain.onnx"), pathlib.Path(folder, "ready.onnx")
        torch.onnx.export(network, torch.zeros(SHAPE), plain, input_names=["x"],
                          output_names=["y"], opset_version=17, dynamo=False)
        quant_pre_process(plain, ready)
        for name, options in VARIANTS.items():
            file = output / f"{name}.onnx"
            quantize_static(ready, file, Samples("x"), **options)
            model = onnx.load(file)
            onnx.checker.check_model(model)
            settings = onnxruntime.SessionOptions()
            settings.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
            session = onnxruntime.InferenceSession(file, settings, ["CPUExecutionProvider"])
            random = np.random.default_rng(11)
            for index in range(INPUTS):
                x = random.standard_normal(SHAPE, np.float32)
                (y,) = session.run(None, {"x": x})
                x.tofile(output / f"in{index}.bin")
                y.tofile(output / f"{name}.out{index}.bin")
            print(name, file.stat().st_size, "bytes", sorted({n.op_type for n in model.graph.node}))


if __name__ == "__main__":
    main()
