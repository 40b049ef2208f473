#!/usr/bin/env python3
"""Checks C and C++ with clang-format and .clang-format; --fix rewrites the files."""
import argparse
import concurrent.futures
import os
import subprocess
import sys

from source_files import ROOT, source_files


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fix", action="store_true")
    options = parser.parse_args()
    mode = ["-i"] if options.fix else ["--dry-run", "-Werror", "--ferror-limit=3"]
    paths = source_files(".h", ".cc", ".c")

    def run(path):
        result = subprocess.run(["clang-format", *mode, str(path.relative_to(ROOT))], cwd=ROOT,
                                capture_output=True, text=True, check=False)
        return result.returncode, result.stdout + result.stderr

    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        results = list(pool.map(run, paths))
    wrong = 0
    for status, output in results:
        if status:
            print(output, end="")
            wrong += 1
    print(f"{len(paths)} files, {wrong} not formatted" + (": tools/check_format.py --fix" if wrong else ""))
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
