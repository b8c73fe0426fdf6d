"""Checks the ImageNet weights that acinus fetches against the program that they were published with: encoder features of photographs within
1e-4 of each map's largest, and the same class on top when the program's classifier goes on from acinus' last feature.

    python tools/imagenet_check.py          after npm run build

Needs torch, scikit-image and efficientnet-lite-pytorch 0.1.0, and for the first run a network."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch
from efficientnet_lite_pytorch import EfficientNet
from skimage import data, transform

ROOT = Path(__file__).resolve().parent.parent
# The nominal sizes, rounded up to multiples of 32, to which the network would pad them.
SIZES = {"efficientnet-lite0": 224, "efficientnet-lite1": 256, "efficientnet-lite2": 288}
PHOTOGRAPHS = ["astronaut", "chelsea", "coffee", "rocket", "camera"]
FEATURES = """
const { readFileSync, writeFileSync } = await import("node:fs");
const { fetchWeights, Model } = await import("./dist/lib/index.js");
const [encoder, file, shape, out] = JSON.parse(process.argv[1]);
const model = await Model.create({ encoder, inputMode: "drop", weights: "imagenet" });
const input = new Float32Array(new Uint8Array(readFileSync(file)).buffer);
const features = await model.features(input, shape);
features.forEach(({ data }, i) => writeFileSync(`${out}/${i}`, data));
console.log(JSON.stringify({ path: await fetchWeights(`imagenet:${encoder}`), shapes: features.map((one) => one.shape) }));
"""


def photograph(name, size):
    picture = getattr(data, name)()
    picture = np.stack([picture] * 3, -1) if picture.ndim == 2 else picture[..., :3]
    side = min(picture.shape[:2])
    top, left = (picture.shape[0] - side) // 2, (picture.shape[1] - side) // 2
    square = transform.resize(picture[top : top + side, left : left + side], (size, size), anti_aliasing=True)
    mean, deviation = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
    return ((square - mean) / deviation).astype(np.float32).transpose(2, 0, 1)


def ours(encoder, images):
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "input"
        file.write_bytes(images.tobytes())
        request = json.dumps([encoder, str(file), list(images.shape), folder])
        run = subprocess.run(["node", "--input-type=module", "-e", FEATURES, request], cwd=ROOT, capture_output=True, text=True, check=True)
        answer = json.loads(run.stdout)
        shapes = answer["shapes"]
        return answer["path"], [torch.from_numpy(np.fromfile(f"{folder}/{i}", np.float32).reshape(shape)) for i, shape in enumerate(shapes)]


@torch.no_grad()
def check(encoder, size):
    images = np.stack([photograph(name, size) for name in PHOTOGRAPHS])
    path, features = ours(encoder, images)
    program = EfficientNet.from_name(encoder).eval()
    program.load_state_dict(torch.load(path, weights_only=True))
    x = program._swish(program._bn0(program._conv_stem(torch.from_numpy(images))))
    maps = [x]
    for block in program._blocks:
        maps.append(x := block(x))

    def head(last):
        y = program._swish(program._bn1(program._conv_head(last)))
        return program._fc(program._dropout(program._avg_pooling(y).flatten(1)))

    worst = 0.0
    for feature in features:  # the block that it is of: the nearest of the same shape
        same = [one for one in maps if one.shape == feature.shape]
        worst = max(worst, min(float((one - feature).abs().max() / one.abs().max()) for one in same))
    theirs, own = program(torch.from_numpy(images)), head(features[-1])
    top, own_top = theirs.argmax(1).tolist(), own.argmax(1).tolist()
    print(f"{encoder}: features within {worst:.1e}, classes {dict(zip(PHOTOGRAPHS, top))}, logits within {float((theirs - own).abs().max()):.1e}")
    return worst <= 1e-4 and top == own_top


sys.exit(0 if all([check(encoder, size) for encoder, size in SIZES.items()]) else 1)
