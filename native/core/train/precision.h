// The precision of a training step; its autocast is core/ops/autocast.h, here is the loss scale that fp16 needs.
#pragma once

#include "core/io/safetensors.h"

namespace acinus {

enum class Precision { kFp32, kBf16, kFp16 };

Precision parse_precision(const std::string& name);  // fp32 | bf16 | fp16; ACINUS_CONFIG otherwise

// Dynamic loss scaling as torch.amp.GradScaler: 65536 to start with, halved when a gradient overflows, doubled after 2000 steps
// without one. Active for fp16 only; otherwise it scales by one and never looks at the gradients.
class LossScale {
 public:
  LossScale(Precision precision, torch::Device device);
  Tensor scaled(const Tensor& loss) const;
  void unscale(const std::vector<Tensor>& gradients);  // divides in place and remembers whether one is not finite
  void update();                                       // after every optimizer step, taken or skipped

  bool active() const { return active_; }
  StateDict state() const;
  void restore(const StateDict& state);

 private:
  bool active_;
  Tensor scale_;           // float [1]
  Tensor growth_tracker_;  // int32 [1]: steps since the last overflow
  Tensor found_infinite_;  // float [1]
};

}  // namespace acinus
