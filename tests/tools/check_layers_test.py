"""tools/check_layers.py on small source trees."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

CHECK = pathlib.Path(__file__).resolve().parents[2] / "tools" / "check_layers.py"
CMAKE = "embark_room(base)\nembark_room(ir DEPS base)\nembark_room(plan DEPS ir TEST_DEPS target)\n"


class CheckLayers(unittest.TestCase):
    def check(self, files):
        with tempfile.TemporaryDirectory() as root:
            source = pathlib.Path(root) / "src"
            for name, text in {"CMakeLists.txt": CMAKE, "base/a.h": "", **files}.items():
                (source / name).parent.mkdir(parents=True, exist_ok=True)
                (source / name).write_text(text)
            result = subprocess.run([sys.executable, CHECK, root], capture_output=True, text=True,
                                    check=False)
            return result.returncode, result.stdout

    def test_rooms_to_the_left_may_be_included(self):
        status, output = self.check({"ir/g.cc": '#include "base/a.h"\n#include <vector>\n'})
        self.assertEqual((status, output), (0, "2 files, 0 faults\n"))

    def test_rooms_to_the_right_may_not(self):
        status, output = self.check({"base/b.cc": '\n#include "ir/g.h"\n', "ir/g.h": ""})
        self.assertEqual(status, 1)
        self.assertIn('src/base/b.cc:2: base includes "ir/g.h"; it may include only: base', output)

    def test_rooms_of_one_row_do_not_know_each_other(self):
        status, output = self.check({"passes/p.cc": '#include "import/i.h"\n', "import/i.h": ""})
        self.assertEqual(status, 1)
        self.assertIn("passes includes", output)

    def test_nobody_but_cli_includes_train(self):
        self.assertEqual(self.check({"train/t.h": "", "cli/c.cc": '#include "train/t.h"\n'})[0], 0)
        self.assertEqual(self.check({"train/t.h": "", "plan/c.cc": '#include "train/t.h"\n'})[0], 1)

    def test_test_dependencies_hold_for_tests_only(self):
        include = '#include "target/t.h"\n'
        self.assertEqual(self.check({"target/t.h": "", "plan/p_test.cc": include})[0], 0)
        self.assertEqual(self.check({"target/t.h": "", "plan/p.cc": include})[0], 1)

    def test_includes_name_their_room(self):
        status, output = self.check({"ir/g.cc": '#include "g.h"\n', "ir/g.h": ""})
        self.assertEqual(status, 1)
        self.assertIn('is not of the form "room/file.h"', output)

    def test_the_build_must_agree(self):
        status, output = self.check({"CMakeLists.txt": "embark_room(ir DEPS base plan)\n"})
        self.assertEqual(status, 1)
        self.assertIn("ir depends on plan, which is not to its left", output)


if __name__ == "__main__":
    unittest.main()
