#include "core/train/outlier.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace acinus {

namespace {

// Makes the MAD of normally distributed values their standard deviation: 1 / Φ⁻¹(3/4).
constexpr double kMadToSigma = 1.4826;

std::vector<double> distances_from(double middle, const std::vector<double>& values) {
  std::vector<double> distances;
  for (const double x : values) distances.push_back(std::abs(x - middle));
  return distances;
}

}  // namespace

double median(std::vector<double> values) {
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  std::sort(values.begin(), values.end());
  const size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2.0;
}

double spread(const std::vector<double>& values) {
  const auto distances = distances_from(median(values), values);
  return distances.empty() ? 0.0 : *std::max_element(distances.begin(), distances.end());
}

double shortfall(double value, double reference, Better better) {
  return better == Better::kHigher ? reference - value : value - reference;
}

OutlierResult outlier_test(const std::vector<double>& history, double value, const OutlierOptions& options, Better better) {
  OutlierResult result{!std::isfinite(value), std::numeric_limits<double>::quiet_NaN(),
                       std::numeric_limits<double>::infinity()};
  if (static_cast<int64_t>(history.size()) < options.minimum || history.empty()) return result;

  const auto count = std::min<int64_t>(options.window, static_cast<int64_t>(history.size()));
  const std::vector<double> recent(history.end() - count, history.end());
  result.median = median(recent);
  result.limit = options.threshold * kMadToSigma * std::max(median(distances_from(result.median, recent)), options.mad_floor);
  result.outlier = result.outlier || shortfall(value, result.median, better) > result.limit;
  return result;
}

}  // namespace acinus
