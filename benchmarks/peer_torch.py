"""PyTorch: eager in one process, or DTensor with `parallelize_module` on gloo.

With PEER_RANKS = 1 this is the eager peer. With more, the process that run.py talks to starts one
process a rank (itself again, with RANK set), hands every command to all of them, and answers with
the slowest rank's time of each step; ranks meet before every step, outside the measured time.
"""

import json
import os
import pathlib
import socket
import subprocess
import sys
import time

import models
import peer_worker
import workloads


def build(spec):
    """The module of a workload; imports PyTorch."""
    import torch_models
    return torch_models.FAMILIES[spec["family"]](spec)


def load_weights(module, folder):
    """Copies the folder's arrays into the module (linear weights turned to [out, in])."""
    import torch
    state = {}
    for name, array in models.weights(folder).items():
        matrix = name.startswith("layers.") and array.ndim == 2
        state[name] = torch.from_numpy(array.T.copy() if matrix else array)
    module.load_state_dict(state)


def prepare(folder):
    """(step, seconds to load) of the eager peer."""
    import torch
    torch.set_num_threads(int(os.environ["PEER_THREADS"]))
    spec, inputs = peer_worker.load(folder)
    torch.set_grad_enabled(spec["training"])
    begin = time.perf_counter()
    module = build(spec).eval()
    load_weights(module, folder)
    if "RANK" in os.environ:
        split(module, spec)
    values = [torch.from_numpy(value) for value in inputs.values()]
    if spec["training"]:
        return training(module, *values), time.perf_counter() - begin
    return lambda: finished(module(*values)).numpy(), time.perf_counter() - begin


def training(module, x, target):
    """A step of gradient descent; gives the loss."""
    import torch
    optimizer = torch.optim.SGD(module.parameters(), lr=workloads.LEARNING_RATE)

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss = torch.nn.functional.mse_loss(module(x), target)  # which waits for it
        loss.backward()
        optimizer.step()
        return loss.detach().reshape(1).numpy()

    return step


def finished(value):
    """Waits for the collective that still produces `value`, if any."""
    return value.wait() if hasattr(value, "wait") else value


def split(module, spec):
    """Applies the plan with DTensor over all ranks."""
    import torch
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.tensor.parallel import ColwiseParallel, RowwiseParallel, parallelize_module
    if not workloads.MEGATRON[spec["family"]]:
        raise ValueError(f"has no split of '{spec['family']}'")
    torch.distributed.init_process_group("gloo")
    mesh = init_device_mesh("cpu", (int(os.environ["WORLD_SIZE"]),), mesh_dim_names=("tp",))
    styles = {"colwise": ColwiseParallel, "rowwise": RowwiseParallel}
    plan = {f"layers.*.{part}": styles[style]() for part, style in workloads.MEGATRON[spec["family"]].items()}
    parallelize_module(module, mesh, plan)


def repeat_together(step, seconds):
    """As peer_worker.repeat, with all ranks taking the same number of steps."""
    import torch
    from torch import distributed
    times, go_on, end = [], torch.ones(1), time.perf_counter() + seconds
    while True:
        go_on[0] = len(times) < peer_worker.FEWEST or time.perf_counter() < end
        distributed.broadcast(go_on, 0)
        if not go_on[0]:
            return times
        distributed.barrier()
        begin = time.perf_counter()
        step()
        times.append(time.perf_counter() - begin)


def start_ranks(ranks):
    """One process a rank, each with its own core where there are enough, and pipes to all of them."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    cores = sorted(os.sched_getaffinity(0))
    processes = []
    for rank in range(ranks):
        environment = dict(os.environ, RANK=str(rank), WORLD_SIZE=str(ranks), MASTER_ADDR="127.0.0.1",
                           MASTER_PORT=str(port))
        own = {cores[rank]} if len(cores) >= ranks else set(cores)
        processes.append(subprocess.Popen([sys.executable, *sys.argv], env=environment, stdin=subprocess.PIPE,
                                          stdout=subprocess.PIPE, text=True,
                                          preexec_fn=lambda own=own: os.sched_setaffinity(0, own)))
    return processes


def merge(answers):
    """One answer for all ranks: the first problem, or the slowest rank's times."""
    for message in answers:
        if "missing" in message or "error" in message:
            return message
    if "steps" in answers[0]:
        return {"steps": [max(times) for times in zip(*(message["steps"] for message in answers))]}
    return answers[0]


def conduct(ranks):
    """Passes commands to all ranks and merges their answers."""
    processes = start_ranks(ranks)

    def collect():
        lines = [process.stdout.readline() for process in processes]
        return merge([json.loads(line) if line else {"error": "a rank ended early"} for line in lines])

    peer_worker.answer(sys.stdout, collect())
    for line in sys.stdin:
        command = json.loads(line)
        for rank, process in enumerate(processes):
            if "output" in command:
                process.stdin.write(json.dumps({"output": command["output"] + ("" if rank == 0 else f".{rank}")}) + "\n")
            else:
                process.stdin.write(line)
            process.stdin.flush()
        peer_worker.answer(sys.stdout, collect())
        if "output" in command:
            for extra in pathlib.Path(command["output"]).parent.glob(pathlib.Path(command["output"]).name + ".*"):
                extra.unlink()
    for process in processes:
        process.stdin.close()
        process.wait()


if __name__ == "__main__":
    if "RANK" in os.environ:
        peer_worker.serve(prepare, repeat_together)
    elif int(os.environ["PEER_RANKS"]) > 1:
        conduct(int(os.environ["PEER_RANKS"]))
    else:
        peer_worker.serve(prepare)
