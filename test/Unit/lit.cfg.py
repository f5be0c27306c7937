# lit.cfg.py: the GoogleTest programs of the build tree.

import os

import lit.formats

config.name = "dtc-unit"
# Programs are called FooTests or dtc-foo-tests.
config.test_format = lit.formats.GoogleTest(".", "ests")
config.suffixes = []
config.test_source_root = os.path.join(config.dtc_build_dir, "bin")
config.test_exec_root = os.path.join(config.dtc_build_dir, "bin")
config.environment["ASAN_OPTIONS"] = os.environ.get(
    "ASAN_OPTIONS",
    "detect_leaks=0:detect_container_overflow=0:allow_user_poisoning=0")
