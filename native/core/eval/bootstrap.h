// Uncertainty of a score: the percentile bootstrap over images (Efron 1979).
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "core/eval/scores.h"

namespace acinus {

struct BootstrapOptions {
  int64_t rounds = 1000;  // 0: no interval (NaN)
  uint64_t seed = 0;
};

// value = statistic of all images; low and high the 2.5th and 97.5th percentile (linearly interpolated) of the statistic of
// `rounds` sets of `images` indices drawn with replacement. Round r draws from RandomStream(seed, kBootstrap, r, 0): the same
// images for every score of one evaluation. A statistic that is NaN in a round is left out of the percentiles; no images give
// NaN everywhere.
Interval bootstrap(int64_t images, const BootstrapOptions& options,
                   const std::function<double(const std::vector<int64_t>& indices)>& statistic);

}  // namespace acinus
