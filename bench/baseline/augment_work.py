"""A batch through albumentations' closest equivalent of the method's augmentation (METHOD section 9), image by image."""

import albumentations as A
import cv2
import numpy as np

from data import CellDataset

CHECKED_BATCHES = 64


class Work:
    parameters = 0

    def __init__(self, job, settings):
        self.batches = job.batches
        dataset = CellDataset.open(f"{job.data}/train")
        self.samples = list(zip(dataset.images, dataset.masks))[-job.batch :]
        self.transform = A.Compose(
            [
                A.HorizontalFlip(p=0.5),
                A.VerticalFlip(p=0.5),
                A.RandomRotate90(p=0.5),
                A.ElasticTransform(
                    alpha=120, sigma=9, interpolation=cv2.INTER_LINEAR, mask_interpolation=cv2.INTER_NEAREST,
                    border_mode=cv2.BORDER_REFLECT_101, noise_distribution="uniform", approximate=settings.approximate,
                    p=1.0 if job.elastic == "always" else 0.3,
                ),
                A.RandomBrightnessContrast(brightness_limit=0.2, contrast_limit=0.2, p=0.5),
            ],
            seed=job.seed,
        )  # fmt: skip

    def batch(self) -> list[dict]:
        return [self.transform(image=image, mask=mask) for image, mask in self.samples]

    def check(self) -> dict:
        augmented = [sample for _ in range(CHECKED_BATCHES) for sample in self.batch()]
        mean = {key: float(np.mean([sample[key].mean() for sample in augmented])) for key in ("image", "mask")}
        return {"mean grey level": [mean["image"]], "cell share": [mean["mask"]]}

    def run(self) -> dict:
        for _ in range(self.batches):
            self.batch()
        return {}
