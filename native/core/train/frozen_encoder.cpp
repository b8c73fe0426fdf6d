#include "core/train/frozen_encoder.h"

#include "core/error.h"

namespace acinus {

FrozenEncoder::FrozenEncoder(nn::Module& network, bool active) {
  if (!active) return;
  const auto children = network.named_children();
  const auto* encoder = children.find("encoder");
  if (encoder == nullptr) throw Error("ACINUS_CONFIG", "This network has no encoder that could be frozen.");
  (*encoder)->eval();
  frozen_ = (*encoder)->parameters();
  for (auto& parameter : frozen_) parameter.requires_grad_(false);
}

FrozenEncoder::~FrozenEncoder() {
  for (auto& parameter : frozen_) parameter.requires_grad_(true);
}

}  // namespace acinus
