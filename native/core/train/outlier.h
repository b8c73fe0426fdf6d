// The robust outlier test of METHOD section 7: |value − median| > threshold · 1.4826 · MAD of the last accepted values.
#pragma once

#include <cstdint>
#include <vector>

namespace acinus {

struct OutlierOptions {
  double threshold = 3.5;
  int64_t window = 10;  // looks at the last values only
  int64_t minimum = 5;  // with fewer values nothing is an outlier
  double mad_floor = 0.005;
};

struct OutlierResult {
  bool outlier = false;
  double median = 0;  // NaN with fewer than `minimum` values
  double limit = 0;   // largest accepted distance from the median; infinite with fewer than `minimum` values
};

// history: accepted values, oldest first. A value that is not finite is always an outlier.
OutlierResult outlier_test(const std::vector<double>& history, double value, const OutlierOptions& options);

// The middle value, or the mean of the two middle ones; NaN when empty.
double median(std::vector<double> values);

}  // namespace acinus
