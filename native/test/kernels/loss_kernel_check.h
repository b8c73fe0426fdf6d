// Holds the loss's kernels against its plain version on random input, as kernel_check.h does the operations of the network.
#pragma once

#include "test/kernels/kernel_check.h"

namespace acinus {

// request.operation: stabilized_loss, of `images` images; with clamps that some logits reach, and none where `flat`. Or
// signed_distance, of `images` images, one that is empty and one that is full. No differences for any other. The plain
// version is computed in float64.
std::vector<ops::KernelDifference> compare_loss_kernels(const ops::KernelCase& request);

}  // namespace acinus
