#include "core/cpu/image_kernels.h"
#include "core/cpu/kernels/simd.h"
#include "core/cpu/kernels/table.h"

namespace acinus::cpu::ACINUS_ISA {
namespace {

// N vectors of one row, all neighbours in turn. Weights are exact to 2⁻¹⁴, which is enough beside sums over hundreds.
template <int N, class At>
void sum_neighbours(const BilateralPlanes& planes, const BilateralNeighbours& neighbours, int64_t at, float* out, At lanes) {
  Vec own[3][N], sums[N];
  for (int n = 0; n < N; ++n) {
    for (int c = 0; c < 3; ++c) own[c][n] = load(planes.colours[c] + at + n * kLanes);
    sums[n] = splat(0);
  }
  for (int64_t i = 0; i < neighbours.count; ++i) {
    const int64_t there = at + neighbours.offsets[i];
    const Vec place = splat(neighbours.exponents[i]);
#pragma GCC unroll 4
    for (int n = 0; n < N; ++n) {
      const Vec red = load(planes.colours[0] + there + n * kLanes) - own[0][n];
      const Vec green = load(planes.colours[1] + there + n * kLanes) - own[1][n];
      const Vec blue = load(planes.colours[2] + there + n * kLanes) - own[2][n];
      const Vec exponent = place - (red * red + green * green + blue * blue);
      sums[n] += exponential<BFloat16>(exponent) * load(planes.values + there + n * kLanes);
    }
  }
  for (int n = 0; n < N; ++n) lanes.put(out + n * kLanes, sums[n]);
}

void bilateral(const BilateralPlanes& planes, const BilateralNeighbours& neighbours, int64_t width, int64_t begin, int64_t end,
               float* out) {
  for (int64_t y = begin; y < end; ++y) {
    const int64_t row = y * planes.stride;
    for_blocks(width, [&]<int N>(int64_t x, auto lanes) {
      sum_neighbours<N>(planes, neighbours, row + x, out + y * width + x, lanes);
    });
  }
}

}  // namespace

void add_bilateral(ImageKernels& table) { table.bilateral = bilateral; }

}  // namespace acinus::cpu::ACINUS_ISA
