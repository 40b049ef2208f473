#!/usr/bin/env python3
"""Writes test.npz: the first 1,000 test images of CIFAR-10, pixel-exact, with their labels.

  python3 examples/cifar10/make_test_npz.py CIFAR_DIR

CIFAR_DIR holds test_batch.bin of CIFAR-10's official binary version: records of one label byte and
3,072 pixel bytes (three planes of 32x32). The archive gets x, uint8 [1000,32,32,3], and y, uint8
[1000]. Needs numpy only. The result does not depend on the time of day.
"""
import argparse
import io
import pathlib
import zipfile

import numpy as np

COUNT = 1000
RECORD_BYTES = 1 + 3 * 32 * 32


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cifar", type=pathlib.Path, help="folder with test_batch.bin")
    parser.add_argument("-o", "--output", type=pathlib.Path,
                        default=pathlib.Path(__file__).with_name("test.npz"))
    args = parser.parse_args()

    raw = np.fromfile(args.cifar / "test_batch.bin", dtype=np.uint8, count=COUNT * RECORD_BYTES)
    if raw.size != COUNT * RECORD_BYTES:
        parser.error(f"test_batch.bin has {raw.size} bytes, expected at least {COUNT * RECORD_BYTES}")
    records = raw.reshape(COUNT, RECORD_BYTES)
    arrays = {"x": np.ascontiguousarray(records[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)),
              "y": records[:, 0].copy()}

    # Not numpy.savez_compressed: it stamps the entries with the time.
    with zipfile.ZipFile(args.output, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, array in arrays.items():
            buffer = io.BytesIO()
            np.lib.format.write_array(buffer, array, version=(1, 0))
            entry = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, buffer.getvalue())


if __name__ == "__main__":
    main()
