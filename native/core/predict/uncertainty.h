// How sure a network with dropout is (MC dropout; Gal & Ghahramani 2016): passes that each leave out other feature maps.
#pragma once

#include "core/predict/predictor.h"

namespace acinus {

struct StochasticOptions {
  int64_t passes;
  uint64_t seed;
  bool keep;  // the probabilities of each pass too
};

struct Uncertainty {
  // Float32 [H, W] on the CPU; in nats.
  Tensor probability;  // p̄, the mean over the passes
  Tensor entropy;      // predictive: H(p̄), H(p) = −p ln p − (1 − p) ln(1 − p)
  Tensor bald;         // mutual information of prediction and weights (Houlsby et al. 2011): H(p̄) − mean H(p)
  double mean_entropy = 0, mean_bald = 0;  // over all pixels
  Tensor passes;                           // [T, H, W], or undefined
};

// rgb and options as predict() takes them. Pass t is that of step t of the seed: one network for all tiles of the image and all
// of its test-time transforms. BatchNorm is at rest. ACINUS_CONFIG where the network has no dropout. progress(done, total)
// counts passes. Stopped early: throws ACINUS_ABORTED.
Uncertainty stochastic_passes(Segmenter& segmenter, const Tensor& rgb, const PredictOptions& options,
                              const StochasticOptions& stochastic, std::stop_token stop,
                              const std::function<void(int64_t, int64_t)>& progress);

}  // namespace acinus
