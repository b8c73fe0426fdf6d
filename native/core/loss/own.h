// A loss that somebody else computes: value, terms and gradient of logits, as a function of a script gives them.
#pragma once

#include "core/loss/loss.h"

namespace acinus {

struct OwnLossRequest {
  Tensor logits, target;  // float32 [B, 1, H, W] on the CPU, contiguous; target: kIgnored where a pixel does not count
  int64_t epoch;
  bool training;  // otherwise only the value is wanted
};

struct OwnLossAnswer {
  double value = 0;
  NamedValues terms;
  Tensor gradient;  // ∂value/∂logits, float32 of their shape on the CPU; may be undefined unless training
};

// May take its time and may throw.
using OwnLoss = std::function<OwnLossAnswer(const OwnLossRequest&)>;

// As `loss` of loss.h, with the answer's gradient as that of the total; it is taken for 0 where a pixel does not count. Logits
// that are not finite are not handed over: their loss is NaN.
LossValue own_loss(const Tensor& logits, const Tensor& target, const OwnLoss& function, int64_t epoch, bool training,
                   bool ignoring);

}  // namespace acinus
