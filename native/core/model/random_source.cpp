#include "core/model/random_source.h"

#include "core/ops/draws.h"

namespace acinus {

Tensor Dropout::factors(const Tensor& input, const RandomSource& source, bool training) const {
  if (probability <= 0.0 || !(training || source.stochastic)) return {};
  constexpr int64_t kMostChannels = int64_t{1} << 20;  // of one place
  const Tensor drawn = ops::drop_connect_factors({.seed = source.seed.seed,
                                                  .step = source.seed.step,
                                                  .first_block = place * kMostChannels,
                                                  .blocks = channels,
                                                  .batch = training ? input.size(0) : 1,
                                                  .base = probability},
                                                 input.device());
  return drawn.t().contiguous().view({-1, channels, 1, 1});
}

}  // namespace acinus
