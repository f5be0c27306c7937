#!/usr/bin/env python3
"""The steps of convolution_training.py in PyTorch: eager, or split on the width by DTensor on gloo.

    peer_convolution.py CASE.json OUTPUT.npz

CASE.json names the case's shapes, the number of ranks (1: eager) and of threads of the eager peer. OUTPUT.npz gets the
parameters after the last step and `seconds`, the time of each step, of the slowest rank.
"""

import json
import os
import pathlib
import socket
import subprocess
import sys
import time

import numpy as np

import convolution_training as task


def distributed(module, mesh):
    """The module with its parameters whole on every rank of the mesh, and how it is given inputs."""
    from torch import nn
    from torch.distributed.tensor import Replicate, Shard, distribute_module, distribute_tensor

    def replicate(_, part, mesh):
        for name, parameter in list(part.named_parameters(recurse=False)):
            part.register_parameter(name, nn.Parameter(distribute_tensor(parameter, mesh, [Replicate()])))

    split = distribute_module(module, mesh, replicate)
    return split, lambda value: distribute_tensor(value, mesh, [Shard(3)])


def steps(case, mesh):
    """(parameters, seconds of each step): forward, gradients of weight, bias and input, descent."""
    import torch
    from torch import nn
    (_, channels, *_), weight, stride, padding, groups = case
    module = nn.Conv2d(channels, weight[0], weight[2], stride, padding, groups=groups)
    nn.init.ones_(module.weight)
    nn.init.zeros_(module.bias)
    place = lambda value: value
    if mesh is not None:
        module, place = distributed(module, mesh)
    optimizer, seconds = torch.optim.SGD(module.parameters(), lr=task.RATE), []
    for step in range(task.STEPS):
        x, cotangent = (place(torch.from_numpy(a)) for a in task.drawn(case, step))
        x.requires_grad_()
        if mesh is not None:
            torch.distributed.barrier()
        begin = time.perf_counter()
        optimizer.zero_grad()
        module(x).backward(cotangent)
        optimizer.step()
        seconds.append(time.perf_counter() - begin)
    whole = [p.detach() if mesh is None else p.detach().to_local() for p in (module.weight, module.bias)]
    return [value.numpy() for value in whole], seconds


def work(spec, output):
    """One process: the eager peer or one rank."""
    import torch
    rank, mesh = int(os.environ.get("RANK", 0)), None
    if spec["ranks"] == 1:
        torch.set_num_threads(spec["threads"])
    else:
        torch.set_num_threads(1)
        torch.distributed.init_process_group("gloo")
        mesh = torch.distributed.init_device_mesh("cpu", (spec["ranks"],))
    trained, seconds = steps(spec["case"], mesh)
    slowest = torch.tensor(seconds)
    if mesh is not None:
        torch.distributed.all_reduce(slowest, torch.distributed.ReduceOp.MAX)
    if rank == 0:
        np.savez(output, seconds=slowest.numpy(), **dict(zip(task.PARAMETERS, trained)))
    if mesh is not None:
        torch.distributed.destroy_process_group()


def main():
    spec = json.loads(pathlib.Path(sys.argv[1]).read_text())
    if spec["ranks"] == 1 or "RANK" in os.environ:
        work(spec, sys.argv[2])
        return 0
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    processes = []
    for rank in range(spec["ranks"]):
        environment = dict(os.environ, RANK=str(rank), WORLD_SIZE=str(spec["ranks"]), MASTER_ADDR="127.0.0.1",
                           MASTER_PORT=str(port), GLOO_SOCKET_IFNAME=os.environ.get("GLOO_SOCKET_IFNAME", "lo"))
        processes.append(subprocess.Popen([sys.executable, *sys.argv], env=environment))
    return max(process.wait() for process in processes)


if __name__ == "__main__":
    sys.exit(main())
