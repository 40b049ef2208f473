#!/usr/bin/env python3
"""Checks the length of source files and functions.

Files: a warning above 500 lines, a fault above 1000. Functions of C and C++: a warning above 60.
Only faults fail. A function is recognised in formatted code by its braces in column 0.
"""
import sys

from source_files import ROOT, source_files

FILE_WARN, FILE_FAIL, FUNCTION_WARN = 500, 1000, 60
OPENS_BLOCK = ("namespace", "extern", "struct", "class", "enum", "union")


def long_functions(lines):
    """(line number, title, length) of each function body longer than FUNCTION_WARN."""
    title = start = None
    for number, line in enumerate(lines, 1):
        if line.startswith("}"):
            if start and number - start > FUNCTION_WARN:
                yield start, title.rstrip(" {"), number - start
            title = start = None
        elif start:
            continue
        elif line and line[0] not in " \t#/*":
            title = None if line.startswith(OPENS_BLOCK) or line.endswith((";", ":")) else line
        # The brace may stand lines below the title, after parameters or initialisers; a table of
        # values ends in "= {".
        if title and "(" in title and line.endswith("{") and not line.endswith("= {"):
            start = number


def main():
    warnings = faults = 0
    for path in source_files(".h", ".cc", ".c", ".S", ".py", ".cmake", ".def"):
        name, lines = path.relative_to(ROOT), path.read_text().splitlines()
        if len(lines) > FILE_FAIL:
            print(f"{name}: fault: {len(lines)} lines, at most {FILE_FAIL} are allowed")
            faults += 1
        elif len(lines) > FILE_WARN:
            print(f"{name}: warning: {len(lines)} lines, more than {FILE_WARN}")
            warnings += 1
        if path.suffix in (".cc", ".c"):
            for number, title, length in long_functions(lines):
                print(f"{name}:{number}: warning: {length} lines in '{title}', "
                      f"more than {FUNCTION_WARN}")
                warnings += 1
    print(f"{warnings} warnings, {faults} faults")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
