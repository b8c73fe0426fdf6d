// Images and masks for tests.
#pragma once

#include "core/data/sample_store.h"

namespace acinus::test {

// uint8 [H, W, 3], a ramp whose colours and slopes depend on `number`.
Tensor ramp(int64_t height, int64_t width, int64_t number = 0);
// uint8 [H, W], 1 in a disc off the middle.
Tensor disc(int64_t height, int64_t width);
// Bright discs on a noisy ground, uint8 [H, W, 3], with their mask, uint8 [H, W].
std::pair<Tensor, Tensor> cells(int64_t height, int64_t width, uint64_t seed);

int64_t add_to(SampleStore& store, const Tensor& rgb, const Tensor& mask);

}  // namespace acinus::test
