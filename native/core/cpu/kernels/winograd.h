// Winograd's F(4×4, 3×3) (Lavin & Gray 2016): tiles of 4×4 outputs are made from 6×6 inputs by products at 36 places.
#pragma once

#include "core/cpu/kernels/products.h"

namespace acinus::cpu::ACINUS_ISA {
namespace {

constexpr int kInput = 6, kOutput = 4, kTaps = 3, kPlaces = kInput * kInput;
static_assert(kPlaces == kWinogradPlaces);
// Floats of a tile's two vectors of outputs at all places.
constexpr int64_t kOutputTile = winograd_place(kPlaces * kVectors * kLanes);

// Bᵀ d of one column of six.
inline void into_places(const Vec* d, int step, Vec* out, int out_step) {
  const Vec even = d[4 * step] - 4.0F * d[2 * step], odd = d[3 * step] - 4.0F * d[step];
  const Vec far = d[4 * step] - d[2 * step], near = 2.0F * (d[3 * step] - d[step]);
  out[0] = 4.0F * d[0] - 5.0F * d[2 * step] + d[4 * step];
  out[out_step] = even + odd;
  out[2 * out_step] = even - odd;
  out[3 * out_step] = far + near;
  out[4 * out_step] = far - near;
  out[5 * out_step] = 4.0F * d[step] - 5.0F * d[3 * step] + d[5 * step];
}

// Aᵀ m of one column of six.
inline void out_of_places(const Vec* m, int step, Vec* out, int out_step) {
  const Vec sum = m[step] + m[2 * step], difference = m[step] - m[2 * step];
  const Vec far_sum = m[3 * step] + m[4 * step], far_difference = m[3 * step] - m[4 * step];
  out[0] = m[0] + sum + far_sum;
  out[out_step] = difference + 2.0F * far_difference;
  out[2 * out_step] = sum + 4.0F * far_sum;
  out[3 * out_step] = difference + 8.0F * far_difference + m[5 * step];
}

// A g of one column of four: what out_of_places does, backwards.
inline void spread_to_places(const Vec* g, int step, Vec* out, int out_step) {
  const Vec even = g[0] + g[2 * step], odd = g[step] + g[3 * step];
  const Vec far_even = g[0] + 4.0F * g[2 * step], far_odd = 2.0F * g[step] + 8.0F * g[3 * step];
  out[0] = g[0];
  out[out_step] = even + odd;
  out[2 * out_step] = even - odd;
  out[3 * out_step] = far_even + far_odd;
  out[4 * out_step] = far_even - far_odd;
  out[5 * out_step] = g[3 * step];
}

// G w of one column of three taps.
inline void weights_to_places(const Vec* w, int step, Vec* out, int out_step) {
  const Vec even = (w[0] + w[2 * step]) * (-1.0F / 6), odd = w[step] * (1.0F / 6);
  const Vec far_even = w[0] * (1.0F / 24) + w[2 * step] * (1.0F / 6), far_odd = w[step] * (1.0F / 12);
  out[0] = w[0] * 0.25F;
  out[out_step] = even - odd;
  out[2 * out_step] = even + odd;
  out[3 * out_step] = far_even + far_odd;
  out[4 * out_step] = far_even - far_odd;
  out[5 * out_step] = w[2 * step];
}

// Gᵀ s of one column of six.
inline void weights_of_places(const Vec* s, int step, Vec* out, int out_step) {
  const Vec sum = s[step] + s[2 * step], difference = s[2 * step] - s[step];
  const Vec far_sum = s[3 * step] + s[4 * step], far_difference = s[3 * step] - s[4 * step];
  out[0] = s[0] * 0.25F - sum * (1.0F / 6) + far_sum * (1.0F / 24);
  out[out_step] = difference * (1.0F / 6) + far_difference * (1.0F / 12);
  out[2 * out_step] = (far_sum - sum) * (1.0F / 6) + s[5 * step];
}

// Where the tiles of a batch lie: counted row by row, image by image.
struct Tiles {
  int64_t height, width;

  explicit Tiles(const ConvolutionShape& shape) : height(shape.height), width(shape.width) {}
  int64_t columns() const { return (width + kOutput - 1) / kOutput; }
  int64_t per_image() const { return (height + kOutput - 1) / kOutput * columns(); }

  struct Place {
    int64_t image, top, left;
  };
  Place operator[](int64_t tile) const {
    const int64_t within = tile % per_image();
    return {tile / per_image(), within / columns() * kOutput, within % columns() * kOutput};
  }

  // The kSide² pixels from (top − before, left − before) on, of `channels` values each; `zeros` outside of the image. `half`: x
  // has half the rows and columns.
  template <int kSide, class T>
  void gather(int64_t tile, int before, const T* x, bool half, int64_t channels, const T* zeros, const T** pixels) const {
    const Place at = (*this)[tile];
    const int shift = half ? 1 : 0;
    x += at.image * (height >> shift) * (width >> shift) * channels;
    for (int i = 0; i < kSide; ++i) {
      for (int j = 0; j < kSide; ++j) {
        const int64_t row = at.top + i - before, column = at.left + j - before;
        const bool inside = row >= 0 && row < height && column >= 0 && column < width;
        pixels[i * kSide + j] = inside ? x + ((row >> shift) * (width >> shift) + (column >> shift)) * channels : zeros;
      }
    }
  }
};

// Bᵀ d B of channels [begin, begin + channels) of one tile, to [runs of channels][36][kRun]. A tile's inputs lie side by side:
// written to 36 places far from each other they would take two to three times as long. `ahead`: the pixels of the next tile,
// which are asked for meanwhile.
template <class T>
inline void transform_input(const T* const* pixels, const T* const* ahead, int64_t begin, int64_t channels, float* out) {
  constexpr int64_t kLine = 64 / sizeof(T);
  for_channels(channels, [&](int64_t c, auto at) {
    if (c % kLine == 0) {
#pragma GCC unroll 36
      for (int k = 0; k < kPlaces; ++k) {
        if (k % kInput >= kInput - kOutput) __builtin_prefetch(ahead[k] + begin + c);  // the others belong to both tiles
      }
    }
    Vec d[kPlaces], half[kPlaces];
#pragma GCC unroll 36
    for (int k = 0; k < kPlaces; ++k) d[k] = at.get(pixels[k] + begin + c);
#pragma GCC unroll 6
    for (int j = 0; j < kInput; ++j) into_places(d + j, kInput, half + j, kInput);
    float* to = out + c / kRun * kRun * kPlaces + c % kRun;
#pragma GCC unroll 6
    for (int i = 0; i < kInput; ++i) {
      Vec row[kInput];
      into_places(half + i * kInput, 1, row, 1);
#pragma GCC unroll 6
      for (int j = 0; j < kInput; ++j) store(to + (i * kInput + j) * kRun, row[j]);
    }
  });
}

// The transformed inputs [tiles, winograd_tile apart] of channels [begin, begin + channels) of tiles [first, first + count).
template <class T>
inline void transform_tiles(const ConvolutionShape& shape, const T* x, const T* zeros, int64_t first, int count, int64_t begin,
                            int64_t channels, float* inputs) {
  const Tiles tiles(shape);
  const T* pixels[2][kPlaces];
  const bool half = shape.halved == Halved::kInput;
  tiles.gather<kInput>(first, 1, x, half, shape.channels, zeros, pixels[0]);
  for (int slot = 0; slot < count; ++slot) {
    const T* const* now = pixels[slot % 2];
    const T** ahead = pixels[(slot + 1) % 2];
    tiles.gather<kInput>(first + (slot + 1 < count ? slot + 1 : slot), 1, x, half, shape.channels, zeros, ahead);
    transform_input(now, ahead, begin, channels, inputs + slot * winograd_tile(channels));
  }
}

}  // namespace
}  // namespace acinus::cpu::ACINUS_ISA
