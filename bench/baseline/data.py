"""Images and masks of a folder, decoded once; complexity weights (METHOD section 8) and augmentation (section 9)."""

from pathlib import Path

import cv2
import numpy as np
import torch
from torch.utils.data import Dataset


class CellDataset(Dataset):
    """Pairs of `images/NAME` and `masks/NAME`. An item is (RGB float32 [3, H, W] in 0…255, mask float32 [1, H, W] in {0, 1})."""

    def __init__(self, images: list[np.ndarray], masks: list[np.ndarray], augmented=False, seed=0):
        self.images, self.masks, self.augmented, self.seed = images, masks, augmented, seed
        self.draws = 0

    @classmethod
    def open(cls, folder: str, augmented=False, seed=0, limit=None) -> "CellDataset":
        images, masks = [], []
        for path in sorted((Path(folder) / "images").iterdir())[:limit]:
            images.append(cv2.cvtColor(cv2.imread(str(path), cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB))
            masks.append((cv2.imread(str(Path(folder) / "masks" / path.name), cv2.IMREAD_GRAYSCALE) > 0).astype(np.uint8))
        return cls(images, masks, augmented, seed)

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int):
        image, mask = self.images[index], self.masks[index]
        if self.augmented:
            self.draws += 1
            image, mask = augment(image, mask, np.random.default_rng((self.seed, self.draws, index)))
        rgb = torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1), np.float32))
        return rgb, torch.from_numpy(mask.astype(np.float32))[None]

    def weights(self) -> torch.Tensor:
        return torch.tensor([complexity_weight(mask) for mask in self.masks], dtype=torch.float64)


def complexity_weight(mask: np.ndarray) -> float:
    """1 without cells; otherwise more for long boundaries, many cells and small cells."""
    area = int(mask.sum())
    if area == 0:
        return 1.0
    contours, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    perimeter = sum(cv2.arcLength(contour, True) for contour in contours)
    count, _, statistics, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    boundary = min(1.0, perimeter / (4 * np.sqrt(np.pi * area)) / 3)
    density = min(1.0, (count - 1) / 25)
    small = 1.5 if statistics[1:, cv2.CC_STAT_AREA].min() < 70 else 1.0
    return 2 * (1 + 0.5 * boundary + 0.5 * density) * small


def augment(image: np.ndarray, mask: np.ndarray, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Flips, 90° rotations, elastic deformation (α 120, σ 9), brightness and contrast ±0.2."""
    if random.random() < 0.5:
        image, mask = image[:, ::-1], mask[:, ::-1]
    if random.random() < 0.5:
        image, mask = image[::-1], mask[::-1]
    if random.random() < 0.5:
        turns = int(random.integers(1, 4)) if image.shape[0] == image.shape[1] else 2
        image, mask = np.rot90(image, turns), np.rot90(mask, turns)
    image, mask = np.ascontiguousarray(image), np.ascontiguousarray(mask)
    if random.random() < 0.3:
        image, mask = elastic(image, mask, random)
    if random.random() < 0.5:
        contrast = 1 + random.uniform(-0.2, 0.2)
        brightness = random.uniform(-0.2, 0.2)
        image = np.clip(image.astype(np.float32) * contrast + brightness * 255, 0, 255)
    return image, mask


def elastic(image: np.ndarray, mask: np.ndarray, random: np.random.Generator, alpha=120.0, sigma=9.0):
    height, width = mask.shape
    dx, dy = (
        cv2.GaussianBlur(random.uniform(-1, 1, (height, width)).astype(np.float32), (0, 0), sigma) * alpha for _ in range(2)
    )
    x = np.arange(width, dtype=np.float32)[None] + dx
    y = np.arange(height, dtype=np.float32)[:, None] + dy
    return (
        cv2.remap(image, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101),
        cv2.remap(mask, x, y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REFLECT_101),
    )
