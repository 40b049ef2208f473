"""Networks that ONNX Runtime quantised run as integers on the host and on the virtual board."""
import struct

import support
from support import BOARD, SRC

FOLDER = SRC / "tests" / "data" / "quantized_onnx"
QUANTUM = 1 / 100  # of the largest output, above one step of any of these networks


class QuantizedOnnx(support.Case):
    def run_on(self, model, target):
        output = self.work / f"{model.stem}.{target.partition(':')[0]}.bin"
        self.embark("run", model, "--target", target, "--input", FOLDER / "in0.bin",
                    "--output", output)
        return output.read_bytes()

    def test_host_and_virtual_board_give_the_same_bytes_near_onnx_runtimes(self):
        models = sorted(FOLDER.glob("*.onnx"))
        self.assertEqual(len(models), 3)
        for model in models:
            with self.subTest(network=model.name):
                host, virtual = self.run_on(model, "host"), self.run_on(model, f"virtual:{BOARD}")
                self.assertEqual(host.hex(), virtual.hex())
                ours = struct.unpack("<5f", host)
                theirs = struct.unpack("<5f", (FOLDER / f"{model.stem}.out0.bin").read_bytes())
                limit = QUANTUM * max(abs(value) for value in theirs)
                self.assertLessEqual(max(abs(a - b) for a, b in zip(ours, theirs)), limit)

    def test_every_layer_is_one_of_integers(self):
        for model in sorted(FOLDER.glob("*.onnx")):
            with self.subTest(network=model.name):
                report = self.json_of("analyze", model)
                kinds = {row["type"] for row in report["macc_by_type"]}
                self.assertFalse([kind for kind in kinds if kind.endswith("_f32")
                                  and not kind.startswith(("quantize", "dequantize"))], kinds)


if __name__ == "__main__":
    support.main()
