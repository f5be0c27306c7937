"""Starts both ranks of a bundle as torchrun does, by variables in the environment.

usage: two_ranks.py BUNDLE OPTION...
"""

import os
import subprocess
import sys


def main():
    bundle, options = sys.argv[1], sys.argv[2:]
    # A port of this process's own names the job.
    shared = {"WORLD_SIZE": "2", "LOCAL_WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1",
              "MASTER_PORT": str(20000 + os.getpid() % 20000)}
    ranks = [subprocess.Popen([os.path.join(bundle, f"rank{rank}"), *options],
                              env=dict(os.environ, **shared, RANK=str(rank), LOCAL_RANK=str(rank)))
             for rank in range(2)]
    codes = [rank.wait(timeout=100) for rank in ranks]
    if any(codes):
        sys.exit(f"expected both ranks to end with 0, got {codes}")


if __name__ == "__main__":
    main()
