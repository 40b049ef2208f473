"""The text test runner itself: what passes, what fails and why, and what --rebase writes."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

RUNNER = pathlib.Path(__file__).resolve().parents[1] / "text" / "run.py"
PROGRAM = """#!/bin/sh
case $1 in
    hello) echo "hello, $2"; echo "took 12 ms" ;;
    fail) echo "embark: $2: not good" >&2; exit 1 ;;
    write) echo content >"$2" ;;
    litter) touch "$TMPDIR/left" ;;
    where) pwd ;;
    sleep) exec sleep 30 ;;
esac
"""


class TextRunner(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)
        self.root = pathlib.Path(self.directory.name)
        self.program = self.root / "bin" / "embark"
        self.program.parent.mkdir()
        self.program.write_text(PROGRAM)
        self.program.chmod(0o755)

    def run_test(self, text, name="a.test", *options):
        path = self.root / name
        path.write_text(text)
        result = subprocess.run([sys.executable, RUNNER, "--embark", self.program, *options, path],
                                capture_output=True, text=True, check=False)
        return result.returncode, result.stdout

    def assert_passes(self, text, name="a.test"):
        status, output = self.run_test(text, name)
        self.assertEqual(status, 0, output)
        self.assertIn("1 passed, 0 failed", output)

    def assert_fails(self, text, reason, name="a.test"):
        status, output = self.run_test(text, name)
        self.assertEqual(status, 1, output)
        self.assertIn(reason, output)

    def test_exact_output_passes(self):
        self.assert_passes("# c\n--- run\nembark hello you\n--- stdout\nhello, you\ntook 12 ms\n")

    def test_other_output_fails_with_a_diff(self):
        self.assert_fails("--- run\nembark hello you\n--- stdout\nhello, me\ntook 12 ms\n",
                          "  -hello, me\n  +hello, you\n")

    def test_output_that_is_not_expected_fails(self):
        self.assert_fails("--- run\nembark hello you\n", "+hello, you")

    def test_wildcards_stand_for_text_patterns_and_lines(self):
        self.assert_passes("--- run\nembark hello you\n--- stdout\nhello, ...\ntook {{\\d+}} ms\n")
        self.assert_passes("--- run\nembark hello you\n--- stdout\n...\ntook 12 ms\n...\n")
        self.assert_fails("--- run\nembark hello you\n--- stdout\nhello, you\ntook {{[a-z]+}} ms\n",
                          "+took 12 ms")

    def test_literal_text_is_not_a_pattern(self):
        self.assert_fails("--- run\nembark hello a+b\n--- stdout\nhello, aab\n...\n", "+hello, a+b")

    def test_exit_status_counts(self):
        self.assert_passes("--- run\nembark fail x\n--- exit\n1\n--- stderr\n...not good\n")
        self.assert_fails("--- run\nembark fail x\n--- stderr\n...\n", "-0\n  +1")

    def test_bad_test_must_write_nothing(self):
        text = "--- run\nembark write f\nembark fail f\n--- exit\n1\n--- stderr\n...\n"
        self.assert_passes(text)
        self.assert_fails(text, "must write nothing, but changed: f", "bad-a.test")

    def test_bad_test_may_prepare_files(self):
        self.assert_passes("--- setup\necho 1 >f\n--- run\nembark fail f\n--- exit\n1\n"
                           "--- stderr\n...\n", "bad-a.test")

    def test_bad_test_must_fail_and_say_why(self):
        self.assert_fails("--- run\ntrue\n", "its exit status is 0", "bad-a.test")
        self.assert_fails("--- run\nexit 1\n--- exit\n1\n", "must say why", "bad-a.test")

    def test_listed_files_must_be_the_written_ones(self):
        self.assert_passes("--- run\nembark write f\n--- files\nf\n")
        self.assert_fails("--- run\nembark write g\n--- files\nf\n", "+g")

    def test_leftovers_in_tmpdir_fail(self):
        self.assert_fails("--- run\nembark litter\n", "left in TMPDIR: left")

    def test_directories_have_names(self):
        self.assert_passes("--- run\nembark where\necho $SRC/x\n--- stdout\n$WORK\n$SRC/x\n")

    def test_inline_files_are_text_or_hex(self):
        self.assert_passes("--- file d/in.txt\none\n\ntwo\n--- file raw hex\n41 42\n43\n"
                           "--- run\ncat d/in.txt raw\n--- stdout\none\n\ntwo\nABC\n")

    def test_program_that_does_not_end_is_stopped(self):
        self.assert_fails("--- run\nembark sleep\n--- timeout\n1\n", "did not end within 1 s")

    def test_unknown_section_is_an_error(self):
        self.assert_fails("--- runs\nembark where\n", "a.test:1: section 'runs', expected one of")
        self.assert_fails("--- stdout\n", "has no section 'run'")

    def test_rebase_writes_the_outcome_and_keeps_wildcards(self):
        status, output = self.run_test("# c\n--- run\nembark hello you\n--- exit\n1\n--- stdout\n"
                                       "hello, me\ntook {{\\d+}} ms\n", "a.test", "--rebase")
        self.assertEqual(status, 0, output)
        self.assertEqual((self.root / "a.test").read_text(),
                         "# c\n--- run\nembark hello you\n--- stdout\nhello, you\n"
                         "took {{\\d+}} ms\n")

    def test_rebase_leaves_a_matching_file_alone(self):
        text = "# c\n--- run\nembark fail x\n--- exit\n1\n--- stderr\n...\n"
        self.run_test(text, "a.test", "--rebase")
        self.assertEqual((self.root / "a.test").read_text(), text)


if __name__ == "__main__":
    unittest.main()
