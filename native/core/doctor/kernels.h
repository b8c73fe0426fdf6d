// What `acinus doctor --self-test` holds against LibTorch's operators on the machine at hand: a few CPU kernels of each kind.
// The core's own tests (native/test/kernels) compare all of them, at many sizes.
#pragma once

#include <string>
#include <vector>

namespace acinus {

struct KernelDifference {
  std::string kernel;  // the operation and what of it was compared
  double difference;   // largest absolute difference between the kernel in float32 and LibTorch's operators in float64
  double scale;        // largest absolute value of the latter
};

// Results and gradients on one small batch of random numbers, the same in every call. A right kernel stays within
// 3e-5 · max(scale, 1). Empty where ACINUS_CPU_ISA=none turns the kernels off.
std::vector<KernelDifference> compare_kernels();

}  // namespace acinus
