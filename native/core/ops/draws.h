// Random numbers as tensors, the same on every device.
#pragma once

#include "core/ops/random.h"
#include "core/torch.h"

namespace acinus::ops {

// Uniform in [−1, 1), float [2, H, W]: drawn pixel by pixel in raster order, x before y. `random` has drawn nothing yet.
Tensor noise(const RandomStream& random, int64_t height, int64_t width, torch::Device device);

// Drop-connect (stochastic depth; Huang et al. 2016) of `blocks` blocks of a network, beginning with `first_block`, in one
// training step. A sample's fate depends on (seed, step, block, position in the batch) alone.
struct DropConnect {
  uint64_t seed = 0, step = 0;
  int64_t first_block = 0, blocks = 1, batch = 1;
  // The probability that block i is skipped: base + rate · i / depth.
  double base = 0, rate = 0;
  int64_t depth = 1;

  double probability(int64_t block) const { return base + rate * static_cast<double>(block) / static_cast<double>(depth); }
};
// What the branch of each block is multiplied by for each sample: float [blocks, batch], 1/(1 − p) where it is kept, 0 where it
// is not.
Tensor drop_connect_factors(const DropConnect& request, torch::Device device);

namespace plain {
Tensor noise(const RandomStream& random, int64_t height, int64_t width, torch::Device device);
Tensor drop_connect_factors(const DropConnect& request, torch::Device device);
}  // namespace plain

}  // namespace acinus::ops
