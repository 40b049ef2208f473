#!/usr/bin/env python3
"""Makes the small Keras networks of tests/data/keras.

    python3 make_keras_samples.py OUTPUT_DIR [NAME…]

Needs TensorFlow with Keras 3 (made with TensorFlow 2.21, Keras 3.15, tf_keras 2.21). The networks
named keras2_… are written by tf_keras, the continuation of Keras 2. For each network: NAME.h5 or
NAME.keras or both, written by model.save(), NAME.in.bin and NAME.out.bin, raw little-endian float32
(int32 for inputs that are whole numbers): one input batch of one, and what Keras answers (several
inputs or outputs one after the other, in the model's order). Weights and statistics are seeded and
random, so that a layer that is skipped or misread shows.
"""

import json
import os
import re
import sys
import zipfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import keras  # noqa: E402
import keras_networks as networks  # noqa: E402
import numpy as np  # noqa: E402
import tf_keras  # noqa: E402
from keras import layers  # noqa: E402

# The formats that a network is kept in; HDF5 alone where none is named.
FORMATS = {
    "sequences": ("h5", "keras"), "transposed": ("keras",), "volumes": ("keras",),
    "channels_first": ("keras",), "normalisation": ("keras",), "recurrent": ("h5", "keras"),
    "both_directions": ("h5", "keras"), "each_step": ("h5", "keras"), "text": ("keras",), "scaling": ("keras", "h5"),
    "attention": ("h5", "keras"), "nested": ("h5", "keras"), "operations": ("keras",),
    "more_activations": ("keras",), "products": ("keras",), "keras2_nested": ("h5", "keras"),
    "keras2_recurrent": ("h5", "keras"), "keras2_operators": ("h5",),
}


def randomise(model, generator):
    """Weights of a size that keeps activations near one; statistics far from their defaults."""
    for layer in model.layers:
        if isinstance(layer, layers.Normalization):
            continue  # has what it learnt in a second place
        values = []
        for variable in layer.weights:
            # Keras 2 has no path but a name with ":0".
            path = getattr(variable, "path", None) or variable.name
            kind, shape = path.split("/")[-1].split(":")[0], variable.shape
            if kind == "moving_variance":
                values.append(generator.uniform(0.3, 2.5, shape))
            elif kind == "gamma":
                values.append(generator.uniform(0.5, 1.5, shape))
            elif "kernel" in kind:
                fan_in = np.prod(shape[:2]) if "depthwise" in layer.name else np.prod(shape[:-1])
                values.append(generator.normal(0, 1 / np.sqrt(fan_in), shape))
            else:
                values.append(generator.normal(0, 0.3, shape))
        layer.set_weights(values)


def pack(path):
    """Compresses an archive that is large, which Keras does not but reads; without what changes from
    one run to the next, the date and addresses of Python's objects."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in sorted(archive.namelist())}
    metadata = json.loads(members["metadata.json"])
    del metadata["date_saved"]
    members["metadata.json"] = json.dumps(metadata).encode()
    numbers = {}
    members["config.json"] = re.sub(
        rb'(?<="shared_object_id": )\d+',
        lambda match: b"%d" % numbers.setdefault(match[0], len(numbers) + 1), members["config.json"])
    method = zipfile.ZIP_DEFLATED if os.path.getsize(path) > 30000 else zipfile.ZIP_STORED
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data, method)


def example(generator, x):
    """One input: numbers around zero, or of words."""
    if x.dtype in ("int32", tf_keras.backend.variable(0, "int32").dtype):
        return generator.integers(0, 20, (1, *x.shape[1:])).astype("<i4")
    if "tags" in x.name:
        return generator.integers(0, 20, (1, *x.shape[1:])).astype("<f4")
    return generator.normal(0, 1.5, (1, *x.shape[1:])).astype("<f4")


def write(folder, make, seed):
    keras.utils.set_random_seed(seed)
    generator = np.random.default_rng(seed)
    model, answer = make(), None
    if isinstance(model, tuple):
        model, answer = model
    randomise(model, generator)
    inputs = [example(generator, x) for x in model.inputs]
    if answer:
        outputs = answer(*inputs)
    else:
        outputs = model(inputs if len(inputs) > 1 else inputs[0], training=False)
    outputs = [np.asarray(y, "<f4") for y in (outputs if isinstance(outputs, list) else [outputs])]
    stem = os.path.join(folder, make.__name__)
    for suffix in FORMATS.get(make.__name__, ("h5",)):
        model.save(f"{stem}.{suffix}")
        if suffix == "keras":
            pack(f"{stem}.keras")
        print(f"{make.__name__}: {os.path.getsize(f'{stem}.{suffix}')} bytes of {suffix}")
    for suffix, arrays in ((".in.bin", inputs), (".out.bin", outputs)):
        with open(stem + suffix, "wb") as file:
            file.write(b"".join(array.tobytes() for array in arrays))


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    names = [
        "conv_mix", "depthwise_stride", "pooling", "activation_arguments", "activation_layers",
        "merging", "sequential", "shared_layer", "keras2_functional", "keras2_sequential",
        "sequences", "transposed", "volumes", "channels_first", "normalisation", "recurrent",
        "both_directions", "each_step", "text", "attention", "nested", "operations",
        "more_activations", "products", "keras2_nested", "keras2_recurrent", "keras2_operators",
        "scaling"
    ]
    for seed, name in enumerate(names):
        if len(sys.argv) == 2 or name in sys.argv[2:]:
            write(sys.argv[1], getattr(networks, name), 1000 + seed)


if __name__ == "__main__":
    main()
