#!/usr/bin/env python3
"""Makes the networks of tests/data/networks that embark quantised.

    make_quantized_networks.py EMBARK [FOLDER]

A small network in the seed network's manner (ReLU, then batch normalisation with scales of both
signs) with random weights, quantised by `embark optimize`; the outputs are those of TensorFlow
Lite's reference kernels. Needs tensorflow, which is not needed to build or to test embark.
"""
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import tensorflow as tf
from tensorflow.keras import layers

HERE = pathlib.Path(__file__).resolve().parents[2] / "data" / "networks"


def network(rng):
    def block(x, channels, pool):
        x = layers.Conv2D(channels, 3, padding="same", activation="relu")(x)
        x = layers.BatchNormalization()(x)
        return layers.MaxPooling2D()(x) if pool else x

    inputs = layers.Input((12, 12, 3))
    x = block(inputs, 8, False)
    x = block(x, 12, True)
    x = block(x, 16, True)
    x = layers.Flatten()(x)
    x = layers.Dense(24, activation="relu")(x)
    model = tf.keras.Model(inputs, layers.Dense(5, activation="softmax")(x))
    for layer in model.layers:
        if isinstance(layer, layers.BatchNormalization):
            shape = layer.get_weights()[0].shape
            layer.set_weights([rng.normal(0.6, 0.6, shape), rng.normal(0, 0.5, shape),
                               rng.uniform(0, 1, shape), rng.uniform(0.2, 1, shape)])
    return model


def reference(model, x):
    resolver = tf.lite.experimental.OpResolverType.BUILTIN_REF
    interpreter = tf.lite.Interpreter(model_path=str(model), experimental_op_resolver_type=resolver)
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], x)
    interpreter.invoke()
    return interpreter.get_tensor(interpreter.get_output_details()[0]["index"])


def main():
    embark = sys.argv[1]
    folder = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else HERE
    rng = np.random.default_rng(4)
    tf.keras.utils.set_random_seed(4)
    with tempfile.TemporaryDirectory() as work:
        keras, data = pathlib.Path(work, "vgg.h5"), pathlib.Path(work, "data.npz")
        network(rng).save(keras)
        np.savez(data, x=rng.integers(0, 256, (200, 12, 12, 3), dtype=np.uint8))
        for name, level in (("vgg_embark_int8", "low"), ("vgg_embark_high", "high")):
            model = folder / f"{name}.tflite"
            subprocess.run([embark, "optimize", keras, "--compression", level, "--calibrate", data,
                            "--calibration-count", "100", "--max-accuracy-drop", "20",
                            "-o", model], check=True)
            x = rng.integers(-128, 128, (1, 12, 12, 3), dtype=np.int8)
            (folder / f"{name}.in0.bin").write_bytes(x.tobytes())
            (folder / f"{name}.out0.bin").write_bytes(reference(model, x).tobytes())


if __name__ == "__main__":
    main()
