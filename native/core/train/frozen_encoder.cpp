#include "core/train/frozen_encoder.h"

namespace acinus {

FrozenEncoder::FrozenEncoder(nn::Module& encoder, bool active) {
  if (!active) return;
  encoder.eval();
  frozen_ = encoder.parameters();
  for (auto& parameter : frozen_) parameter.requires_grad_(false);
}

FrozenEncoder::~FrozenEncoder() {
  for (auto& parameter : frozen_) parameter.requires_grad_(true);
}

}  // namespace acinus
