"""Trains smp's UNet++ with the plain Dice loss for some minutes and predicts images: a row of `acinus compare --predictions`.

    python bench/baseline/peer_unet_plus_plus.py TRAIN TEST -o OUT --minutes 20 --encoder efficientnet-b0 --seed 1

TRAIN holds images/ and masks/, TEST images/. OUT gets a mask (0 and 255) for each image of TEST. The network sees RGB, starts from random weights
(or --weights), and is trained by AdamW with OneCycle and the augmentation of the method; its last weights predict, at threshold 0.5.
"""

import argparse
import json
import time
from pathlib import Path

import cv2
import numpy as np
import segmentation_models_pytorch as smp
import torch
from torch.utils.data import DataLoader, RandomSampler

from data import CellDataset
from model import NetworkInput

WARM_UP, TIMED = 2, 8  # steps


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("train")
    parser.add_argument("test")
    parser.add_argument("-o", "--output", required=True)
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--encoder", default="efficientnet-b0")
    parser.add_argument("--weights", help="a state dict of the encoder, .pth")
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--crop", type=int, default=0, help="side of random crops; 0: whole images of one size")
    parser.add_argument("--learning-rate", type=float, default=1e-3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int)
    options = parser.parse_args()
    output = Path(options.output)
    if output.exists() and any(output.iterdir()):
        parser.error(f"{output} is not empty")
    torch.manual_seed(options.seed)
    if options.threads:
        torch.set_num_threads(options.threads)

    network = smp.UnetPlusPlus(options.encoder, encoder_weights=None, classes=1)
    if options.weights:
        network.encoder.load_state_dict(torch.load(options.weights, weights_only=True))
    prepare, loss_of = NetworkInput(edges=False), smp.losses.DiceLoss("binary")
    data = CellDataset.open(options.train, augmented=True, seed=options.seed)
    loader = DataLoader(data, options.batch, sampler=RandomSampler(data), drop_last=len(data) >= options.batch, collate_fn=cropped(options))

    def optimizer_of():
        return torch.optim.AdamW(network.parameters(), lr=options.learning_rate, weight_decay=1e-4)

    def step(optimizer, rgb, mask):
        loss = loss_of(network(prepare(rgb)), mask)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 0.5)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        return loss.item()

    # How many steps the minutes are: the schedule needs to know its end.
    kept = {name: value.clone() for name, value in network.state_dict().items()}
    network.train()
    optimizer = optimizer_of()
    batches = forever(loader)
    for number in range(WARM_UP + TIMED):
        if number == WARM_UP:
            start = time.perf_counter()
        step(optimizer, *next(batches))
    seconds = (time.perf_counter() - start) / TIMED
    network.load_state_dict(kept)

    steps = max(1, int(60 * options.minutes / seconds))
    optimizer = optimizer_of()
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, options.learning_rate, total_steps=steps, pct_start=0.1, div_factor=25, final_div_factor=40
    )
    start = time.perf_counter()
    losses = []
    for _ in range(steps):
        losses.append(step(optimizer, *next(batches)))
        schedule.step()
    minutes = (time.perf_counter() - start) / 60

    network.eval()
    output.mkdir(parents=True, exist_ok=True)
    with torch.no_grad():
        for path in sorted((Path(options.test) / "images").iterdir()):
            image = cv2.cvtColor(cv2.imread(str(path), cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
            cv2.imwrite(str(output / f"{path.stem}.png"), 255 * predicted(network, prepare, image))
    parameters = sum(parameter.numel() for parameter in network.parameters())
    print(json.dumps({"steps": steps, "minutes": minutes, "loss": float(np.mean(losses[-20:])), "parameters": parameters}))


def cropped(options):
    """Whole images, or a random crop of each."""

    def collate(samples):
        if options.crop:
            samples = [crop(*sample, options.crop) for sample in samples]
        return tuple(torch.stack(parts) for parts in zip(*samples))

    return collate


def crop(rgb, mask, side):
    top, left = (int(torch.randint(0, max(1, size - side + 1), ())) for size in mask.shape[1:])
    return rgb[:, top : top + side, left : left + side], mask[:, top : top + side, left : left + side]


def forever(loader):
    while True:
        yield from loader


def predicted(network, prepare, image):
    """1 in cells, of an image of any size: it is padded to multiples of 32 as the method does."""
    height, width = image.shape[:2]
    bottom, right = -height % 32, -width % 32
    padded = cv2.copyMakeBorder(image, 0, bottom, 0, right, cv2.BORDER_REFLECT_101)
    rgb = torch.from_numpy(padded.transpose(2, 0, 1).astype(np.float32))[None]
    return (network(prepare(rgb))[0, 0, :height, :width] > 0).numpy().astype(np.uint8)


if __name__ == "__main__":
    main()
