#include "core/ops/gabor_response.h"

#include <algorithm>

#include "core/ops/border.h"

namespace acinus::ops::plain {

Tensor strongest_response(const Tensor& gray, const GaborBank& bank) {
  // Responses of one chunk of the batch, in elements: 64 MB. A batch at once would hold 24 maps for each of its pixels.
  constexpr int64_t kChunkElements = int64_t{1} << 24;
  const Tensor weights = bank.kernels.unsqueeze(1).to(gray.scalar_type());
  const int64_t batch = gray.size(0), pixels = gray.size(2) * gray.size(3);
  const int64_t chunk = std::max<int64_t>(1, kChunkElements / (weights.size(0) * pixels));
  std::vector<Tensor> strongest;
  for (int64_t first = 0; first < batch; first += chunk) {
    const Tensor part = gray.narrow(0, first, std::min(chunk, batch - first));
    // Not conv2d: the edge map is the same on every device, so no TensorFloat-32 on GPUs that have it.
    const Tensor responses =
        at::_convolution(pad_reflect_101(part, weights.size(2) / 2), weights, {}, {1, 1}, {0, 0}, {1, 1}, false, {0, 0}, 1,
                         /*benchmark=*/false, /*deterministic=*/true, /*cudnn_enabled=*/true, /*allow_tf32=*/false);
    strongest.push_back(responses.amax({1}, /*keepdim=*/true).clamp_min_(0));
  }
  return at::cat(strongest);
}

}  // namespace acinus::ops::plain
