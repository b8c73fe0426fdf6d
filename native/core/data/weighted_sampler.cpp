#include "core/data/weighted_sampler.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <utility>

#include "core/error.h"
#include "core/ops/random.h"

namespace acinus {

namespace {

std::vector<double> cumulative_sums(const std::vector<double>& weights) {
  std::vector<double> sums;
  sums.reserve(weights.size());
  double sum = 0;
  for (size_t i = 0; i < weights.size(); ++i) {
    if (!(weights[i] >= 0) || !std::isfinite(weights[i])) {
      throw Error("ACINUS_INVALID_ARGUMENT", "The sampling weight of image " + std::to_string(i) + " is " +
                                                 std::to_string(weights[i]) + "; weights must be finite and at least 0.");
    }
    sums.push_back(sum += weights[i]);
  }
  if (!(sum > 0) || !std::isfinite(sum)) {
    throw Error("ACINUS_INVALID_ARGUMENT", "The sampling weights of " + std::to_string(weights.size()) + " images sum to " +
                                               std::to_string(sum) + "; the sum must be finite and above 0.");
  }
  return sums;
}

void check_count(int64_t count) {
  if (count < 0 || count > INT32_MAX) {
    throw Error("ACINUS_INVALID_ARGUMENT", "An epoch of " + std::to_string(count) + " images was asked for; it must be 0 to " +
                                               std::to_string(INT32_MAX) + ".");
  }
}

}  // namespace

std::vector<int32_t> weighted_draw(const std::vector<double>& weights, int64_t count, uint64_t seed, uint64_t epoch) {
  check_count(count);
  const std::vector<double> sums = cumulative_sums(weights);
  // u·sum can round up to the sum itself: then the last image that has a weight, not one past the end.
  const auto last = std::lower_bound(sums.begin(), sums.end(), sums.back());
  RandomStream random(seed, Purpose::kSampler, epoch);
  std::vector<int32_t> indices(static_cast<size_t>(count));
  for (auto& index : indices) {
    const auto found = std::upper_bound(sums.begin(), sums.end(), random.uniform() * sums.back());
    index = static_cast<int32_t>(std::min(found, last) - sums.begin());
  }
  return indices;
}

std::vector<int32_t> uniform_draw(int64_t count, uint64_t seed, uint64_t epoch) {
  check_count(count);
  std::vector<int32_t> order(static_cast<size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  RandomStream random(seed, Purpose::kSampler, epoch);
  for (size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
  return order;
}

}  // namespace acinus
