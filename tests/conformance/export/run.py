#!/usr/bin/env python3
"""Lets other runtimes answer for files that embark exports.

  python3 -m venv venv && venv/bin/pip install onnx onnxruntime numpy       # for .onnx
  python3 -m venv venv && venv/bin/pip install tensorflow numpy             # for .tflite
  venv/bin/python tests/conformance/export/run.py --embark PROGRAM onnx|tflite [FOLDER…]

Every network below the folders (tests/data/networks) is converted with `embark convert`, checked
(onnx.checker), and run by ONNX Runtime or TensorFlow Lite on its own stored inputs; the answers are
compared with embark's to the imported original. Integers are compared in quanta, real numbers
relative to the largest of the output. Prints a line per network; ends with 1 when one exceeds
1e-4 or eight quanta.
"""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[3]
SUFFIXES = (".tflite", ".onnx", ".keras", ".h5")
LIMIT, QUANTA = 1e-4, 8  # roundings of single layers add up


def embark(program, *arguments):
    return subprocess.run([program, *map(str, arguments)], capture_output=True, text=True)


def tensors_of(program, model, folder):
    """Names, types and shapes of the network's ends, as embark sees them."""
    file = folder / "analyze.json"
    done = embark(program, "analyze", model, "--json", file)
    if done.returncode not in (0, 3):
        raise RuntimeError(done.stderr.splitlines()[0])
    document = json.loads(file.read_text())
    return document["inputs"], document["outputs"]


def run_onnx(file, inputs):
    import onnx
    import onnxruntime
    onnx.checker.check_model(onnx.load(file), full_check=True)
    settings = onnxruntime.SessionOptions()
    settings.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(file), settings, ["CPUExecutionProvider"])
    names = [value.name for value in session.get_inputs()]
    return session.run(None, dict(zip(names, inputs)))


def run_tflite(file, inputs):
    import tensorflow as tf
    resolvers = tf.lite.experimental.OpResolverType
    for resolver in (resolvers.BUILTIN_REF, resolvers.BUILTIN_WITHOUT_DEFAULT_DELEGATES):
        try:
            interpreter = tf.lite.Interpreter(model_path=str(file),
                                              experimental_op_resolver_type=resolver)
            interpreter.allocate_tensors()
            break
        except ValueError:  # the reference kernels lack some operators
            if resolver != resolvers.BUILTIN_REF:
                raise
    for detail, data in zip(interpreter.get_input_details(), inputs):
        interpreter.set_tensor(detail["index"], data)
    interpreter.invoke()
    return [interpreter.get_tensor(d["index"]) for d in interpreter.get_output_details()]


def difference(ours, theirs):
    """In quanta for integers, relative to the largest value for real numbers."""
    if ours.shape != theirs.shape:
        return float("inf"), f"shape {theirs.shape}, expected {ours.shape}"
    if not np.issubdtype(ours.dtype, np.floating):
        return float(np.abs(ours.astype(np.int64) - theirs.astype(np.int64)).max()), "quanta"
    scale = max(1.0, float(np.abs(ours).max()))
    return float(np.abs(ours.astype(np.float64) - theirs.astype(np.float64)).max()) / scale, "relative"


def compare(program, model, kind, folder):
    exported = folder / f"{model.stem}.{kind}"
    done = embark(program, "convert", model, "-o", exported)
    if done.returncode != 0:
        return "not exported", done.stderr.splitlines()[0]
    inputs, outputs = tensors_of(program, model, folder)
    arguments, arrays = [], []
    for index, tensor in enumerate(inputs):
        file = model.parent / f"{model.stem}.in{index}.bin"
        arguments += ["--input", file]
        arrays.append(np.fromfile(file, tensor["type"]).reshape(tensor["shape"]))
    files = [folder / f"out{index}" for index in range(len(outputs))]
    for file in files:
        arguments += ["--output", file]
    done = embark(program, "run", model, "--target", "host", *arguments)
    if done.returncode != 0:
        return "failed", done.stderr.splitlines()[0]
    expected = [np.fromfile(file, tensor["type"]).reshape(tensor["shape"])
                for file, tensor in zip(files, outputs)]
    found = (run_onnx if kind == "onnx" else run_tflite)(exported, arrays)
    worst = max((difference(a, np.asarray(b)) for a, b in zip(expected, found)), key=lambda d: d[0])
    within = worst[0] <= (QUANTA if worst[1] == "quanta" else LIMIT)
    return ("ok" if within else "differs"), f"{worst[0]:.3g} {worst[1]}"


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--embark", default=ROOT / "build" / "dev" / "src" / "cli" / "embark")
    parser.add_argument("kind", choices=["onnx", "tflite"])
    parser.add_argument("folders", nargs="*", type=pathlib.Path,
                        default=[ROOT / "tests" / "data" / "networks"])
    options = parser.parse_args()
    results = {}
    for folder in options.folders:
        for model in sorted(file for file in folder.iterdir() if file.suffix in SUFFIXES):
            with tempfile.TemporaryDirectory() as work:
                try:
                    result, detail = compare(options.embark, model, options.kind, pathlib.Path(work))
                except Exception as error:  # a runtime's own complaint
                    result, detail = "failed", str(error).splitlines()[0]
            results.setdefault(result, []).append(model.name)
            print(f"{result:12} {model.name:36} {detail}", flush=True)
    print(", ".join(f"{len(names)} {result}" for result, names in results.items()))
    return 1 if "differs" in results or "failed" in results else 0


if __name__ == "__main__":
    sys.exit(main())
