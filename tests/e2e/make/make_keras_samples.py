#!/usr/bin/env python3
"""Makes the small Keras networks of tests/data/keras.

    python3 make_keras_samples.py OUTPUT_DIR

Needs TensorFlow with Keras 3 (made with TensorFlow 2.21, Keras 3.15, tf_keras 2.21). The networks
named keras2_… are written by tf_keras, the continuation of Keras 2. For each network: NAME.h5
written by model.save(), NAME.in.bin and NAME.out.bin, raw little-endian float32: one input batch of
one, and what Keras answers (several inputs or outputs one after the other, in the model's order).
Weights and statistics are seeded and random, so that a layer that is skipped or misread shows.
"""

import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import keras  # noqa: E402
import numpy as np  # noqa: E402
import tf_keras  # noqa: E402
from keras import layers  # noqa: E402

ACTIVATIONS = [
    "relu", "relu6", "sigmoid", "tanh", "softmax", "elu", "selu", "softplus", "softsign", "silu",
    "gelu", "hard_sigmoid", "hard_silu", "exponential", "leaky_relu", "linear",
]


def conv_mix():
    """Strides with odd sizes, dilation, groups, depthwise, Add, Concatenate, ZeroPadding2D."""
    x = inputs = keras.Input((9, 11, 4), name="image")
    a = layers.Conv2D(6, 3, strides=2, padding="same", activation="relu", name="stem")(x)
    b = layers.ZeroPadding2D(((2, 0), (2, 1)), name="pad")(x)
    b = layers.Conv2D(6, (3, 4), strides=2, use_bias=False, name="valid")(b)
    b = layers.BatchNormalization(name="bn_after_conv")(b)
    c = layers.Add(name="sum")([a, b])
    c = layers.Conv2D(8, 3, padding="same", dilation_rate=2, name="dilated")(c)
    c = layers.BatchNormalization(scale=False, name="bn_no_gamma")(c)
    d = layers.Conv2D(8, 2, padding="same", groups=2, activation="tanh", name="grouped")(c)
    d = layers.BatchNormalization(center=False, name="bn_no_beta")(d)
    e = layers.DepthwiseConv2D(3, padding="same", depth_multiplier=2, activation="relu6",
                               name="depthwise")(c)
    x = layers.Concatenate(name="join")([d, e])
    x = layers.SeparableConv2D(5, 3, padding="same", depth_multiplier=2, activation="relu",
                               name="separable")(x)
    x = layers.SpatialDropout2D(0.25, name="spatial_dropout")(x)
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dropout(0.5, name="dropout")(x)
    return keras.Model(inputs, layers.Dense(4, activation="softmax", name="classes")(x),
                       name="conv_mix")


def depthwise_stride():
    x = inputs = keras.Input((8, 7, 3))
    x = layers.DepthwiseConv2D(3, strides=2, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization(scale=False, center=False)(x)
    x = layers.ReLU(max_value=6)(x)
    x = layers.Conv2D(4, 1, use_bias=False)(x)
    x = layers.GlobalAveragePooling2D(keepdims=True)(x)
    return keras.Model(inputs, layers.Reshape((4,))(x), name="depthwise_stride")


def pooling():
    """Every pooling, also 'same' with odd sizes and overlapping windows."""
    inputs = keras.Input((7, 9, 3), name="image")
    outputs = [
        layers.GlobalAveragePooling2D(name="mean_all")(
            layers.MaxPooling2D(2, name="max_valid")(inputs)),
        layers.GlobalMaxPooling2D(name="max_all")(
            layers.AveragePooling2D(2, name="mean_valid")(inputs)),
        layers.Flatten(name="flat_a")(
            layers.MaxPooling2D(3, strides=2, padding="same", name="max_same")(inputs)),
        layers.Flatten(name="flat_b")(
            layers.AveragePooling2D((2, 3), strides=(2, 2), padding="same", name="mean_same")(inputs)),
    ]
    return keras.Model(inputs, layers.Concatenate(axis=-1, name="join")(outputs), name="pooling")


def activation_arguments():
    """Every activation as an argument of Dense."""
    inputs = keras.Input((6,), name="features")
    outputs = [layers.Dense(3, activation=a, name="dense_" + a)(inputs) for a in ACTIVATIONS]
    return keras.Model(inputs, layers.Concatenate(name="join")(outputs), name="activation_arguments")


def activation_layers():
    """Every activation as a layer, and the layers with parameters."""
    inputs = keras.Input((2, 3, 4), name="features")
    outputs = [layers.Activation(a, name="act_" + a)(inputs) for a in ACTIVATIONS]
    outputs += [
        layers.ReLU(name="plain")(inputs),
        layers.ReLU(max_value=1.5, name="clipped")(inputs),
        layers.ReLU(negative_slope=0.2, name="leaking")(inputs),
        layers.ReLU(max_value=1.0, negative_slope=0.1, name="both")(inputs),
        layers.LeakyReLU(negative_slope=0.15, name="leaky")(inputs),
        layers.ELU(alpha=0.7, name="elu")(inputs),
        layers.Softmax(name="softmax")(inputs),
    ]
    return keras.Model(inputs, layers.Concatenate(name="join")(outputs), name="activation_layers")


def merging():
    """Merge layers on two inputs, one broadcast, Rescaling, identities."""
    a = keras.Input((4, 5, 3), name="left")
    b = keras.Input((4, 5, 3), name="right")
    gate = layers.GlobalMaxPooling2D(keepdims=True, name="gate")(b)
    x = [
        layers.Add(name="add")([a, b, a]),
        layers.Subtract(name="subtract")([a, b]),
        layers.Multiply(name="multiply")([gate, a]),
        layers.Average(name="average")([a, b, b]),
        layers.Maximum(name="maximum")([a, b]),
        layers.Minimum(name="minimum")([a, b]),
        layers.Rescaling(1 / 127.5, offset=-1, name="rescale")(a),
        layers.Rescaling([0.5, 1.5, 2.5], offset=[0.1, 0.2, 0.3], name="rescale_channels")(b),
    ]
    x = layers.Concatenate(axis=1, name="stack")(x)
    x = layers.Permute((1, 2, 3), name="same_order")(x)
    x = layers.GaussianNoise(0.1, name="noise")(x)
    return keras.Model([a, b], [layers.Reshape((-1, 15), name="rows")(x), gate], name="merging")


def sequential():
    """No InputLayer: the shape is only in build_input_shape. Compiled, with optimiser state."""
    model = keras.Sequential(name="sequential")
    model.add(layers.Conv2D(4, 3, padding="same", activation="relu", name="conv2d"))
    model.add(layers.BatchNormalization(name="norm"))
    model.add(layers.MaxPooling2D(name="pool"))
    model.add(layers.Flatten(name="flatten"))
    model.add(layers.Dense(8, activation=layers.LeakyReLU(negative_slope=0.1), name="dense"))
    model.add(layers.Dropout(0.3, name="dropout"))
    model.add(layers.Dense(3, activation="softmax", name="classes"))
    model.build((None, 6, 6, 2))
    model.compile("adam", loss=keras.losses.CategoricalCrossentropy())
    model.fit(np.zeros((4, 6, 6, 2)), np.eye(3)[[0, 1, 2, 0]], verbose=0)
    return model


def shared_layer():
    """One Dense that is called twice."""
    a = keras.Input((5,), name="left")
    b = keras.Input((5,), name="right")
    tower = layers.Dense(4, activation="relu", name="tower")
    return keras.Model([a, b], layers.Dense(2, name="head")(
        layers.Concatenate(name="join")([tower(a), tower(b)])), name="shared_layer")


def keras2_functional():
    """What Keras 2 writes otherwise: names of weights, alpha, its own hard_sigmoid, one training."""
    old = tf_keras.layers
    x = inputs = tf_keras.Input((10, 7, 2), name="image")
    x = old.Conv2D(4, 3, strides=2, padding="same", activation="hard_sigmoid", name="conv")(x)
    x = old.BatchNormalization(name="norm")(x)
    y = old.DepthwiseConv2D(3, padding="same", name="depthwise")(x)
    y = old.LeakyReLU(alpha=0.2, name="leaky")(y)
    y = old.SpatialDropout2D(0.1, name="spatial_dropout")(y)
    y = old.SeparableConv2D(4, (1, 3), padding="same", activation="swish", name="separable")(y)
    x = old.Concatenate(name="join")([old.Add(name="sum")([x, y]), y])
    x = old.ReLU(6.0, name="relu6")(x)
    x = old.AveragePooling2D(2, padding="same", name="pool")(x)
    x = old.GlobalAveragePooling2D(name="mean")(x)
    x = old.Dense(3, activation="softmax", name="classes")(x)
    model = tf_keras.Model(inputs, x, name="keras2_functional")
    model.compile("adam", loss="categorical_crossentropy")
    model.fit(np.zeros((2, 10, 7, 2)), np.eye(3)[[0, 1]], verbose=0)
    return model


def keras2_sequential():
    """As keras2_functional, as a list of layers that was built with a shape."""
    old = tf_keras.layers
    model = tf_keras.Sequential([
        old.ZeroPadding2D(1, name="pad"),
        old.Conv2D(3, 3, name="conv", use_bias=False),
        old.Activation("elu", name="elu"),
        old.MaxPooling2D(2, name="pool"),
        old.Flatten(name="flatten"),
        old.Dropout(0.25, name="dropout"),
        old.Dense(5, activation=old.LeakyReLU(alpha=0.05), name="dense"),
        old.Dense(2, name="logits"),
    ], name="keras2_sequential")
    model.build((None, 5, 6, 2))
    return model


def randomise(model, generator):
    """Weights of a size that keeps activations near one; statistics far from their defaults."""
    for layer in model.layers:
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


def write(folder, make, seed):
    keras.utils.set_random_seed(seed)
    generator = np.random.default_rng(seed)
    model = make()
    randomise(model, generator)
    inputs = [generator.normal(0, 1.5, (1, *x.shape[1:])).astype("<f4") for x in model.inputs]
    outputs = model(inputs if len(inputs) > 1 else inputs[0], training=False)
    outputs = [np.asarray(y, "<f4") for y in (outputs if isinstance(outputs, list) else [outputs])]
    stem = os.path.join(folder, make.__name__)
    model.save(stem + ".h5")
    for suffix, arrays in ((".in.bin", inputs), (".out.bin", outputs)):
        with open(stem + suffix, "wb") as file:
            file.write(b"".join(array.tobytes() for array in arrays))
    print(f"{make.__name__}: {os.path.getsize(stem + '.h5')} bytes")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    makers = [conv_mix, depthwise_stride, pooling, activation_arguments, activation_layers, merging,
              sequential, shared_layer, keras2_functional, keras2_sequential]
    for seed, make in enumerate(makers):
        write(sys.argv[1], make, 1000 + seed)


if __name__ == "__main__":
    main()
