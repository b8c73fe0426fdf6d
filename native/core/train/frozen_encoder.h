// A pretrained encoder that is kept as it is while the rest learns to use it.
#pragma once

#include "core/torch.h"

namespace acinus {

// While it lives and is active, the encoder gets no gradients and runs in eval mode: its BatchNorms use, and keep, the running
// statistics they came with, and nothing is dropped. Afterwards its parameters take gradients again; the mode is set by whoever
// trains next.
class FrozenEncoder {
 public:
  FrozenEncoder(nn::Module& encoder, bool active);
  ~FrozenEncoder();
  FrozenEncoder(const FrozenEncoder&) = delete;
  FrozenEncoder& operator=(const FrozenEncoder&) = delete;

 private:
  std::vector<Tensor> frozen_;
};

}  // namespace acinus
