#!/usr/bin/env python3
"""Runs ctest and ends with a line "N passed, N failed" that counts every test case.

ctest counts a GoogleTest program as one test; here each of its cases counts, from the XML that
the program writes. A program that ends badly without a failed case (a crash, a leak found by a
sanitizer) counts as one failure.

    tools/run_tests.py BUILD_DIR [ctest arguments]
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree


def registered_programs(build, arguments):
    """Test name -> name of the program that it runs."""
    listing = subprocess.run(["ctest", "--test-dir", build, "--show-only=json-v1", *arguments],
                             capture_output=True, text=True, check=True).stdout
    return {test["name"]: pathlib.Path(test["command"][0]).name
            for test in json.loads(listing)["tests"] if test.get("command")}


def count_google_test(path):
    """(passed, failed, skipped) of a GoogleTest XML file."""
    passed = failed = skipped = 0
    for case in ElementTree.parse(path).getroot().iter("testcase"):
        if case.get("status") == "notrun":
            continue
        if case.find("failure") is not None:
            failed += 1
        elif case.find("skipped") is not None or case.get("result") == "skipped":
            skipped += 1
        else:
            passed += 1
    return passed, failed, skipped


def count(junit, programs, results):
    passed = failed = skipped = 0
    for case in ElementTree.parse(junit).getroot().iter("testcase"):
        status = case.get("status")
        cases = results / (programs.get(case.get("name"), "") + ".xml")
        if status == "disabled":
            continue
        if cases.is_file():
            p, f, s = count_google_test(cases)
            if status == "fail" and f == 0:
                f = 1
            passed, failed, skipped = passed + p, failed + f, skipped + s
        elif status == "run":
            passed += 1
        elif status == "notrun" and case.find("skipped") is not None \
                and case.find("skipped").get("message") == "SKIP_RETURN_CODE=77":
            skipped += 1
        else:  # failed, or the program is missing
            failed += 1
    return passed, failed, skipped


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    build, arguments = sys.argv[1], sys.argv[2:]
    results = pathlib.Path(build).resolve() / "test-results"
    shutil.rmtree(results, ignore_errors=True)
    results.mkdir(parents=True)
    junit = results / "ctest.junit"
    programs = registered_programs(build, arguments)
    jobs = os.environ.get("JOBS") or str(len(os.sched_getaffinity(0)))
    status = subprocess.run(
        ["ctest", "--test-dir", build, "--output-on-failure", "--no-tests=error", "-j", jobs,
         "--output-junit", str(junit), *arguments],
        env={**os.environ, "GTEST_OUTPUT": f"xml:{results}/"}, check=False).returncode
    if not junit.is_file():
        sys.exit("run_tests: ctest wrote no results")
    passed, failed, skipped = count(junit, programs, results)
    if skipped:
        print(f"\n{skipped} skipped")
    print(f"\n{passed} passed, {failed} failed", flush=True)
    sys.exit(1 if failed or status else 0)


if __name__ == "__main__":
    main()
