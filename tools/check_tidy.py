#!/usr/bin/env python3
"""Runs clang-tidy with .clang-tidy over the sources of a build, within a time limit.

Files that differ from the base commit come first. A file that passed is remembered with a hash of
what it depends on (itself, the project's headers that it includes, flags, .clang-tidy), so that
only what changed is checked again. What the limit leaves out is named and does not fail.

    tools/check_tidy.py BUILD_DIR [--seconds N] [--base COMMIT]
"""
import argparse
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import time

from source_files import ROOT

INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)


def included_files(path, seen):
    """Adds to \\p seen the project's files that \\p path includes, however deep."""
    for name in INCLUDE.findall(path.read_text()):
        for folder in (ROOT / "src", ROOT / "include", ROOT / "runtime/include", path.parent):
            header = folder / name
            if header.is_file():
                if header not in seen:
                    seen.add(header)
                    included_files(header, seen)
                break


def fingerprint(path, command):
    seen = {path}
    included_files(path, seen)
    digest = hashlib.sha256((ROOT / ".clang-tidy").read_bytes() + command.encode())
    for file in sorted(seen):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def changed_files(base):
    """Paths that differ from \\p base, or all when git cannot tell."""
    result = subprocess.run(["git", "-C", str(ROOT), "diff", "--name-only", base],
                            capture_output=True, text=True, check=False)
    return {ROOT / name for name in result.stdout.splitlines()}


def compiled_sources(build):
    """Source -> compile command, of src/ without the tests."""
    commands = json.loads((build / "compile_commands.json").read_text())
    sources = {}
    for entry in commands:
        path = pathlib.Path(entry["file"])
        if path.is_relative_to(ROOT / "src") and not path.stem.endswith(("_test", "_fuzz")):
            sources[path] = entry["command"]
    return sources


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--seconds", type=float, default=480)
    parser.add_argument("--base", default="HEAD~1")
    options = parser.parse_args()
    deadline = time.monotonic() + options.seconds
    sources = compiled_sources(options.build)
    cache = options.build / "tidy-passed"
    cache.mkdir(exist_ok=True)
    prints = {path: fingerprint(path, command) for path, command in sources.items()}
    todo = [path for path in sources if not (cache / prints[path]).exists()]
    changed = changed_files(options.base)
    todo.sort(key=lambda path: (path not in changed, path))

    def check(path):
        if time.monotonic() > deadline:
            return path, None, ""
        result = subprocess.run(["clang-tidy", "--quiet", "-p", str(options.build), str(path)],
                                capture_output=True, text=True, check=False)
        return path, result.returncode, result.stdout

    failed, left = 0, []
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        for path, status, output in pool.map(check, todo):
            if status is None:
                left.append(str(path.relative_to(ROOT)))
            elif status == 0:
                (cache / prints[path]).touch()
            else:
                failed += 1
                print(output.replace(f"{ROOT}/", ""), end="")
    for name in left:
        print(f"{name}: not reached within {options.seconds:.0f} s")
    print(f"{len(sources)} files, {len(sources) - len(todo)} known to pass, {failed} with warnings, "
          f"{len(left)} not reached")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
