#include "core/train/outlier.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace acinus {

namespace {

// Makes the MAD of normally distributed values their standard deviation: 1 / Φ⁻¹(3/4).
constexpr double kMadToSigma = 1.4826;

}  // namespace

double median(std::vector<double> values) {
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  std::sort(values.begin(), values.end());
  const size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2.0;
}

OutlierResult outlier_test(const std::vector<double>& history, double value, const OutlierOptions& options) {
  OutlierResult result{!std::isfinite(value), std::numeric_limits<double>::quiet_NaN(),
                       std::numeric_limits<double>::infinity()};
  if (static_cast<int64_t>(history.size()) < options.minimum || history.empty()) return result;

  const auto count = std::min<int64_t>(options.window, static_cast<int64_t>(history.size()));
  const std::vector<double> recent(history.end() - count, history.end());
  result.median = median(recent);
  std::vector<double> distances;
  for (const double x : recent) distances.push_back(std::abs(x - result.median));
  result.limit = options.threshold * kMadToSigma * std::max(median(std::move(distances)), options.mad_floor);
  result.outlier = result.outlier || std::abs(value - result.median) > result.limit;
  return result;
}

}  // namespace acinus
