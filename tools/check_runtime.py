#!/usr/bin/env python3
"""Compiles every C and assembler file of runtime/ alone, as firmware and as other people's projects would.

As C99 with arm-none-eabi-gcc and the compiler's own headers only (no C library), and as C++ with
the host's compiler; no warning is allowed. Files of the host program see the host's C library.
"""
import concurrent.futures
import os
import pathlib
import subprocess
import sys

from source_files import ROOT, source_files

WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror", "-fsyntax-only"]
ARM = ["arm-none-eabi-gcc", "-std=c99", "-ffreestanding", "-mcpu=cortex-m4", "-mthumb",
       "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16"]
# Cores with DSP instructions, and one without, for which nothing of an assembler file is left.
ASSEMBLER_CORES = [["-mcpu=cortex-m4"], ["-mcpu=cortex-m33"], ["-mcpu=cortex-m3", "-mfloat-abi=soft"]]
HOST_C = ["gcc", "-std=c99", "-D_POSIX_C_SOURCE=200809L"]
HOST_CXX = ["g++", "-x", "c++", "-std=c++17"]


def own_headers_only():
    """Flags that hide every header but the ARM compiler's own."""
    folder = subprocess.run(["arm-none-eabi-gcc", "-print-file-name=include"], capture_output=True,
                            text=True, check=True).stdout.strip()
    return ["-nostdinc", "-isystem", folder]


def main():
    runtime = ROOT / "runtime"
    includes = [f"-I{runtime / name}" for name in ("include", "kernels", "link")]
    arm = [*ARM, *own_headers_only()]
    jobs = []
    for path in source_files(".c"):
        if path.is_relative_to(runtime):
            compilers = [HOST_C] if path.stem.endswith("_host") else [arm, HOST_CXX]
            jobs += [[*compiler, *WARNINGS, *includes, str(path)] for compiler in compilers]
    for path in source_files(".S"):
        if path.is_relative_to(runtime):
            jobs += [[*ARM, *core, "-Wall", "-Werror", "-c", "-o", os.devnull, str(path)]
                     for core in ASSEMBLER_CORES]

    def run(command):
        return subprocess.run(command, capture_output=True, text=True, check=False)

    failed = 0
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        for command, result in zip(jobs, pool.map(run, jobs)):
            if result.returncode:
                failed += 1
                print(f"{command[0]} {pathlib.Path(command[-1]).relative_to(ROOT)}\n{result.stderr}")
    print(f"{len(jobs)} compilations, {failed} with warnings or errors")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
