"""The Python side of the benchmark: does a job when asked. Reads one JSON command per line, answers each with one JSON line:

    {"command": "check"}            →  {"type": "check", "values": {"losses": [...]}}
    {"command": "run", "count": 4}  →  {"type": "run", "seconds": [...], "values": {"loss": [...]}}
    {"command": "profile", "count"} →  {"type": "profile", "operators": [{"name": ..., "seconds": ...}]}
    {"command": "report"}           →  {"type": "report", "peakMemory": bytes, "eventLoopLag": null}
    {"command": "quit"}

The first line it writes is {"type": "ready", ...}. Both arguments are JSON objects (bench/job.ts): the job, and how Python is to do it.
"""

import importlib
import json
import platform
import sys
import time
from importlib.metadata import version
from types import SimpleNamespace

import cv2
import torch

PACKAGES = {
    "torch": "torch", "smp": "segmentation-models-pytorch", "opencv": "opencv-python-headless",
    "albumentations": "albumentations", "onnxruntime": "onnxruntime",
}  # fmt: skip


def answer(**message):
    print(json.dumps(message), flush=True)


def peak_memory() -> int:
    """Largest resident size of this process so far, bytes."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))


def run(work, count: int) -> dict:
    seconds, values = [], {}
    for _ in range(count):
        started = time.perf_counter()
        found = work.run()
        seconds.append(time.perf_counter() - started)
        for name, value in found.items():
            values.setdefault(name, []).append(value)
    return {"seconds": seconds, "values": values}


def profile(work, count: int) -> list[dict]:
    """Operators by their own time, convolutions told apart by the shape of their weight."""
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU], record_shapes=True) as profiler:
        run(work, count)
    operators = []
    for event in profiler.key_averages(group_by_input_shape=True):
        weight = next((shape for shape in event.input_shapes if len(shape) == 4 and shape[1] == 1 and shape[2] == shape[3] > 1), None)
        depthwise = weight is not None and weight[0] > 1 and "conv" in event.key
        operators.append({"name": event.key + (" depthwise" if depthwise else ""), "seconds": event.self_cpu_time_total / 1e6})
    return operators


def main():
    job, settings = (SimpleNamespace(**json.loads(text)) for text in sys.argv[1:3])
    torch.set_num_threads(job.threads)
    torch.manual_seed(job.seed)
    work = importlib.import_module(f"{job.work}_work").Work(job, settings)
    cv2.setNumThreads(job.threads)  # after the imports: albumentations turns OpenCV's threads off
    versions = {"python": platform.python_version(), **{name: version(package) for name, package in PACKAGES.items()}}
    answer(type="ready", versions=versions, parameters=work.parameters, threads=torch.get_num_threads())
    for line in sys.stdin:
        command = json.loads(line)
        if command["command"] == "check":
            answer(type="check", values=work.check())
        elif command["command"] == "run":
            answer(type="run", **run(work, command["count"]))
        elif command["command"] == "profile":
            answer(type="profile", operators=profile(work, command["count"]))
        elif command["command"] == "report":
            answer(type="report", peakMemory=peak_memory(), eventLoopLag=None)
        else:
            break


if __name__ == "__main__":
    main()
