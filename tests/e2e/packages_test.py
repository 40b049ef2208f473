"""Packages: each is laid out as its ecosystem expects; what can be built here is."""
import json
import re
import shutil
import xml.etree.ElementTree

import support
from support import BOARD, SRC, TINY

KWS = SRC / "tests" / "data" / "tflite" / "kws_int8.tflite"
WARNINGS = ("-Wall", "-Wextra", "-Werror")
# Enough of each ecosystem's own headers for the example to compile against.
SHIMS = {
    "Arduino.h": """#pragma once
#include <stdint.h>
#include <stdio.h>
struct Printer {
    void begin(long) {}
    void print(const char *text) { printf("%s", text); }
    void print(unsigned long value) { printf("%lu", value); }
    void print(uint32_t value) { printf("%lu", (unsigned long)value); }
    void println(const char *text) { printf("%s\\n", text); }
    void println(float value, int digits) { printf("%.*f\\n", digits, (double)value); }
};
static Printer Serial;
static inline unsigned long micros() { return 0; }
static inline void delay(unsigned long) {}
""",
    "zephyr/kernel.h": "", "zephyr/sys/printk.h": "#include <stdio.h>\n#define printk printf\n",
    "main.h": "void Error_Handler(void);\n",
}


class Packages(support.Case):
    def package(self, kind, model=TINY):
        self.embark("generate", model, "--board", BOARD, "--package", kind, "-o", kind)
        shims = self.work / "shims"
        for name, text in SHIMS.items():
            (shims / name).parent.mkdir(parents=True, exist_ok=True)
            (shims / name).write_text(text)
        folder = self.work / kind
        for path in folder.rglob("*"):
            if path.is_file():
                self.assertIsNone(re.search(r"@[A-Z_]+@", path.read_text()), path)
                self.assertNotIn("@", path.name)
        return folder

    def expected(self, model=TINY):
        """The example's output: a line for each value of output 0 in thousandths."""
        sizes = [tensor["bytes"] for tensor in self.json_of("analyze", model)["inputs"]]
        (self.work / "zeros.bin").write_bytes(bytes(sizes[0]))
        self.embark("run", model, "--input", "zeros.bin", "--output", "out.bin")
        return support.floats((self.work / "out.bin").read_bytes())

    def compile_for_arm(self, sources, includes, language=()):
        """Every source for a Cortex-M4, without a C library where none is asked for."""
        if shutil.which("arm-none-eabi-gcc") is None:
            self.skipTest("arm-none-eabi-gcc is not installed")
        for source in sources:
            self.command("arm-none-eabi-gcc", "-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=hard",
                         "-mfpu=fpv4-sp-d16", "-O2", *WARNINGS, *language, "-ffreestanding",
                         *[f"-I{path}" for path in includes], "-c", source, "-o", "object.o")

    def build_example(self, main, sources, includes, compiler="gcc", more=()):
        objects = []
        for number, source in enumerate(sources):
            objects.append(self.work / f"{number}.o")
            self.command("gcc", "-O1", *WARNINGS, "-ffp-contract=off",
                         *[f"-I{path}" for path in includes], "-c", source, "-o", objects[-1])
        self.command(compiler, "-O1", *WARNINGS, *more,
                     *[f"-I{path}" for path in (self.work / "shims", *includes)], main, "-x",
                     "none", *objects, "-o", "example")
        return self.command(self.work / "example").stdout

    def check_lines(self, printed, values):
        found = [int(value) for value in re.findall(r"^\d+: (-?\d+)/1000$", printed, re.M)]
        self.assertEqual(found, [int(value * 1000) for value in values])

    def test_cmake_builds_installs_and_is_found(self):
        folder = self.package("cmake")
        self.command("cmake", "-S", folder, "-B", "build")
        self.command("cmake", "--build", "build")
        self.check_lines(self.command("build/example").stdout, self.expected())
        self.command("cmake", "--install", "build", "--prefix", self.work / "prefix")
        user = self.work / "user"
        user.mkdir()
        shutil.copytree(folder / "example", user / "example")
        (user / "CMakeLists.txt").write_text(
            "cmake_minimum_required(VERSION 3.20)\nproject(user C)\n"
            "find_package(tiny_cifar10 1.0 REQUIRED)\nadd_executable(user example/main.c)\n"
            "target_link_libraries(user PRIVATE embark::tiny_cifar10)\n")
        self.command("cmake", "-S", user, "-B", "user-build",
                     f"-DCMAKE_PREFIX_PATH={self.work / 'prefix'}")
        self.command("cmake", "--build", "user-build")
        self.check_lines(self.command("user-build/user").stdout, self.expected())

    def test_cmake_builds_for_a_microcontroller(self):
        folder = self.package("cmake", KWS)
        for name in ("cortex-m4.cmake", "arm-none-eabi.cmake"):
            shutil.copy(SRC / "boards" / "cores" / name, self.work)
        for kind in ("Release", "Debug"):
            self.command("cmake", "-S", folder, "-B", kind, f"-DCMAKE_BUILD_TYPE={kind}",
                         f"-DCMAKE_TOOLCHAIN_FILE={self.work / 'cortex-m4.cmake'}")
            self.command("cmake", "--build", kind)
            self.assertTrue((self.work / kind / "libkws_int8.a").exists())

    def test_arduino_is_a_library_and_its_sketch_runs(self):
        folder = self.package("arduino")
        properties = dict(line.split("=", 1) for line in
                          (folder / "library.properties").read_text().splitlines())
        # What the library specification requires.
        for key in ("name", "version", "author", "maintainer", "sentence", "paragraph", "category",
                    "url", "architectures"):
            self.assertTrue(properties[key], key)
        self.assertTrue((folder / "src" / properties["includes"]).exists())
        sketches = [path for path in (folder / "examples").iterdir()]
        self.assertEqual([path.name for path in sketches], ["Inference"])
        sketch = sketches[0] / "Inference.ino"
        # The builder puts Arduino.h before a sketch and calls setup and loop.
        whole = self.work / "sketch.cpp"
        whole.write_text('#include "Arduino.h"\n' + sketch.read_text() +
                         "int main() { setup(); loop(); }\n")
        printed = self.build_example(whole, sorted((folder / "src").rglob("*.c")),
                                     (folder / "src", sketches[0]), "g++", ("-x", "c++"))
        found = re.findall(r"^\d+: ([\d.]+)$", printed, re.M)
        self.assertEqual(found, [f"{value:.4f}" for value in self.expected()])
        self.compile_for_arm((folder / "src").rglob("*.c"), (folder / "src",))

    def test_platformio_has_what_its_manifest_names(self):
        folder = self.package("platformio")
        manifest = json.loads((folder / "library.json").read_text())
        for key in ("includeDir", "srcDir"):
            self.assertTrue((folder / manifest["build"][key]).is_dir())
        self.assertTrue((folder / "include" / manifest["headers"]).exists())
        (example,) = manifest["examples"]
        for name in example["files"]:
            self.assertTrue((folder / example["base"] / name).exists(), name)
        main = folder / example["base"] / "src" / "main.cpp"
        whole = self.work / "main.cpp"
        whole.write_text(main.read_text() + "int main() { setup(); loop(); }\n")
        printed = self.build_example(whole, sorted((folder / "src").rglob("*.c")),
                                     (folder / "include", main.parent), "g++", ("-x", "c++"))
        self.assertEqual(len(re.findall(r"^\d+: [\d.]+$", printed, re.M)), 10)

    def check_sources_listed(self, folder, text, prefix=""):
        sources = sorted(str(path.relative_to(folder)) for path in (folder / "src").rglob("*.c"))
        self.assertGreater(len(sources), 2)
        for name in sources:
            self.assertIn(prefix + name, text)

    def test_zephyr_is_a_module_and_its_sample_runs(self):
        folder = self.package("zephyr")
        module = (folder / "zephyr" / "module.yml").read_text()
        self.assertIn("kconfig: zephyr/Kconfig", module)
        option = re.search(r"^config (\w+)$", (folder / "zephyr" / "Kconfig").read_text(), re.M)
        self.assertIn(f"CONFIG_{option.group(1)}=y",
                      (folder / "samples/inference/prj.conf").read_text())
        cmake = (folder / "zephyr" / "CMakeLists.txt").read_text()
        self.assertIn(f"CONFIG_{option.group(1)}", cmake)
        self.check_sources_listed(folder, cmake, "../")
        main = folder / "samples/inference/src/main.c"
        self.check_lines(self.build_example(main, sorted((folder / "src").rglob("*.c")),
                                            (folder / "include", main.parent)), self.expected())

    def test_esp_idf_is_a_component_and_its_example_runs(self):
        folder = self.package("esp-idf")
        self.check_sources_listed(folder, (folder / "CMakeLists.txt").read_text())
        main = folder / "examples/inference/main/main.c"
        entry = self.work / "entry.c"
        entry.write_text(main.read_text() + "int main(void) { app_main(); return 0; }\n")
        self.check_lines(self.build_example(entry, sorted((folder / "src").rglob("*.c")),
                                            (folder / "include", main.parent)), self.expected())

    def test_cmsis_pack_names_every_file_and_its_example_runs(self):
        folder = self.package("cmsis-pack")
        (description,) = folder.glob("*.pdsc")
        package = xml.etree.ElementTree.parse(description).getroot()
        self.assertEqual(description.name,
                         f"{package.findtext('vendor')}.{package.findtext('name')}.pdsc")
        named = {file.get("name") for file in package.iter("file")}
        there = {str(path.relative_to(folder)) for part in ("src", "include")
                 for path in (folder / part).rglob("*") if path.is_file()}
        self.assertEqual(named - {"include/"}, there)
        (example,) = package.iter("example")
        load = example.find("project/environment").get("load")
        self.assertTrue((folder / example.get("folder") / load).exists())
        self.assertTrue((folder / example.get("folder") / example.get("doc")).exists())
        main = folder / "examples/inference/main.c"
        self.check_lines(self.build_example(main, sorted((folder / "src").rglob("*.c")),
                                            (folder / "include", main.parent)), self.expected())

    def test_stm32cubeide_compiles_beside_a_project_of_cubemx(self):
        folder = self.package("stm32cubeide", KWS)
        includes = (folder / "Core/Inc", folder / "Middlewares/Embark/Inc", self.work / "shims")
        self.compile_for_arm([*folder.rglob("*.c")], includes)

    def test_the_same_model_gives_the_same_files(self):
        first = support.tree(self.package("cmsis-pack"))
        shutil.rmtree(self.work / "cmsis-pack")
        self.assertEqual(first, support.tree(self.package("cmsis-pack")))


class BadUse(support.Case):
    def test_an_unknown_kind_is_refused_with_those_that_exist(self):
        result = self.embark("generate", TINY, "--board", BOARD, "--package", "npm", "-o", "out",
                             status=2)
        for kind in ("npm", "cmake", "stm32cubeide"):
            self.assertIn(kind, result.stderr)
        self.assertFalse((self.work / "out").exists())

    def test_a_package_is_no_firmware(self):
        self.embark("generate", TINY, "--board", BOARD, "--package", "cmake", "--firmware", "-o",
                    "out", status=2)
        self.assertFalse((self.work / "out").exists())


if __name__ == "__main__":
    support.main()
