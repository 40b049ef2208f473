"""What the end-to-end tests share: the program, samples, folders of their own."""
import concurrent.futures
import contextlib
import json
import math
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest

SRC = pathlib.Path(os.environ.get("SRC") or pathlib.Path(__file__).resolve().parents[2])
BUILD = pathlib.Path(os.environ.get("BUILD") or SRC / "build" / "dev")
EMBARK = os.environ.get("EMBARK") or str(BUILD / "src" / "cli" / "embark")
BOARD = "stm32l4r9i-disco"
KERAS = SRC / "tests" / "data" / "keras"
BAD = SRC / "tests" / "data" / "bad"
TINY = SRC / "tests" / "data" / "tiny" / "tiny_cifar10.h5"
IMAGES = SRC / "examples" / "cifar10" / "test.npz"
SKIPPED = 77


def samples():
    """Every small Keras network, by name."""
    return sorted({path.stem for suffix in ("h5", "keras") for path in KERAS.glob(f"*.{suffix}")})


def sample_file(name):
    """The network of that name, as an archive where there is one."""
    archive = KERAS / f"{name}.keras"
    return archive if archive.exists() else KERAS / f"{name}.h5"


def floats(data):
    return struct.unpack(f"<{len(data) // 4}f", data)


def largest_difference(left, right):
    if len(left) != len(right):
        return math.inf
    differences = [abs(a - b) for a, b in zip(floats(left), floats(right))]
    return math.inf if any(math.isnan(d) for d in differences) else max(differences)


def tree(folder):
    """{relative name: bytes} of every file below a folder."""
    folder = pathlib.Path(folder)
    return {str(path.relative_to(folder)): path.read_bytes()
            for path in sorted(folder.rglob("*")) if path.is_file()}


class Case(unittest.TestCase):
    """A test with a working directory and a TMPDIR of its own; both must be left clean."""

    def setUp(self):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="embark-e2e-"))
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        self.work = folder / "work"
        self.tmp = folder / "tmp"
        for path in (self.work, self.tmp):
            path.mkdir()
        self.environment = {**os.environ, "TMPDIR": str(self.tmp), "LANG": "C.UTF-8"}
        for name in [name for name in self.environment if name.startswith("EMBARK")]:
            del self.environment[name]

    def start(self, *arguments, **options):
        return subprocess.Popen([EMBARK, *map(str, arguments)], cwd=self.work, text=True,
                                env=self.environment, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)

    def embark(self, *arguments, status=0, environment=None, timeout=120):
        """Runs the program; its exit status must be as given. Returns the finished process."""
        temporary = tempfile.mkdtemp(dir=self.tmp)
        result = subprocess.run([EMBARK, *map(str, arguments)], cwd=self.work, timeout=timeout,
                                env={**self.environment, "TMPDIR": temporary,
                                     **(environment or {})}, check=False,
                                stdin=subprocess.DEVNULL, capture_output=True, text=True)
        self.assertEqual(result.returncode, status,
                         f"embark {' '.join(map(str, arguments))}\n{result.stdout}{result.stderr}")
        self.assertEqual(os.listdir(temporary), [], "left in the temporary directory")
        return result

    def command(self, *arguments, **options):
        """Another program, which must succeed."""
        result = subprocess.run([str(argument) for argument in arguments], cwd=self.work,
                                env=self.environment, check=False, capture_output=True, text=True,
                                **options)
        self.assertEqual(result.returncode, 0, f"{arguments}\n{result.stdout}{result.stderr}")
        return result

    def json(self, name):
        return json.loads((self.work / name).read_text())

    def run_sample(self, name, *options, tag="out"):
        """`embark run` on a sample. Returns the bytes of all outputs, one after the other."""
        document = self.json_of("analyze", sample_file(name))
        data = (KERAS / f"{name}.in.bin").read_bytes()
        arguments, outputs, at = [], [], 0
        for index, tensor in enumerate(document["inputs"]):
            file = self.work / f"{name}.{tag}.in{index}.bin"
            file.write_bytes(data[at:at + tensor["bytes"]])
            arguments += ["--input", file]
            at += tensor["bytes"]
        self.assertEqual(at, len(data), f"{name}.in.bin")
        for index in range(len(document["outputs"])):
            outputs.append(self.work / f"{name}.{tag}.out{index}.bin")
            arguments += ["--output", outputs[-1]]
        self.embark("run", sample_file(name), *arguments, *options)
        return b"".join(path.read_bytes() for path in outputs)

    def json_of(self, *arguments, status=0):
        return json.loads(self.embark(*arguments, "--json", "-", status=status).stdout)


def in_parallel(function, items):
    """Calls the function on each item, two at a time. Returns the results in order."""
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        return list(pool.map(function, items))


@contextlib.contextmanager
def process(child):
    """Ends a process with the block, whatever happens."""
    try:
        yield child
    finally:
        if child.poll() is None:
            child.kill()
        child.communicate()


def main():
    if not pathlib.Path(EMBARK).exists():
        print(f"{EMBARK} is not there: build it, or set EMBARK", file=sys.stderr)
        sys.exit(1)
    unittest.main(module="__main__", verbosity=2)
