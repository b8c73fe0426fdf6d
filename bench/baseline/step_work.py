"""A whole training step, from decoded pixels to updated weights."""

import torch

from data import CellDataset
from train import Step

CHECKED_STEPS = 3


class Work:
    def __init__(self, job, settings):
        self.dataset = CellDataset.open(f"{job.data}/train", seed=job.seed)
        self.step = Step.of(job, settings, total_steps=1_000_000)
        self.step.network.train()
        self.batch, self.done = job.batch, 0
        self.parameters = self.step.parameters

    def take(self, number: int):
        first = number * self.batch
        samples = [self.dataset[(first + k) % len(self.dataset)] for k in range(self.batch)]
        return (torch.stack(parts) for parts in zip(*samples))

    def check(self) -> dict:
        self.dataset.augmented = False
        losses, norms = [], []
        for number in range(CHECKED_STEPS):
            losses.append(self.step(*self.take(number)))
            norms.append(self.step.norm)
        return {"losses": losses, "gradient norm": norms[:1]}

    def run(self) -> dict:
        self.dataset.augmented = True
        self.done += 1
        return {"loss": self.step(*self.take(self.done - 1))}
