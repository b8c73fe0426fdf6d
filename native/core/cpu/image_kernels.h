// The fast CPU kernels for pictures, without torch headers: planes of floats, row after row.
//
// Each function works on some rows of ONE image, so that the caller (core/image) can deal rows to threads.
#pragma once

#include <cstdint>

#include "core/cpu/isa.h"
#include "core/cpu/philox.h"

namespace acinus::cpu {

// A plan for transforming signals of `length` values, stage by stage. Each stage applies
// butterflies of its radix to the blocks that the stage before it left. Frequency f = q +
// radix·g ends at place q·(block / radix) + (the place of g within the block of the next stage).
constexpr int kMostStages = 4;
struct FourierPlan {
  int length, stages;
  int radix[kMostStages];  // 2, 3, 4 or 5
  // Of each stage with blocks of n values, for each place p < n / radix: exp(−2πi·p·q/n) for 0 < q < radix, real and imaginary.
  const float* twiddles[kMostStages];
};

// A bank of Gabor kernels without a phase, of one size, by rows as they are along x and by frequency along y. Of each kernel
// and its mirror image (they are pairs) the half of the sum is even along both axes, and that of the difference odd along both,
// so that either takes one real weight for each frequency and distance along x. The orientations 0° and 90° are their own
// mirror image.
struct GaborBank {
  FourierPlan plan;
  int radius;  // at most kMostGaborRadius
  int pairs, single;
  // Of three pairs, then of one, then of six single kernels, of three, of one, while there are so many, frequency by frequency
  // in the plan's order: the weights of all even sums at distance 0, then at each distance up to the radius of all even ones
  // and of all odd ones. Over the length, since transforms there and back multiply by it.
  const float* weights;
};
constexpr int kMostGaborRadius = 31;

// An image with `radius` more rows and columns on each side; its rows are gabor_stride(width, radius) floats apart.
struct PaddedImage {
  const float* first;
  int64_t height, width, stride;
};

// The rows [begin, middle) and [middle, end), which are filtered together: at most length − 2·radius each.
struct GaborBands {
  int64_t begin, middle, end;
};

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

// Planes with a frame of zeros around them, at their first pixel; rows are `stride` floats apart.
struct BilateralPlanes {
  const float* colours[3];
  const float* values;
  int64_t stride;
};

// How far each neighbour is from its pixel in the planes, and the exponent that its place gives.
struct BilateralNeighbours {
  const int64_t* offsets;
  const float* exponents;
  int64_t count;
};

struct ImageKernels {
  // The largest response of all kernels, at least 0, at the columns [left, right) of both bands: at most kGaborStrip columns.
  // `scratch`: gabor_scratch(bank).
  void (*gabor)(const GaborBank& bank, const PaddedImage& image, const GaborBands& bands, int64_t left, int64_t right,
                float* out, float* scratch);

  // The filter along x and along y, rows [begin, end). `scratch`: filter_scratch of width, or of end − begin, and reach.
  void (*filter_rows)(const float* x, int64_t width, const SymmetricFilter& filter, int64_t begin, int64_t end, float* out,
                      float* scratch);
  void (*filter_columns)(const float* x, int64_t width, const SymmetricFilter& filter, int64_t begin, int64_t end, float* out,
                         float* scratch);

  // Rows [begin, end): the sum over the neighbours of exp(exponent − |Δcolour|²) · value. Reads whole vectors to the right.
  void (*bilateral)(const BilateralPlanes& planes, const BilateralNeighbours& neighbours, int64_t width, int64_t begin,
                    int64_t end, float* out);

  // Rows [begin, end) of each of `planes` planes of height · width floats, bilinear or of the nearest pixel.
  void (*remap)(const float* planes, int64_t count, const Displacement& displacement, bool nearest, int64_t begin, int64_t end,
                float* out);

  // Uniform in [−1, 1), from the words' upper 24 bits: 2·count words of the stream, by turns to x and y.
  void (*noise)(const PhiloxStream& stream, int64_t count, float* x, float* y);

  // Packed pixels are words: three channels, the first in the lowest byte, and 1 where the mask's byte is not 0. Rows [begin,
  // end) of `width` pixels.
  void (*pack)(const ByteImage& image, const ByteImage& mask, int64_t height, int64_t width, int64_t begin, int64_t end,
               uint32_t* out);
  // Pixels [begin, end). Reads up to kMostLanes more.
  void (*unpack)(const uint32_t* pixels, int64_t begin, int64_t end, const Lit& out);
  // Rows [begin, end), each pixel from where the displacement says: bilinear, the mask of the nearest pixel. Reads another row
  // and pixel at the end.
  void (*remap_packed)(const uint32_t* pixels, const Displacement& displacement, int64_t begin, int64_t end, const Lit& out);
};

constexpr int kGaborStrip = 64;
constexpr int64_t kMostLanes = 16;
// Floats for a filter along `size` pixels.
int64_t filter_scratch(int64_t size, int reach);
// Floats a row of what `gabor` reads, which is whole vectors.
int64_t gabor_stride(int64_t width, int radius);
int64_t gabor_scratch(const GaborBank& bank);

// The table for this processor.
const ImageKernels& image_kernels();

// The table for one instruction set. Call it only on a processor that has this instruction set.
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
