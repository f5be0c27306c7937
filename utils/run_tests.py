#!/usr/bin/env python3
"""Runs all lit suites of a build tree and prints one closing line.

usage: run_tests.py --build DIR [--filter REGEX]

The suites are test/ (lit and FileCheck) and the GoogleTest programs. The
closing line is `N passed, N failed, N skipped`; exit status 1 when a test
failed or none ran.
"""

import argparse
import json
import os
import subprocess
import sys

FAILED = {"FAIL", "XPASS", "UNRESOLVED", "TIMEOUT"}
SKIPPED = {"UNSUPPORTED", "SKIPPED", "EXCLUDED"}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    parser.add_argument("--filter")
    options = parser.parse_args()

    results = os.path.join(options.build, "test-results.json")
    if os.path.exists(results):
        os.remove(results)
    command = [sys.executable, "-c", "from lit.main import main; main()",
               "-sv", "--timeout=600", "-j", str(os.cpu_count() or 1),
               "--output", results, os.path.join(options.build, "test"),
               os.path.join(options.build, "test", "Unit")]
    if options.filter:
        command += ["--filter", options.filter]
    subprocess.run(command, check=False)
    if not os.path.exists(results):
        print("the test runner wrote no results")
        print("0 passed, 1 failed")
        return 1
    with open(results, encoding="utf-8") as file:
        codes = [test["code"] for test in json.load(file)["tests"]]
    failed = sum(code in FAILED for code in codes)
    skipped = sum(code in SKIPPED for code in codes)
    passed = len(codes) - failed - skipped
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
