"""The measured sizes that predictions stand on are those of today's sources."""
import os
import pathlib
import subprocess
import sys
import unittest

SRC = pathlib.Path(os.environ.get("SRC", pathlib.Path(__file__).resolve().parents[2]))


class Footprint(unittest.TestCase):
    def test_measurements_are_current(self):
        result = subprocess.run([sys.executable, str(SRC / "tools/footprint.py"), "--check"],
                                capture_output=True, text=True, check=False)
        self.assertEqual(result.returncode, 0, result.stderr)


if __name__ == "__main__":
    unittest.main()
