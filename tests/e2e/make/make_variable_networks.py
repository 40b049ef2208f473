#!/usr/bin/env python3
"""Writes networks with variables to tests/data/states, and what TensorFlow Lite Micro answers.

  python3 -m venv venv && venv/bin/pip install tflite-micro tensorflow-cpu
  venv/bin/python tests/e2e/make/make_variable_networks.py

`variables_float` and `variables_int8` keep a window of frames and count them, `previous_float`
subtracts the frame before. Inputs and outputs are RUNS in a row, as in make_state_networks.py.
"""
import os
import pathlib

os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="-1")

import numpy as np
import tensorflow as tf
from tflite_micro.python.tflite_micro import runtime

OUT = pathlib.Path(__file__).resolve().parents[2] / "data" / "states"
RUNS = 8
FRAMES = tf.TensorSpec((1, 2, 3), tf.float32, name="frames")


class Window(tf.Module):
    """A convolution over the last six frames; two come in each inference."""

    def __init__(self, random, counts):
        super().__init__()
        self.window = tf.Variable(tf.zeros((1, 6, 3)), trainable=False)
        self.count = tf.Variable(tf.zeros((1, 1)), trainable=False) if counts else None
        self.filters = tf.constant(random.normal(0, 0.5, (3, 3, 4)).astype(np.float32))
        self.dense = tf.constant(random.normal(0, 0.5, (16, 2)).astype(np.float32))

    @tf.function(input_signature=[FRAMES])
    def __call__(self, frames):
        window = tf.concat([self.window[:, 2:], frames], axis=1)
        self.window.assign(window)
        y = tf.nn.relu(tf.nn.conv1d(window, self.filters, 1, "VALID"))
        y = tf.reshape(y, (1, 16)) @ self.dense
        if self.count is None:
            return y
        self.count.assign_add(tf.ones((1, 1)))
        return y / self.count


class Previous(tf.Module):
    """A variable that takes the input as it is."""

    def __init__(self):
        super().__init__()
        self.before = tf.Variable(tf.zeros((1, 2, 3)), trainable=False)

    @tf.function(input_signature=[FRAMES])
    def __call__(self, frames):
        change = frames - self.before
        self.before.assign(frames)
        return change


def write(name, module, random, int8=False):
    function = module.__call__.get_concrete_function()
    converter = tf.lite.TFLiteConverter.from_concrete_functions([function], module)
    converter.experimental_enable_resource_variables = True
    samples = random.normal(0, 1, (RUNS, 1, 2, 3)).astype(np.float32)
    values = samples
    if int8:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = lambda: ([frame] for frame in samples)
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = converter.inference_output_type = tf.int8
        values = random.integers(-128, 128, values.shape).astype(np.int8)
    model = converter.convert()
    interpreter = runtime.Interpreter.from_bytes(model)
    outputs = []
    for frame in values:
        interpreter.set_input(frame, 0)
        interpreter.invoke()
        outputs.append(interpreter.get_output(0).copy())
    (OUT / f"{name}.tflite").write_bytes(model)
    (OUT / f"{name}.in0.bin").write_bytes(values.tobytes())
    (OUT / f"{name}.out0.bin").write_bytes(np.stack(outputs).tobytes())


def main():
    random = np.random.default_rng(2)
    write("variables_float", Window(random, True), random)
    write("variables_int8", Window(random, False), random, int8=True)
    write("previous_float", Previous(), random)


if __name__ == "__main__":
    main()
