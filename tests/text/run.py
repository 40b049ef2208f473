#!/usr/bin/env python3
"""Runs the text tests: files that hold a command and what it must print. docs/testing.md describes
the format.

    tests/text/run.py                    all of src/*/test/*.test and tests/e2e/*.test
    tests/text/run.py FILE…              these
    tests/text/run.py --rebase [FILE…]   writes what the program says now into the files
"""
import argparse
import dataclasses
import difflib
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
SECTION = re.compile(r"--- (\w+)(?: (.+))?$")
SECTIONS = ("setup", "file", "run", "timeout", "exit", "stdout", "stderr", "files")
OUTCOMES = ("exit", "stdout", "stderr", "files")
DEFAULT_TIMEOUT = 60  # seconds


class FormatError(Exception):
    pass


@dataclasses.dataclass
class Section:
    name: str
    argument: str
    lines: list


@dataclasses.dataclass
class Test:
    path: pathlib.Path
    preamble: list  # comment lines before the first section
    sections: list

    def first(self, name):
        return next((section for section in self.sections if section.name == name), None)

    def lines(self, name):
        section = self.first(name)
        return section.lines if section else []

    def must_fail(self):
        return self.path.name.startswith("bad-")


def parse(path):
    """Reads a test file. Blank lines at the end of a section only separate it from the next."""
    test = Test(path, [], [])
    for number, line in enumerate(path.read_text().splitlines(), 1):
        match = SECTION.match(line)
        if match:
            name, argument = match.group(1), match.group(2) or ""
            if name not in SECTIONS:
                raise FormatError(f"{path}:{number}: section '{name}', expected one of: "
                                  + " ".join(SECTIONS))
            if name != "file" and test.first(name):
                raise FormatError(f"{path}:{number}: a second section '{name}'")
            test.sections.append(Section(name, argument, []))
        elif test.sections:
            test.sections[-1].lines.append(line)
        elif line and not line.startswith("#"):
            raise FormatError(f"{path}:{number}: '{line}' before the first section, expected '#'")
        else:
            test.preamble.append(line)
    for section in test.sections:
        while section.name != "file" and section.lines and not section.lines[-1]:
            section.lines.pop()
    if not test.lines("run"):
        raise FormatError(f"{path}: has no section 'run'")
    return test


def unparse(test):
    blocks = ["\n".join(test.preamble).rstrip("\n")] if test.preamble else []
    for section in test.sections:
        title = f"--- {section.name} {section.argument}".rstrip()
        blocks.append("\n".join([title, *section.lines]))
    return "\n".join(blocks) + "\n"


# ---- matching -----------------------------------------------------------------------------------

def line_pattern(line):
    """'...' stands for any text, {{…}} holds a regular expression, the rest is literal."""
    pieces = re.split(r"(\.\.\.|\{\{.*?\}\})", line)
    return "".join(".*?" if piece == "..." else
                   f"(?:{piece[2:-2]})" if piece.startswith("{{") and piece.endswith("}}") else
                   re.escape(piece) for piece in pieces)


def matches(expected, actual):
    pattern = "".join("(?:.*\n)*?" if line == "..." else line_pattern(line) + "\n"
                      for line in expected)
    return re.fullmatch(pattern, "".join(line + "\n" for line in actual)) is not None


def has_wildcard(line):
    return "..." in line or "{{" in line


def keep_wildcards(expected, actual):
    """The actual lines, with those that a wildcard line of the expectation covers replaced by it."""
    wild = [line for line in expected if has_wildcard(line) and line != "..."]
    kept = []
    for line in actual:
        cover = next((i for i, w in enumerate(wild) if re.fullmatch(line_pattern(w), line)), None)
        kept.append(line if cover is None else wild[cover])
        if cover is not None:
            del wild[:cover + 1]
    return kept


def resolved(expected, actual):
    """The expectation with its wildcard lines filled in from the output, for a readable diff."""
    filled, at = [], 0
    for line in expected:
        if not has_wildcard(line) or line == "...":
            filled.append(line)
            if line in actual[at:]:
                at = actual.index(line, at) + 1
            continue
        found = next((i for i in range(at, len(actual))
                      if re.fullmatch(line_pattern(line), actual[i])), None)
        filled.append(line if found is None else actual[found])
        at = at if found is None else found + 1
    return filled


def difference(name, expected, actual):
    return list(difflib.unified_diff(resolved(expected, actual), actual, f"expected {name}",
                                     f"actual {name}", lineterm="", n=2))


# ---- running ------------------------------------------------------------------------------------

def snapshot(directory):
    """Relative path -> content (None for a folder) of everything below \\p directory."""
    found = {}
    for path in sorted(directory.rglob("*")):
        is_file = path.is_file() and not path.is_symlink()
        found[str(path.relative_to(directory))] = path.read_bytes() if is_file else None
    return found


def shell(lines, work, environment, timeout):
    """(exit status, standard output, standard error); the status is None when time ran out."""
    process = subprocess.Popen(["sh", "-eu", "-c", "\n".join(lines)], cwd=work, env=environment,
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, start_new_session=True)
    try:
        out, err = process.communicate(timeout=timeout)
        status = process.returncode if process.returncode >= 0 else 128 - process.returncode
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        out, err = process.communicate()
        status = None
    return status, out.decode(errors="replace"), err.decode(errors="replace")


def write_inputs(test, work):
    for section in test.sections:
        if section.name != "file":
            continue
        name, _, kind = section.argument.partition(" ")
        path = work / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if kind == "hex":
            path.write_bytes(bytes.fromhex(" ".join(section.lines)))
        elif not name or kind:
            raise FormatError(f"{test.path}: '--- file {section.argument}', expected "
                              "'--- file NAME' or '--- file NAME hex'")
        else:
            path.write_text("".join(line + "\n" for line in section.lines))


class Run:
    """One test, run in a directory of its own."""

    def __init__(self, test, embark):
        self.test, self.embark = test, embark
        self.problems, self.outcome = [], {}

    def __call__(self):
        with tempfile.TemporaryDirectory(prefix="embark-text-") as root:
            self.root = pathlib.Path(root).resolve()
            work, temporary = self.root / "work", self.root / "tmp"
            for directory in (work, temporary, self.root / "home"):
                directory.mkdir()
            write_inputs(self.test, work)
            self.run_in(work, temporary)
        return self

    def environment(self, work, temporary):
        kept = {name: value for name, value in os.environ.items()
                if not name.startswith(("EMBARK_", "GTEST_", "LC_")) and name != "LANGUAGE"}
        return {**kept, "SRC": str(ROOT), "WORK": str(work), "TMPDIR": str(temporary),
                "HOME": str(self.root / "home"), "LANG": "C.UTF-8", "TZ": "UTC", "COLUMNS": "100",
                "PATH": f"{self.embark.parent}:{os.environ['PATH']}"}

    def run_in(self, work, temporary):
        environment = self.environment(work, temporary)
        timeout = int("".join(self.test.lines("timeout")) or DEFAULT_TIMEOUT)
        if self.test.lines("setup"):
            status, out, err = shell(self.test.lines("setup"), work, environment, timeout)
            if status != 0:
                self.problems.append(f"setup ended with exit status {status}\n{out}{err}")
                return
        before = snapshot(work)
        status, out, err = shell(self.test.lines("run"), work, environment, timeout)
        after = snapshot(work)
        changed = [name for name in sorted(before.keys() | after.keys())
                   if before.get(name, "absent") != after.get(name, "absent")]
        if status is None:
            self.problems.append(f"did not end within {timeout} s")
        self.outcome = {"exit": [str(status)], "stdout": self.normalize(out, work),
                        "stderr": self.normalize(err, work), "files": changed}
        self.check(changed, snapshot(temporary))

    def normalize(self, text, work):
        lines = text.replace(str(work), "$WORK").replace(str(ROOT), "$SRC").splitlines()
        while lines and not lines[-1]:
            lines.pop()  # as parse() does with a section's
        return lines

    def check(self, changed, leftovers):
        expected = {name: self.test.lines(name) for name in OUTCOMES}
        expected["exit"] = expected["exit"] or ["0"]
        for name in OUTCOMES:
            if name == "files" and self.test.first("files") is None:
                continue
            if not matches(expected[name], self.outcome[name]):
                self.problems += difference(name, expected[name], self.outcome[name])
        if leftovers:
            self.problems.append("left in TMPDIR: " + " ".join(leftovers))
        if self.test.must_fail():
            if changed:
                self.problems.append("a bad- test must write nothing, but changed: "
                                     + " ".join(changed))
            if self.outcome["exit"] == ["0"]:
                self.problems.append("a bad- test must fail, but its exit status is 0")
            if not self.outcome["stderr"]:
                self.problems.append("a bad- test must say why on standard error")


def rebase(run):
    """Writes the outcome into the test's file; sections that still match stay as they are."""
    test = run.test
    for name in OUTCOMES:
        actual, section = run.outcome[name], test.first(name)
        default = {"exit": ["0"]}.get(name, [])
        if name == "files" and section is None:
            continue
        if matches(section.lines if section else default, actual):
            continue
        if section is None:
            section = Section(name, "", [])
            test.sections.append(section)
        section.lines = keep_wildcards(section.lines, actual)
    order = {name: i for i, name in enumerate(SECTIONS)}
    inputs = [s for s in test.sections if s.name not in OUTCOMES]
    outcomes = sorted((s for s in test.sections if s.name in OUTCOMES), key=lambda s: order[s.name])
    test.sections = inputs + [s for s in outcomes if s.name == "files" or
                              s.lines != {"exit": ["0"]}.get(s.name, [])]
    test.path.write_text(unparse(test))


def all_tests():
    return sorted([*ROOT.glob("src/*/test/*.test"), *ROOT.glob("src/*/*/test/*.test"),
                   *ROOT.glob("tests/e2e/*.test")])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--embark", type=pathlib.Path, default=ROOT / "build/dev/src/cli/embark")
    parser.add_argument("--rebase", action="store_true")
    parser.add_argument("files", nargs="*", type=pathlib.Path)
    options = parser.parse_args()
    if shutil.which(str(options.embark)) is None:
        sys.exit(f"run.py: {options.embark} is not a program; build it, or name it with --embark")
    failed = 0
    files = options.files or all_tests()
    for path in files:
        try:
            run = Run(parse(path), options.embark.resolve())()
        except (FormatError, OSError, ValueError, re.error) as error:
            print(f"FAIL {path}\n  {error}")
            failed += 1
            continue
        if options.rebase and run.outcome and run.outcome["exit"] != ["None"]:
            rebase(run)
            run = Run(parse(path), options.embark.resolve())()
        print(("FAIL" if run.problems else "ok  ") + f" {path}")
        for problem in run.problems:
            print("  " + problem.replace("\n", "\n  "))
        failed += bool(run.problems)
    print(f"{len(files) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
