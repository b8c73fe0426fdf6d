// What a round of active learning asks of an image that is not labelled yet (METHOD section 10).
#pragma once

#include "core/data/sample_store.h"
#include "core/predict/uncertainty.h"

namespace acinus {

enum class Measure { kEntropy, kBald };

struct LookOptions {
  StochasticOptions passes;
  Measure measure;    // what pixels are counted by
  int64_t bins;       // of equal width, from 0 to ln 2
  double confidence;  // of pseudo-labels, above 0.5; 0: none are wanted
};

struct Look {
  double mean_entropy = 0, mean_bald = 0;  // over all pixels, in nats
  // How many pixels the truth calls background, and cell, in each bin of the measure; none of those that do not count, and none
  // at all without a mask.
  std::vector<double> background, cells;
  Tensor pseudo;         // uint8 [1, H, W] as of pseudo_labels, or undefined
  int64_t labelled = 0;  // its pixels that count
};

// From probabilities [H, W] to uint8 [1, H, W]: 1 where p ≥ confidence, 0 where p ≤ 1 − confidence, kIgnored elsewhere.
Tensor pseudo_labels(const Tensor& probability, double confidence);

// The bin of an uncertainty in nats, from 0.
int64_t bin_of(float uncertainty, int64_t bins);

// By stochastic_passes; errors and progress are theirs.
Look look_at(Segmenter& segmenter, const Sample& sample, const PredictOptions& options, const LookOptions& look,
             std::stop_token stop, const std::function<void(int64_t, int64_t)>& progress);

}  // namespace acinus
