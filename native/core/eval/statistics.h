// Small statistics that several scores share.
#pragma once

#include <cstdint>
#include <vector>

namespace acinus {

// Linearly interpolated between the order statistics, as NumPy's default; share in [0, 1]. NaN for an empty list.
double percentile(std::vector<double> values, double share);

// Which values are far from the rest: |value − median| > 3.5 · 1.4826 · MAD, the MAD floored at 0.005 (METHOD section 7). Fewer
// than five values have no outliers.
std::vector<bool> robust_outliers(const std::vector<double>& values);

// A mean over what is defined; `undefined` counts the NaNs left out.
class DefinedMean {
 public:
  void add(double value);
  double value() const;  // NaN when nothing was defined
  int64_t undefined() const { return undefined_; }

 private:
  double sum_ = 0;
  int64_t defined_ = 0, undefined_ = 0;
};

}  // namespace acinus
