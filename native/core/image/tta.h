// Test-time augmentation (METHOD section 9): the eight elements of the dihedral group, of which seven are used by default.
#pragma once

#include <string>
#include <vector>

#include "core/torch.h"

namespace acinus {

// identity, hflip, vflip, rot90, rot180, rot270, transpose, transverse (the anti-transpose), in this order; [.., H, W] tensors.
constexpr int kTestTimeTransforms = 8;
const char* test_time_transform_name(int transform);
// The numbers of names. ACINUS_CONFIG for one that is not there.
std::vector<int> test_time_transforms(const std::vector<std::string>& names);
Tensor test_time_transform(const Tensor& image, int transform);
Tensor inverse_test_time_transform(const Tensor& image, int transform);

}  // namespace acinus
