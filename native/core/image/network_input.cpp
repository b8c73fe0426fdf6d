#include "core/image/network_input.h"

#include "core/error.h"
#include "core/image/color.h"

namespace acinus {

Tensor network_input(const Tensor& rgb, const EdgeOptions& options, int64_t channels) {
  if (rgb.dim() != 4 || rgb.size(1) != 3 || (channels != 3 && channels != 4)) {
    throw Error("ACINUS_INVALID_ARGUMENT", "The network input is made from [B, 3, H, W] pixels for 3 or 4 channels, not from " +
                                               c10::str(rgb.sizes()) + " for " + std::to_string(channels) + ".");
  }
  const torch::NoGradGuard no_grad;
  const Tensor normalized = imagenet_normalized(rgb);
  return channels == 3 ? normalized : torch::cat({normalized, edge_map(rgb, options)}, 1);
}

}  // namespace acinus
