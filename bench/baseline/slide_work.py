"""From a TIFF file to the file of its mask, in a plain loop over tiles of 512 px that share 64."""

import tempfile
from pathlib import Path

import numpy as np
import tifffile
import torch

from model import NetworkInput, enhanced

STRIDE = 61
TILE, OVERLAP = 512, 64


def starts(size: int) -> list[int]:
    """Half an overlap outside of the image, spread evenly."""
    if size <= TILE:
        return [0]
    covered = size + OVERLAP - TILE
    steps = max(1, -(-covered // (TILE - OVERLAP)))
    return [k * covered // steps - OVERLAP // 2 for k in range(steps + 1)]


class Work:
    def __init__(self, job, settings):
        self.path, self.empty = Path(job.data) / "slide.tif", job.slide == "empty"
        self.prepare, network = NetworkInput(), enhanced(job).eval()
        self.parameters = sum(parameter.numel() for parameter in network.parameters())
        self.format = torch.channels_last if settings.layout == "channels-last" else torch.contiguous_format
        self.network = network.to(memory_format=self.format)
        self.folder = tempfile.TemporaryDirectory()
        profile = np.sin(np.pi * (np.arange(TILE) + 0.5) / TILE) ** 2
        self.weight = np.outer(profile, profile).astype(np.float32)

    def probabilities(self) -> np.ndarray:
        image = tifffile.imread(self.path)
        height, width = image.shape[:2]
        margin = OVERLAP // 2
        padded = np.pad(image, ((margin, margin), (margin, margin), (0, 0)), mode="reflect")
        total, weights = (np.zeros(padded.shape[:2], np.float32) for _ in range(2))
        for top in starts(height):
            for left in starts(width):
                place = np.s_[top + margin : top + margin + TILE, left + margin : left + margin + TILE]
                rgb = torch.from_numpy(padded[place].transpose(2, 0, 1).astype(np.float32))[None]
                with torch.inference_mode():
                    logits = self.network(self.prepare(rgb).contiguous(memory_format=self.format))
                total[place] += self.weight * logits[0, 0].sigmoid().numpy()
                weights[place] += self.weight
        inside = np.s_[margin : margin + height, margin : margin + width]
        return total[inside] / weights[inside]

    def check(self) -> dict:
        found = self.probabilities()
        pixels = {"pixels": [found.size]}
        return pixels if self.empty else {**pixels, "probabilities": found.flatten()[::STRIDE].tolist()}

    def run(self) -> dict:
        mask = (self.probabilities() >= 0.5).astype(np.uint8) * 255
        tifffile.imwrite(Path(self.folder.name) / "mask.tif", mask, compression="deflate")
        return {}
