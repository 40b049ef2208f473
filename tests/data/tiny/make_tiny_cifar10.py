#!/usr/bin/env python3
"""Makes tiny_cifar10: make_tiny_cifar10.py OUTPUT_DIR. Needs TensorFlow with Keras 3.

A network of 1,746 parameters with the seed's shape of input, blocks and answer, so that what takes
real images and ten classes can be tested in a second. It is trained on the 1,000 images of
examples/cifar10/test.npz, the same that tests give it: its accuracy says nothing.
"""

import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import keras  # noqa: E402
import numpy as np  # noqa: E402
from keras import layers  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
DATA = os.path.join(HERE, "..", "..", "..", "examples", "cifar10", "test.npz")
REFERENCE_IMAGES = 50


def network():
    x = inputs = keras.Input((32, 32, 3), name="image")
    x = layers.Conv2D(4, 3, strides=2, padding="same", activation="relu", name="conv1")(x)
    x = layers.BatchNormalization(name="norm1")(x)
    x = layers.MaxPooling2D(2, name="pool1")(x)
    x = layers.Conv2D(8, 3, padding="same", activation="relu", name="conv2")(x)
    x = layers.SpatialDropout2D(0.1, name="drop2")(x)
    x = layers.BatchNormalization(name="norm2")(x)
    x = layers.MaxPooling2D(2, name="pool2")(x)
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dense(10, activation="softmax", name="classes")(x)
    return keras.Model(inputs, x, name="tiny_cifar10")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    keras.utils.set_random_seed(7)
    data = np.load(DATA)
    images = next(data[name] for name in data.files if data[name].ndim == 4)
    labels = next(data[name] for name in data.files if data[name].ndim == 1)
    images = images.astype("float32") / 255
    model = network()
    model.compile(keras.optimizers.Adam(5e-3), loss="categorical_crossentropy")
    model.fit(images, np.eye(10)[labels], batch_size=50, epochs=15, verbose=0)
    stem = os.path.join(sys.argv[1], "tiny_cifar10")
    model.save(stem + ".h5")
    outputs = np.asarray(model(images[:REFERENCE_IMAGES], training=False), "<f4")
    np.savez(stem + ".reference.npz", outputs=outputs)
    images[:1].astype("<f4").tofile(stem + ".in.bin")
    outputs[:1].tofile(stem + ".out.bin")
    answers = np.asarray(model(images, training=False)).argmax(axis=1)
    print(model.count_params(), "parameters,", (answers == labels).mean(), "of its images right")


if __name__ == "__main__":
    main()
