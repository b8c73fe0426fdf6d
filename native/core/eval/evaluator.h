// Scores a network on a set of samples with every metric of METHOD section 11.
#pragma once

#include <stop_token>

#include "core/data/sample_store.h"
#include "core/eval/scores.h"
#include "core/precision.h"
#include "core/predict/predictor.h"
#include "core/predict/separation.h"
#include "core/predict/strip_predictor.h"

namespace acinus {

struct EvaluateOptions {
  double threshold;
  SeparationOptions separation;  // of predicted cells; what it removes and fills counts in the pixel scores too
  // Of each index: what an image is enlarged by before the network sees it (rescaled.h). Empty: all are seen as they are.
  std::vector<double> scales = {};
  std::vector<int> tta;  // test-time transforms to average over (core/image/tta.h); empty: none
  int64_t batch_size;
  int64_t tile = 1024, overlap = 128;  // px: larger images are taken in tiles, as predict() takes them; tile 0: none is
  Precision precision;
  bool pixel_only;  // only the pixel metrics, which is all that validation during training needs
  int64_t bootstrap_rounds;
  double empty_score;  // of an empty prediction on an empty truth: 1, 0 or NaN (undefined)
  uint64_t seed;
  std::optional<CrfOptions> crf = std::nullopt;  // refines the probabilities
  // When set, Evaluation::loss is the mean over images, each by itself, of loss(logits, target, ignoring): float [1, 1, H, W]
  // each; ignoring: pixels of the target may be kIgnored.
  std::function<Tensor(const Tensor& logits, const Tensor& target, bool ignoring)> loss;
};

// How probabilities of the images are asked for.
PredictOptions tiling_of(const EvaluateOptions& options);

// Of several members the mean probability is scored. Batches of equal size; progress(done, total) after each. Locks the members
// for the whole evaluation and leaves the networks in the mode they were in. Stopped early: throws ACINUS_ABORTED.
Evaluation evaluate(const Members& members, const SampleStore& store, const std::vector<int64_t>& indices,
                    const EvaluateOptions& options, std::stop_token stop,
                    const std::function<void(int64_t, int64_t)>& progress);

}  // namespace acinus
