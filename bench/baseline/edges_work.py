"""The edge channel of one image: OpenCV's filter2D, which filters kernels of this size by FFT, or PyTorch."""

import numpy as np
import torch
import torch.nn.functional as F

from data import CellDataset
from model import LUMA, edge_map, gabor_kernels

STRIDE = 61


class Work:
    parameters = 0

    def __init__(self, job, settings):
        image = CellDataset.open(f"{job.data}/train", limit=1).images[0]
        self.image, self.kernels = image, gabor_kernels()
        self.bank = torch.from_numpy(self.kernels)[:, None]
        self.edges = {"opencv": self.opencv, "conv2d": self.conv2d, "rfft2": self.rfft2}[settings.edges]
        height, width = image.shape[:2]
        self.size = [next_fast(length + 30) for length in (height, width)]
        # A correlation: the spectrum of the kernels conjugated.
        self.spectrum = torch.fft.rfft2(self.bank[:, 0], s=self.size).conj()

    def opencv(self) -> np.ndarray:
        return edge_map(self.image.transpose(2, 0, 1).astype(np.float32) / 255, self.kernels)

    def padded_luma(self) -> torch.Tensor:
        luma = torch.from_numpy(self.image).float() @ torch.tensor(LUMA) / 255
        return F.pad(luma[None, None], (15, 15, 15, 15), mode="reflect")

    def conv2d(self) -> np.ndarray:
        return scaled(F.conv2d(self.padded_luma(), self.bank)[0])

    def rfft2(self) -> np.ndarray:
        height, width = self.image.shape[:2]
        spectrum = torch.fft.rfft2(self.padded_luma()[0], s=self.size)
        return scaled(torch.fft.irfft2(spectrum * self.spectrum, s=self.size)[:, :height, :width])

    @torch.inference_mode()
    def check(self) -> dict:
        return {"edges": self.edges().reshape(-1)[::STRIDE].tolist()}

    @torch.inference_mode()
    def run(self) -> dict:
        self.edges()
        return {}


def scaled(responses: torch.Tensor) -> np.ndarray:
    response = responses.amax(0).clamp_(min=0)
    low, high = response.min(), response.max()
    return ((response - low) / (high - low) if high - low > 1e-6 else torch.zeros_like(response)).numpy()


def next_fast(length: int) -> int:
    """The next length that has no prime factor above 5."""
    while True:
        rest = length
        for factor in (2, 3, 5):
            while rest % factor == 0:
                rest //= factor
        if rest == 1:
            return length
        length += 1
