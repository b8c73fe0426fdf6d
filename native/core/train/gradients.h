// One forward and backward pass of a training step. The gradients are returned, and no optimizer step follows.
#pragma once

#include "core/io/safetensors.h"
#include "core/loss/loss.h"
#include "core/precision.h"
#include "core/predict/segmenter.h"

namespace acinus {

struct GradientOptions {
  LossOptions loss;
  Precision precision;
  bool recompute;
  StepSeed seed;           // of the drop-connect masks
  bool update_statistics;  // update BatchNorm's running statistics, as a training step does
};

struct Gradients {
  LossValue loss;
  Tensor logits;         // float [B, 1, H, W], of train mode
  StateDict parameters;  // under smp's names; without those that have no part in the loss
};

// input: float [B, C, H, W], already normalised. target: [B, 1, H, W] in [0, 1]. Weights, their `grad` and the network's mode
// stay as they were, so that it may come between two batches of an accumulation.
Gradients training_gradients(Segmenter& segmenter, const Tensor& input, const Tensor& target, const GradientOptions& options);

}  // namespace acinus
