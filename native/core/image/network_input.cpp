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

Tensor network_input(const Tensor& rgb, const Tensor& edges) {
  const torch::NoGradGuard no_grad;
  return torch::cat({imagenet_normalized(rgb), edges}, 1);
}

// An image of edges, augmented as the other: every decision is drawn whatever the probabilities are, so that without brightness
// and contrast the rest stays as it was.
Tensor augmented_edges(const Tensor& pixels, const Tensor& masks, const std::vector<int64_t>& samples, const AugmentKey& key,
                       AugmentOptions augmentation, const EdgeOptions& options) {
  augmentation.brightness_contrast = 0;
  const Tensor edges = edge_map(pixels, options).expand(pixels.sizes());
  return augment(edges, masks, samples, key, augmentation).image.narrow(1, 0, 1);
}

}  // namespace acinus
