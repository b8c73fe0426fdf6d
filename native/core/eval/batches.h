// Samples of a store in batches, as evaluations take them.
#pragma once

#include <cstdint>
#include <vector>

#include "core/data/sample_store.h"

namespace acinus {

struct StackedSamples {
  Tensor pixels;  // uint8 [B, 3, H, W]
  Tensor masks;   // uint8 [B, 1, H, W] in {0, 1, kIgnored}
  bool ignoring;  // whether pixels of one of them do not count
};

// Positions in `indices`, in batches whose images have one size, and one scale where each has one. Sizes come in ascending
// order, positions in their own. ACINUS_EMPTY_SET without any; ACINUS_MISSING_MASK when a sample has no mask.
std::vector<std::vector<int64_t>> equal_size_batches(const SampleStore& store, const std::vector<int64_t>& indices,
                                                     int64_t batch_size, const std::vector<double>& scales = {});

StackedSamples stack_samples(const SampleStore& store, const std::vector<int64_t>& indices,
                             const std::vector<int64_t>& positions);

}  // namespace acinus
