"""Writes tests/data/states: small networks that keep a state, and what TensorFlow Lite Micro answers.

    pip install tflite-micro && python3 tests/e2e/make/make_state_networks.py

No converter writes SVDF layers any more, so the files are made table by table. `<name>.in0.bin` and
`<name>.out0.bin` hold RUNS inputs and outputs in a row: each inference goes on where the last one
stopped.
"""
import pathlib

import flatbuffers
import numpy as np
from tflite_micro.python.tflite_micro import runtime
from tflite_micro.tensorflow.lite.micro.python import schema_py_generated as schema

OUT = pathlib.Path(__file__).resolve().parents[2] / "data" / "states"
RUNS = 12
BATCH, INPUTS, UNITS, RANK, MEMORY = 1, 9, 5, 2, 7
FILTERS = UNITS * RANK
TYPES = {np.float32: schema.TensorType.FLOAT32, np.int8: schema.TensorType.INT8,
         np.int16: schema.TensorType.INT16, np.int32: schema.TensorType.INT32}


class Network:
    """A file with one SVDF layer."""

    def __init__(self):
        self.model = schema.ModelT()
        self.model.version = 3
        self.model.buffers = [schema.BufferT()]
        self.graph = schema.SubGraphT()
        self.graph.tensors, self.graph.operators = [], []
        self.model.subgraphs = [self.graph]

    def tensor(self, name, shape, kind, scale=None, zero=0, data=None, variable=False):
        tensor = schema.TensorT()
        tensor.name, tensor.shape, tensor.type, tensor.isVariable = name, shape, TYPES[kind], variable
        if scale is not None:
            tensor.quantization = schema.QuantizationParametersT()
            tensor.quantization.scale, tensor.quantization.zeroPoint = [scale], [zero]
        tensor.buffer = 0
        if data is not None:
            buffer = schema.BufferT()
            buffer.data = np.frombuffer(np.ascontiguousarray(data, kind).tobytes(), np.uint8)
            tensor.buffer = len(self.model.buffers)
            self.model.buffers.append(buffer)
        self.graph.tensors.append(tensor)
        return len(self.graph.tensors) - 1

    def svdf(self, inputs, output, activation):
        code = schema.OperatorCodeT()
        code.builtinCode = code.deprecatedBuiltinCode = schema.BuiltinOperator.SVDF
        code.version = 1
        self.model.operatorCodes = [code]
        options = schema.SVDFOptionsT()
        options.rank, options.fusedActivationFunction = RANK, activation
        operator = schema.OperatorT()
        operator.opcodeIndex, operator.inputs, operator.outputs = 0, inputs, [output]
        operator.builtinOptionsType = schema.BuiltinOptions.SVDFOptions
        operator.builtinOptions = options
        self.graph.operators = [operator]
        self.graph.inputs, self.graph.outputs = [inputs[0]], [output]

    def bytes(self):
        builder = flatbuffers.Builder(4096)
        builder.Finish(self.model.Pack(builder), b"TFL3")
        return bytes(builder.Output())


def float_network(random):
    network = Network()

    def weights(name, shape):
        return network.tensor(name, shape, np.float32, data=random.normal(0, 0.5, shape))

    inputs = [network.tensor("x", [BATCH, INPUTS], np.float32),
              weights("feature", [FILTERS, INPUTS]), weights("time", [FILTERS, MEMORY]),
              weights("bias", [UNITS]),
              network.tensor("memory", [BATCH, MEMORY * FILTERS], np.float32, variable=True)]
    output = network.tensor("svdf", [BATCH, UNITS], np.float32)
    network.svdf(inputs, output, schema.ActivationFunctionType.RELU)
    return network.bytes(), random.normal(0, 1, [RUNS, BATCH, INPUTS]).astype(np.float32)


def int8_network(random, state):
    """The state and the time weights are \\p state: int16, or int8."""
    network = Network()

    def weights(name, shape, kind, scale):
        return network.tensor(name, shape, kind, scale, data=random.integers(-127, 128, shape))

    fine = state == np.int16
    inputs = [network.tensor("x", [BATCH, INPUTS], np.int8, 0.025, 4),
              weights("feature", [FILTERS, INPUTS], np.int8, 0.008),
              weights("time", [FILTERS, MEMORY], state, 0.006),
              network.tensor("bias", [UNITS], np.int32, 1e-6 if fine else 3e-4,
                             data=random.integers(-900, 900, [UNITS])),
              network.tensor("memory", [BATCH, MEMORY * FILTERS], state, 2e-4 if fine else 0.05, 0,
                             variable=True)]
    output = network.tensor("svdf", [BATCH, UNITS], np.int8, 0.05, -11)
    network.svdf(inputs, output, schema.ActivationFunctionType.RELU)
    return network.bytes(), random.integers(-128, 128, [RUNS, BATCH, INPUTS]).astype(np.int8)


def write(name, model, inputs):
    interpreter = runtime.Interpreter.from_bytes(model)
    outputs = []
    for values in inputs:
        interpreter.set_input(values, 0)
        interpreter.invoke()
        outputs.append(interpreter.get_output(0).copy())
    (OUT / f"{name}.tflite").write_bytes(model)
    (OUT / f"{name}.in0.bin").write_bytes(inputs.tobytes())
    (OUT / f"{name}.out0.bin").write_bytes(np.stack(outputs).tobytes())


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(1)
    write("svdf_float", *float_network(random))
    write("svdf_int8", *int8_network(random, np.int16))
    write("svdf_int8_state8", *int8_network(random, np.int8))


if __name__ == "__main__":
    main()
