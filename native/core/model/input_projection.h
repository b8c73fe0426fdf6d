// The learned 4→3 projection in front of a pretrained RGB encoder (paper eq. 2, METHOD section 2).
#pragma once

#include "core/model/counted_norm.h"
#include "core/model/model.h"
#include "core/model/plan.h"

namespace acinus {

// Conv 3×3 (4→width, no bias) → BatchNorm → ReLU → Conv 1×1 (width→3).
class InputProjectionImpl : public nn::Module {
 public:
  explicit InputProjectionImpl(int64_t width);
  Tensor forward(const Tensor& x);  // [B, 4, H, W] → [B, 3, H, W]
  Plan::Value describe(Plan& plan, Plan::Value x, const std::string& path) const;

  // kKaiming: He uniform throughout. kIdentity: y = RGB at the start, as relu(x) − relu(−x) in six hidden channels;
  // the others start with random kernels over all four inputs and weight 0 in the sum, so that they learn from the first step.
  // In eval mode the identity holds to rounding, since the running statistics start at mean 0 and variance 1. In train mode
  // BatchNorm uses the batch's own statistics, and both channels of a pair remain each other's negative: y is then RGB shifted
  // and scaled to mean 0 and variance 1 per channel of the batch, which for ImageNet-normalised photographs is nearly the same
  // thing. The running statistics follow, so that eval mode moves to what training sees.
  void initialise(ProjectionInit init, at::Generator& generator);

 private:
  Convolution conv1_{nullptr}, conv2_{nullptr};
  CountedNorm norm_{nullptr};
};
TORCH_MODULE(InputProjection);

}  // namespace acinus
