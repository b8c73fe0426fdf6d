// The order of an epoch, reproducible from (seed, epoch) (METHOD section 8).
#pragma once

#include <cstdint>
#include <vector>

namespace acinus {

// `count` indices into `weights`, each drawn with replacement in proportion to its weight.
// ACINUS_INVALID_ARGUMENT when a weight is negative or not finite, or when all are 0.
std::vector<int32_t> weighted_draw(const std::vector<double>& weights, int64_t count, uint64_t seed, uint64_t epoch);

// A permutation of 0 … count − 1.
std::vector<int32_t> uniform_draw(int64_t count, uint64_t seed, uint64_t epoch);

}  // namespace acinus
