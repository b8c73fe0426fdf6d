// Many ways to cut cells out of the same probabilities, compared by their object scores.
#pragma once

#include <mutex>
#include <stop_token>

#include "core/eval/evaluator.h"
#include "core/image/components.h"

namespace acinus {

struct CellRule {
  double threshold = 0.5;
  SeparationOptions separation;
};

// What a network says about images whose cells are known. Calls from several threads wait for each other.
class ProbabilitySet {
 public:
  // Adds the samples. Of the options, `tta`, `batch_size`, `precision` and `crf` count. Otherwise as `evaluate`.
  void add(const Members& members, const SampleStore& store, const std::vector<int64_t>& indices,
           const EvaluateOptions& options, std::stop_token stop, const std::function<void(int64_t, int64_t)>& progress);
  // probability: H·W values; truth: the true cells; mask: uint8 [1, H, W] where pixels of it do not count, otherwise undefined.
  void add(const Tensor& probability, Components truth, Tensor mask);

  // The scores over the whole set by each rule; without near pairs, whose rate is NaN. Stopped early: throws ACINUS_ABORTED.
  std::vector<ObjectScores> score(const std::vector<CellRule>& rules, std::stop_token stop) const;

 private:
  struct Image {
    Tensor probability;  // float32 [H, W] on the CPU
    Components truth;
    Tensor mask;
  };
  mutable std::mutex mutex_;
  std::vector<Image> images_;
};

}  // namespace acinus
