// How probabilities and truth go together: what scores over the threshold and a calibration curve are made of.
#pragma once

#include <array>
#include <cstdint>

namespace acinus {

constexpr size_t kCertaintyBins = 100;  // of a hundredth each, from k/100 up to below (k + 1)/100; 1 is in the last

struct Certainty {
  std::array<int64_t, kCertaintyBins> pixels{}, cells{};  // px; cells: those of true cells
  std::array<double, kCertaintyBins> probability{};       // sums over the pixels
  Certainty& operator+=(const Certainty& other);
};

// probability, truth: so many values; truth non-zero = cell. A probability that is NaN is in no bin.
Certainty count_certainty(const float* probability, const uint8_t* truth, int64_t pixels);

}  // namespace acinus
