#include "core/image/intensity.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <type_traits>

namespace acinus {

namespace {

constexpr int kWideBits = 18;
constexpr double kTrimmed = 0.8;           // share of the differences that tell the noise
constexpr double kTrimmedMean = 0.790021;  // their mean, of differences of two normal values of deviation 1
constexpr double kStepShare = 0.01;        // share of the differences above 0 below which the image's own step lies

template <class T>
constexpr bool kNarrow = std::is_integral_v<T> && sizeof(T) <= 2;

template <class T>
bool is_finite(T value) {
  if constexpr (std::is_floating_point_v<T>) return std::isfinite(value);
  return true;
}

// The upper bits of a float32, turned so that larger values have larger numbers.
int64_t wide_bin(double value) {
  constexpr double kMost = std::numeric_limits<float>::max();
  const auto bits = std::bit_cast<uint32_t>(static_cast<float>(std::clamp(value, -kMost, kMost)));
  const uint32_t ordered = (bits & 0x80000000U) != 0 ? ~bits : bits | 0x80000000U;
  return ordered >> (32 - kWideBits);
}

// The smallest value of a bin of non-negative values.
double bin_start(int64_t bin) { return std::bit_cast<float>((static_cast<uint32_t>(bin) << (32 - kWideBits)) & 0x7fffffffU); }

template <class T>
int64_t bin_of(T value) {
  if constexpr (kNarrow<T>) return static_cast<int64_t>(value) - std::numeric_limits<T>::min();
  return wide_bin(static_cast<double>(value));
}

double level_of(double value, const Window& window) {
  const double width = window.high - window.low;
  const double scale = width > 0 ? (window.to - window.from) / width : 0;
  return window.from + (value - window.low) * scale;
}

uint8_t to_byte(double level) { return static_cast<uint8_t>(std::clamp(std::floor(level + 0.5), 0.0, 255.0)); }

// The level of every value: read from a table where the type has few.
template <class T>
class Levels {
 public:
  Levels(const Window& window, double fill) : window_(window), fill_(fill) {
    if constexpr (kNarrow<T>) {
      table_.resize(static_cast<size_t>(intensity_bins<T>()));
      for (size_t i = 0; i < table_.size(); ++i) {
        table_[i] = level_of(static_cast<double>(i) + std::numeric_limits<T>::min(), window);
      }
    }
  }
  double operator()(T value) const {
    if constexpr (kNarrow<T>) return table_[static_cast<size_t>(bin_of(value))];
    return level_of(is_finite(value) ? static_cast<double>(value) : fill_, window_);
  }

 private:
  Window window_;
  double fill_;
  std::vector<double> table_;
};

// The second largest of the up to eight values around a pixel, since hot pixels come in pairs; the pixel's own where fewer than
// two are finite.
template <class T>
T second_brightest(const T* plane, const Channels& channels, int64_t y, int64_t x) {
  T first = 0, second = 0;
  int found = 0;
  for (int64_t row = std::max<int64_t>(0, y - 1); row <= std::min(channels.height - 1, y + 1); ++row) {
    for (int64_t column = std::max<int64_t>(0, x - 1); column <= std::min(channels.width - 1, x + 1); ++column) {
      const T value = plane[(row * channels.width + column) * channels.count];
      if ((row == y && column == x) || !is_finite(value)) continue;
      if (found == 0 || value > first) {
        second = first;
        first = value;
      } else if (found == 1 || value > second) {
        second = value;
      }
      ++found;
    }
  }
  return found < 2 ? plane[(y * channels.width + x) * channels.count] : second;
}

// A value no larger than the second brightest around it: hot pixels do not count.
template <class T>
T without_spike(const T* plane, const Channels& channels, int64_t y, int64_t x) {
  const T* here = plane + (y * channels.width + x) * channels.count;
  const bool inside = x > 0 && x + 1 < channels.width;
  if (inside && here[-channels.count] >= here[0] && here[channels.count] >= here[0]) return here[0];
  return std::min(here[0], second_brightest(plane, channels, y, x));
}

}  // namespace

template <class T>
int64_t intensity_bins() {
  if constexpr (kNarrow<T>) return int64_t{1} << (8 * sizeof(T));
  return int64_t{1} << kWideBits;
}

template <class T>
double noise_of(const T* values, int64_t height, int64_t width, int64_t stride) {
  // Differences of narrow types are whole numbers below their number of values.
  const auto number = [](double difference) { return kNarrow<T> ? static_cast<int64_t>(difference) : wide_bin(difference); };
  const int64_t zero = number(0);
  std::vector<uint32_t> counts(static_cast<size_t>(intensity_bins<T>()));
  int64_t total = 0;
  for (int64_t y = 0; y < height; ++y) {
    for (int64_t x = 1; x < width; ++x) {
      const T* here = values + (y * width + x) * stride;
      const double difference = std::abs(static_cast<double>(here[0]) - static_cast<double>(here[-stride]));
      if (!std::isfinite(difference)) continue;
      ++counts[static_cast<size_t>(number(difference))];
      ++total;
    }
  }
  const int64_t none = counts[static_cast<size_t>(zero)];
  const auto wanted = static_cast<int64_t>(kTrimmed * static_cast<double>(total));
  double sum = 0, step = 0;
  int64_t seen = 0;
  for (int64_t bin = zero; bin < intensity_bins<T>() && (seen < wanted || step == 0); ++bin) {
    const int64_t count = counts[static_cast<size_t>(bin)];
    if (count == 0) continue;
    const double value = kNarrow<T> ? static_cast<double>(bin) : bin_start(bin);
    sum += value * static_cast<double>(std::clamp<int64_t>(wanted - seen, 0, count));
    seen += count;
    const bool reached = static_cast<double>(seen - none) >= kStepShare * static_cast<double>(total - none);
    if (step == 0 && bin > zero && reached) step = value;
  }
  const double noise = wanted > 0 ? sum / static_cast<double>(wanted) / kTrimmedMean : 0;
  return std::max(noise, step / std::sqrt(12.0));
}

template <class T>
Spread measure_intensity(const T* values, const Channels& channels, uint32_t* counts) {
  Spread spread{.minimum = std::numeric_limits<double>::infinity(), .maximum = -std::numeric_limits<double>::infinity()};
  const int64_t bins = intensity_bins<T>();
  for (size_t pick = 0; pick < channels.picks.size(); ++pick) {
    const T* plane = values + channels.picks[pick];
    uint32_t* own = counts + static_cast<int64_t>(pick) * bins;
    for (int64_t y = 0; y < channels.height; ++y) {
      for (int64_t x = 0; x < channels.width; ++x) {
        const T value = plane[(y * channels.width + x) * channels.count];
        if (!is_finite(value)) {
          ++spread.not_finite;
          continue;
        }
        ++own[bin_of(without_spike(plane, channels, y, x))];
        spread.minimum = std::min(spread.minimum, static_cast<double>(value));
        spread.maximum = std::max(spread.maximum, static_cast<double>(value));
      }
    }
    spread.noise.push_back(noise_of(plane, channels.height, channels.width, channels.count));
  }
  return spread;
}

template <class T>
void map_intensity(const T* values, const Channels& channels, const std::vector<Window>& windows, double fill, bool hot,
                   uint8_t* rgb) {
  const size_t picked = channels.picks.size();
  for (size_t pick = 0; pick < picked; ++pick) {
    const T* plane = values + channels.picks[pick];
    const Window& window = windows[pick];
    const Levels<T> levels(window, fill);
    for (int64_t i = 0; i < channels.pixels(); ++i) {
      double level = levels(plane[i * channels.count]);
      if (hot && level > window.to) {
        const double around = levels(second_brightest(plane, channels, i / channels.width, i % channels.width));
        if (around < window.from + (level - window.from) / 2) level = around;
      }
      rgb[3 * i + static_cast<int64_t>(pick)] = to_byte(level);
    }
  }
  for (int64_t i = 0; picked < 3 && i < channels.pixels(); ++i) {
    if (picked == 1) rgb[3 * i + 1] = rgb[3 * i];
    rgb[3 * i + 2] = picked == 1 ? rgb[3 * i] : 0;
  }
}

#define ACINUS_INTENSITY_OF(T)                                                \
  template int64_t intensity_bins<T>();                                       \
  template double noise_of<T>(const T*, int64_t, int64_t, int64_t);           \
  template Spread measure_intensity<T>(const T*, const Channels&, uint32_t*); \
  template void map_intensity<T>(const T*, const Channels&, const std::vector<Window>&, double, bool, uint8_t*);
ACINUS_INTENSITY_OF(uint8_t)
ACINUS_INTENSITY_OF(int8_t)
ACINUS_INTENSITY_OF(uint16_t)
ACINUS_INTENSITY_OF(int16_t)
ACINUS_INTENSITY_OF(uint32_t)
ACINUS_INTENSITY_OF(int32_t)
ACINUS_INTENSITY_OF(float)
ACINUS_INTENSITY_OF(double)
#undef ACINUS_INTENSITY_OF

}  // namespace acinus
