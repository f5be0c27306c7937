"""Gloo's all_reduce through PyTorch, size by size, timed as in timing.h.

One rank; started with RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT. Rank 0
prints `bytes microseconds`.
"""

import statistics
import time

import torch
import torch.distributed as dist

SMALLEST, LARGEST = 64, 64 << 20


def calls_for(size):
    if size <= 65536:
        return 301
    return 51 if size <= 4 << 20 else 11


def measure(size):
    """Begin and end of each call, in seconds."""
    values = torch.empty(size // 4)
    times = []
    for call in range(-3, calls_for(size)):
        values.fill_(call % 7)
        dist.barrier()
        begin = time.clock_gettime(time.CLOCK_MONOTONIC)
        dist.all_reduce(values)
        end = time.clock_gettime(time.CLOCK_MONOTONIC)
        if not torch.all(values == call % 7 * dist.get_world_size()):
            raise SystemExit("error: a sum is wrong")
        if call >= 0:
            times += [begin, end]
    return times


def main():
    torch.set_num_threads(1)
    dist.init_process_group("gloo")
    size = SMALLEST
    while size <= LARGEST:
        own = measure(size)
        ranks = [None] * dist.get_world_size()
        dist.all_gather_object(ranks, own)
        begins = [max(t) for t in zip(*(r[0::2] for r in ranks))]
        ends = [max(t) for t in zip(*(r[1::2] for r in ranks))]
        spans = [(e - b) * 1e6 for b, e in zip(begins, ends)]
        if dist.get_rank() == 0:
            print(size, f"{statistics.median(spans):.3f}", flush=True)
        size *= 4
    dist.destroy_process_group()


if __name__ == "__main__":
    main()
