"""Wrong input: a message that names the file and the place, the right status, nothing written."""
import os
import pathlib
import random
import shutil
import signal
import time
import zipfile

import support
from support import BAD, BOARD, IMAGES, KERAS, TINY

SAMPLE = KERAS / "sequential.h5"


class Refused(support.Case):
    """Each command must fail and leave the working directory as it was."""

    def listing(self):
        return sorted(str(path.relative_to(self.work)) for path in self.work.rglob("*"))

    def refuse(self, *arguments, says=(), status=1, environment=None):
        before = self.listing()
        result = self.embark(*arguments, status=status, environment=environment)
        self.assertEqual(self.listing(), before, "something was written")
        # deploy says on standard error what it is at.
        self.assertRegex(result.stderr, r"(?m)^embark: ")
        for crash in ("terminate called", "assert", "std::", "internal error", "HDF5-DIAG"):
            self.assertNotIn(crash, result.stderr)
        for text in [says] if isinstance(says, str) else says:
            self.assertIn(text, result.stderr)
        return result.stderr


class Models(Refused):
    def test_each_bad_model_is_refused_by_every_command_with_the_place(self):
        places = {
            "lambda_layer": ("layer twice", "Lambda"),
            "unknown_layer": ("layer wavelet", "Wavelet"),
            "wrong_shape": ("layer conv/kernel", "[3,3,5,2]", "[3,3,1,2]"),
            "missing_weights": ("layer conv/kernel", "missing"),
            "no_architecture": ("model_config", "save_weights"),
            "broken_json": ("model_config", "JSON"),
            "cycle": ("conv", "circle"),
            "not_a_number": ("layer conv/kernel", "not finite"),
            "no_model": ("HDF5", "model_config"),
        }
        self.assertEqual(sorted(places), sorted(path.stem for path in BAD.glob("*.h5")))
        for name, says in places.items():
            model = BAD / f"{name}.h5"
            with self.subTest(model=name):
                self.refuse("analyze", model, "--json", "a.json", says=(f"{name}.h5: ", *says))
                self.refuse("generate", model, "--board", BOARD, "-o", "out", says=says)
        self.refuse("deploy", BAD / "lambda_layer.h5", "--board", BOARD, "--data", IMAGES, "-o",
                    "out", says="Lambda")

    def test_files_that_are_cut_off_are_refused(self):
        data = SAMPLE.read_bytes()
        for size in (0, 1, 7, 100, 2048, len(data) // 2, len(data) - 1):
            with self.subTest(size=size):
                (self.work / "cut.h5").write_bytes(data[:size])
                self.refuse("analyze", "cut.h5", "--board", BOARD, says="cut.h5: ")

    def test_flipped_bits_never_crash(self):
        generator = random.Random(5)
        data = SAMPLE.read_bytes()
        for _ in range(20):
            flipped = bytearray(data)
            for _ in range(generator.choice((1, 4, 64))):
                flipped[generator.randrange(len(data))] ^= 1 << generator.randrange(8)
            (self.work / "flipped.h5").write_bytes(flipped)
            # A bit of a weight makes another network and no fault.
            result = support.subprocess.run(
                [support.EMBARK, "analyze", "flipped.h5"], cwd=self.work, env=self.environment,
                capture_output=True, text=True, errors="replace", timeout=20, check=False)
            self.assertIn(result.returncode, (0, 1), result.stderr)
            if result.returncode == 1:
                self.assertIn("flipped.h5: ", result.stderr)

    def test_files_of_other_kinds_are_refused(self):
        (self.work / "notes.h5").write_text("These are notes, not a network.\n")
        (self.work / "picture.h5").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(1000))
        (self.work / "folder.h5").mkdir()
        with zipfile.ZipFile(self.work / "archive.h5", "w") as archive:
            archive.writestr("x", "y")
        for name in ("notes.h5", "picture.h5", "folder.h5", "archive.h5", "none.h5"):
            with self.subTest(file=name):
                self.refuse("analyze", name, says=f"{name}: ")
        self.refuse("analyze", "/dev/null", says="/dev/null: ")

    def test_names_that_are_no_c_names_still_give_a_project(self):
        shutil.copy(TINY, self.work / "3 réseaux-final (1).h5")
        self.embark("generate", "3 réseaux-final (1).h5", "--board", BOARD, "-o", "out")


class Boards(Refused):
    def test_a_board_that_does_not_exist_gets_the_nearest_names(self):
        for command in (("analyze", SAMPLE), ("generate", SAMPLE, "-o", "out"), ("bench", SAMPLE),
                        ("deploy", TINY, "--data", IMAGES, "-o", "out"),
                        ("emulate", SAMPLE, "--seconds", "1")):
            with self.subTest(command=command[0]):
                self.refuse(*command, "--board", "stm32l4r9i-dico", says=("stm32l4r9i-dico", BOARD))
        self.refuse("validate", TINY, "--data", IMAGES, "--target", "virtual:stm32",
                    says="stm32")

    def test_a_firmware_that_is_no_elf_is_refused(self):
        self.refuse("emulate", SAMPLE, "--board", BOARD, "--seconds", "1", says="sequential.h5")

    def test_a_network_that_does_not_fit_gives_no_firmware(self):
        self.refuse("generate", TINY, "--board", BOARD, "--firmware", "--ram", "2000", "-o", "out",
                    status=3)


class Data(Refused):
    def validate(self, data, *options, says, status=1, model=TINY):
        return self.refuse("validate", model, "--data", data, *options, "--json", "v.json",
                           says=says, status=status)

    def test_images_of_another_shape_are_refused(self):
        self.validate(IMAGES, model=SAMPLE, says=("test.npz", "6,6,2"))
        self.refuse("deploy", SAMPLE, "--board", BOARD, "--data", IMAGES, "-o", "out",
                    says=("test.npz", "6,6,2"))

    def test_archives_that_are_cut_off_or_foreign_are_refused(self):
        data = IMAGES.read_bytes()
        for size in (0, 100, len(data) // 2, len(data) - 10):
            with self.subTest(size=size):
                (self.work / "cut.npz").write_bytes(data[:size])
                self.validate("cut.npz", says="cut.npz")
        with zipfile.ZipFile(self.work / "other.npz", "w") as archive:
            archive.writestr("readme.txt", "no arrays")
        self.validate("other.npz", says="other.npz")
        with zipfile.ZipFile(self.work / "half.npz", "w") as archive:
            archive.writestr("x.npy", b"\x93NUMPY\x01\x00\x46\x00{'descr': '<f4', 'fortran_order'")
        self.validate("half.npz", says="half.npz")
        self.validate("none.npz", says="none.npz")
        (self.work / "empty").mkdir()
        self.validate("empty", says="empty")

    def test_a_reference_that_does_not_match_is_refused(self):
        self.validate(IMAGES, "--count", "5", "--reference", IMAGES, says="test.npz")
        self.validate(IMAGES, "--count", "5", "--reference", "none.npz", says="none.npz")

    def test_inputs_of_the_wrong_size_or_number_are_refused(self):
        (self.work / "short.bin").write_bytes(bytes(100))
        self.refuse("run", TINY, "--input", "short.bin", "--output", "o.bin",
                    says=("short.bin", "100", "12288"))
        image = TINY.with_suffix(".in.bin")
        self.refuse("run", TINY, "--input", image, "--input", image, says="expected 1", status=2)
        self.refuse("run", TINY, "--input", image, "--output", "a", "--output", "b",
                    says="expected 1", status=2)
        self.refuse("run", TINY, "--input", "none.bin", says="none.bin")


class Usage(Refused):
    def test_options_that_make_no_sense_have_status_2(self):
        for arguments in (("analyse", SAMPLE), ("analyze",), ("analyze", SAMPLE, "--bord", BOARD),
                          ("analyze", SAMPLE, "--objective", "speed"),
                          ("analyze", SAMPLE, "--ram", "-1"), ("analyze", SAMPLE, "--ram", "much"),
                          ("validate", TINY, "--data", IMAGES, "--count", "0"),
                          ("validate", TINY, "--data", IMAGES, "--count", "-3"),
                          ("validate", TINY, "--data", IMAGES, "--count", "x"),
                          ("validate", TINY, "--data", IMAGES, "--divide", "0"),
                          ("validate", TINY, "--data", IMAGES, "--target", "board"),
                          ("validate", TINY, "--data", IMAGES, "--target", "virtual:"),
                          ("validate", TINY), ("generate", SAMPLE, "--board", BOARD),
                          ("emulate", SAMPLE, "--board", BOARD), ("run", TINY),
                          ("emulate", SAMPLE, "--board", BOARD, "--pty", "--stdio"),
                          ("completion", "fish"), ("analyze", SAMPLE, "--disable-pass", "none")):
            with self.subTest(arguments=[str(a) for a in arguments]):
                self.refuse(*arguments, status=2)


class Output(Refused):
    def test_a_file_where_a_folder_should_be_is_named(self):
        (self.work / "out").write_text("mine")
        for command in (("generate", TINY, "--board", BOARD),
                        ("deploy", TINY, "--board", BOARD, "--data", IMAGES, "--count", "2")):
            with self.subTest(command=command[0]):
                self.refuse(*command, "-o", "out", says="out: ")
                self.refuse(*command, "-o", "out/deeper", says="out")
        self.assertEqual((self.work / "out").read_text(), "mine")

    def test_a_folder_that_cannot_be_written_is_named(self):
        target = "/proc/embark-out"  # nobody can write there, not even root
        self.refuse("generate", TINY, "--board", BOARD, "-o", target, says=target)
        self.refuse("analyze", TINY, "--json", f"{target}/a.json", says=target)
        self.refuse("run", TINY, "--input", TINY.with_suffix(".in.bin"), "--output",
                    f"{target}.bin", says=target)

    def test_an_output_that_cannot_be_written_is_told_before_the_work(self):
        start = time.monotonic()
        (self.work / "out").write_text("mine")
        said = self.refuse("deploy", TINY, "--board", BOARD, "--data", IMAGES, "-o", "out",
                           says="out: ")
        self.assertNotIn("run on the host", said)
        self.refuse("validate", TINY, "--data", IMAGES, "--json", "none/v.json",
                    says="none/v.json: ")
        self.assertLess(time.monotonic() - start, 10)


class Compilers(Refused):
    def path_without(self, *names):
        """A folder with links to all programs of /usr/bin but these."""
        folder = self.tmp.parent / "bin"
        folder.mkdir()
        for program in pathlib.Path("/usr/bin").iterdir():
            if not any(program.name.startswith(name) for name in names):
                (folder / program.name).symlink_to(program)
        return {"PATH": str(folder)}

    def test_a_missing_cross_compiler_is_named_with_its_package(self):
        environment = self.path_without("arm-none-eabi")
        for command in (("validate", TINY, "--data", IMAGES, "--count", "2", "--target",
                         f"virtual:{BOARD}", "--json", "v.json"),
                        ("deploy", TINY, "--board", BOARD, "--data", IMAGES, "--count", "2", "-o",
                         "out"),
                        ("bench", TINY, "--board", BOARD)):
            with self.subTest(command=command[0]):
                self.refuse(*command, says="arm-none-eabi-gcc", environment=environment)

    def test_missing_host_tools_are_named(self):
        environment = {"PATH": str(self.tmp)}
        self.refuse("run", TINY, "--input", TINY.with_suffix(".in.bin"), "--output", "o.bin",
                    environment=environment)


class Interrupted(Refused):
    def interrupt(self, *arguments, after):
        child = self.start(*arguments, preexec_fn=lambda: signal.signal(
            signal.SIGINT, signal.default_int_handler))
        with support.process(child):
            time.sleep(after)
            self.assertIsNone(child.poll(), "it ended before it was interrupted")
            child.send_signal(signal.SIGINT)
            start = time.monotonic()
            output, errors = child.communicate(timeout=20)
            self.assertLess(time.monotonic() - start, 10, "it did not end promptly")
        for crash in ("terminate called", "internal error"):
            self.assertNotIn(crash, errors)
        return child.returncode, output, errors

    def test_validate_reports_on_the_images_done(self):
        status, output, _ = self.interrupt("validate", TINY, "--data", IMAGES, "--target",
                                           f"virtual:{BOARD}", "--json", "v.json", after=6)
        self.assertEqual(status, 0)
        self.assertIn("images", output)
        self.assertLess(self.json("v.json")["images"], 1000)
        self.assertGreater(self.json("v.json")["images"], 0)
        self.assertEqual(self.listing(), ["v.json"])
        self.assertEqual(os.listdir(self.tmp), [])

    def test_deploy_leaves_nothing_half_written(self):
        for after in (0.5, 6):
            with self.subTest(after=after):
                status, _, _ = self.interrupt("deploy", TINY, "--board", BOARD, "--data", IMAGES,
                                              "-o", "out", after=after)
                self.assertNotEqual(status, 0)
                self.assertEqual(self.listing(), [])
                self.assertEqual(os.listdir(self.tmp), [])


if __name__ == "__main__":
    support.main()
