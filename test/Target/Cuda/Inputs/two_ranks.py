"""Starts both ranks of a bundle as torchrun does, by variables in the environment.

usage: two_ranks.py [--rank1 NAME=VALUE] BUNDLE OPTION...

--rank1 sets a variable for rank 1 alone.
"""

import os
import subprocess
import sys


def main():
    words, alone = sys.argv[1:], {}
    if words[0] == "--rank1":
        alone, words = dict([words[1].split("=", 1)]), words[2:]
    bundle, options = words[0], words[1:]
    # A port of this process's own names the job.
    shared = {"WORLD_SIZE": "2", "LOCAL_WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1",
              "MASTER_PORT": str(20000 + os.getpid() % 20000)}
    ranks = [subprocess.Popen([os.path.join(bundle, f"rank{rank}"), *options],
                              env=dict(os.environ, **shared, RANK=str(rank), LOCAL_RANK=str(rank),
                                       **(alone if rank else {})))
             for rank in range(2)]
    codes = [rank.wait(timeout=100) for rank in ranks]
    if any(codes):
        sys.exit(f"expected both ranks to end with 0, got {codes}")


if __name__ == "__main__":
    main()
