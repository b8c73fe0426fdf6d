// Vectors of floats of the instruction set that this file is compiled for. Every kernel file is compiled once per instruction
// set (CMakeLists.txt) with ACINUS_ISA naming the namespace; nothing here has external linkage, so that the linker cannot hand
// code of one set to another.
#pragma once

#include <cstdint>
#include <cstring>

#if defined(__AVX2__)
#include <immintrin.h>
#endif

#include "core/cpu/kernels.h"

namespace acinus::cpu::ACINUS_ISA {
namespace {

#if defined(__AVX512F__)
constexpr int kLanes = 16;
#elif defined(__AVX2__)
constexpr int kLanes = 8;
#else
constexpr int kLanes = 4;
#endif

typedef float Vec __attribute__((vector_size(kLanes * 4)));
typedef int32_t IntVec __attribute__((vector_size(kLanes * 4)));
typedef uint32_t BitVec __attribute__((vector_size(kLanes * 4)));
typedef uint16_t HalfVec __attribute__((vector_size(kLanes * 2)));

inline Vec splat(float value) { return value - Vec{}; }  // x − 0 is x, which the compiler knows; −0 + 0 is not −0

template <class To, class From>
inline To bits_as(From from) {
  static_assert(sizeof(To) == sizeof(From));
  To to;
  std::memcpy(&to, &from, sizeof(to));
  return to;
}

// bfloat16 is the upper half of a float; rounded to nearest even, NaN kept a NaN.
inline Vec widened(HalfVec half) { return bits_as<Vec>(__builtin_convertvector(half, BitVec) << 16); }
inline HalfVec narrowed(Vec x) {
  const BitVec bits = bits_as<BitVec>(x);
  const BitVec rounded = (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
  const BitVec nan = bits_as<BitVec>(x != x);
  return __builtin_convertvector((rounded & ~nan) | (nan & 0x7fc0u), HalfVec);
}

inline Vec load(const float* from) {
  Vec out;
  std::memcpy(&out, from, sizeof(out));
  return out;
}
inline Vec load(const BFloat16* from) {
  HalfVec out;
  std::memcpy(&out, from, sizeof(out));
  return widened(out);
}
inline void store(float* to, Vec x) { std::memcpy(to, &x, sizeof(x)); }
inline void store(BFloat16* to, Vec x) {
  const HalfVec half = narrowed(x);
  std::memcpy(to, &half, sizeof(half));
}

// A store to a cache line that is in no cache waits for that line, and so do all later stores. Kernels therefore prefetch what
// they will write.
template <class T>
inline void prefetch_for_write(const T* line) {
  __builtin_prefetch(line, 1);
}

// What a store leaves in memory.
template <class T>
inline Vec as_stored(Vec x) {
  if constexpr (sizeof(T) == sizeof(float)) return x;
  return widened(narrowed(x));
}

// The first `count` < kLanes elements; the others read as 0 and are not written.
#if defined(__AVX512F__)
inline __mmask16 first(int count) { return static_cast<__mmask16>((1u << count) - 1u); }
inline Vec load(const float* from, int count) { return _mm512_maskz_loadu_ps(first(count), from); }
inline void store(float* to, Vec x, int count) { _mm512_mask_storeu_ps(to, first(count), x); }
inline Vec load(const BFloat16* from, int count) { return widened((HalfVec)_mm256_maskz_loadu_epi16(first(count), from)); }
inline void store(BFloat16* to, Vec x, int count) { _mm256_mask_storeu_epi16(to, first(count), (__m256i)narrowed(x)); }
#else
template <class T>
inline Vec load(const T* from, int count) {
  T padded[kLanes] = {};
  for (int i = 0; i < count; ++i) padded[i] = from[i];
  return load(padded);
}
template <class T>
inline void store(T* to, Vec x, int count) {
  T padded[kLanes];
  store(padded, x);
  for (int i = 0; i < count; ++i) to[i] = padded[i];
}
#endif

// Where a run of channels stands: `whole` vectors of it, or the remainder that is shorter than a vector.
struct Whole {
  static constexpr int count = kLanes;
  template <class T>
  Vec get(const T* from) const {
    return load(from);
  }
  template <class T>
  void put(T* to, Vec x) const {
    store(to, x);
  }
};
struct Remainder {
  int count;
  template <class T>
  Vec get(const T* from) const {
    return load(from, count);
  }
  template <class T>
  void put(T* to, Vec x) const {
    store(to, x, count);
  }
};

// body(channel, Whole or Remainder) for every vector of channels.
template <class Body>
inline void for_channels(int64_t channels, Body body) {
  int64_t c = 0;
  for (; c + kLanes <= channels; c += kLanes) body(c, Whole{});
  if (c < channels) body(c, Remainder{static_cast<int>(channels - c)});
}

// body.operator()<N>(first, Whole or Remainder): blocks of N vectors while there are so many, then single ones.
template <class Body>
inline void for_blocks(int64_t count, Body body) {
  constexpr int kBlock = 4;
  int64_t i = 0;
  for (; i + kBlock * kLanes <= count; i += kBlock * kLanes) body.template operator()<kBlock>(i, Whole{});
  for_channels(count - i, [&](int64_t rest, auto at) { body.template operator()<1>(i + rest, at); });
}

inline Vec root(Vec x) {
#if defined(__AVX512F__)
  return _mm512_maskz_sqrt_ps(0xffff, x);  // GCC 12 warns of _mm512_sqrt_ps
#elif defined(__AVX2__)
  return _mm256_sqrt_ps(x);
#else
  for (int i = 0; i < kLanes; ++i) x[i] = __builtin_sqrtf(x[i]);
  return x;
#endif
}

inline float sum_of(Vec x) {
  float lanes[kLanes];
  store(lanes, x);
  for (int width = kLanes / 2; width > 0; width /= 2) {
    for (int i = 0; i < width; ++i) lanes[i] += lanes[i + width];
  }
  return lanes[0];
}

inline Vec smaller(Vec a, Vec b) { return a < b ? a : b; }
inline Vec larger(Vec a, Vec b) { return a > b ? a : b; }

// x · log₂e − n, to float's last bits.
inline Vec binary_fraction(Vec x, Vec n) {
  constexpr float kLog2E = 1.44269504088896341F;
#if defined(__FMA__) || defined(__ARM_FEATURE_FMA)
  return x * 1.925963033500115e-8F + (x * kLog2E - n);  // the product is not rounded; what its constant lacks is added
#else
  return ((x - n * 0.693359375F) + n * 2.12194440e-4F) * kLog2E;
#endif
}

// exp to 2 ulp as float; to 2⁻¹⁴ where the result becomes a bfloat16. 2ⁿ·2ᶠ with |f| ≤ ½ (2ᶠ with the smallest relative error;
// Taylor's).
template <class T>
inline Vec exponential(Vec x) {
  constexpr float kLog2E = 1.44269504088896341F;
  x = larger(smaller(x, splat(88.0F)), splat(-87.0F));
  const Vec magic = splat(12582912.0F);  // 1.5 · 2²³: adding it rounds to an integer that the lowest bits then hold
  const Vec shifted = x * kLog2E + magic;
  Vec p;
  if constexpr (sizeof(T) == sizeof(float)) {
    const Vec f = binary_fraction(x, shifted - magic);
    p = splat(1.53533619e-4F);
    p = p * f + 1.33988744e-3F;
    p = p * f + 9.61843736e-3F;
    p = p * f + 5.55033247e-2F;
    p = p * f + 2.40226479e-1F;
    p = p * f + 6.93147203e-1F;
    p = p * f + 1.0F;
  } else {
    const Vec f = x * kLog2E - (shifted - magic);
    p = splat(9.61812911e-3F);
    p = p * f + 5.55041087e-2F;
    p = p * f + 2.40226507e-1F;
    p = p * f + 6.93147181e-1F;
    p = p * f + 1.0F;
  }
  return bits_as<Vec>(bits_as<BitVec>(p) + (bits_as<BitVec>(shifted) << 23));
}

template <class T>
inline Vec quotient(Vec x, Vec y) {
#if defined(__AVX512F__)
  const Vec guess = _mm512_maskz_rcp14_ps(first(kLanes), y);  // the unmasked one makes GCC 12 warn of its own header
  if constexpr (sizeof(T) != sizeof(float)) return x * guess;
  return x * (guess * (2.0F - y * guess));
#else
  return x / y;
#endif
}

template <class T>
inline Vec sigmoid(Vec x) {
  return quotient<T>(splat(1.0F), 1.0F + exponential<T>(-x));
}
template <class T>
inline Vec silu(Vec x) {
  return quotient<T>(x, 1.0F + exponential<T>(-x));
}

}  // namespace
}  // namespace acinus::cpu::ACINUS_ISA
