#!/usr/bin/env python3
"""Makes small networks with TensorFlow, as TensorFlow Lite and Keras files, with what they answer.

  python3 -m venv venv && venv/bin/pip install tensorflow-cpu
  venv/bin/python tests/e2e/make/make_tensorflow_networks.py [-o tests/data/networks]

Written per network: <name>.tflite or <name>.keras, <name>.in<K>.bin and <name>.out<K>.bin, raw
little-endian tensors in the model's own types, in the file's order. The answers to .tflite files
are those of TensorFlow Lite's reference kernels, those to .keras files Keras' own. The weights
are random (seeded): these are networks as people build them, not trained ones.

TensorFlow Lite and TensorFlow Lite Micro differ in the last bit of a few dense layers; embark
follows the latter. A second run with --micro, in an environment that has tflite-micro and numpy
only, replaces the answers of the integer networks that it can run.
"""
import argparse
import os
import pathlib

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import sys

import numpy as np

if "--micro" not in sys.argv:
    import tensorflow as tf
    from tensorflow import keras
    from tensorflow.keras import layers

ROOT = pathlib.Path(__file__).resolve().parents[3]
MAKERS = {}


def network(*forms):
    """Registers a function that returns a Keras model; one file per form."""
    def register(function):
        MAKERS[function.__name__] = (function, forms)
        return function
    return register


def inverted_residual(x, filters, stride, expansion, name):
    channels = x.shape[-1]
    y = layers.Conv2D(channels * expansion, 1, use_bias=False, name=f"{name}_expand")(x)
    y = layers.ReLU(6.0)(layers.BatchNormalization()(y))
    y = layers.DepthwiseConv2D(3, strides=stride, padding="same", use_bias=False, name=f"{name}_dw")(y)
    y = layers.ReLU(6.0)(layers.BatchNormalization()(y))
    y = layers.Conv2D(filters, 1, use_bias=False, name=f"{name}_project")(y)
    y = layers.BatchNormalization()(y)
    return layers.Add()([x, y]) if stride == 1 and channels == filters else y


@network("float", "int8")
def mobilenet_v2():
    image = keras.Input((48, 40, 3), name="image")
    x = layers.Conv2D(8, 3, strides=2, padding="same", use_bias=False)(image)
    x = layers.ReLU(6.0)(layers.BatchNormalization()(x))
    for i, (filters, stride) in enumerate([(8, 1), (12, 2), (12, 1), (16, 2), (16, 1)]):
        x = inverted_residual(x, filters, stride, 3, f"block{i}")
    x = layers.ReLU(6.0)(layers.Conv2D(32, 1)(x))
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(image, layers.Dense(5, activation="softmax", name="classes")(x))


@network("int8")
def efficientnet_lite():
    """Inverted residuals with 5x5 windows, as EfficientNet-Lite has them (no squeeze, ReLU6)."""
    image = keras.Input((32, 32, 3), name="image")
    x = layers.ReLU(6.0)(layers.Conv2D(8, 3, strides=2, padding="same")(image))
    for filters, stride in ((8, 1), (12, 2), (12, 1)):
        y = layers.ReLU(6.0)(layers.Conv2D(x.shape[-1] * 4, 1)(x))
        y = layers.ReLU(6.0)(layers.DepthwiseConv2D(5, strides=stride, padding="same")(y))
        y = layers.Conv2D(filters, 1)(y)
        x = layers.Add()([x, y]) if stride == 1 else y
    return keras.Model(image, layers.Dense(4)(layers.GlobalAveragePooling2D()(x)))


@network("float", "int8")
def resnet():
    image = keras.Input((24, 24, 3), name="image")
    x = layers.Conv2D(8, 3, padding="same", activation="relu")(image)
    for filters, stride in ((8, 1), (12, 2), (16, 2)):
        y = layers.Conv2D(filters, 3, strides=stride, padding="same")(x)
        y = layers.ReLU()(layers.BatchNormalization()(y))
        y = layers.BatchNormalization()(layers.Conv2D(filters, 3, padding="same")(y))
        if stride > 1:
            x = layers.Conv2D(filters, 1, strides=stride)(x)
        x = layers.ReLU()(layers.Add()([x, y]))
    x = layers.Flatten()(layers.AveragePooling2D(3)(x))
    return keras.Model(image, layers.Dense(10, activation="softmax")(x))


@network("int8", "int16")
def ds_cnn():
    """Keyword spotting with depthwise separable convolutions on a spectrogram."""
    sound = keras.Input((49, 10, 1), name="spectrogram")
    x = layers.Conv2D(16, (10, 4), strides=(2, 2), padding="same", activation="relu")(sound)
    for _ in range(3):
        x = layers.DepthwiseConv2D(3, padding="same", activation="relu")(x)
        x = layers.Conv2D(16, 1, activation="relu")(x)
    x = layers.AveragePooling2D((25, 5))(x)
    return keras.Model(sound, layers.Dense(12, activation="softmax")(layers.Flatten()(x)))


@network("float", "int8")
def unet():
    image = keras.Input((16, 16, 1), name="image")
    down1 = layers.Conv2D(6, 3, padding="same", activation="relu")(image)
    down2 = layers.Conv2D(12, 3, padding="same", activation="relu")(layers.MaxPooling2D()(down1))
    low = layers.Conv2D(16, 3, padding="same", activation="relu")(layers.MaxPooling2D()(down2))
    up2 = layers.Conv2DTranspose(12, 2, strides=2)(low)
    x = layers.Conv2D(12, 3, padding="same", activation="relu")(layers.Concatenate()([up2, down2]))
    up1 = layers.UpSampling2D(interpolation="bilinear")(x)
    x = layers.Conv2D(6, 3, padding="same", activation="relu")(layers.Concatenate()([up1, down1]))
    return keras.Model(image, layers.Conv2D(1, 1, activation="sigmoid", name="mask")(x))


@network("float", "int8", "int16")
def accelerometer():
    """1-D convolutions over a window of three axes."""
    window = keras.Input((64, 3), name="window")
    x = layers.Conv1D(8, 5, padding="same", activation="relu")(window)
    x = layers.MaxPooling1D(2)(x)
    x = layers.Conv1D(12, 3, dilation_rate=2, padding="same", activation="relu")(x)
    x = layers.GlobalAveragePooling1D()(x)
    return keras.Model(window, layers.Dense(6, activation="softmax")(x))


@network("float", "int8", "dynamic", "float16")
def autoencoder():
    frame = keras.Input((64,), name="frame")
    x = frame
    for units in (32, 32, 4, 32, 32):
        x = layers.ReLU()(layers.BatchNormalization()(layers.Dense(units)(x)))
    return keras.Model(frame, layers.Dense(64)(x))


@network("keras")
def lstm_series():
    series = keras.Input((12, 4), name="series", batch_size=1)
    x = layers.LSTM(10, return_sequences=True)(series)
    x = layers.LSTM(6)(x)
    return keras.Model(series, layers.Dense(2)(x))


@network("keras")
def gru_series():
    series = keras.Input((12, 4), name="series", batch_size=1)
    x = layers.Bidirectional(layers.GRU(6, return_sequences=True))(series)
    x = layers.GRU(5)(x)
    return keras.Model(series, layers.Dense(3, activation="softmax")(x))


@network("float", "keras")
def transformer():
    """One encoder block: attention, layer normalisation, two dense layers."""
    tokens = keras.Input((10, 16), name="tokens", batch_size=1)
    y = layers.MultiHeadAttention(num_heads=2, key_dim=8)(tokens, tokens)
    x = layers.LayerNormalization()(layers.Add()([tokens, y]))
    y = layers.Dense(16)(layers.Dense(32, activation="gelu")(x))
    x = layers.LayerNormalization()(layers.Add()([x, y]))
    return keras.Model(tokens, layers.Dense(3)(layers.GlobalAveragePooling1D()(x)))


@network("int8")
def two_inputs():
    image = keras.Input((8, 8, 2), name="image")
    sensor = keras.Input((5,), name="sensor")
    x = layers.Flatten()(layers.Conv2D(4, 3, activation="relu")(image))
    y = layers.Dense(8, activation="tanh")(sensor)
    z = layers.Concatenate()([x, y])
    return keras.Model([image, sensor], [layers.Dense(3, activation="softmax", name="kind")(z),
                                         layers.Dense(1, activation="sigmoid", name="alarm")(z)])


def converter_for(model, form, samples):
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    if form != "float":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if form in ("int8", "int16"):
        # By name: the converter sorts several inputs its own way.
        names = [tensor.name for tensor in model.inputs]
        converter.representative_dataset = lambda: (
            {name: part[i:i + 1] for name, part in zip(names, samples)}
            for i in range(len(samples[0])))
    if form == "int8":
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = converter.inference_output_type = tf.int8
    if form == "int16":
        converter.target_spec.supported_ops = [
            tf.lite.OpsSet.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8]
        converter.inference_input_type = converter.inference_output_type = tf.int16
    if form == "float16":
        converter.target_spec.supported_types = [tf.float16]
    return converter


def write_tflite(model, form, rng, samples, base):
    content = converter_for(model, form, samples).convert()
    base.with_suffix(".tflite").write_bytes(content)
    interpreter = tf.lite.Interpreter(
        model_content=content,
        experimental_op_resolver_type=tf.lite.experimental.OpResolverType.BUILTIN_REF)
    interpreter.allocate_tensors()
    for k, entry in enumerate(interpreter.get_input_details()):
        value = rng.standard_normal(entry["shape"])
        if entry["dtype"] != np.float32:
            scale, zero = entry["quantization"]
            limits = np.iinfo(entry["dtype"])
            value = np.clip(np.round(value / scale + zero), limits.min, limits.max)
        value = value.astype(entry["dtype"])
        interpreter.set_tensor(entry["index"], value)
        pathlib.Path(f"{base}.in{k}.bin").write_bytes(value.tobytes())
    interpreter.invoke()
    for k, entry in enumerate(interpreter.get_output_details()):
        pathlib.Path(f"{base}.out{k}.bin").write_bytes(interpreter.get_tensor(entry["index"]).tobytes())


def write_keras(model, rng, base):
    model.save(base.with_suffix(".keras"))
    values = [rng.standard_normal((1, *tensor.shape[1:])).astype(np.float32) for tensor in model.inputs]
    answers = model(values if len(values) > 1 else values[0])
    answers = answers if isinstance(answers, (list, tuple)) else [answers]
    for kind, tensors in (("in", values), ("out", [answer.numpy() for answer in answers])):
        for k, tensor in enumerate(tensors):
            pathlib.Path(f"{base}.{kind}{k}.bin").write_bytes(tensor.astype(np.float32).tobytes())


def answer_with_micro(folder):
    """Replaces the answers of integer networks by TensorFlow Lite Micro's."""
    from tflite_micro.python.tflite_micro import runtime
    for file in sorted(folder.glob("*_int*.tflite")):
        if file.stem.startswith("accelerometer"):
            continue  # pads its space-to-batch of three axes differently
        interpreter = runtime.Interpreter.from_file(str(file))
        for k, values in enumerate(sorted(folder.glob(f"{file.stem}.in*.bin"))):
            entry = interpreter.get_input_details(k)
            interpreter.set_input(np.fromfile(values, entry["dtype"]).reshape(entry["shape"]), k)
        try:
            interpreter.invoke()
        except RuntimeError:
            print(f"{file.stem}: not for TensorFlow Lite Micro, TensorFlow Lite's answer stays")
            continue
        for k, answer in enumerate(sorted(folder.glob(f"{file.stem}.out*.bin"))):
            answer.write_bytes(interpreter.get_output(k).tobytes())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-o", "--output", type=pathlib.Path, default=ROOT / "tests/data/networks")
    parser.add_argument("--micro", action="store_true", help="only answer with TensorFlow Lite Micro")
    parser.add_argument("names", nargs="*", help="networks to make, default all")
    args = parser.parse_args()
    if args.micro:
        answer_with_micro(args.output)
        return
    args.output.mkdir(parents=True, exist_ok=True)
    for name, (make, forms) in MAKERS.items():
        if args.names and name not in args.names:
            continue
        keras.backend.clear_session()
        keras.utils.set_random_seed(7)
        rng = np.random.default_rng(7)
        model = make()
        # Statistics and shifts as training would leave them, not zeros and ones.
        for variable in model.weights:
            if any(part in variable.name for part in ("moving_mean", "beta", "bias")):
                variable.assign(0.2 * rng.standard_normal(variable.shape))
            elif any(part in variable.name for part in ("moving_variance", "gamma")):
                variable.assign(0.5 + rng.random(variable.shape))
        samples = [rng.standard_normal((32, *tensor.shape[1:])).astype(np.float32) for tensor in model.inputs]
        for form in forms:
            base = args.output / (f"{name}_keras" if form == "keras" else f"{name}_{form}")
            if form == "keras":
                write_keras(model, rng, base)
            else:
                write_tflite(model, form, rng, samples, base)
            print(base.name, flush=True)


if __name__ == "__main__":
    main()
