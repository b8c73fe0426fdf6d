// Estimates how much memory a training step will take, before the first step.
#pragma once

#include "core/loss/loss.h"
#include "core/precision.h"
#include "core/predict/segmenter.h"

namespace acinus {

struct BatchShape {
  int64_t batch, height, width;
};

// Peak bytes of tensors during a step, weights, gradients and moments included. Measured on two small batches (forward and
// backward, with the gradients of an earlier batch in place) and extended linearly in pixels. The network is left as it was.
int64_t estimate_step_memory(Segmenter& segmenter, Precision precision, const LossOptions& loss_options,
                             const BatchShape& shape);

}  // namespace acinus
