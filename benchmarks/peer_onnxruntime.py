"""onnxruntime on the workload's model.onnx; PEER_THREADS threads inside an operator."""

import os
import time

import peer_worker


def prepare(folder):
    import onnxruntime
    spec, inputs = peer_worker.load(folder)
    if spec["training"]:
        raise NotImplementedError("onnxruntime does not train")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = int(os.environ["PEER_THREADS"])
    options.inter_op_num_threads = 1
    begin = time.perf_counter()
    session = onnxruntime.InferenceSession(str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"])
    seconds = time.perf_counter() - begin
    return lambda: session.run(None, inputs)[0], seconds


if __name__ == "__main__":
    peer_worker.serve(prepare)
