# lit.cfg.py: the GoogleTest programs of the build tree.

import os

import lit.formats

config.name = "dtc-unit"
config.test_format = lit.formats.GoogleTest("", "Tests")
config.suffixes = []
config.test_source_root = config.dtc_build_dir
config.test_exec_root = config.dtc_build_dir
config.excludes = ["lib", "include", "CMakeFiles", "test", "bin", "tools"]
config.environment["ASAN_OPTIONS"] = os.environ.get(
    "ASAN_OPTIONS", "detect_leaks=0:detect_container_overflow=0")
