// Probabilities for images of any size: whole or in overlapping tiles, with or without test-time augmentation.
#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "core/ops/autocast.h"
#include "core/predict/segmenter.h"
#include "core/predict/strip_predictor.h"

namespace acinus {

// Prepares a network for prediction in its scope: locked, in eval mode, without gradients, in the given precision. Afterwards
// the network is in its former mode.
class InferenceScope {
 public:
  InferenceScope(Segmenter& segmenter, Precision precision);
  ~InferenceScope();
  InferenceScope(const InferenceScope&) = delete;
  InferenceScope& operator=(const InferenceScope&) = delete;

 private:
  std::lock_guard<FairMutex> lock_;
  at::NoGradGuard no_grad_;
  AutocastScope autocast_;
  SegmentationModel& network_;
  bool was_training_;
};

// Networks whose probabilities are averaged: an ensemble, or one alone.
using Members = std::vector<Segmenter*>;

// An InferenceScope of each, whichever order they are named in.
class InferenceScopes {
 public:
  InferenceScopes(const Members& members, Precision precision);
  ~InferenceScopes();
  InferenceScopes(const InferenceScopes&) = delete;
  InferenceScopes& operator=(const InferenceScopes&) = delete;

 private:
  std::vector<std::unique_ptr<InferenceScope>> scopes_;
};

// Inside an InferenceScope. rgb: uint8 [B, 3, H, W] on any device; returns float32 [B, 1, H, W] on the network's. On a CPU some
// images of the batch at a time.
Tensor batch_logits(Segmenter& segmenter, const Tensor& rgb);
// With transforms in tta the mean over them of the inverse-mapped probabilities (METHOD section 9).
Tensor batch_probabilities(Segmenter& segmenter, const Tensor& rgb, const std::vector<int>& tta);

// Inside an InferenceScope. The probabilities of images that may be larger than a tile: those in tiles, as predict() takes
// them, others as batch_probabilities. rgb: uint8 [B, 3, H, W]; returns float32 [B, 1, H, W], on the CPU if in tiles. Of the
// options, `precision` and `crf` do not count. Stopped early: throws ACINUS_ABORTED.
Tensor tiled_probabilities(Segmenter& segmenter, const Tensor& rgb, const PredictOptions& options, std::stop_token stop);

// The mean over the members of tiled_probabilities, refined with `crf`, on the CPU. Inside InferenceScopes.
Tensor mean_probabilities(const Members& members, const Tensor& rgb, const PredictOptions& options, std::stop_token stop);

// rgb: uint8 [3, H, W], any H, W ≥ 1. Returns probabilities float32 [H, W] on the CPU. Along an axis longer than a tile, tiles
// of `tile` px start half an overlap outside the image (reflect-101) and are spread evenly; their probabilities are averaged
// with squared-sine weights, which fade towards a tile's rim and are never 0. An image that fits in one tile is predicted
// whole. The edge channel is scaled per tile, as it was per crop in training. Of several members the mean. With `crf` the
// probabilities of the whole image are refined at the end. progress(done, total) counts tiles. Stopped early: throws
// ACINUS_ABORTED.
Tensor predict(const Members& members, const Tensor& rgb, const PredictOptions& options, std::stop_token stop,
               const std::function<void(int64_t, int64_t)>& progress);

}  // namespace acinus
