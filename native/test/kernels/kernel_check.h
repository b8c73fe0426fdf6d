// Holds each fast operation against its plain version on random input.
#pragma once

#include <string>
#include <vector>

#include <cstdint>

namespace acinus::ops {

struct KernelCase {
  // batch_norm, batch_norm_relu, batch_norm_silu, batch_norm_add, depthwise_conv2d, batch_norm_silu_depthwise_conv2d,
  // squeeze_excite_conv1x1, batch_norm_relu_scse, upsample_cat_scse, conv1x1, conv3x3, upsample_conv3x3, patch_conv2d; for
  // inference and without gradients bottleneck, batch_norm_silu_bottleneck, expanded_bottleneck, gated,
  // conv1x1_batch_norm_relu_add, conv3x3_batch_norm_relu_add, upsample_conv3x3_batch_norm_relu; adamw. Otherwise
  // ACINUS_INVALID_ARGUMENT.
  std::string operation;
  int64_t images = 1, height = 8, width = 8;
  // Several of upsample_cat_scse, whose first has half the size; in and out of a dense convolution.
  std::vector<int64_t> channels{16};
  int64_t kernel = 3, stride = 1;  // of convolutions that are padded unevenly: depthwise, of patches, and bottlenecks
  bool bfloat16 = false;           // of the activations of the fast version
  bool training = true;
  bool flat = false;  // activations that hardly differ from their mean, as on an empty background
  uint64_t seed = 0;
};

// The result, a gradient or a running statistic: largest difference, beside the largest value of the plain version, which is
// computed in float64 from the same (rounded) input.
struct KernelDifference {
  std::string name;
  double difference, scale;
};

std::vector<KernelDifference> compare_kernels(const KernelCase& request);

}  // namespace acinus::ops
