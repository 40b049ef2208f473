#!/usr/bin/env python3
"""Runs a fuzzer for some time, from seeds made of the project's test data.

    tests/fuzz/run.py FUZZER SECONDS [--build DIR] [--work DIR]

The folder DIR (build/fuzz/runs/FUZZER) keeps the corpus, so that the next run goes on from it, the
log, and what was found. Prints executions, coverage and findings; the exit status is 1 when there
are any. libFuzzer looks at the clock on the wall: what it finds slow is timed again by the
processor's time, and the run goes on when only the machine was busy.
"""
import argparse
import pathlib
import re
import resource
import struct
import subprocess
import sys
import time
import zipfile

SRC = pathlib.Path(__file__).resolve().parents[2]
DATA = SRC / "tests" / "data"
ONNX_TESTS = pathlib.Path("/usr/share/libonnx-testdata/data")
MOST_BYTES = 32 << 10  # of an input: larger ones are few executions a second
MEMORY_MB = 1024
TIMEOUT_S = 120  # on the wall
SLOW_S = 10  # of the processor
FINDINGS = ("crash-*", "leak-*", "oom-*", "timeout-*", "slow-unit-*")


def whole_files(*patterns):
    """Seeds that are files as they are: (name, bytes)."""
    for folder, pattern in patterns:
        for path in sorted(folder.glob(pattern)):
            name = "_".join(path.relative_to(folder).parts)
            yield name, path.read_bytes()


def tflite_seeds(_):
    return whole_files((DATA / "tflite", "*.tflite"), (DATA / "networks", "*.tflite"),
                       (DATA / "states", "*.tflite"))


def onnx_seeds(_):
    return whole_files((DATA / "networks", "*.onnx"), (ONNX_TESTS, "*/*/model.onnx"))


def answer(build, path):
    """What the process that calls HDF5 says of a file."""
    return subprocess.run([build / "tests" / "fuzz" / "keras_answer", path], check=True,
                          capture_output=True).stdout


def keras_seeds(build):
    for folder in ("keras", "bad"):
        for path in sorted((DATA / folder).glob("*.h5")):
            yield path.name, b"a" + answer(build, path)


def archive_seeds(build):
    for path in sorted([*(DATA / "keras").glob("*.keras"), *(DATA / "networks").glob("*.keras")]):
        made = build / "tests" / "fuzz" / "seed.keras"
        with zipfile.ZipFile(path) as source, zipfile.ZipFile(made, "w") as target:
            for name in ("metadata.json", "config.json"):
                target.writestr(name, source.read(name))
            target.writestr("model.weights.h5", answer(build, path))
            config = source.read("config.json")
        yield path.name, made.read_bytes()
        yield f"{path.name}.members", struct.pack("<H", len(config)) + config + answer(build, path)


SEEDS = {"import_tflite_fuzz": tflite_seeds, "import_onnx_fuzz": onnx_seeds,
         "import_keras_fuzz": keras_seeds, "import_keras_archive_fuzz": archive_seeds}


def fuzz(program, seconds, corpus, findings, log):
    """One run of libFuzzer. Returns its exit status."""
    command = [program, corpus, f"-max_total_time={seconds}", f"-max_len={MOST_BYTES}",
               f"-rss_limit_mb={MEMORY_MB}", f"-timeout={TIMEOUT_S}",
               f"-report_slow_units={TIMEOUT_S // 2}", "-print_final_stats=1",
               f"-artifact_prefix={findings}/"]
    with log.open("ab") as output:
        return subprocess.run(command, check=False, stdout=output, stderr=output).returncode


def is_slow(program, path):
    """Whether the input takes the processor long, on its own."""
    def used():
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime

    before = used()
    subprocess.run([program, path], check=False, capture_output=True)
    return used() - before > SLOW_S


def found_in(program, findings):
    """What was found and holds; slow inputs that were not are removed."""
    found = []
    for path in sorted(path for pattern in FINDINGS for path in findings.glob(pattern)):
        if path.name.startswith(("timeout", "slow")) and not is_slow(program, path):
            path.unlink()
        else:
            found.append(path)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("fuzzer", choices=SEEDS)
    parser.add_argument("seconds", type=int)
    parser.add_argument("--build", type=pathlib.Path, default=SRC / "build" / "fuzz")
    parser.add_argument("--work", type=pathlib.Path)
    options = parser.parse_args()
    work = options.work or options.build / "runs" / options.fuzzer
    corpus, findings, log = work / "corpus", work / "findings", work / "log"
    for folder in (corpus, findings):
        folder.mkdir(parents=True, exist_ok=True)
    for path in findings.iterdir():
        path.unlink()
    for name, data in SEEDS[options.fuzzer](options.build):
        if len(data) <= MOST_BYTES:
            (corpus / name).write_bytes(data)
    log.write_bytes(b"")
    program = options.build / "tests" / "fuzz" / options.fuzzer
    end, found, status = time.monotonic() + options.seconds, [], 0
    while not found and time.monotonic() < end:
        status = fuzz(program, max(1, int(end - time.monotonic())), corpus, findings, log)
        found = found_in(program, findings)
        if status != 0 and not found and not re.search(r"timeout", log.read_text(errors="replace")):
            break  # it did not start
    text = log.read_text(errors="replace")
    executions = sum(map(int, re.findall(r"number_of_executed_units: +([0-9]+)", text)))
    edges = max(map(int, re.findall(r"cov: ([0-9]+)", text)), default=0)
    print(f"{options.fuzzer}: {executions} executions, {edges} edges, {len(found)} findings, "
          f"log {log}")
    for path in found:
        print(path)
    sys.exit(1 if found or executions == 0 else 0)


if __name__ == "__main__":
    main()
