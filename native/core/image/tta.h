// Test-time augmentation: 7 of the 8 elements of the dihedral group (METHOD section 9).
#pragma once

#include "core/torch.h"

namespace acinus {

// identity, h-flip, v-flip, rot90, rot180, rot270, transpose, in this order; [.., H, W] tensors.
constexpr int kTestTimeTransforms = 7;
const char* test_time_transform_name(int transform);
Tensor test_time_transform(const Tensor& image, int transform);
Tensor inverse_test_time_transform(const Tensor& image, int transform);

}  // namespace acinus
