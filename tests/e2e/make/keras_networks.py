"""The networks of make_keras_samples.py: one function for each, which gives the model, or the model
and a function that gives its answer."""

import keras
import numpy as np
import tf_keras
from keras import layers

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


def sequences():
    """Convolutions and pooling on one axis."""
    x = inputs = keras.Input((12, 4), name="signal")
    a = layers.Conv1D(5, 3, padding="same", activation="relu", name="same")(x)
    b = layers.Conv1D(5, 3, padding="causal", dilation_rate=2, name="causal")(x)
    c = layers.SeparableConv1D(5, 3, padding="same", activation="tanh", name="separable")(x)
    x = layers.Concatenate(name="join")([a, b, c])
    x = layers.Conv1D(6, 4, strides=2, groups=3, name="strided")(x)
    x = layers.ZeroPadding1D((2, 1), name="pad")(x)
    x = layers.DepthwiseConv1D(3, padding="same", depth_multiplier=2, name="depthwise")(x)
    p = layers.MaxPooling1D(2, name="max")(x)
    q = layers.AveragePooling1D(3, strides=2, padding="same", name="mean")(x)
    q = layers.Cropping1D((1, 0), name="crop")(layers.UpSampling1D(2, name="repeat")(q))
    return keras.Model(inputs, [p, q, layers.GlobalMaxPooling1D(name="max_all")(x),
                                layers.GlobalAveragePooling1D(keepdims=True, name="mean_all")(x)],
                       name="sequences")


def transposed():
    """Transposed convolutions, scaling up, cropping."""
    x = inputs = keras.Input((4, 5, 3), name="image")
    outputs = [
        layers.Conv2DTranspose(2, 3, strides=2, padding="same", activation="relu", name="same")(x),
        layers.Conv2DTranspose(2, (3, 2), strides=(2, 3), name="valid")(x),
        layers.Conv2DTranspose(2, 4, strides=3, padding="same", output_padding=1, name="more")(x),
        layers.UpSampling2D((2, 3), name="nearest")(x),
        layers.UpSampling2D(2, interpolation="bilinear", name="bilinear")(x),
        layers.Resizing(7, 3, name="resize")(x),
        layers.Cropping2D(((1, 0), (1, 2)), name="crop")(x),
    ]
    rows = layers.Reshape((20, 3), name="rows")(x)
    outputs.append(layers.Conv1DTranspose(2, 3, strides=2, padding="same", name="steps")(rows))
    return keras.Model(inputs, outputs, name="transposed")


def volumes():
    """Three axes."""
    x = inputs = keras.Input((4, 5, 4, 2), name="volume")
    x = layers.Conv3D(3, (2, 3, 2), padding="same", activation="relu", name="conv")(x)
    y = layers.AveragePooling3D(2, padding="same", name="mean")(x)
    x = layers.MaxPooling3D((2, 1, 2), name="max")(layers.ZeroPadding3D((0, 1, 0), name="pad")(x))
    return keras.Model(inputs, [layers.GlobalAveragePooling3D(name="mean_all")(x),
                                layers.GlobalMaxPooling3D(name="max_all")(y)], name="volumes")


def channels_first():
    """data_format channels_first, and batch normalisation over axis 1."""
    def build(order):
        last = order == "channels_last"
        inputs = keras.Input((8, 6, 3) if last else (3, 8, 6), name="image")
        x = layers.Conv2D(4, 3, strides=2, activation="relu", name="conv", data_format=order)(inputs)
        x = layers.BatchNormalization(axis=-1 if last else 1, name="norm")(x)
        y = layers.ZeroPadding2D(1, name="pad", data_format=order)(x)
        y = layers.SeparableConv2D(4, 3, name="separable", data_format=order)(y)
        x = layers.Add(name="sum")([x, y])
        return keras.Model(inputs, [layers.GlobalAveragePooling2D(name="mean", data_format=order)(x),
                                    layers.Flatten(name="flatten", data_format=order)(x),
                                    layers.UpSampling2D(2, name="large", data_format=order)(x)],
                           name="channels_first")

    model = build("channels_first")
    twin = build("channels_last")

    def answer(image):
        # TensorFlow has no such convolutions on processors: the same network the other way round.
        twin.set_weights(model.get_weights())
        mean, flat, large = twin(np.transpose(image, (0, 2, 3, 1)), training=False)
        return [mean, flat, np.transpose(large, (0, 3, 1, 2))]

    return model, answer


def normalisation():
    x = inputs = keras.Input((4, 5, 6), name="image")
    known = layers.Normalization(name="known", mean=[.1, .2, .3, .4, .5, .6],
                                 variance=[1., 2., 3., 4., 5., .5])
    learnt = layers.Normalization(name="learnt")
    learnt.adapt(np.random.default_rng(3).normal(1, 2, (9, 4, 5, 6)))
    y = layers.Conv2D(6, 1, name="point")(x)
    return keras.Model(inputs, [
        layers.LayerNormalization(name="last")(y),
        layers.LayerNormalization(axis=[2, 3], center=False, epsilon=1e-5, name="two")(y),
        layers.RMSNormalization(name="rms")(y),
        layers.GroupNormalization(3, name="groups")(y),
        layers.GroupNormalization(-1, scale=False, name="instance")(y),
        layers.UnitNormalization(name="unit")(y),
        layers.BatchNormalization(axis=2, name="columns")(y),
        layers.PReLU(shared_axes=[1, 2], name="slopes")(y),
        known(y), learnt(y), layers.Rescaling(2., -1., name="scale")(y),
    ], name="normalisation")


def recurrent():
    """Every recurrent layer, with all that they can return."""
    x = inputs = keras.Input((6, 3), name="signal")
    h = keras.Input((4,), name="hidden")
    c = keras.Input((4,), name="cell")
    outputs = list(layers.LSTM(4, return_sequences=True, return_state=True, name="lstm")(
        x, initial_state=[h, c]))
    y = outputs[0]
    outputs.append(layers.LSTM(3, go_backwards=True, return_sequences=True, use_bias=False,
                               name="back")(y))
    outputs += list(layers.GRU(4, return_state=True, name="gru")(y, initial_state=h))
    outputs.append(layers.GRU(3, reset_after=False, go_backwards=True, name="reset_before")(y))
    outputs.append(layers.SimpleRNN(3, activation="relu", return_sequences=True, name="rnn")(y))
    return keras.Model([inputs, h, c], outputs, name="recurrent")


def both_directions():
    x = inputs = keras.Input((5, 3), name="signal")
    lstm = layers.LSTM(3, return_sequences=True, name="lstm")
    y = layers.Bidirectional(lstm, name="concat")(x)
    outputs = [
        y,
        layers.Bidirectional(layers.GRU(2, name="gru"), merge_mode="ave", name="mean")(y),
        layers.Bidirectional(layers.LSTM(2, name="ahead"),
                             backward_layer=layers.LSTM(2, go_backwards=True, name="behind"),
                             merge_mode="mul", name="own")(y),
    ]
    outputs += layers.Bidirectional(layers.GRU(2, return_state=True, name="state"),
                                    merge_mode=None, name="apart")(y)
    return keras.Model(inputs, outputs, name="both_directions")


def each_step():
    """TimeDistributed layers and models."""
    image = keras.Input((4, 4, 2), name="frame")
    eye = keras.Model(image, layers.Flatten(name="flat")(
        layers.MaxPooling2D(name="pool")(layers.Conv2D(3, 3, padding="same", name="look")(image))),
        name="eye")
    x = inputs = keras.Input((3, 4, 4, 2), name="film")
    y = layers.TimeDistributed(layers.Conv2D(2, 3, activation="relu", name="conv"), name="frames")(x)
    y = layers.TimeDistributed(layers.GlobalAveragePooling2D(name="all"), name="means")(y)
    z = layers.TimeDistributed(eye, name="seen")(x)
    z = layers.TimeDistributed(layers.Dense(4, activation="tanh", name="dense"), name="rows")(z)
    return keras.Model(inputs, [y, layers.GRU(3, name="summary")(z)], name="each_step")


def text():
    """Numbers of words as whole numbers and as floats."""
    words = keras.Input((7,), dtype="int32", name="words")
    tags = keras.Input((7,), name="tags")
    a = layers.Embedding(20, 5, name="vectors")(words)
    b = layers.Embedding(20, 3, name="labels")(tags)
    x = layers.Concatenate(name="join")([a, b])
    x = layers.SpatialDropout1D(0.2, name="drop")(x)
    x = layers.Bidirectional(layers.LSTM(4, name="lstm"), name="read")(x)
    return keras.Model([words, tags], layers.Dense(3, activation="softmax", name="classes")(x),
                       name="text")


def attention():
    """A transformer's encoder block, and attention to another sequence."""
    x = inputs = keras.Input((5, 6), name="steps")
    memory = keras.Input((4, 3), name="memory")
    y = layers.MultiHeadAttention(2, 4, name="self")(x, x)
    x = layers.LayerNormalization(name="norm")(layers.Add(name="sum")([x, y]))
    masked = layers.MultiHeadAttention(2, 3, value_dim=2, use_bias=False, name="causal")(
        x, x, use_causal_mask=True)
    cross, scores = layers.MultiHeadAttention(3, 2, output_shape=4, name="cross")(
        x, memory, return_attention_scores=True)
    plain = layers.Attention(use_scale=True, name="plain")([layers.Dense(3, name="ask")(x), memory])
    return keras.Model([inputs, memory], [masked, cross, scores, plain], name="attention")


def nested():
    """Models in models, also twice, with several inputs and outputs."""
    a, b = keras.Input((6,), name="a"), keras.Input((6,), name="b")
    d = layers.Dense(4, name="dense")(layers.Add(name="add")([a, b]))
    inner = keras.Model([a, b], [layers.ReLU(name="relu")(d),
                                 layers.BatchNormalization(name="norm")(a)], name="inner")
    tower = keras.Sequential([layers.Dense(6, name="dense"), layers.Dropout(0.1, name="drop"),
                              layers.Dense(6, activation="tanh", name="dense_1")], name="tower")
    x, y = keras.Input((6,), name="x"), keras.Input((6,), name="y")
    middle = keras.Model([x, y], inner([tower(x), y])[1], name="middle")
    p, q = keras.Input((6,), name="p"), keras.Input((6,), name="q")
    r, s = inner([p, tower(q)])
    t, _ = inner([s, p])
    return keras.Model([p, q], [r, t, middle([s, q]), layers.Dense(2, name="head")(s)],
                       name="nested")


def operations():
    """Python's operators and functions of keras.ops between layers."""
    ops = keras.ops
    a, b = keras.Input((4, 6), name="a"), keras.Input((4, 6), name="b")
    x = (a * 2.0 + 1.0 - b) / 3.0
    y = 1.0 - ops.mean(ops.abs(b), axis=1)
    z = ops.matmul(a, ops.transpose(b, (0, 2, 1)))
    return keras.Model([a, b], [
        x, y, z, a[:, 1:3, ::-1], b[:, -1], ops.relu(x), ops.max(a, axis=-1, keepdims=True),
        ops.sqrt(ops.square(a) + 1.0), ops.concatenate([a, x], axis=2), ops.maximum(x, 0.1),
        ops.reshape(x, (-1, 24)), ops.expand_dims(y, 1), ops.sum(a * b, axis=(1, 2)),
        ops.softmax(z, axis=1), ops.clip(a, -0.5, 0.5), ops.stack([a, b], axis=1),
        2.0 / (ops.exp(b) + 0.5), ops.gelu(a),
    ], name="operations")


def more_activations():
    """What Keras 3 adds, and softmax over other axes."""
    inputs = keras.Input((3, 4, 5), name="features")
    names = ["celu", "log_softmax", "log_sigmoid", "mish", "hard_tanh", "tanh_shrink", "squareplus",
             "soft_shrink", "hard_shrink", "sparse_plus", "sparse_sigmoid"]
    outputs = [layers.Activation(name, name="act_" + name)(inputs) for name in names]
    outputs += [
        layers.Softmax(axis=1, name="rows")(inputs),
        layers.ReLU(threshold=0.5, name="threshold")(inputs),
        layers.ReLU(threshold=0.25, max_value=1.0, name="between")(inputs),
        layers.Dense(5, activation="log_softmax", name="argument")(inputs),
    ]
    return keras.Model(inputs, layers.Concatenate(name="join")(outputs), name="more_activations")


def products():
    """Dot, Permute, RepeatVector, merges of different ranks."""
    a, b = keras.Input((4, 3), name="a"), keras.Input((5, 3), name="b")
    v, w = keras.Input((3,), name="v"), keras.Input((3,), name="w")
    return keras.Model([a, b, v, w], [
        layers.Dot(axes=2, name="matrix")([a, b]),
        layers.Dot(axes=(2, 1), name="vector")([a, v]),
        layers.Dot(axes=1, normalize=True, name="cosine")([v, w]),
        layers.Permute((2, 1), name="turned")(a),
        layers.RepeatVector(4, name="repeated")(v),
        layers.Add(name="ranks")([a, layers.Reshape((1, 3), name="row")(v)]),
        layers.Multiply(name="gate")([v, a]),
    ], name="products")


def scaling():
    """Images larger and smaller by every method, and a wrapper around weights."""
    x = inputs = keras.Input((4, 5, 3), name="image")
    x = layers.SpectralNormalization(layers.Conv2D(3, 2, padding="same", name="conv"),
                                     name="spectral")(x)
    return keras.Model(inputs, [
        layers.UpSampling2D(2, interpolation="bicubic", name="cubic")(x),
        layers.Resizing(7, 3, interpolation="nearest", name="nearest")(x),
        layers.Resizing(2, 8, name="linear")(x),
        layers.RandomFlip(name="flip")(x),
    ], name="scaling")


def keras2_nested():
    """Models in models as Keras 2 writes them: one is frozen, one is called twice."""
    old = tf_keras.layers
    a = tf_keras.Input((6,), name="a")
    inner = tf_keras.Model(a, [old.Dense(4, name="dense")(a), old.BatchNormalization(name="norm")(a)],
                           name="inner")
    inner.get_layer("norm").trainable = False
    tower = tf_keras.Sequential([old.Dense(6, name="dense"),
                                 old.Dense(6, activation="relu", name="dense_1")], name="tower")
    tower.trainable = False
    p, q = tf_keras.Input((6,), name="p"), tf_keras.Input((6,), name="q")
    r, s = inner(tower(p))
    t, _ = inner(q)
    return tf_keras.Model({"p": p, "q": q}, [r, s, old.Dense(2, name="head")(t)],
                          name="keras2_nested")


def keras2_recurrent():
    """Keras 2's recurrent layers: hard_sigmoid, states among the inputs, wrappers."""
    old = tf_keras.layers
    x = inputs = tf_keras.Input((5, 3), name="signal")
    state = tf_keras.Input((4,), name="state")
    a, final = old.GRU(4, return_sequences=True, return_state=True, name="gru")(
        x, initial_state=state)
    b = old.LSTM(3, recurrent_activation="hard_sigmoid", name="lstm")(a)
    c = old.Bidirectional(old.GRU(2, reset_after=False, name="inner"), name="both")(a)
    d = old.TimeDistributed(old.Dense(2, name="dense"), name="each")(a)
    e = old.MultiHeadAttention(2, 3, name="attention")(a, x)
    return tf_keras.Model([inputs, state], [final, b, c, d, e], name="keras2_recurrent")


def keras2_operators():
    """TensorFlow's functions between layers, which Keras 2 keeps as TFOpLambda."""
    import tensorflow as tf  # noqa: PLC0415
    old = tf_keras.layers
    a, b = tf_keras.Input((4, 6), name="a"), tf_keras.Input((4, 6), name="b")
    x = (a * 2.0 + 1.0 - b) / 3.0
    y = 1.0 - tf.reduce_mean(b, axis=1)
    return tf_keras.Model([a, b], [
        x, y, a[:, 1:3, 0], tf.nn.relu(x), tf.concat([a, b], axis=2), old.Dense(3, name="dense")(y),
        tf.reshape(x, (-1, 24)), tf.transpose(a, (0, 2, 1)), tf.nn.softmax(a), tf.maximum(a, b),
        old.ThresholdedReLU(0.5, name="threshold")(a), old.PReLU(name="slopes")(b),
    ], name="keras2_operators")
