#!/usr/bin/env python3
"""Classic exchange with a firmware on a serial port: classic_client.py PORT IMAGE [INDEX]

IMAGE is raw float32 (little-endian) or an .npz whose first 4-dimensional array holds images, of
which INDEX (0) is sent; integers are divided by 255. Prints ten probabilities. Needs pyserial.
"""
import sys

import serial


def load(path, index):
    if not path.endswith(".npz"):
        return open(path, "rb").read()
    import numpy as np
    arrays = np.load(path)
    images = next(arrays[name] for name in arrays.files if arrays[name].ndim == 4)
    scale = 255.0 if images.dtype.kind in "iu" else 1.0
    return (images[index].astype("<f4") / np.float32(scale)).astype("<f4").tobytes()


def main():
    image = load(sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 0)
    with serial.Serial(sys.argv[1], 115200, timeout=1) as port:
        port.write(b"\xab")
        while port.read(1) != b"\xcd":
            port.write(b"\xab")
        port.read(1)  # an answer to a second 0xAB, if there is one
        port.timeout = 60
        port.write(image)
        for label, value in enumerate(port.read(10)):
            print(label, round(value / 255, 3))


if __name__ == "__main__":
    main()
