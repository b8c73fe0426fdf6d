#include "core/eval/statistics.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace acinus {

double percentile(std::vector<double> values, double share) {
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  std::sort(values.begin(), values.end());
  const double position = share * static_cast<double>(values.size() - 1);
  const auto lower = static_cast<size_t>(position);
  const size_t upper = std::min(lower + 1, values.size() - 1);
  return std::lerp(values[lower], values[upper], position - static_cast<double>(lower));
}

std::vector<bool> robust_outliers(const std::vector<double>& values) {
  constexpr size_t kMinimum = 5;
  constexpr double kThreshold = 3.5, kMadToSigma = 1.4826, kMadFloor = 0.005;
  std::vector<bool> out(values.size(), false);
  if (values.size() < kMinimum) return out;
  const double median = percentile(values, 0.5);
  std::vector<double> deviations(values.size());
  std::transform(values.begin(), values.end(), deviations.begin(), [median](double v) { return std::abs(v - median); });
  const double limit = kThreshold * kMadToSigma * std::max(percentile(deviations, 0.5), kMadFloor);
  std::transform(deviations.begin(), deviations.end(), out.begin(), [limit](double d) { return d > limit; });
  return out;
}

void DefinedMean::add(double value) {
  if (std::isnan(value)) {
    ++undefined_;
  } else {
    sum_ += value;
    ++defined_;
  }
}

double DefinedMean::value() const {
  return defined_ == 0 ? std::numeric_limits<double>::quiet_NaN() : sum_ / static_cast<double>(defined_);
}

}  // namespace acinus
