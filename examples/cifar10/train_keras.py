#!/usr/bin/env python3
"""Trains the two CIFAR-10 reference networks with TensorFlow/Keras and writes them as Keras files.

Only used to make the reference files under models/; embark itself needs neither Python nor Keras.

  python3 -m venv venv && venv/bin/pip install tensorflow-cpu
  venv/bin/python examples/cifar10/train_keras.py --data CIFAR_DIR --network vgg11 --epochs 18
  venv/bin/python examples/cifar10/train_keras.py --data CIFAR_DIR --network light --epochs 11

CIFAR_DIR holds CIFAR-10 in its official binary layout (data_batch_1..5.bin, test_batch.bin).
Written: models/cifar10_<network>.h5 with the optimiser's state, the light network also as .keras,
and <network>.reference.npz with Keras' own outputs for the images of examples/cifar10/test.npz.
"""
import argparse
import json
import os
import pathlib
import time
import zlib

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

ROOT = pathlib.Path(__file__).resolve().parents[2]
NETWORKS = {
    "vgg11": {"file": "cifar10_vgg11", "convolutions": (32, 32, 64, 64, 128, 128), "dense": (1024, 512)},
    "light": {"file": "cifar10_vgg11_light", "convolutions": (32, 32, 32, 64, 128, 128), "dense": (256, 64)},
}
# Which of the six blocks end in dropout and max pooling.
DROPOUT_AND_POOL = (False, True, False, True, True, True)


def load_batches(directory, names):
    """Returns uint8 images [N,32,32,3] and uint8 labels [N] of CIFAR-10's binary layout."""
    records = np.concatenate(
        [np.fromfile(directory / name, dtype=np.uint8).reshape(-1, 3073) for name in names])
    images = records[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
    return np.ascontiguousarray(images), records[:, 0].copy()


def build(network):
    """The network of the seed report: ReLU comes before batch normalisation."""
    model = keras.Sequential([keras.Input((32, 32, 3))], name=network["file"])
    for filters, reduce in zip(network["convolutions"], DROPOUT_AND_POOL):
        model.add(layers.Conv2D(filters, 3, padding="same", activation="relu"))
        if reduce:
            model.add(layers.SpatialDropout2D(0.25))
        model.add(layers.BatchNormalization())
        if reduce:
            model.add(layers.MaxPooling2D(2))
    model.add(layers.Flatten())
    for units in network["dense"]:
        model.add(layers.Dense(units, activation="relu"))
        model.add(layers.Dropout(0.3))
    model.add(layers.Dense(10, activation="softmax"))
    return model


def augment(images, rng, shift=1):
    """Flips half of the images and shifts each by up to `shift` pixels with edge padding."""
    count = len(images)
    padded = np.pad(images, ((0, 0), (shift, shift), (shift, shift), (0, 0)), mode="edge")
    flipped = rng.random(count) < 0.5
    padded[flipped] = padded[flipped, :, ::-1]
    top, left = rng.integers(0, 2 * shift + 1, (2, count))
    out = np.empty_like(images)
    for y in range(2 * shift + 1):
        for x in range(2 * shift + 1):
            chosen = (top == y) & (left == x)
            out[chosen] = padded[chosen, y:y + 32, x:x + 32]
    return out


def scaled(images, labels):
    return tf.cast(images, tf.float32) / 255.0, labels


def write_reference(model, images, path):
    """Keras' own outputs for `images`, with the CRC-32 of each image's bytes to know it again."""
    outputs = model.predict(images.astype(np.float32) / 255, batch_size=100, verbose=0)
    checksums = np.array([zlib.crc32(image.tobytes()) for image in images], dtype=np.uint32)
    np.savez_compressed(path, outputs=outputs.astype(np.float32), crc32=checksums)


def evaluate(model, images, labels):
    """Accuracy and loss on the 1,000 exact test images and on all 10,000."""
    figures = {}
    for name, count in (("test_1000_exact", 1000), ("test_10000", 10000)):
        loss, accuracy = model.evaluate(
            images[:count].astype(np.float32) / 255, np.eye(10)[labels[:count]], verbose=0)
        figures[name] = {"loss": round(loss, 4), "accuracy": round(accuracy, 4)}
    return figures


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=pathlib.Path, required=True, help="CIFAR-10, official binary layout")
    parser.add_argument("--network", choices=NETWORKS, required=True)
    parser.add_argument("--epochs", type=int, default=18)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--rate", type=float, default=2e-3, help="Adam's first learning rate, cosine decay")
    parser.add_argument("--evaluate", action="store_true", help="only evaluate the .h5 that is there")
    parser.add_argument("--start", type=pathlib.Path, help="Keras file whose weights training starts from")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("-o", "--output", type=pathlib.Path, default=ROOT / "models")
    args = parser.parse_args()

    keras.utils.set_random_seed(args.seed)
    rng = np.random.default_rng(args.seed)
    train_x, train_y = load_batches(args.data, [f"data_batch_{b}.bin" for b in range(1, 6)])
    test_x, test_y = load_batches(args.data, ["test_batch.bin"])
    network = NETWORKS[args.network]
    target = args.output / f"{network['file']}.h5"
    if args.evaluate:
        model = keras.models.load_model(target)
        write_reference(model, test_x[:1000], args.output / f"{network['file']}.reference.npz")
        print(json.dumps(evaluate(model, test_x, test_y)))
        return
    model = build(network)
    if args.start:
        model.set_weights(keras.models.load_model(args.start, compile=False).get_weights())
    steps = -(-len(train_x) // args.batch)
    model.compile(
        optimizer=keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(args.rate, steps * args.epochs)),
        loss="categorical_crossentropy", metrics=["accuracy"], jit_compile=False)
    one_hot = np.eye(10, dtype=np.float32)[train_y]

    args.output.mkdir(parents=True, exist_ok=True)
    for epoch in range(args.epochs):
        start = time.time()
        order = rng.permutation(len(train_x))
        data = tf.data.Dataset.from_tensor_slices((augment(train_x, rng)[order], one_hot[order]))
        history = model.fit(data.batch(args.batch).map(scaled).prefetch(2), epochs=1, verbose=0).history
        loss, accuracy = model.evaluate(test_x[:1000].astype(np.float32) / 255, np.eye(10)[test_y[:1000]], verbose=0)
        model.save(target)
        print(f"epoch {epoch + 1}/{args.epochs}: train loss {history['loss'][0]:.4f} accuracy "
              f"{history['accuracy'][0]:.4f}; exact test loss {loss:.4f} accuracy {accuracy:.4f}; "
              f"{time.time() - start:.0f} s", flush=True)

    if args.network == "light":
        model.save(args.output / f"{network['file']}.keras")
    write_reference(model, test_x[:1000], args.output / f"{network['file']}.reference.npz")
    print(json.dumps(evaluate(model, test_x, test_y)))


if __name__ == "__main__":
    main()
