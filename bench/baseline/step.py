"""Runs training steps when asked, for the benchmark. Reads one JSON command per line, answers each with one JSON line:

    {"command": "steps", "count": 4}  →  {"type": "steps", "seconds": [...], "losses": [...]}
    {"command": "report"}             →  {"type": "report", "peakMemory": bytes, "eventLoopLag": null}
    {"command": "quit"}

The first line it writes is {"type": "ready", ...}. A step is everything from decoded pixels to updated weights.
"""

import argparse
import json
import platform
import sys
import time

import cv2
import segmentation_models_pytorch as smp
import torch

from data import CellDataset
from train import Step


def answer(**message):
    print(json.dumps(message), flush=True)


def peak_memory() -> int:
    """Largest resident size of this process so far, bytes."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--validation", help="not used")
    parser.add_argument("--encoder", required=True)
    parser.add_argument("--batch", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--precision", choices=["fp32", "bf16"], default="fp32")
    parser.add_argument("--layout", choices=["contiguous", "channels-last"], default="contiguous")
    parser.add_argument("--part", choices=["full", "network"], default="full", help="network: no augmentation, no edge channel")
    options = parser.parse_args()

    torch.set_num_threads(options.threads)
    cv2.setNumThreads(options.threads)
    torch.manual_seed(options.seed)
    full = options.part == "full"
    dataset = CellDataset.open(options.data, augmented=full, seed=options.seed)
    step = Step(
        options.encoder, 1_000_000, accumulation=1, precision=options.precision,
        channels_last=options.layout == "channels-last", edges=full,
    )
    step.network.train()
    versions = {"python": platform.python_version(), "torch": torch.__version__, "smp": smp.__version__, "opencv": cv2.__version__}
    parameters = sum(parameter.numel() for parameter in step.network.parameters())
    answer(type="ready", versions=versions, parameters=parameters, threads=torch.get_num_threads())

    drawn = 0
    for line in sys.stdin:
        command = json.loads(line)
        if command["command"] == "steps":
            seconds, losses = [], []
            for _ in range(command["count"]):
                started = time.perf_counter()
                samples = [dataset[(drawn + k) % len(dataset)] for k in range(options.batch)]
                rgb, mask = (torch.stack(parts) for parts in zip(*samples))
                losses.append(step(rgb, mask))
                seconds.append(time.perf_counter() - started)
                drawn += options.batch
            answer(type="steps", seconds=seconds, losses=losses)
        elif command["command"] == "report":
            answer(type="report", peakMemory=peak_memory(), eventLoopLag=None)
        else:
            break


if __name__ == "__main__":
    main()
