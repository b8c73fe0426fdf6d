// A copy of a network's buffers (BatchNorm's running statistics) and of its norms' counts, so that a step can be undone
// completely.
#pragma once

#include "core/io/safetensors.h"

namespace acinus {

class RunningStatistics {
 public:
  explicit RunningStatistics(const nn::Module& network);
  void keep();                        // copies the network's buffers
  void restore();                     // puts the copies back
  StateDict state() const;            // the copies, not copied again
  void load(const StateDict& state);  // replaces the copies

 private:
  std::vector<std::string> names_;
  std::vector<Tensor> buffers_;  // the network's own
  std::vector<Tensor> kept_;
  const nn::Module* network_;
  Tensor steps_;  // of each norm, on the CPU
};

}  // namespace acinus
