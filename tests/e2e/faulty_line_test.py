"""`embark validate` with a device behind a serial line that drops, doubles and flips bytes."""
import contextlib
import os
import pty
import random
import select
import subprocess
import threading
import tty

import support
from support import BOARD, IMAGES, TINY

RATE = 0.001  # of each kind of fault, by byte
COUNT = 40


def damage(data, dice):
    """The bytes that arrive."""
    out = bytearray()
    for byte in data:
        fault = dice.random()
        if fault < RATE:
            continue
        out.append(byte ^ 1 << dice.randrange(8) if fault < 2 * RATE else byte)
        if 2 * RATE <= fault < 3 * RATE:
            out.append(byte)
    return bytes(out)


@contextlib.contextmanager
def faulty_terminal(program, seed):
    """The name of a pseudo-terminal with the program behind it."""
    child = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
    primary, secondary = pty.openpty()
    tty.setraw(secondary)
    done = threading.Event()

    def carry(source, target, dice):
        while not done.is_set():
            if select.select([source], [], [], 0.05)[0]:
                data = damage(os.read(source, 4096), dice)
                while data:
                    data = data[os.write(target, data):]

    ways = ((primary, child.stdin.fileno()), (child.stdout.fileno(), primary))
    threads = [threading.Thread(target=carry, args=(*way, random.Random(seed + number)))
               for number, way in enumerate(ways)]
    for thread in threads:
        thread.start()
    try:
        yield os.ttyname(secondary)
    finally:
        done.set()
        for thread in threads:
            thread.join()
        with support.process(child):
            pass
        os.close(secondary)
        os.close(primary)


class FaultyLine(support.Case):
    def test_every_image_is_answered_as_on_the_host(self):
        self.embark("generate", TINY, "--board", BOARD, "-o", "host")
        self.command("cmake", "-S", "host", "-B", "host/build")
        self.command("cmake", "--build", "host/build")
        with faulty_terminal(self.work / "host/build/service", 5) as port:
            document = self.json_of("validate", TINY, "--target", f"serial:{port}", "--data", IMAGES,
                                    "--count", COUNT)
        self.assertEqual(document["images"], COUNT)
        self.assertTrue(document["byte_equal"])
        self.assertEqual(document["agreement"], 1.0)


if __name__ == "__main__":
    support.main()
