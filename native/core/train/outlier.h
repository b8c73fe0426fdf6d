// The robust outlier test of METHOD section 7: worse than the median of the last accepted values by more than threshold ·
// 1.4826 · MAD.
#pragma once

#include <cstdint>
#include <vector>

namespace acinus {

enum class Better { kHigher, kLower };

struct OutlierOptions {
  double threshold;
  int64_t window;   // looks at the last values only
  int64_t minimum;  // with fewer values nothing is an outlier
  double mad_floor;
};

struct OutlierResult {
  bool outlier = false;
  double median = 0;  // NaN with fewer than `minimum` values
  double limit = 0;   // how much worse than the median an accepted value may be; infinite with fewer than `minimum` values
};

// history: accepted values, oldest first. An improvement is never an outlier; a value that is not finite always is.
OutlierResult outlier_test(const std::vector<double>& history, double value, const OutlierOptions& options,
                           Better better = Better::kHigher);

// By how much `value` is worse than `reference`; negative: it is better.
double shortfall(double value, double reference, Better better);

// The middle value, or the mean of the two middle ones; NaN when empty.
double median(std::vector<double> values);

// The largest distance of a value from the median of all.
double spread(const std::vector<double>& values);

}  // namespace acinus
