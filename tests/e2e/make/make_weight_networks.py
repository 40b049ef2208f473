"""Writes answers for networks whose weights are stored in fewer bits than their layers compute in.

    pip install ai-edge-litert numpy && python3 tests/e2e/make/make_weight_networks.py

`tests/data/tflite/kws_float`: int8 weights of float layers. TensorFlow Lite quantises the
activations of such layers as it runs, so the answer is that of the same network with its weights
written out as float32. `tests/data/networks/ds_cnn_int4`: `ds_cnn_int8` with the weights of its
convolutions and dense layer rounded to int4, two in a byte.
"""
import pathlib

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter, OpResolverType
import flatbuffers

DATA = pathlib.Path(__file__).resolve().parents[2] / "data"
PACKED = (schema.BuiltinOperator.CONV_2D, schema.BuiltinOperator.FULLY_CONNECTED)


def read(path):
    return schema.ModelT.InitFromObj(schema.Model.GetRootAsModel(path.read_bytes(), 0))


def serialized(model):
    builder = flatbuffers.Builder(1 << 16)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def values_of(model, tensor, kind):
    return np.frombuffer(bytes(model.buffers[tensor.buffer].data), kind).reshape(tensor.shape)


def set_values(model, tensor, values):
    buffer = schema.BufferT()
    buffer.data = np.frombuffer(values.tobytes(), np.uint8)
    tensor.buffer = len(model.buffers)
    model.buffers.append(buffer)


def with_float_weights(model):
    for tensor in model.subgraphs[0].tensors:
        if tensor.type != schema.TensorType.INT8:
            continue
        scales = np.array(tensor.quantization.scale, np.float32)
        scales = scales.reshape([-1] + [1] * (len(tensor.shape) - 1))
        weights = values_of(model, tensor, np.int8).astype(np.float32) * scales
        set_values(model, tensor, weights)
        tensor.type, tensor.quantization = schema.TensorType.FLOAT32, None
    return model


def pack_nibbles(values):
    flat = np.append(values.reshape(-1), np.zeros(values.size % 2, np.int8)) & 15
    return (flat[0::2] | flat[1::2] << 4).astype(np.uint8)


def with_int4_weights(model):
    graph = model.subgraphs[0]
    for operator in graph.operators:
        code = model.operatorCodes[operator.opcodeIndex]
        if max(code.builtinCode, code.deprecatedBuiltinCode) not in PACKED:
            continue
        weights, bias = (graph.tensors[index] for index in operator.inputs[1:3])
        rounded = np.clip(np.round(values_of(model, weights, np.int8) / 16.0), -7, 7)
        set_values(model, weights, pack_nibbles(rounded.astype(np.int8)))
        weights.type = schema.TensorType.INT4
        set_values(model, bias, np.round(values_of(model, bias, np.int32) / 16.0).astype(np.int32))
        for tensor in (weights, bias):
            tensor.quantization.scale = np.array(tensor.quantization.scale, np.float32) * 16
    used = sorted({tensor.buffer for tensor in graph.tensors} | {0})
    for tensor in graph.tensors:
        tensor.buffer = used.index(tensor.buffer)
    model.buffers = [model.buffers[index] for index in used]
    model.metadata = None
    return model


def answer(file, data):
    interpreter = Interpreter(model_content=file,
                              experimental_op_resolver_type=OpResolverType.BUILTIN_REF)
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], data)
    interpreter.invoke()
    return interpreter.get_tensor(interpreter.get_output_details()[0]["index"])


def main():
    random = np.random.default_rng(4)
    kws = DATA / "tflite" / "kws_float.tflite"
    data = (random.standard_normal((1, 49, 10, 1)) * 20).astype(np.float32)
    kws.with_suffix(".in0.bin").write_bytes(data.tobytes())
    result = answer(serialized(with_float_weights(read(kws))), data)
    kws.with_suffix(".out0.bin").write_bytes(result.tobytes())

    networks = DATA / "networks"
    file = serialized(with_int4_weights(read(networks / "ds_cnn_int8.tflite")))
    (networks / "ds_cnn_int4.tflite").write_bytes(file)
    data = np.frombuffer((networks / "ds_cnn_int8.in0.bin").read_bytes(), np.int8)
    shape = Interpreter(model_content=file).get_input_details()[0]["shape"]
    (networks / "ds_cnn_int4.in0.bin").write_bytes(data.tobytes())
    (networks / "ds_cnn_int4.out0.bin").write_bytes(answer(file, data.reshape(shape)).tobytes())


if __name__ == "__main__":
    main()
