"""Trains the Enhanced system in Python and prints one JSON line per epoch (METHOD sections 1 to 9).

    python train.py DATA VALIDATION --encoder efficientnet-b0 --epochs 12 --seed 1
"""

import argparse
import json
import math
import sys
import time

import cv2
import numpy as np
import torch
from torch.utils.data import DataLoader, WeightedRandomSampler

from data import CellDataset
from loss import stabilized_loss
from model import Enhanced, NetworkInput, enhanced


class Step:
    """Forward, loss, backward and, every `accumulation` batches, clipping, AdamW and OneCycle."""

    def __init__(
        self, network: Enhanced, total_steps, accumulation=2, precision="fp32", channels_last=False, learning_rate=3e-4,
        fused=False, compiled=False,
    ):  # fmt: skip
        self.prepare, self.accumulation, self.bf16, self.fused = NetworkInput(), accumulation, precision == "bf16", fused
        self.format = torch.channels_last if channels_last else torch.contiguous_format
        self.network = network.to(memory_format=self.format)
        self.parameters = sum(parameter.numel() for parameter in network.parameters())
        if compiled:
            self.network = torch.compile(self.network)
        self.restart(total_steps, learning_rate)

    @classmethod
    def of(cls, job, settings, total_steps) -> "Step":
        """As the benchmark asks for it (bench/job.ts)."""
        return cls(
            enhanced(job), total_steps, accumulation=1, precision=settings.precision,
            channels_last=settings.layout == "channels-last", fused=settings.fusedOptimizer, compiled=settings.compile,
        )  # fmt: skip

    def restart(self, total_steps, learning_rate):
        """A new optimizer and schedule for the weights as they are."""
        self.optimizer = torch.optim.AdamW(
            self.network.parameters(), lr=learning_rate, weight_decay=1e-4, fused=self.fused or None
        )
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(
            self.optimizer, max_lr=learning_rate, total_steps=total_steps, pct_start=0.1, div_factor=25, final_div_factor=40
        )
        self.pending, self.skipped, self.norm = 0, 0, math.nan

    def logits(self, rgb: torch.Tensor) -> torch.Tensor:
        x = self.prepare(rgb).contiguous(memory_format=self.format)
        with torch.autocast("cpu", torch.bfloat16, enabled=self.bf16):
            return self.network(x)

    def __call__(self, rgb: torch.Tensor, mask: torch.Tensor, last=False) -> float:
        """`last`: the epoch ends here, so that an incomplete accumulation is applied too."""
        loss = stabilized_loss(self.logits(rgb), mask)
        (loss / self.accumulation).backward()
        self.pending += 1
        if self.pending == self.accumulation or last:
            self.norm = torch.nn.utils.clip_grad_norm_(self.network.parameters(), 0.5).item()
            if math.isfinite(self.norm):
                self.optimizer.step()
            else:
                self.skipped += 1
            self.schedule.step()
            self.optimizer.zero_grad(set_to_none=True)
            self.pending = 0
        return loss.item()


def loader_of(train: CellDataset, batch: int, seed: int, workers=0) -> DataLoader:
    sampler = WeightedRandomSampler(train.weights(), len(train), generator=torch.Generator().manual_seed(seed))
    return DataLoader(train, batch, sampler=sampler, num_workers=workers)


def epoch(step: Step, loader: DataLoader, on_step=lambda number, loss: None) -> list[float]:
    """The loss of every batch."""
    step.network.train()
    losses = []
    for number, (rgb, mask) in enumerate(loader, 1):
        losses.append(step(rgb, mask, last=number == len(loader)))
        on_step(number, losses[-1])
    return losses


@torch.no_grad()
def validate(step: Step, dataset: CellDataset, batch: int) -> dict:
    """Dice: mean over images, mean over images with cells, and over all pixels. Empty on empty scores 1."""
    step.network.eval()
    counts = []
    for rgb, mask in DataLoader(dataset, batch):
        predicted, truth = step.logits(rgb) > 0, mask > 0.5
        parts = predicted & truth, predicted & ~truth, ~predicted & truth
        counts.append(torch.stack([part.sum((1, 2, 3)) for part in parts], 1))
    step.network.train()
    tp, fp, fn = torch.cat(counts).double().numpy().T
    with np.errstate(invalid="ignore"):
        dice = np.where(tp + fp + fn == 0, 1.0, 2 * tp / (2 * tp + fp + fn))
    cells = tp + fn > 0
    return {
        "dicePerImage": dice.mean(),
        "diceWithCells": dice[cells].mean(),
        "diceMicro": 2 * tp.sum() / (2 * tp.sum() + fp.sum() + fn.sum()),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data")
    parser.add_argument("validation")
    parser.add_argument("--encoder", default="efficientnet-b7")
    parser.add_argument("--epochs", type=int, default=200)
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--accumulation", type=int, default=2)
    parser.add_argument("--learning-rate", type=float, default=3e-4)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=0, help="0: PyTorch's default")
    parser.add_argument("--precision", choices=["fp32", "bf16"], default="fp32")
    parser.add_argument("--channels-last", action="store_true")
    parser.add_argument("--weights", help="a .safetensors file that acinus wrote")
    parser.add_argument("--still", action="store_true", help="no augmentation and no drop-connect, so that losses can be compared")
    parser.add_argument("--verbose", action="store_true", help="a line for every step, on standard error")
    options = parser.parse_args()

    if options.threads:
        torch.set_num_threads(options.threads)
        cv2.setNumThreads(options.threads)
    torch.manual_seed(options.seed)
    train = CellDataset.open(options.data, augmented=not options.still, seed=options.seed)
    validation = CellDataset.open(options.validation)
    loader = loader_of(train, options.batch, options.seed)
    network = Enhanced(options.encoder)
    if options.weights:
        network.load(options.weights)
    if options.still:
        network.network.encoder._drop_connect_rate = 0.0
    total_steps = options.epochs * math.ceil(len(loader) / options.accumulation)
    step = Step(
        network, total_steps, options.accumulation, options.precision, options.channels_last, options.learning_rate
    )

    ema, started = None, time.perf_counter()
    say = (lambda number, loss: print(f"step {number}: {loss:.6f}", file=sys.stderr, flush=True)) if options.verbose else None
    for number in range(1, options.epochs + 1):
        losses = epoch(step, loader, say) if say else epoch(step, loader)
        scores = validate(step, validation, options.batch)
        ema = scores["dicePerImage"] if ema is None else 0.9 * ema + 0.1 * scores["dicePerImage"]
        line = {"epoch": number, "loss": sum(losses) / len(losses), **scores, "dicePerImageEma": ema, "skipped": step.skipped}
        print(json.dumps({**line, "seconds": round(time.perf_counter() - started, 1)}), flush=True)


if __name__ == "__main__":
    main()
