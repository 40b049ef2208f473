"""embark train and shrink: learn, go on after an interruption, refuse nonsense."""
import random
import signal
import struct
import subprocess
import zipfile

import support
from support import EMBARK, SRC

SPEC = """network pulses
x: input 32 2
a: conv 6 5 relu
b: max_pool 2
c: flatten
d: dense 3
e: softmax
"""


def npy(kind, shape, data):
    header = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}"
    header += " " * (63 - (len(header) + 10) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + data


def write_windows(path, count, seed):
    """Windows of two sensors, 32 steps each: noise with a pulse on one, on the other, or on none."""
    source = random.Random(seed)
    labels = [source.randrange(3) for _ in range(count)]
    values = []
    for label in labels:
        window = [source.gauss(0, 0.3) for _ in range(64)]
        at = source.randrange(4, 26)
        for step in range(at, at + 3):
            if label < 2:
                window[2 * step + label] += 1.5
        values += window
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("x.npy", npy("<f4", (count, 32, 2), struct.pack(f"<{len(values)}f", *values)))
        file.writestr("y.npy", npy("|u1", (count,), bytes(labels)))


class Train(support.Case):
    def setUp(self):
        super().setUp()
        write_windows(self.work / "train.npz", 600, 1)
        write_windows(self.work / "test.npz", 200, 2)
        (self.work / "net.spec").write_text(SPEC)

    def arguments(self, output, *more):
        return ["train", self.work / "net.spec", "--data", self.work / "train.npz", "--validation",
                self.work / "test.npz", "--batch", "32", "--rate", "0.01", "--threads", "1", "-o",
                self.work / output, *more]

    def skip_without_libtorch(self):
        result = subprocess.run([EMBARK, *map(str, self.arguments("x.graph", "--epochs", "1"))],
                                capture_output=True, text=True, check=False)
        if "built without it" in result.stderr:
            self.assertIn("apt-get install libtorch-dev", result.stderr)
            self.skipTest("built without libtorch")

    def test_learns_resumes_and_deploys(self):
        self.skip_without_libtorch()
        whole = self.embark(*self.arguments("whole.graph", "--epochs", "6")).stdout
        last = [line for line in whole.splitlines() if line.startswith("epoch")][-1]
        self.assertGreater(float(last.split("accuracy")[-1].split("%")[0]), 90.0, whole)
        # Killed after its second epoch, then told the same again.
        command = [EMBARK, *map(str, self.arguments("parts.graph", "--epochs", "6"))]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            for line in process.stdout:
                if line.startswith("epoch   2/"):
                    process.send_signal(signal.SIGKILL)
        self.assertTrue((self.work / "parts.graph.checkpoint").exists())
        self.assertFalse((self.work / "parts.graph").exists())
        rest = self.embark(*self.arguments("parts.graph", "--epochs", "6")).stdout
        self.assertNotIn("epoch   1/", rest)
        self.assertFalse((self.work / "parts.graph.checkpoint").exists())
        # All but the file's name, which is the network's.
        same = [(self.work / name).read_text().split("\n", 1)[1]
                for name in ("whole.graph", "parts.graph")]
        self.assertEqual(same[0], same[1])
        self.embark(*self.arguments("net.onnx", "--epochs", "6"))
        printed = self.embark("validate", self.work / "net.onnx", "--target",
                              f"virtual:{support.BOARD}", "--data", self.work / "test.npz",
                              "--count", "50").stdout
        accuracy = next(line for line in printed.splitlines() if line.startswith(" accuracy"))
        self.assertGreater(float(accuracy.split()[1]), 85.0, printed)

    def shrink(self, output, *more, board=support.BOARD):
        return [EMBARK, *map(str, ["shrink", self.work / "net.graph", "--board", board, "--data",
                                   self.work / "train.npz", "--validation",
                                   self.work / "test.npz", "--batch", "32", "--rate", "0.01",
                                   "--threads", "1", "--candidates", "3", "--epochs", "4",
                                   "--max-accuracy-drop", "20", "-o", self.work / output, *more])]

    def run_shrink(self, *arguments, status=0, **options):
        result = subprocess.run(self.shrink(*arguments, **options), capture_output=True, text=True,
                                check=False)
        self.assertEqual(result.returncode, status, result.stdout + result.stderr)
        return result

    def test_shrink_keeps_the_limits_goes_on_and_deploys(self):
        self.skip_without_libtorch()
        (self.work / "net.spec").write_text(SPEC.replace("conv 6 5", "conv 16 5").replace(
            "d: dense", "h: dense 40 relu\nd: dense"))
        self.embark(*self.arguments("net.graph", "--epochs", "6"))
        limits = ("--flash", "18k", "--ram", "6k", "--latency", "1")
        log = self.work / "small.tflite.search.jsonl"
        # Killed after its first candidate.
        with subprocess.Popen(self.shrink("small.tflite", *limits), stdout=subprocess.PIPE,
                              text=True) as process:
            for line in process.stdout:
                if " epochs " in line and "%" in line:
                    process.send_signal(signal.SIGKILL)
        done = log.read_text().splitlines()
        self.assertEqual(len(done), 2)
        printed = self.run_shrink("small.tflite", *limits).stdout
        self.assertEqual(log.read_text().splitlines()[:2], done)
        self.assertIn("equal the host's on 20 examples", printed)
        measured = next(line for line in printed.splitlines() if line.startswith("on virtual:"))
        self.assertLessEqual(int(measured.split("flash ")[1].split()[0]), 18000)
        self.assertLessEqual(int(measured.split("RAM ")[1].split()[0]), 6000)
        self.assertLessEqual(float(measured.split(", ")[-2].split()[0]), 1.1)
        self.assertEqual(self.json_of("analyze", self.work / "small.tflite")["inputs"][0]["type"],
                         "int8")
        # Another board: no timing model, no emulator; the log of one is not that of the other.
        other = self.run_shrink("other.tflite", "--flash", "18k", board="nucleo-g0b1re").stdout
        self.assertIn("stay predicted", other)
        refused = self.run_shrink("small.tflite", board="nucleo-g0b1re", status=1).stderr
        self.assertIn("is the log of another search", refused)
        small = self.run_shrink("none.tflite", "--flash", "1k", status=3).stderr
        self.assertIn("none of", small)
        self.assertFalse((self.work / "none.tflite").exists())

    def test_faults_of_a_spec_are_listed_with_their_lines(self):
        (self.work / "bad.spec").write_text("network n\nx: input 8 8 1\ny: convolution 3 3x3\n"
                                            "z: dense many\n")
        result = subprocess.run([EMBARK, "spec", str(self.work / "bad.spec")], capture_output=True,
                                text=True, check=False)
        self.assertEqual(result.returncode, 1)
        self.assertIn("bad.spec", result.stderr)
        self.assertIn("convolution", result.stderr)
        self.assertIn("4", result.stderr)

    def test_a_spec_comes_back_as_it_was_printed(self):
        model = SRC / "models" / "cifar10_vgg11.h5"
        text = self.embark("spec", model).stdout
        (self.work / "seed.spec").write_text(text)
        self.assertEqual(self.embark("spec", self.work / "seed.spec").stdout, text)
        self.assertIn("spatial_dropout 0.25", text)


if __name__ == "__main__":
    support.main()
