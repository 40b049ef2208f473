"""The firmware on the virtual board, through a pseudo-terminal: as a real board on a serial port."""
import importlib.util
import os
import pty
import select
import signal
import struct
import sys
import time

import support
from support import BOARD, IMAGES, SRC, TINY, floats, process

CLIENT = SRC / "examples" / "serial" / "classic_client.py"


def single(value):
    """Rounded to float32, as the device computes."""
    return struct.unpack("<f", struct.pack("<f", value))[0]


class PseudoTerminal(support.Case):
    def setUp(self):
        super().setUp()
        self.embark("generate", TINY, "--board", BOARD, "--firmware", "-o", "fw")
        self.command("cmake", "-S", "fw", "-B", "fw/build")
        self.command("cmake", "--build", "fw/build")
        self.port = self.work / "tty"

    def emulator(self):
        """Runs the firmware; its name of the pseudo-terminal on standard output says it is ready."""
        child = self.start("emulate", "fw/build/tiny_cifar10.elf", "--board", BOARD, "--pty",
                           "--link", self.port, "--seconds", "100")
        ready, _, _ = select.select([child.stdout], [], [], 20)
        self.assertTrue(ready, "the emulator did not get ready")
        self.assertTrue(child.stdout.readline().startswith("/dev/pts/"))
        return child

    def answer_of_run(self, image):
        self.embark("run", TINY, "--input", image, "--output", "expected.bin")
        return floats((self.work / "expected.bin").read_bytes())

    def test_classic_client_reads_the_probabilities_of_run_and_embark_can_follow(self):
        image = TINY.with_suffix(".in.bin")
        probabilities = self.answer_of_run(image)
        self.assertAlmostEqual(sum(probabilities), 1.0, places=5)
        expected = [f"{label} {round(int(single(value * 255)) / 255, 3)}"
                    for label, value in enumerate(probabilities)]
        with process(self.emulator()) as child:
            for _ in range(2):  # a client that comes again synchronises again
                lines = self.command(sys.executable, CLIENT, self.port, image,
                                     timeout=60).stdout.splitlines()
                self.assertEqual(lines, expected)
            self.check_framed(image, probabilities)
            child.send_signal(signal.SIGINT)
            _, errors = child.communicate(timeout=10)
            self.assertEqual(child.returncode, 0, errors)
            self.assertIn("cycles", errors)
        self.assertFalse(self.port.is_symlink(), "the link to the pseudo-terminal is left")

    def check_framed(self, image, probabilities):
        """The framed protocol, on the same port, after the classic one."""
        target = f"serial:{self.port}"
        self.embark("run", TINY, "--target", target, "--input", image, "--output", "serial.bin")
        self.assertEqual(floats((self.work / "serial.bin").read_bytes()), probabilities)
        document = self.json_of("validate", TINY, "--target", target, "--data", IMAGES,
                                "--count", "5")
        self.assertEqual(document["images"], 5)
        self.assertTrue(document["byte_equal"])
        self.assertEqual(document["agreement"], 1.0)
        other = support.KERAS / "shared_layer.h5"
        result = self.embark("run", other, "--target", target, "--input", image, "--input", image,
                             status=1)
        self.assertNotEqual(result.stderr, "")


class NoDevice(support.Case):
    def test_a_port_that_does_not_exist_is_named(self):
        result = self.embark("run", TINY, "--target", "serial:/dev/none", "--input",
                             TINY.with_suffix(".in.bin"), status=1)
        self.assertIn("/dev/none", result.stderr)

    def test_a_device_that_is_silent_ends_the_command(self):
        primary, secondary = pty.openpty()
        self.addCleanup(os.close, primary)
        self.addCleanup(os.close, secondary)
        start = time.monotonic()
        result = self.embark("run", TINY, "--target", f"serial:{os.ttyname(secondary)}", "--input",
                             TINY.with_suffix(".in.bin"), status=1, timeout=60)
        self.assertLess(time.monotonic() - start, 30)
        self.assertIn(os.ttyname(secondary), result.stderr)


if __name__ == "__main__":
    if importlib.util.find_spec("serial") is None:
        print("python3-serial is not installed", file=sys.stderr)
        sys.exit(support.SKIPPED)
    support.main()
