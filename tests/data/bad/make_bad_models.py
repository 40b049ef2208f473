#!/usr/bin/env python3
"""Makes models that must be refused: make_bad_models.py OUTPUT_DIR. Needs Keras 3 and h5py."""

import json
import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import h5py  # noqa: E402
import keras  # noqa: E402
import numpy as np  # noqa: E402
from keras import layers  # noqa: E402


class Wavelet(layers.Layer):
    """A layer of somebody's own."""

    def call(self, inputs):
        return inputs * 2.0


def model_with(layer):
    x = inputs = keras.Input((4, 4, 1), name="image")
    x = layers.Conv2D(2, 3, name="conv")(x)
    x = layer(x)
    x = layers.Flatten(name="flatten")(x)
    return keras.Model(inputs, layers.Dense(3, name="classes")(x), name="bad")


def good(path):
    model_with(layers.ReLU(name="relu")).save(path)


def edit(path, change):
    good(path)
    with h5py.File(path, "r+") as file:
        change(file)


def kernel_of_conv(file):
    """The group and name of conv's kernel, wherever this Keras puts it."""
    found = []
    file["model_weights/conv"].visititems(
        lambda name, item: found.append(name) if name.endswith("kernel") else None)
    return file["model_weights/conv"], found[0]


def wrong_shape(file):
    group, name = kernel_of_conv(file)
    del group[name]
    group[name] = np.zeros((3, 3, 5, 2), "<f4")


def missing_weights(file):
    del file["model_weights/conv"]
    names = [name for name in file["model_weights"].attrs["layer_names"] if name != b"conv"]
    file["model_weights"].attrs["layer_names"] = names


def not_a_number(file):
    group, name = kernel_of_conv(file)
    group[name][0, 0, 0, 0] = np.nan


def no_architecture(file):
    del file.attrs["model_config"]


def broken_json(file):
    file.attrs["model_config"] = file.attrs["model_config"][:200]


def cycle(file):
    config = json.loads(file.attrs["model_config"])
    text = json.dumps(config)
    # conv reads what classes writes.
    text = text.replace('"keras_history": ["image", 0, 0]', '"keras_history": ["classes", 0, 0]')
    file.attrs["model_config"] = text


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    at = lambda name: os.path.join(sys.argv[1], name + ".h5")  # noqa: E731
    keras.utils.set_random_seed(11)
    model_with(layers.Lambda(lambda x: x * 2.0, name="twice")).save(at("lambda_layer"))
    model_with(Wavelet(name="wavelet")).save(at("unknown_layer"))
    edit(at("wrong_shape"), wrong_shape)
    edit(at("missing_weights"), missing_weights)
    edit(at("no_architecture"), no_architecture)
    edit(at("broken_json"), broken_json)
    edit(at("cycle"), cycle)
    edit(at("not_a_number"), not_a_number)
    with h5py.File(at("no_model"), "w") as file:
        file["temperatures"] = np.arange(12.0)


if __name__ == "__main__":
    main()
