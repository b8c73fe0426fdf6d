// The fast CPU kernels for pictures, without torch headers: planes of floats, row after row.
//
// Each function works on some rows of ONE image, so that the caller (core/image) can deal rows to threads.
#pragma once

#include <cstdint>

#include "core/cpu/isa.h"
#include "core/cpu/philox.h"

namespace acinus::cpu {

// A bank of Gabor kernels without a phase in eight orientations, 22.5° apart, of one size. Those of 0° and 90° are products of
// a factor along x and one along y. The square's symmetries map the other six onto each other, so the eight pixels that they
// map onto each other are added up in four ways first ("even" or "odd" under mirroring x, and under exchanging x and y), and
// each kernel is a sum or difference of at most four results: an eighth of the products.
struct GaborTaps {
  int radius;       // at most kMostGaborRadius
  int wavelengths;  // at most kMostGaborWavelengths
  // One after the other, for 0 < y < x ≤ radius, then x = y, then y = 0, then the centre: the weights of each sum of pixels, n
  // wavelengths each of: (even, even) of the orientations 22.5°, 45°; (even, odd) of 22.5°; (odd, even) of 22.5°, 45°;
  // (odd, odd) of 22.5°. On a diagonal only those even under exchange exist, on an axis those even under mirroring, and at the
  // centre the first.
  const float* weights;
  // Of 0° and 90° for each distance 0 … radius: the factor across the waves, then of n wavelengths the factor along them.
  const float* factors;
};
constexpr int kMostGaborRadius = 31, kMostGaborWavelengths = 3;

// A symmetric filter along one axis: weights[0] of the centre, weights[k] of both neighbours at distance k ≤ reach. `mirrored`
// holds for −reach … size + reach − 1 the place within the axis that stands there.
struct SymmetricFilter {
  const float* weights;
  int reach;
  const int64_t* mirrored;
};

// Where an output pixel comes from: its own place plus (x, y), mirrored at the borders without repeating them.
struct Displacement {
  const float* x;  // [height · width]
  const float* y;
  int64_t height, width;
};

// Where bytes stand: channel c of the pixel in row y and column x at first[c·channel + y·row + x·column].
struct ByteImage {
  const uint8_t* first;
  int64_t channel, row, column;
};

// What becomes of packed pixels: clamp(factor·v + offset, 0, 255) in three planes, `plane` floats apart, or in interleaved
// bytes, rounded, halves to even, where these are not null; and a mask.
struct Lit {
  float factor, offset;
  float* planes;
  int64_t plane;
  uint8_t *bytes, *mask;
};

struct ImageKernels {
  // out[y][x] = max(out[y][x], responses of all kernels there), rows [begin, end) of `width` floats. `padded` has `radius` more
  // rows and columns on each side and gabor_stride(width, radius) floats a row.
  void (*gabor)(const float* padded, int64_t width, const GaborTaps& taps, int64_t begin, int64_t end, float* out);

  // The filter along x and along y, rows [begin, end). `scratch`: filter_scratch of width, or of end − begin, and reach.
  void (*filter_rows)(const float* x, int64_t width, const SymmetricFilter& filter, int64_t begin, int64_t end, float* out,
                      float* scratch);
  void (*filter_columns)(const float* x, int64_t width, const SymmetricFilter& filter, int64_t begin, int64_t end, float* out,
                         float* scratch);

  // Rows [begin, end) of each of `planes` planes of height · width floats, bilinear or of the nearest pixel.
  void (*remap)(const float* planes, int64_t count, const Displacement& displacement, bool nearest, int64_t begin, int64_t end,
                float* out);

  // Uniform in [−1, 1), from the words' upper 24 bits: 2·count words of the stream, by turns to x and y.
  void (*noise)(const PhiloxStream& stream, int64_t count, float* x, float* y);

  // Packed pixels are words: three channels, the first in the lowest byte, and the mask. Rows [begin, end) of `width` pixels.
  void (*pack)(const ByteImage& image, const ByteImage& mask, int64_t width, int64_t begin, int64_t end, uint32_t* out);
  // Pixels [begin, end). Reads up to kMostLanes more.
  void (*unpack)(const uint32_t* pixels, int64_t begin, int64_t end, const Lit& out);
  // Rows [begin, end), each pixel from where the displacement says: bilinear, the mask of the nearest pixel. Reads another row
  // and pixel at the end.
  void (*remap_packed)(const uint32_t* pixels, const Displacement& displacement, int64_t begin, int64_t end, const Lit& out);
};

constexpr int kGaborStrip = 128;
constexpr int64_t kMostLanes = 16;
// Floats for a filter along `size` pixels.
int64_t filter_scratch(int64_t size, int reach);
// Floats a row of what `gabor` reads, which is whole vectors.
int64_t gabor_stride(int64_t width, int radius);

// For this processor.
const ImageKernels& image_kernels();

// For each instruction set that was compiled. To be called only where the processor has it.
namespace baseline {
const ImageKernels& image_kernels();
}
namespace avx2 {
const ImageKernels& image_kernels();
}
namespace avx512 {
const ImageKernels& image_kernels();
}

}  // namespace acinus::cpu
