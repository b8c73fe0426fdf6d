#include "core/eval/certainty.h"

#include <algorithm>

#include "core/ignored.h"

namespace acinus {

Certainty& Certainty::operator+=(const Certainty& other) {
  for (size_t bin = 0; bin < kCertaintyBins; ++bin) {
    pixels[bin] += other.pixels[bin];
    cells[bin] += other.cells[bin];
    probability[bin] += other.probability[bin];
  }
  return *this;
}

Certainty count_certainty(const float* probability, const uint8_t* truth, int64_t pixels) {
  constexpr auto kBins = static_cast<double>(kCertaintyBins);
  Certainty out;
  for (int64_t i = 0; i < pixels; ++i) {
    const auto p = static_cast<double>(probability[i]);
    if (!(p >= 0) || truth[i] == kIgnored) continue;
    auto bin = static_cast<size_t>(std::min(p * kBins, kBins - 1));
    // As a threshold of k/100 divides them, whichever way the product was rounded.
    if (static_cast<double>(bin) / kBins > p) --bin;
    if (bin + 1 < kCertaintyBins && static_cast<double>(bin + 1) / kBins <= p) ++bin;
    ++out.pixels[bin];
    out.cells[bin] += truth[i] != 0;
    out.probability[bin] += p;
  }
  return out;
}

}  // namespace acinus
