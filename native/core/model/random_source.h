// Where the parts of a network take their random numbers from.
#pragma once

#include "core/model/model.h"

namespace acinus {

struct RandomSource {
  StepSeed seed;
  bool stochastic = false;  // dropout works in eval mode too, one mask for all images of a batch
};

// Dropout of whole feature maps (Tompson et al. 2015) at one place of a network: what each map is multiplied by, float
// [B, C, 1, 1], or [1, C, 1, 1] in a stochastic pass. 1/(1 − p) where it is kept, 0 where it is not; a function of (seed, step,
// place, map, position in the batch) alone. Undefined where nothing is dropped.
struct Dropout {
  double probability = 0;
  int64_t place = 0;     // of the network's dropouts
  int64_t channels = 0;  // feature maps

  Tensor factors(const Tensor& input, const RandomSource& source, bool training) const;
};

}  // namespace acinus
