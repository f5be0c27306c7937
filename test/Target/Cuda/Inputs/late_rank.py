"""Stops rank 0 while its GPU computes, after it has waited long for rank 1: rank 1 has to name it.

usage: late_rank.py BUNDLE INPUT.npz LOG
"""

import os
import pathlib
import signal
import subprocess
import sys
import time

#: Seconds that a kernel takes, by rank. A step has two, and a collective behind them.
KERNEL = ["0.4", "0.65"]


def main():
    bundle, source, log = sys.argv[1:]
    shared = {"WORLD_SIZE": "2", "LOCAL_WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1",
              "MASTER_PORT": str(20000 + os.getpid() % 20000)}
    ranks = [subprocess.Popen([os.path.join(bundle, f"rank{rank}"), "--transport", "nccl", "--timeout", "2",
                               "--input", source, "--repeat", "1000"], stderr=subprocess.PIPE, text=True,
                              env=dict(os.environ, **shared, RANK=str(rank), LOCAL_RANK=str(rank),
                                       DTC_EMULATED_KERNEL=KERNEL[rank], DTC_EMULATED_LOG=f"{log}.{rank}"))
             for rank in range(2)]
    try:
        own = pathlib.Path(f"{log}.0")
        end = time.monotonic() + 60
        while not own.exists() or own.read_text().count("launch graph") < 2:
            if time.monotonic() > end or any(rank.poll() is not None for rank in ranks):
                sys.exit("expected two graphs to be launched")
            time.sleep(0.01)
        ranks[0].send_signal(signal.SIGSTOP)
        said = ranks[1].communicate(timeout=60)[1]
    finally:
        for rank in ranks:
            rank.kill()
    if ranks[1].returncode != 1 or "s for a collective: rank 0 did not arrive" not in said:
        sys.exit(f"expected rank 1 to name rank 0, got status {ranks[1].returncode} and {said!r}")


if __name__ == "__main__":
    main()
