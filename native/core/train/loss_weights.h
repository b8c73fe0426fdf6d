// The weights of the loss's terms over a run: those of its options, others by epoch, or what a script sets between steps.
#pragma once

#include "core/loss/loss.h"

namespace acinus {

class RunningLossWeights {
 public:
  // by_epoch: the weights of epoch 0, 1, …; after the last entry they stay as they are. Empty: `start` throughout.
  RunningLossWeights(LossWeights start, std::vector<LossWeights> by_epoch)
      : current_(std::move(start)), told_(current_), by_epoch_(std::move(by_epoch)) {}

  const LossWeights& of(int64_t epoch) const;
  void set(LossWeights weights) { current_ = std::move(weights); }

  // The weights of a step that is done, by the names of the terms, where they are not those of the step before.
  std::optional<NamedValues> tell(int64_t epoch);

  std::map<std::string, std::string> state() const;
  void restore(const std::map<std::string, std::string>& state);  // a term that it does not know keeps its weight

 private:
  LossWeights current_, told_;
  std::vector<LossWeights> by_epoch_;
};

}  // namespace acinus
