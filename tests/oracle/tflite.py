#!/usr/bin/env python3
"""Compares embark's answers for an int8 .tflite file with TensorFlow Lite's, byte for byte.

    tests/oracle/tflite.py --embark BIN --data DATA.npz [--count N] MODEL.tflite

Each image is a program that `embark run` builds and starts, a second or two.

Needs numpy and one or more of the packages tflite-micro, ai-edge-litert and tensorflow, which are
not needed to build or to test embark. DATA.npz has an array `x` (uint8, divided by 255 unless
--divide says otherwise). Prints a line for each runtime; ends with status 1 when any byte differs.
"""
import argparse
import pathlib
import subprocess
import sys
import tempfile

import numpy as np


def tflite_micro(model):
    from tflite_micro.python.tflite_micro import runtime

    interpreter = runtime.Interpreter.from_bytes(model.read_bytes())

    def run(x):
        interpreter.set_input(x, 0)
        interpreter.invoke()
        return interpreter.get_output(0)

    return run


def lite(module, reference):
    def make(model):
        if module == "ai_edge_litert":
            from ai_edge_litert import interpreter as lite_module
        else:
            import tensorflow.lite as lite_module
            lite_module.OpResolverType = lite_module.experimental.OpResolverType
        resolvers = lite_module.OpResolverType
        resolver = resolvers.BUILTIN_REF if reference else resolvers.BUILTIN_WITHOUT_DEFAULT_DELEGATES
        interpreter = lite_module.Interpreter(
            model_path=str(model), experimental_op_resolver_type=resolver)
        interpreter.allocate_tensors()
        source = interpreter.get_input_details()[0]["index"]
        target = interpreter.get_output_details()[0]["index"]

        def run(x):
            interpreter.set_tensor(source, x)
            interpreter.invoke()
            return interpreter.get_tensor(target)

        return run

    return make


RUNTIMES = {
    "tflite-micro": tflite_micro,
    "ai-edge-litert, reference kernels": lite("ai_edge_litert", True),
    "ai-edge-litert": lite("ai_edge_litert", False),
    "tensorflow, reference kernels": lite("tensorflow", True),
    "tensorflow": lite("tensorflow", False),
}


def input_details(model):
    """Shape, scale and zero point of the first input, from whichever runtime there is."""
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError:
        try:
            from tensorflow.lite import Interpreter
        except ImportError:
            from tflite_micro.python.tflite_micro import runtime
            details = runtime.Interpreter.from_bytes(model.read_bytes()).get_input_details(0)
            quantization = details["quantization_parameters"]
            return details["shape"], quantization["scales"][0], quantization["zero_points"][0]
    details = Interpreter(model_path=str(model)).get_input_details()[0]
    return details["shape"], *details["quantization"]


def embark_outputs(embark, model, inputs):
    outputs = []
    with tempfile.TemporaryDirectory() as folder:
        source, target = pathlib.Path(folder, "in"), pathlib.Path(folder, "out")
        for x in inputs:
            source.write_bytes(x.tobytes())
            subprocess.run([embark, "run", model, "-i", source, "-o", target], check=True,
                           stdout=subprocess.DEVNULL)
            outputs.append(target.read_bytes())
    return outputs


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("--embark", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--count", type=int, default=10)
    parser.add_argument("--divide", type=float, default=255)
    options = parser.parse_args()
    shape, scale, zero = input_details(options.model)
    images = np.load(options.data)["x"][: options.count].astype(np.float32)
    steps = np.sign(images) * np.floor(np.abs(images / np.float32(options.divide) / scale) + 0.5)
    inputs = [x.reshape(shape) for x in np.clip(steps + zero, -128, 127).astype(np.int8)]
    expected = embark_outputs(options.embark, options.model, inputs)
    failed = compared = 0
    for name, make in RUNTIMES.items():
        try:
            run = make(options.model)
        except ImportError:
            continue
        compared += 1
        same = sum(run(x).tobytes() == y for x, y in zip(inputs, expected))
        print(f"{name}: {same} of {len(inputs)} outputs are the same bytes")
        failed += same != len(inputs)
    if not compared:
        sys.exit("found none of tflite-micro, ai-edge-litert and tensorflow")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
