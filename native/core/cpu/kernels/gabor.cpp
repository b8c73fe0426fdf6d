#include "core/cpu/image_kernels.h"
#include "core/cpu/kernels/simd.h"
#include "core/cpu/kernels/table.h"

namespace acinus::cpu::ACINUS_ISA {
namespace {

constexpr int kStrip = kGaborStrip;
constexpr int kWidest = kStrip + 2 * kMostGaborRadius + kLanes;

// Of one strip of an output row, for each distance y: row y below it plus, and minus, row y above it.
struct RowSums {
  alignas(64) float plus[kMostGaborRadius + 1][kWidest];
  alignas(64) float minus[kMostGaborRadius + 1][kWidest];

  void take(const float* centre, int64_t stride, int radius, int64_t count) {
    for (int64_t x = 0; x < count; x += kLanes) store(plus[0] + x, load(centre + x));
    for (int y = 1; y <= radius; ++y) {
      for (int64_t x = 0; x < count; x += kLanes) {
        const Vec below = load(centre + y * stride + x), above = load(centre - y * stride + x);
        store(plus[y] + x, below + above);
        store(minus[y] + x, below - above);
      }
    }
  }
};

// What is summed up over pixels: one sum for each way of adding the eight, each orientation that has it, each wavelength.
enum Ways { kEvenEven = 1, kOddOdd = 2, kEvenOdd = 4, kOddEven = 8, kAllWays = 15 };

template <int kCount>
struct Sums {
  Vec values[kCount] = {};
  void add(Vec pixels, const float* weights) {
#pragma GCC unroll 16
    for (int i = 0; i < kCount; ++i) values[i] += pixels * weights[i];
  }
};

// The responses at one vector of pixels, n wavelengths. `kWays`: the ways that this pass sums up (all where the registers
// suffice).
template <int n, int kWays>
struct Responses {
  Sums<3 * n> even_even;
  Sums<n> odd_odd;
  Sums<2 * n> even_odd, odd_even;

  // x: of the first pixel, in the rows' floats.
  [[gnu::always_inline]] Responses(const RowSums& rows, int64_t x, const GaborTaps& taps) {
    const float* weight = taps.weights;
    const auto even = [&](int dx, int dy) { return load(rows.plus[dy] + x + dx) + load(rows.plus[dy] + x - dx); };
    const auto odd = [&](int dx, int dy) { return load(rows.minus[dy] + x + dx) - load(rows.minus[dy] + x - dx); };
    for (int dy = 1; dy < taps.radius; ++dy) {
      for (int dx = dy + 1; dx <= taps.radius; ++dx, weight += 8 * n) {
        if constexpr (kWays & (kEvenEven | kEvenOdd)) {
          const Vec first = even(dx, dy), second = even(dy, dx);
          if constexpr (kWays & kEvenEven) even_even.add(first + second, weight);
          if constexpr (kWays & kEvenOdd) even_odd.add(first - second, weight + 4 * n);
        }
        if constexpr (kWays & (kOddOdd | kOddEven)) {
          const Vec first = odd(dx, dy), second = odd(dy, dx);
          if constexpr (kWays & kOddOdd) odd_odd.add(first - second, weight + 3 * n);
          if constexpr (kWays & kOddEven) odd_even.add(first + second, weight + 6 * n);
        }
      }
    }
    for (int d = 1; d <= taps.radius; ++d, weight += 5 * n) {
      if constexpr (kWays & kEvenEven) even_even.add(even(d, d), weight);
      if constexpr (kWays & kOddEven) odd_even.add(odd(d, d), weight + 3 * n);
    }
    for (int d = 1; d <= taps.radius; ++d, weight += 5 * n) {
      const Vec beside = load(rows.plus[0] + x + d) + load(rows.plus[0] + x - d), above = load(rows.plus[d] + x);
      if constexpr (kWays & kEvenEven) even_even.add(beside + above, weight);
      if constexpr (kWays & kEvenOdd) even_odd.add(beside - above, weight + 3 * n);
    }
    if constexpr (kWays & kEvenEven) even_even.add(load(rows.plus[0] + x), weight);
  }
};

template <int n>
[[gnu::always_inline]] inline Vec strongest(const Sums<3 * n>& ee, const Sums<n>& oo, const Sums<2 * n>& eo,
                                            const Sums<2 * n>& oe) {
  Vec most{};
  const auto magnitude = [](Vec v) { return larger(v, -v); };
  for (int w = 0; w < n; ++w) {
    // 0° and 90°, 45° and 135°, then the four between: the larger of a + b and a − b is a + |b|.
    most = larger(most, ee.values[w] + magnitude(eo.values[w]));
    most = larger(most, ee.values[2 * n + w] + magnitude(oe.values[n + w]));
    const Vec even = ee.values[n + w], odd = oo.values[w], first = eo.values[n + w], second = oe.values[w];
    most = larger(most, even + odd + magnitude(first + second));
    most = larger(most, even - odd + magnitude(first - second));
  }
  return most;
}

template <int n>
Vec strongest_at(const RowSums& rows, int64_t x, const GaborTaps& taps) {
#if defined(__AVX512F__)
  const Responses<n, kAllWays> all(rows, x, taps);
  return strongest<n>(all.even_even, all.odd_odd, all.even_odd, all.odd_even);
#else  // 16 registers
  const Responses<n, kEvenEven> first(rows, x, taps);
  const Responses<n, kEvenOdd> second(rows, x, taps);
  const Responses<n, kOddOdd | kOddEven> third(rows, x, taps);
  return strongest<n>(first.even_even, third.odd_odd, second.even_odd, third.odd_even);
#endif
}

template <int n>
void gabor_of(const float* padded, int64_t width, const GaborTaps& taps, int64_t begin, int64_t end, float* out) {
  const int64_t stride = gabor_stride(width, taps.radius);
  RowSums rows;
  for (int64_t left = 0; left < width; left += kStrip) {
    const int64_t count = width - left < kStrip ? width - left : kStrip;
    for (int64_t y = begin; y < end; ++y) {
      rows.take(padded + (y + taps.radius) * stride + left, stride, taps.radius, count + 2 * taps.radius);
      float* to = out + y * width + left;
      for_channels(count, [&](int64_t x, auto at) {
        at.put(to + x, larger(at.get(to + x), strongest_at<n>(rows, x + taps.radius, taps)));
      });
    }
  }
}

void gabor(const float* padded, int64_t width, const GaborTaps& taps, int64_t begin, int64_t end, float* out) {
  const auto run = taps.wavelengths == 1 ? gabor_of<1> : taps.wavelengths == 2 ? gabor_of<2> : gabor_of<3>;
  run(padded, width, taps, begin, end, out);
}

}  // namespace

void add_gabor(ImageKernels& table) { table.gabor = gabor; }

}  // namespace acinus::cpu::ACINUS_ISA
