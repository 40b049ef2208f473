"""Networks that TensorFlow, PyTorch and scikit-learn wrote answer as they do there."""
import struct

import support
from support import BOARD, SRC, in_parallel

NETWORKS = SRC / "tests" / "data" / "networks"
# Float layers with int8 weights, whose answer is that of the same weights written out as float32.
STORED_IN_INT8 = SRC / "tests" / "data" / "tflite" / "kws_float.tflite"
RELATIVE = 1e-5
# TensorFlow Lite quantises the activations of dynamic-range models as it runs; embark computes in
# float32 with the weights as they are stored, which is closer to the original network.
LOOSER = {"autoencoder_dynamic": 0.05}
FORMATS = {"float32": "f", "int64": "q", "int32": "i"}
# In turn over the networks, so that each objective's kernels and streams answer for some of them.
OBJECTIVES = ["ram", "time", "balanced", "flash"]


def networks():
    return [*sorted(path for path in NETWORKS.iterdir()
                    if path.suffix in (".tflite", ".onnx", ".keras")), STORED_IN_INT8]


def values(data, kind):
    code = FORMATS[kind]
    return struct.unpack(f"<{len(data) // struct.calcsize(code)}{code}", data)


class Networks(support.Case):
    def run_on(self, model, target):
        arguments, outputs = [], []
        for file in sorted(model.parent.glob(f"{model.stem}.in*.bin")):
            arguments += ["--input", file]
        for index, _ in enumerate(sorted(model.parent.glob(f"{model.stem}.out*.bin"))):
            outputs.append(self.work / f"{model.stem}.{target.partition(':')[0]}.out{index}.bin")
            arguments += ["--output", outputs[-1]]
        objective = OBJECTIVES[networks().index(model) % len(OBJECTIVES)]
        self.embark("run", model, "--target", target, "--objective", objective, *arguments)
        return [path.read_bytes() for path in outputs]

    def check(self, model, kinds, found):
        limit = LOOSER.get(model.stem, RELATIVE)
        for index, (kind, data) in enumerate(zip(kinds, found)):
            expected = model.with_name(f"{model.stem}.out{index}.bin").read_bytes()
            if kind not in FORMATS or kind.startswith("int"):
                self.assertEqual(data.hex(), expected.hex(), f"output {index}")
                continue
            ours, theirs = values(data, kind), values(expected, kind)
            self.assertEqual(len(ours), len(theirs))
            largest = max(abs(value) for value in theirs)
            difference = max(abs(a - b) for a, b in zip(ours, theirs))
            self.assertLessEqual(difference, limit * max(largest, 1.0), f"output {index}")

    def test_host_and_virtual_board_give_the_same_bytes_as_their_framework(self):
        def everything(model):
            kinds = [tensor["type"] for tensor in self.json_of("analyze", model)["outputs"]]
            return kinds, self.run_on(model, "host"), self.run_on(model, f"virtual:{BOARD}")

        def guarded(model):
            try:
                return everything(model)
            except AssertionError as error:
                return error

        self.assertGreaterEqual(len(networks()), 25)
        for model, result in zip(networks(), in_parallel(guarded, networks())):
            with self.subTest(network=model.name):
                if isinstance(result, AssertionError):
                    raise result
                kinds, host, virtual = result
                self.assertEqual([data.hex() for data in host], [data.hex() for data in virtual])
                self.check(model, kinds, host)


if __name__ == "__main__":
    support.main()
