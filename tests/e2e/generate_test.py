"""Generated projects: they build, answer as the program does, and take what was predicted."""
import os
import re
import time

import support
from support import BOARD, KERAS, TINY, tree

SAMPLES = ("conv_mix", "activation_layers")
WARNINGS = ("-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror")


class HostProject(support.Case):
    def test_example_gives_the_same_bytes_as_run(self):
        self.embark("generate", TINY, "--board", BOARD, "-o", "host")
        self.command("cmake", "-S", "host", "-B", "host/build")
        self.command("cmake", "--build", "host/build")
        image = TINY.with_suffix(".in.bin")
        self.command("host/build/example", image, "example.bin")
        self.embark("run", TINY, "--input", image, "--output", "run.bin")
        self.assertEqual((self.work / "example.bin").read_bytes().hex(),
                         (self.work / "run.bin").read_bytes().hex())

    def test_model_compiles_without_a_warning_as_c99_and_as_cxx(self):
        for name in SAMPLES:
            with self.subTest(sample=name):
                self.embark("generate", KERAS / f"{name}.h5", "--board", BOARD, "-o", name)
                include = ("-I", f"{name}/model", "-I", f"{name}/runtime/include")
                sources = [path for path in (self.work / name).rglob("*.c")
                           if path.parent.name == "model" or "kernels" in path.parts]
                self.assertGreater(len(sources), 1)
                self.command("gcc", "-std=c99", *WARNINGS, "-fsyntax-only", *include, *sources)
                model = self.work / name / "model" / f"{name}.c"
                self.command("g++", "-std=c++11", *WARNINGS, "-fsyntax-only", *include, "-x", "c++",
                             model)


class Files(support.Case):
    def test_writing_twice_gives_the_same_files_without_paths_or_dates(self):
        for kind in ((), ("--firmware",)):
            with self.subTest(kind=kind):
                for folder in ("first", "second"):
                    (self.work / folder).mkdir(exist_ok=True)
                    self.embark("generate", TINY, "--board", BOARD, *kind, "-o", f"{folder}/out")
                    time.sleep(1.1)
                files = tree(self.work / "first" / "out")
                self.assertEqual(files, tree(self.work / "second" / "out"))
                self.check_content(files)

    def check_content(self, files):
        self.assertIn("model/tiny_cifar10.c", files)
        ours = (str(self.work), str(support.SRC), os.path.expanduser("~") + "/")
        year = time.strftime("%Y")
        for name, data in files.items():
            text = data.decode("utf-8")
            for path in ours:
                self.assertNotIn(path, text, name)
            self.assertIsNone(re.search(rf"\b{year}-\d\d-\d\d|\d\d:\d\d:\d\d|__DATE__|__TIME__", text),
                              name)


class Firmware(support.Case):
    def test_builds_with_cmake_alone_in_a_path_with_a_space(self):
        folder = self.work / "my board" / "firmware"
        self.embark("generate", TINY, "--board", BOARD, "--firmware", "-o", folder)
        self.command("cmake", "-S", folder, "-B", folder / "build")
        self.command("cmake", "--build", folder / "build")
        (elf,) = (folder / "build").glob("*.elf")
        self.assertIn(b"\x7fELF", elf.read_bytes()[:4])

    def test_flash_ram_and_stack_are_as_predicted(self):
        cases = (("conv_mix", "balanced"), ("conv_mix", "time"), ("merging", "balanced"),
                 ("keras2_functional", "balanced"), ("pooling", "ram"), (None, "balanced"))
        for name, objective in cases:
            with self.subTest(sample=name or "tiny_cifar10", objective=objective):
                model = KERAS / f"{name}.h5" if name else TINY
                document = self.json_of("bench", model, "--board", BOARD, "--objective", objective)
                firmware = document["firmware"]
                self.assertLessEqual(
                    abs(firmware["predicted_flash_bytes"] - firmware["flash_bytes"]),
                    0.01 * firmware["flash_bytes"])
                self.check_bound(firmware["predicted_ram_bytes"], firmware["ram_bytes"])
                stack = document["stack_bytes"]
                self.assertGreaterEqual(document["predicted_stack_bytes"], stack)
                self.assertLessEqual(document["predicted_stack_bytes"], stack + 64)

    def check_bound(self, predicted, measured):
        self.assertGreaterEqual(predicted, measured)
        self.assertLessEqual(predicted, 1.05 * measured)


if __name__ == "__main__":
    support.main()
