#include "core/cpu/philox.h"
#include "core/cpu/image_kernels.h"
#include "core/cpu/kernels/simd.h"
#include "core/cpu/kernels/table.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace acinus::cpu::ACINUS_ISA {
namespace {

// A word of each of kLanes / 2 blocks, in the lower half of its lane; the upper half holds anything.
typedef uint64_t WideVec __attribute__((vector_size(kLanes * 4)));
constexpr int kBlocks = kLanes / 2;

// The lower halves' products.
inline WideVec product(WideVec a, WideVec b) {
#if defined(__AVX512F__)
  return (WideVec)_mm512_maskz_mul_epu32(0xff, (__m512i)a, (__m512i)b);  // the unmasked one makes GCC 12 warn of its own header
#elif defined(__AVX2__)
  return (WideVec)_mm256_mul_epu32((__m256i)a, (__m256i)b);
#elif defined(__SSE2__)
  return (WideVec)_mm_mul_epu32((__m128i)a, (__m128i)b);
#else
  return (a & 0xffffffffu) * (b & 0xffffffffu);
#endif
}

inline WideVec splat_wide(uint64_t value) { return WideVec{} + value; }

// Two words of each block, one after the other, as floats in [−1, 1). Exact: 2²⁴ values, 2⁻²³ apart.
inline Vec symmetric(WideVec first, WideVec second) {
  const BitVec words = bits_as<BitVec>((first & 0xffffffffu) | (second << 32));
  return __builtin_convertvector(bits_as<IntVec>(words >> 8), Vec) * 0x1p-23F - 1.0F;
}

// N times kBlocks blocks: N vectors of x and of y.
template <int N, class At>
inline void draw(const PhiloxStream& stream, uint64_t position, At at, float* x, float* y) {
  WideVec words[4][N], lane;
  for (int i = 0; i < kBlocks; ++i) lane[i] = static_cast<uint64_t>(i);
  for (int n = 0; n < N; ++n) {
    words[0][n] = lane + (position + static_cast<uint64_t>(n * kBlocks));
    words[1][n] = words[0][n] >> 32;
    words[2][n] = splat_wide(stream.index);
    words[3][n] = splat_wide(stream.index >> 32);
  }
  uint32_t key0 = stream.key[0], key1 = stream.key[1];
  for (int round = 0; round < kPhiloxRounds; ++round) {
    for (int n = 0; n < N; ++n) {
      const WideVec product0 = product(words[0][n], splat_wide(kPhiloxMultiplier0));
      const WideVec product1 = product(words[2][n], splat_wide(kPhiloxMultiplier1));
      words[0][n] = (product1 >> 32) ^ words[1][n] ^ splat_wide(key0);
      words[1][n] = product1;
      words[2][n] = (product0 >> 32) ^ words[3][n] ^ splat_wide(key1);
      words[3][n] = product0;
    }
    key0 += kPhiloxWeyl0;
    key1 += kPhiloxWeyl1;
  }
  for (int n = 0; n < N; ++n) {
    at.put(x + n * kLanes, symmetric(words[0][n], words[2][n]));
    at.put(y + n * kLanes, symmetric(words[1][n], words[3][n]));
  }
}

void noise(const PhiloxStream& stream, int64_t count, float* x, float* y) {
  for_blocks(count, [&]<int N>(int64_t i, auto at) {
    draw<N>(stream, stream.position + static_cast<uint64_t>(i / 2), at, x + i, y + i);
  });
}

}  // namespace

void add_philox(ImageKernels& table) { table.noise = noise; }

}  // namespace acinus::cpu::ACINUS_ISA
