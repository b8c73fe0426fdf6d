"""From decoded pixels to the probability of every pixel, the image taken whole."""

import tempfile
from pathlib import Path

import numpy as np
import torch

from data import CellDataset
from model import NetworkInput, enhanced

STRIDE = 61

# METHOD section 9, each with its inverse: identity, flips, rotations, transposition.
TRANSFORMS = [
    (lambda x: x, lambda x: x),
    (lambda x: x.flip(-1), lambda x: x.flip(-1)),
    (lambda x: x.flip(-2), lambda x: x.flip(-2)),
    (lambda x: x.rot90(1, (-2, -1)), lambda x: x.rot90(-1, (-2, -1))),
    (lambda x: x.rot90(2, (-2, -1)), lambda x: x.rot90(2, (-2, -1))),
    (lambda x: x.rot90(3, (-2, -1)), lambda x: x.rot90(-3, (-2, -1))),
    (lambda x: x.transpose(-2, -1), lambda x: x.transpose(-2, -1)),
]


class Work:
    def __init__(self, job, settings):
        # One more image would be decoded for nothing.
        self.rgb = CellDataset.open(f"{job.data}/train", limit=1)[0][0][None]
        self.prepare, network = NetworkInput(), enhanced(job).eval()
        self.parameters = sum(parameter.numel() for parameter in network.parameters())
        self.transforms = TRANSFORMS if job.tta else TRANSFORMS[:1]
        self.format = torch.channels_last if settings.layout == "channels-last" else torch.contiguous_format
        if settings.engine == "onnxruntime":
            self.network = in_onnxruntime(network, self.prepare(self.rgb), job.threads)
        else:
            network = network.to(memory_format=self.format)
            self.network = torch.compile(network) if settings.compile else network
        self.bf16 = settings.precision == "bf16"

    def probabilities(self) -> torch.Tensor:
        """The bank of filters turns with the image, so that its map is computed once, whatever the transforms."""
        x, total = self.prepare(self.rgb), 0
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=self.bf16):
            for transform, inverse in self.transforms:
                logits = self.network(transform(x).contiguous(memory_format=self.format))
                total = total + inverse(logits.float().sigmoid())
        return total / len(self.transforms)

    def check(self) -> dict:
        return {"probabilities": self.probabilities().flatten()[::STRIDE].tolist()}

    def run(self) -> dict:
        self.probabilities()
        return {}


def in_onnxruntime(network, example: torch.Tensor, threads: int):
    import onnxruntime

    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "network.onnx")
        # The newer exporter needs one more package and gives the same operators here.
        torch.onnx.export(network, (example,), path, dynamo=False, opset_version=17, input_names=["x"])
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return lambda x: torch.from_numpy(np.asarray(session.run(None, {"x": x.numpy()})[0]))
