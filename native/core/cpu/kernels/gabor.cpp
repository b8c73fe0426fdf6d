#include "core/cpu/image_kernels.h"
#include "core/cpu/kernels/fourier.h"
#include "core/cpu/kernels/simd.h"
#include "core/cpu/kernels/table.h"

namespace acinus::cpu::ACINUS_ISA {
namespace {

constexpr int64_t whole_vectors(int64_t columns) { return (columns + kLanes - 1) / kLanes * kLanes; }

// The two bands of rows as one complex signal for each column: its spectrum along y, frequency by frequency, the real parts of
// all columns and then the imaginary ones.
struct Spectrum {
  const FourierPlan& plan;
  int64_t columns;  // a multiple of kLanes
  float* values;

  // `first`: of the rows above the bands, at the column where the spectrum starts.
  void take(const float* first, int64_t stride, const GaborBands& bands, int64_t rows, float* signal) const {
    for (int64_t x = 0; x < columns; x += kLanes) {
      for (int64_t i = 0; i < plan.length; ++i) {
        const auto row = [&](int64_t band) { return load(first + (band + i < rows ? band + i : rows - 1) * stride + x); };
        Complex{row(bands.begin), row(bands.middle)}.put(signal, i);
      }
      fourier(plan, signal);
      for (int64_t f = 0; f < plan.length; ++f) {
        const Complex value = Complex::at(signal, f);
        store(values + 2 * f * columns + x, value.re);
        store(values + (2 * f + 1) * columns + x, value.im);
      }
    }
  }
};

// Sums over the columns beside x, at each frequency: kEven filters that are even under mirroring x and kOdd that are odd, each
// a signal at `out`. Returns the weights after those it took.
template <int kEven, int kOdd>
const float* filter(const Spectrum& spectrum, int64_t x, int radius, const float* weights, float* out) {
  const int64_t length = spectrum.plan.length;
  for (int64_t f = 0; f < length; ++f) {
    const float* const re = spectrum.values + 2 * f * spectrum.columns + x;
    const float* const im = re + spectrum.columns;
    Complex even[kEven], odd[kOdd > 0 ? kOdd : 1] = {};
    const Complex centre{load(re), load(im)};
#pragma GCC unroll 6
    for (int k = 0; k < kEven; ++k) even[k] = centre * *weights++;
    for (int64_t d = 1; d <= radius; ++d, weights += kEven + kOdd) {
      const Complex right{load(re + d), load(im + d)}, left{load(re - d), load(im - d)};
      const Complex sum = right + left, difference = right - left;
#pragma GCC unroll 6
      for (int k = 0; k < kEven; ++k) even[k] = even[k] + sum * weights[k];
#pragma GCC unroll 6
      for (int k = 0; k < kOdd; ++k) odd[k] = odd[k] + difference * weights[kEven + k];
    }
#pragma GCC unroll 6
    for (int k = 0; k < kEven; ++k) even[k].put(out, k * length + f);
#pragma GCC unroll 6
    for (int k = 0; k < kOdd; ++k) odd[k].put(out, (kEven + k) * length + f);
  }
  return weights;
}

// One vector of columns: the strongest response of the bank at each row of both bands.
class Strongest {
 public:
  Strongest(const GaborBank& bank, float* scratch)
      : bank_(bank), values_(scratch), filtered_(scratch + 2 * bank.plan.length * kLanes) {}

  const float* take(const Spectrum& spectrum, int64_t x) {
    for (int64_t i = 0; i < bank_.plan.length; ++i) Complex{}.put(values_, i);
    const float* weights = bank_.weights;
    int left = bank_.pairs;
    for (; left >= 3; left -= 3) weights = add<3, true>(spectrum, x, weights);
    for (; left > 0; --left) weights = add<1, true>(spectrum, x, weights);
    left = bank_.single;
    for (; left >= 6; left -= 6) weights = add<6, false>(spectrum, x, weights);
    for (; left >= 3; left -= 3) weights = add<3, false>(spectrum, x, weights);
    for (; left > 0; --left) weights = add<1, false>(spectrum, x, weights);
    return values_;
  }

 private:
  template <int kCount, bool kPaired>
  const float* add(const Spectrum& spectrum, int64_t x, const float* weights) {
    const FourierPlan& plan = bank_.plan;
    constexpr int kOdd = kPaired ? kCount : 0;
    weights = filter<kCount, kOdd>(spectrum, x, bank_.radius, weights, filtered_);
    const int64_t size = 2 * plan.length * kLanes;
    for (int k = 0; k < kCount + kOdd; ++k) inverse_fourier(plan, filtered_ + k * size);
    const auto magnitude = [](Vec value) { return larger(value, -value); };
    for (int64_t i = bank_.radius; i < plan.length - bank_.radius; ++i) {
      Complex most = Complex::at(values_, i);
#pragma GCC unroll 6
      for (int k = 0; k < kCount; ++k) {
        Complex response = Complex::at(filtered_ + k * size, i);
        if constexpr (kPaired) {
          // The larger of a + b and a − b is a + |b|. Odd along y too, b is i times what the real weights gave.
          const Complex odd = Complex::at(filtered_ + (kCount + k) * size, i);
          response = response + Complex{magnitude(odd.im), magnitude(odd.re)};
        }
        most = {larger(most.re, response.re), larger(most.im, response.im)};
      }
      most.put(values_, i);
    }
    return weights;
  }

  const GaborBank& bank_;
  float *values_, *filtered_;
};

void gabor(const GaborBank& bank, const PaddedImage& image, const GaborBands& bands, int64_t left, int64_t right, float* out,
           float* scratch) {
  const int64_t length = bank.plan.length, radius = bank.radius;
  const int64_t columns = whole_vectors(whole_vectors(right - left) + 2 * radius);
  const Spectrum spectrum{bank.plan, columns, scratch};
  float* const rest = scratch + 2 * length * columns;
  spectrum.take(image.first + left, image.stride, bands, image.height + 2 * radius, rest);
  Strongest strongest(bank, rest);
  for_channels(right - left, [&](int64_t x, auto at) {
    const float* values = strongest.take(spectrum, radius + x) + 2 * radius * kLanes;
    const auto put = [&](int64_t begin, int64_t end, const float* from) {
      for (int64_t y = begin; y < end; ++y, from += 2 * kLanes) at.put(out + y * image.width + left + x, load(from));
    };
    put(bands.begin, bands.middle, values);
    put(bands.middle, bands.end, values + kLanes);
  });
}

}  // namespace

void add_gabor(ImageKernels& table) { table.gabor = gabor; }

}  // namespace acinus::cpu::ACINUS_ISA
