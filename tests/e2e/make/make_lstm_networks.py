#!/usr/bin/env python3
"""Writes quantised LSTM networks to tests/data/networks, with what TensorFlow Lite Micro answers.

  python3 -m venv venv && venv/bin/pip install tflite-micro tensorflow-cpu tf_keras
  venv/bin/python tests/e2e/make/make_lstm_networks.py [-o tests/data/networks]

`lstm_series_int8` is what the converter makes of two Keras layers (of Keras 2: it turns those of
Keras 3 into loops). It has no int16 form of the layer, so `lstm_int16` and `lstm_batch_int8` (two
sequences, time first, a limit for cells that is reached) are made table by table.
"""
import argparse
import os
import pathlib

os.environ.update(TF_USE_LEGACY_KERAS="1", TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="-1")

import flatbuffers
import numpy as np
import tensorflow as tf
from tflite_micro.python.tflite_micro import runtime
from tflite_micro.tensorflow.lite.micro.python import schema_py_generated as schema

ROOT = pathlib.Path(__file__).resolve().parents[3]
TYPES = {np.int8: schema.TensorType.INT8, np.int16: schema.TensorType.INT16,
         np.int32: schema.TensorType.INT32, np.int64: schema.TensorType.INT64}
GATES = ("input", "forget", "cell", "output")


def converted(random):
    """(file, input) of two layers and a dense one."""
    tf.random.set_seed(1)
    series = tf.keras.Input((12, 5), batch_size=1)
    x = tf.keras.layers.LSTM(7, return_sequences=True)(series)
    x = tf.keras.layers.LSTM(6)(x)
    model = tf.keras.Model(series, tf.keras.layers.Dense(3)(x))
    samples = random.normal(0, 1, (100, 1, 12, 5)).astype(np.float32)
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: ([sample] for sample in samples)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = converter.inference_output_type = tf.int8
    return converter.convert(), random.integers(-128, 128, (1, 12, 5)).astype(np.int8)


class Network:
    """A file with one LSTM layer."""

    def __init__(self):
        self.model, self.graph = schema.ModelT(), schema.SubGraphT()
        self.model.version, self.model.buffers = 3, [schema.BufferT()]
        self.model.subgraphs = [self.graph]
        self.graph.tensors = []

    def tensor(self, name, shape, kind, scale=None, zero=0, data=None, variable=False):
        tensor = schema.TensorT()
        tensor.name, tensor.shape, tensor.type = name, shape, TYPES[kind]
        tensor.isVariable, tensor.buffer = variable, 0
        if scale is not None:
            tensor.quantization = schema.QuantizationParametersT()
            tensor.quantization.scale, tensor.quantization.zeroPoint = [scale], [zero]
        if data is not None:
            buffer = schema.BufferT()
            buffer.data = np.frombuffer(np.ascontiguousarray(data, kind).tobytes(), np.uint8)
            tensor.buffer = len(self.model.buffers)
            self.model.buffers.append(buffer)
        self.graph.tensors.append(tensor)
        return len(self.graph.tensors) - 1

    def lstm(self, inputs, output, time_major, cell_clip):
        code, operator = schema.OperatorCodeT(), schema.OperatorT()
        options = schema.UnidirectionalSequenceLSTMOptionsT()
        code.builtinCode = schema.BuiltinOperator.UNIDIRECTIONAL_SEQUENCE_LSTM
        code.deprecatedBuiltinCode, code.version = code.builtinCode, 3
        options.fusedActivationFunction = schema.ActivationFunctionType.TANH
        options.timeMajor, options.cellClip = time_major, cell_clip
        operator.opcodeIndex, operator.inputs, operator.outputs = 0, inputs, [output]
        operator.builtinOptionsType = schema.BuiltinOptions.UnidirectionalSequenceLSTMOptions
        operator.builtinOptions = options
        self.model.operatorCodes, self.graph.operators = [code], [operator]
        self.graph.inputs, self.graph.outputs = [inputs[0]], [output]

    def bytes(self):
        builder = flatbuffers.Builder(4096)
        builder.Finish(self.model.Pack(builder), b"TFL3")
        return bytes(builder.Output())


def by_table(random, kind, batch, steps, time_major, cell_clip):
    inputs, units = 6, 9
    network, wide = Network(), kind == np.int16
    x_scale, y_scale = (1e-4, 2e-5) if wide else (0.03, 0.007)
    zero = (lambda value: 0) if wide else (lambda value: value)
    shape = (lambda last: [steps, batch, last] if time_major else [batch, steps, last])
    operands = [network.tensor("x", shape(inputs), kind, x_scale, zero(-5))]
    for source, width in (("x", inputs), ("h", units)):
        for index, gate in enumerate(GATES):
            operands.append(network.tensor(f"{source}_{gate}", [units, width], np.int8,
                                           0.008 + 0.001 * index,
                                           data=random.integers(-127, 128, (units, width))))
    operands += [-1, -1, -1]
    for gate in GATES:
        operands.append(network.tensor(f"b_{gate}", [units], np.int64 if wide else np.int32, 1e-6,
                                       data=random.integers(-3000, 3000, units)))
    operands += [-1, -1,
                 network.tensor("state", [batch, units], kind, y_scale, zero(11), variable=True),
                 network.tensor("cell", [batch, units], np.int16, 2.0 ** -11, variable=True)]
    operands += [-1] * 4
    network.lstm(operands, network.tensor("y", shape(units), kind, y_scale, zero(11)), time_major,
                 cell_clip)
    limits = np.iinfo(kind)
    return network.bytes(), random.integers(limits.min, limits.max + 1,
                                            shape(inputs)).astype(kind)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("-o", type=pathlib.Path, default=ROOT / "tests" / "data" / "networks")
    out = parser.parse_args().o
    random = np.random.default_rng(7)
    for name, (model, values) in {
            "lstm_series_int8": converted(random),
            "lstm_batch_int8": by_table(random, np.int8, 2, 10, True, 1.5),
            "lstm_int16": by_table(random, np.int16, 1, 8, False, 0.0)}.items():
        interpreter = runtime.Interpreter.from_bytes(model)
        interpreter.set_input(values, 0)
        interpreter.invoke()
        (out / f"{name}.tflite").write_bytes(model)
        (out / f"{name}.in0.bin").write_bytes(values.tobytes())
        (out / f"{name}.out0.bin").write_bytes(interpreter.get_output(0).tobytes())


if __name__ == "__main__":
    main()
