#include "core/image/grey.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace acinus {

namespace {

template <class T>
void scaled(const float* probability, int64_t count, T* out) {
  constexpr double kMost = std::numeric_limits<T>::max();
  for (int64_t i = 0; i < count; ++i) {
    const double value = std::floor(static_cast<double>(probability[i]) * kMost + 0.5);
    out[i] = static_cast<T>(value > 0 ? std::min(value, kMost) : 0.0);  // NaN becomes 0
  }
}

}  // namespace

void grey_mask(const uint8_t* mask, int64_t count, uint8_t* out) {
  for (int64_t i = 0; i < count; ++i) out[i] = mask[i] != 0 ? 255 : 0;
}

void grey_probability(const float* probability, int64_t count, uint8_t* out) { scaled(probability, count, out); }
void grey_probability(const float* probability, int64_t count, uint16_t* out) { scaled(probability, count, out); }

void grey_labels(const int32_t* labels, int64_t count, uint16_t* out) {
  for (int64_t i = 0; i < count; ++i) out[i] = static_cast<uint16_t>(labels[i]);
}

void grey_labels(const int32_t* labels, int64_t count, uint32_t* out) { std::copy(labels, labels + count, out); }

}  // namespace acinus
