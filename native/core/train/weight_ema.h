// Polyak averaging: an exponential moving average of the weights, which validation and the best checkpoint use in their place
// (METHOD section 7).
#pragma once

#include "core/io/safetensors.h"
#include "core/predict/segmenter.h"

namespace acinus {

// average ← d·average + (1 − d)·weights after every optimizer step, d = min(decay, (1 + t) / (10 + t)) after t steps before it
// (TensorFlow's `ExponentialMovingAverage`), so that the starting weights are soon forgotten. BatchNorm's running statistics
// are averaged with them; counters are copied.
class WeightEma {
 public:
  WeightEma(Segmenter& source, double decay);  // begins at the source's weights

  void update();
  Segmenter& segmenter() { return average_; }

  int64_t updates() const { return updates_; }
  StateDict state() const;  // "average.NAME", not copied
  // ACINUS_CHECKPOINT when an entry is missing.
  void restore(const StateDict& state, int64_t updates);

 private:
  double decay_;
  Segmenter average_;
  StateDict averages_;                     // of average_, in the order of the source's
  std::vector<Tensor> floats_, weights_;   // averaged, and what they follow
  std::vector<Tensor> counters_, counts_;  // copied, and from where
  int64_t updates_ = 0;
};

}  // namespace acinus
