"""An epoch of real training: files opened and decoded, weights of the sampler, augmented steps, validation."""

from data import CellDataset
from train import Step, epoch, loader_of, validate


class Work:
    def __init__(self, job, settings):
        self.job, self.settings = job, settings
        self.step = Step.of(job, settings, total_steps=1)
        self.parameters = self.step.parameters

    def open(self):
        train = CellDataset.open(f"{self.job.data}/train", augmented=True, seed=self.job.seed)
        return train, CellDataset.open(f"{self.job.data}/val")

    def check(self) -> dict:
        sets = self.open()
        shares = [sum(mask.sum() for mask in part.masks) / sum(mask.size for mask in part.masks) for part in sets]
        return {"images": [len(part) for part in sets], "cell pixels": [float(share) for share in shares]}

    def run(self) -> dict:
        train, validation = self.open()
        loader = loader_of(train, self.job.batch, self.job.seed, self.settings.workers)
        self.step.restart(total_steps=len(loader), learning_rate=1e-3)
        losses = epoch(self.step, loader)
        scores = validate(self.step, validation, 8)
        return {"loss": sum(losses) / len(losses), "dice": float(scores["dice"])}
