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

// The responses of 0° and 90°: filtered along y, row by row, then along x.
template <int n>
struct AxisSums {
  alignas(64) float across[kWidest];
  alignas(64) float along[n][kWidest];

  void take(const RowSums& rows, const GaborTaps& taps, int64_t count) {
    for (int64_t x = 0; x < count; x += kLanes) {
      Vec sums[n + 1] = {};
      const float* factor = taps.factors;
      for (int y = 0; y <= taps.radius; ++y, factor += n + 1) {
        const Vec pixels = load(rows.plus[y] + x);
#pragma GCC unroll 4
        for (int i = 0; i <= n; ++i) sums[i] += pixels * factor[i];
      }
      store(across + x, sums[0]);
      for (int w = 0; w < n; ++w) store(along[w] + x, sums[w + 1]);
    }
  }

  // x: of the first pixel, in the rows' floats.
  Vec strongest_at(int64_t x, const GaborTaps& taps) const {
    Vec of_0[n], of_90[n], most{};
    const float* factor = taps.factors;
    const Vec centre = load(across + x);
    for (int w = 0; w < n; ++w) {
      of_0[w] = centre * factor[w + 1];
      of_90[w] = load(along[w] + x) * factor[0];
    }
    for (int d = 1; d <= taps.radius; ++d) {
      factor += n + 1;
      const Vec beside = load(across + x + d) + load(across + x - d);
#pragma GCC unroll 3
      for (int w = 0; w < n; ++w) {
        of_0[w] += beside * factor[w + 1];
        of_90[w] += (load(along[w] + x + d) + load(along[w] + x - d)) * factor[0];
      }
    }
    for (int w = 0; w < n; ++w) most = larger(most, larger(of_0[w], of_90[w]));
    return most;
  }
};

// Where the pixels (±x, y) and (±y, x) lie for each 0 < y < x ≤ radius, from the first of the rows' floats. A list, since
// nested loops would keep the sums in memory.
struct Pairs {
  struct Places {
    int32_t right, left, exchanged_right, exchanged_left;
  };
  int count = 0;
  Places places[kMostGaborRadius * (kMostGaborRadius - 1) / 2];

  explicit Pairs(int radius) {
    for (int y = 1; y < radius; ++y) {
      for (int x = y + 1; x <= radius; ++x)
        places[count++] = {y * kWidest + x, y * kWidest - x, x * kWidest + y, x * kWidest - y};
    }
  }
};

// Weighted sums of pixels at kVectors vectors of them: each weight is fetched once for all.
template <int kCount, int kVectors>
struct Sums {
  Vec values[kVectors][kCount] = {};

  [[gnu::always_inline]] void add(const Vec (&pixels)[kVectors], const float* weights) {
#pragma GCC unroll 16
    for (int i = 0; i < kCount; ++i) {
      const Vec weight = splat(weights[i]);
#pragma GCC unroll 2
      for (int v = 0; v < kVectors; ++v) values[v][i] += pixels[v] * weight;
    }
  }
};

enum Mirroring { kEven, kOdd };

// Between the axes, n wavelengths: the sums of what is even, or odd, under mirroring x. One after the other, since the
// registers hold one of them.
template <int n, int kVectors, Mirroring kMirroring>
struct MirrorSums {
  Sums<2 * n, kVectors> even;  // under exchanging x and y: 22.5°, 45°
  Sums<n, kVectors> odd;       // 22.5°

  // x: of the first pixel, in the rows' floats.
  [[gnu::always_inline]] MirrorSums(const RowSums& rows, const Pairs& pairs, int64_t x, const GaborTaps& taps) {
    const float* weight = taps.weights;
    const float* const first = (kMirroring == kEven ? rows.plus[0] : rows.minus[0]) + x;
    const auto pixels = [=](int v, int64_t place) { return load(first + v * kLanes + place); };
    const auto both = [=](int v, int64_t right, int64_t left) {
      return kMirroring == kEven ? pixels(v, right) + pixels(v, left) : pixels(v, right) - pixels(v, left);
    };
    Vec sum[kVectors], difference[kVectors];
    for (int i = 0; i < pairs.count; ++i, weight += 6 * n) {
      const auto [right, left, exchanged_right, exchanged_left] = pairs.places[i];
#pragma GCC unroll 2
      for (int v = 0; v < kVectors; ++v) {
        const Vec a = both(v, right, left), b = both(v, exchanged_right, exchanged_left);
        sum[v] = a + b;
        difference[v] = a - b;
      }
      even.add(sum, weight + kMirroring * 3 * n);
      odd.add(difference, weight + kMirroring * 3 * n + 2 * n);
    }
    for (int d = 1; d <= taps.radius; ++d, weight += 4 * n) {
      for (int v = 0; v < kVectors; ++v) sum[v] = both(v, d * kWidest + d, d * kWidest - d);
      even.add(sum, weight + kMirroring * 2 * n);
    }
    if constexpr (kMirroring == kOdd) return;
    for (int d = 1; d <= taps.radius; ++d, weight += 3 * n) {
      for (int v = 0; v < kVectors; ++v) {
        const Vec beside = both(v, d, -d), above = pixels(v, d * kWidest);
        sum[v] = beside + above;
        difference[v] = beside - above;
      }
      even.add(sum, weight);
      odd.add(difference, weight + 2 * n);
    }
    for (int v = 0; v < kVectors; ++v) sum[v] = pixels(v, 0);
    even.add(sum, weight);
  }
};

template <int n, int kVectors>
struct Strongest {
  Vec values[kVectors];

  Strongest(const RowSums& rows, const Pairs& pairs, const AxisSums<n>& axes, int64_t x, const GaborTaps& taps) {
    const MirrorSums<n, kVectors, kEven> plus(rows, pairs, x, taps);
    const MirrorSums<n, kVectors, kOdd> minus(rows, pairs, x, taps);
    const auto magnitude = [](Vec value) { return larger(value, -value); };
    for (int v = 0; v < kVectors; ++v) {
      Vec most = axes.strongest_at(x + v * kLanes, taps);
      const auto &ee = plus.even.values[v], &eo = plus.odd.values[v], &oo = minus.odd.values[v], &oe = minus.even.values[v];
      for (int w = 0; w < n; ++w) {
        // 45° and 135°, then the four between: the larger of a + b and a − b is a + |b|.
        most = larger(most, ee[n + w] + magnitude(oe[n + w]));
        most = larger(most, ee[w] + oo[w] + magnitude(eo[w] + oe[w]));
        most = larger(most, ee[w] - oo[w] + magnitude(eo[w] - oe[w]));
      }
      values[v] = most;
    }
  }
};

#if defined(__AVX512F__)
constexpr int kTogether = 2;
#else  // 16 registers
constexpr int kTogether = 1;
#endif

template <int n>
void gabor_of(const float* padded, int64_t width, const GaborTaps& taps, int64_t begin, int64_t end, float* out) {
  const int64_t stride = gabor_stride(width, taps.radius);
  const Pairs pairs(taps.radius);
  RowSums rows;
  AxisSums<n> axes;
  for (int64_t left = 0; left < width; left += kStrip) {
    const int64_t count = width - left < kStrip ? width - left : kStrip;
    for (int64_t y = begin; y < end; ++y) {
      rows.take(padded + (y + taps.radius) * stride + left, stride, taps.radius, count + 2 * taps.radius);
      axes.take(rows, taps, count + 2 * taps.radius);
      float* to = out + y * width + left;
      const auto put = [&]<int kVectors>(int64_t x, auto at) {
        const Strongest<n, kVectors> strongest(rows, pairs, axes, x + taps.radius, taps);
        for (int v = 0; v < kVectors; ++v) {
          float* pixels = to + x + v * kLanes;
          at.put(pixels, larger(at.get(pixels), strongest.values[v]));
        }
      };
      int64_t x = 0;
      for (; x + kTogether * kLanes <= count; x += kTogether * kLanes) put.template operator()<kTogether>(x, Whole{});
      for_channels(count - x, [&](int64_t rest, auto at) { put.template operator()<1>(x + rest, at); });
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
