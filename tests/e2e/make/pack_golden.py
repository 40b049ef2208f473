"""Packs models and golden tensors of others into tests/data/golden (see its README).

    python3 tests/e2e/make/pack_golden.py MODELS GOLDEN

MODELS holds mlperf-tiny/ and tflm-seanet/; GOLDEN a folder per network with inK.bin, outK.bin and
dumpK/: tensors.txt, whose lines `tensor NUMBER NAME type=INT8 …` tell what tNUMBER.bin is. Needs
NumPy and h5py.
"""
import pathlib
import re
import shutil
import sys

import h5py
import numpy as np

OUT = pathlib.Path(__file__).resolve().parents[2] / "data" / "golden"
TYPES = {"int8": np.int8, "int16": np.int16, "int32": np.int32, "float": np.float32}


def numbered(folder, stem):
    return sorted(folder.glob(f"{stem}[0-9].bin"))


def network(folder, kind):
    """Inputs, outputs and every intermediate tensor of a network."""
    arrays = {path.stem: np.fromfile(path, kind)
              for stem in ("in", "out") for path in numbered(folder, stem)}
    for dump in sorted(folder.glob("dump*")):
        for line in (dump / "tensors.txt").read_text().splitlines():
            match = re.fullmatch(r"tensor (\d+) (\S+) type=INT8 elems=\d+", line)
            if not match:
                continue
            # TensorFlow joins the names of all that it fused into the tensor's operator.
            name = match[2].split(";")[0]
            arrays[f"{dump.name}/{name}"] = np.fromfile(dump / f"t{match[1]}.bin", kind)
    np.savez_compressed(OUT / f"{folder.name}.npz", **arrays)


def single_operators(folder):
    """All models of a folder with their inputs and outputs: NAME/model, NAME/inK, NAME/out0."""
    arrays = {}
    for model in sorted(folder.glob("*.tflite")):
        arrays[f"{model.stem}/model"] = np.fromfile(model, np.uint8)
        for path in sorted(folder.glob(f"{model.stem}_*.csv")):
            role, index, kind = re.fullmatch(r"(input|golden)(\d*)_(\w+)",
                                             path.stem[len(model.stem) + 1:]).groups()
            values = [int(text) for text in path.read_text().replace(",", " ").split()]
            key = "out0" if role == "golden" else f"in{index}"
            arrays[f"{model.stem}/{key}"] = np.array(values, TYPES[kind])
    np.savez_compressed(OUT / "seanet.npz", **arrays)


def without_optimizer(source, target):
    """The optimiser's state is two thirds of the file."""
    with h5py.File(source) as old, h5py.File(target, "w") as new:
        new.attrs.update(old.attrs)
        for name in old:
            if name != "optimizer_weights":
                old.copy(name, new)


def main():
    models, golden = map(pathlib.Path, sys.argv[1:])
    for name in ("ad", "ic", "kws", "vww"):
        network(golden / f"{name}_int8", np.int8)
    network(golden / "ic_float", np.float32)
    shutil.copy(models / "mlperf-tiny" / "ic_float.tflite", OUT)
    without_optimizer(models / "mlperf-tiny" / "ic.h5", OUT / "ic_float.h5")
    single_operators(models / "tflm-seanet")


if __name__ == "__main__":
    main()
