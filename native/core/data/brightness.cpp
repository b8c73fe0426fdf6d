#include "core/data/brightness.h"

#include <algorithm>

namespace acinus {

Spread measure_samples(const SampleStore& store, const std::vector<int64_t>& indices, double* counts) {
  constexpr int64_t kBins = 256;
  Spread all{.minimum = kBins - 1, .maximum = 0};
  for (const int64_t index : indices) {
    const Tensor& image = store.at(index).image;
    const int64_t height = image.size(1), width = image.size(2);
    for (int64_t channel = 0; channel < 3; ++channel) {
      std::vector<uint32_t> own(kBins);
      const auto* plane = image.data_ptr<uint8_t>() + channel * height * width;
      const Spread spread = measure_intensity(plane, {.height = height, .width = width, .picks = {0}}, own.data());
      for (int64_t value = 0; value < kBins; ++value) counts[channel * kBins + value] += own[static_cast<size_t>(value)];
      all.minimum = std::min(all.minimum, spread.minimum);
      all.maximum = std::max(all.maximum, spread.maximum);
      all.noise.push_back(spread.noise.front());
    }
  }
  return all;
}

}  // namespace acinus
