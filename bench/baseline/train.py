"""Trains the Enhanced system in Python and prints one JSON line per epoch (METHOD sections 1 to 9).

    python train.py DATA VALIDATION --encoder efficientnet-b0 --epochs 12 --seed 1
"""

import argparse
import json
import math
import time

import cv2
import numpy as np
import torch
from torch.utils.data import DataLoader, WeightedRandomSampler

from data import CellDataset
from loss import stabilized_loss
from model import Enhanced, NetworkInput


class Step:
    """Forward, loss, backward and, every `accumulation` batches, clipping, AdamW and OneCycle."""

    def __init__(
        self, encoder, total_steps, accumulation=2, precision="fp32", channels_last=False, learning_rate=3e-4, edges=True
    ):
        self.prepare, self.network = NetworkInput(edges), Enhanced(encoder, edges)
        if channels_last:
            self.network = self.network.to(memory_format=torch.channels_last)
        self.format = torch.channels_last if channels_last else torch.contiguous_format
        self.optimizer = torch.optim.AdamW(self.network.parameters(), lr=learning_rate, weight_decay=1e-4)
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(
            self.optimizer, max_lr=learning_rate, total_steps=total_steps, pct_start=0.1, div_factor=25, final_div_factor=40
        )
        self.accumulation, self.bf16, self.pending, self.skipped = accumulation, precision == "bf16", 0, 0

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
            norm = torch.nn.utils.clip_grad_norm_(self.network.parameters(), 0.5)
            if torch.isfinite(norm):
                self.optimizer.step()
            else:
                self.skipped += 1
            self.schedule.step()
            self.optimizer.zero_grad(set_to_none=True)
            self.pending = 0
        return loss.item()


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
        "dice": dice.mean(),
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
    options = parser.parse_args()

    if options.threads:
        torch.set_num_threads(options.threads)
        cv2.setNumThreads(options.threads)
    torch.manual_seed(options.seed)
    train = CellDataset.open(options.data, augmented=True, seed=options.seed)
    validation = CellDataset.open(options.validation)
    batches = math.ceil(len(train) / options.batch)
    total_steps = options.epochs * math.ceil(batches / options.accumulation)
    step = Step(
        options.encoder, total_steps, options.accumulation, options.precision, options.channels_last, options.learning_rate
    )
    sampler = WeightedRandomSampler(train.weights(), len(train), generator=torch.Generator().manual_seed(options.seed))
    loader = DataLoader(train, options.batch, sampler=sampler)

    ema, started = None, time.perf_counter()
    step.network.train()
    for epoch in range(1, options.epochs + 1):
        losses = [step(rgb, mask, last=k == batches) for k, (rgb, mask) in enumerate(loader, 1)]
        scores = validate(step, validation, options.batch)
        ema = scores["dice"] if ema is None else 0.9 * ema + 0.1 * scores["dice"]
        line = {"epoch": epoch, "loss": sum(losses) / len(losses), **scores, "diceEma": ema, "skipped": step.skipped}
        print(json.dumps({**line, "seconds": round(time.perf_counter() - started, 1)}), flush=True)


if __name__ == "__main__":
    main()
