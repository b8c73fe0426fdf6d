"""The Enhanced network as a Python user builds it: edge channel, input projection and smp's UNet++ (METHOD sections 1 to 3)."""

import math

import cv2
import numpy as np
import segmentation_models_pytorch as smp
import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import nn

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601


def gabor_kernels(
    orientations=8, wavelengths=(4.0, 10.0, 20.0), sigma=5.0, gamma=0.5, psi=0.0, size=31
) -> np.ndarray:
    """[24, size, size] float32; each answers 0 to a flat region and has an L1 norm of 1."""
    kernels = []
    for k in range(orientations):
        theta = math.pi * k / orientations
        # An infinite wavelength leaves the Gaussian envelope alone.
        envelope = cv2.getGaborKernel((size, size), sigma, theta, 1e12, gamma, 0.0, cv2.CV_64F)
        for wavelength in wavelengths:
            kernel = cv2.getGaborKernel((size, size), sigma, theta, wavelength, gamma, psi, cv2.CV_64F)
            kernel -= envelope * (kernel.sum() / envelope.sum())
            kernels.append(kernel / np.abs(kernel).sum())
    return np.stack(kernels).astype(np.float32)


class NetworkInput(nn.Module):
    """RGB in 0…255, [B, 3, H, W] → [B, 4, H, W]: normalised RGB and the edge map in [0, 1]; without edges RGB alone."""

    def __init__(self, edges=True):
        super().__init__()
        self.edges = edges
        self.kernels = gabor_kernels()
        self.register_buffer("mean", torch.tensor(IMAGENET_MEAN).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(IMAGENET_STD).view(1, 3, 1, 1), persistent=False)

    @torch.no_grad()
    def forward(self, rgb: torch.Tensor) -> torch.Tensor:
        rgb = rgb / 255
        if not self.edges:
            return (rgb - self.mean) / self.std
        edges = torch.from_numpy(np.stack([edge_map(image, self.kernels) for image in rgb.numpy()]))[:, None]
        return torch.cat([(rgb - self.mean) / self.std, edges], 1)


def edge_map(rgb: np.ndarray, kernels: np.ndarray) -> np.ndarray:
    """[3, H, W] in [0, 1] → [H, W] in [0, 1]. OpenCV filters by FFT here, two to three times as fast as torch's conv2d."""
    luma = np.tensordot(np.array(LUMA, np.float32), rgb, 1)
    response = np.zeros_like(luma)
    for kernel in kernels:
        np.maximum(response, cv2.filter2D(luma, cv2.CV_32F, kernel, borderType=cv2.BORDER_REFLECT_101), out=response)
    low, high = response.min(), response.max()
    return (response - low) / (high - low) if high - low > 1e-6 else np.zeros_like(response)


class InputProjection(nn.Sequential):
    """4 → 3 channels; starts as the RGB pass-through x = ReLU(x) − ReLU(−x), up to the BatchNorm between."""

    def __init__(self, hidden=16):
        super().__init__(
            nn.Conv2d(4, hidden, 3, padding=1, bias=False), nn.BatchNorm2d(hidden), nn.ReLU(), nn.Conv2d(hidden, 3, 1)
        )
        first, last = self[0], self[3]
        with torch.no_grad():
            nn.init.kaiming_uniform_(first.weight, nonlinearity="relu")
            nn.init.zeros_(last.bias)
            last.weight.mul_(0.01)
            for c in range(3):
                for hidden_channel, sign in ((2 * c, 1.0), (2 * c + 1, -1.0)):
                    first.weight[hidden_channel].zero_()
                    first.weight[hidden_channel, c, 1, 1] = sign
                    last.weight[:, hidden_channel] = 0
                    last.weight[c, hidden_channel] = sign


PROJECTION_NAMES = {"conv1": "0", "norm": "1", "conv2": "3"}


LITE = "efficientnet-lite0"


def simplify(encoder: nn.Module):
    """Makes smp's b0 an EfficientNet-Lite0, which has its shapes: no squeeze-and-excitation, and ReLU6 in place of SiLU."""
    encoder._swish = nn.ReLU6(inplace=True)
    for block in encoder._blocks:
        block._has_se, block._swish = False, nn.ReLU6(inplace=True)
        del block._se_reduce, block._se_expand


class Enhanced(nn.Module):
    """[B, 4, H, W] → logits [B, 1, H, W]; any size, padded to multiples of 32 and cropped back. Without edges 3 channels."""

    def __init__(self, encoder="efficientnet-b7", edges=True):
        super().__init__()
        self.projection = InputProjection() if edges else nn.Identity()
        shaped = "efficientnet-b0" if encoder == LITE else encoder
        self.network = smp.UnetPlusPlus(shaped, encoder_weights=None, decoder_attention_type="scse", classes=1)
        if encoder == LITE:
            simplify(self.network.encoder)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        height, width = x.shape[-2:]
        bottom, right = -height % 32, -width % 32
        if bottom or right:
            mode = "reflect" if bottom < height and right < width else "replicate"
            x = F.pad(x, (0, right, 0, bottom), mode=mode)
        return self.network(self.projection(x))[..., :height, :width]

    def load(self, path: str):
        """Weights that acinus wrote: smp's own names, and the projection's."""
        state = {}
        for name, value in load_file(path).items():
            part, rest = name.split(".", 1)
            if part == "projection":
                layer, entry = rest.split(".", 1)
                state[f"projection.{PROJECTION_NAMES[layer]}.{entry}"] = value
            else:
                state[f"network.{name}"] = value
        self.load_state_dict(state)


def enhanced(job) -> Enhanced:
    """The job's network. Drop-connect is off on both sides: its masks come from different generators, and it costs next to nothing."""
    network = Enhanced(job.encoder)
    network.network.encoder._drop_connect_rate = 0.0
    if job.weights:
        network.load(job.weights)
    return network
