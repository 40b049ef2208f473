"""The seed network against the figures that STM32Cube.AI gives for it; skipped without its file."""
import math
import sys
import time

import support
from support import BOARD, SRC

SEED = SRC / "models" / "cifar10_vgg11.h5"
# MACC as STM32Cube.AI counts it, layer by layer.
LAYERS = (
    ("Conv2D", 884_768), ("ReLU", 32_768), ("BatchNormalization", 65_536),
    ("Conv2D", 9_437_216), ("ReLU", 32_768), ("BatchNormalization", 65_536),
    ("MaxPooling2D", 32_768),
    ("Conv2D", 4_718_656), ("ReLU", 16_384), ("BatchNormalization", 32_768),
    ("Conv2D", 9_437_248), ("ReLU", 16_384), ("BatchNormalization", 32_768),
    ("MaxPooling2D", 16_384),
    ("Conv2D", 4_718_720), ("ReLU", 8_192), ("BatchNormalization", 16_384),
    ("MaxPooling2D", 8_192),
    ("Conv2D", 2_359_424), ("ReLU", 2_048), ("BatchNormalization", 4_096),
    ("MaxPooling2D", 2_048),
    ("Dense", 525_312), ("ReLU", 1_024), ("Dense", 524_800), ("ReLU", 512), ("Dense", 5_130),
    ("Softmax", 150),
)


class Seed(support.Case):
    def test_verdict_and_figures(self):
        document = self.json_of("analyze", SEED, "--board", BOARD, status=3)
        self.assertEqual(document["parameters"], 1_343_146)
        self.assertEqual(document["parameters_framework"], 1_344_042)
        self.assertEqual(document["macc"], 32_997_984)
        self.assertEqual(document["weights_bytes"], 5_372_584)
        self.assertFalse(document["fits"])
        flash = next(region for region in document["regions"] if region["kind"] == "flash")
        self.assertLess(flash["margin"], 0)
        self.assertTrue(document["suggestions"])

    def test_macc_of_every_layer(self):
        document = self.json_of("analyze", SEED, "--board", BOARD, status=3)
        layers = [(layer["source_type"], layer["macc"]) for layer in document["layers"]
                  if layer["source_type"] not in ("Flatten", "InputLayer")]
        self.assertEqual(layers, list(LAYERS))
        self.assertEqual(sum(macc for _, macc in LAYERS), 32_997_984)

    def test_text_says_it_in_words(self):
        text = self.embark("analyze", SEED, "--board", BOARD, status=3).stdout
        for figure in ("1,343,146", "1,344,042", "32,997,984", "5,372,584", "does not fit"):
            self.assertIn(figure, text)

    def test_takes_less_than_half_a_second(self):
        def seconds():
            start = time.monotonic()
            self.embark("analyze", SEED, "--board", BOARD, status=3)
            return time.monotonic() - start

        # The best of several: other programs of the machine are not what is measured.
        best = math.inf
        for _ in range(8):
            best = min(best, seconds())
            if best < 0.5:
                break
        self.assertLess(best, 0.5)

    def test_memory_at_objective_ram(self):
        document = self.json_of("analyze", SEED, "--board", BOARD, "--objective", "ram", status=3)
        self.assertLessEqual(document["arena_bytes"], 72_000)
        self.assertLessEqual(document["flash_bytes"] - document["weights_bytes"], 12 * 1024)
        sections = {section["name"]: section["bytes"] for section in document["ram_sections"]}
        self.assertLessEqual(sections["data"] + sections["bss"], 512)

    def test_no_firmware_is_written(self):
        self.embark("generate", SEED, "--board", BOARD, "--firmware", "-o", "out", status=3)
        self.assertFalse((self.work / "out").exists())


if __name__ == "__main__":
    if not SEED.exists():
        print(f"{SEED} is not there", file=sys.stderr)
        sys.exit(support.SKIPPED)
    support.main()
