"""The stabilized combined loss (METHOD section 4, paper Algorithm 1)."""

import torch
import torch.nn.functional as F


def stabilized_loss(logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """logits, target: [B, 1, H, W]. 0.5 Dice + 0.3 BCE + 0.2 Tversky, in float32 whatever the autocast."""
    with torch.autocast(logits.device.type, enabled=False):
        logits, target = logits.float(), target.float()
        p = torch.sigmoid(logits.clamp(-10, 10)).clamp(1e-7, 1 - 1e-7)
        pixels = (1, 2, 3)
        tp = (p * target).sum(pixels)
        fp = (p * (1 - target)).sum(pixels)
        fn = ((1 - p) * target).sum(pixels)
        dice = 1 - ((2 * tp + 1) / (p.sum(pixels) + target.sum(pixels) + 1)).mean()
        tversky = 1 - ((tp + 1) / (tp + 0.7 * fp + 0.3 * fn + 1)).mean()
        ratio = target.mean()
        weight = torch.where(ratio > 0, ((1 - ratio) / ratio.clamp(min=1e-12)).clamp(1, 50), 50.0)
        bce = F.binary_cross_entropy_with_logits(logits, target, pos_weight=weight)
        return 0.5 * dice + 0.3 * bce + 0.2 * tversky
