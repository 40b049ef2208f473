"""Start-up and port of every family of microcontrollers compile without a warning."""
import os
import pathlib
import subprocess
import sys
import unittest

SRC = pathlib.Path(os.environ.get("SRC", pathlib.Path(__file__).resolve().parents[2]))


class Families(unittest.TestCase):
    def test_every_family_compiles(self):
        result = subprocess.run([sys.executable, str(SRC / "tools/check_families.py")],
                                capture_output=True, text=True, check=False)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)


if __name__ == "__main__":
    unittest.main()
