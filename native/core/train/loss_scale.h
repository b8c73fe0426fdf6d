// The loss scale that training in fp16 needs.
#pragma once

#include "core/io/safetensors.h"
#include "core/precision.h"

namespace acinus {

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
