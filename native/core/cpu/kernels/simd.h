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

// A store to a line that is in no cache waits for it, and so do all stores behind it: kernels ask for what they will write
// before they work it out.
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

// exp to 2 ulp as float; to 2⁻¹⁴ where the result becomes a bfloat16. 2ⁿ·2ᶠ with |f| ≤ ½ (Cephes' polynomial; Taylor's).
template <class T>
inline Vec exponential(Vec x) {
  x = larger(smaller(x, splat(88.0F)), splat(-87.0F));
  const Vec magic = splat(12582912.0F);  // 1.5 · 2²³: adding it rounds to an integer that the lowest bits then hold
  const Vec scaled = x * 1.44269504088896341F;
  const Vec shifted = scaled + magic;
  Vec f = scaled - (shifted - magic);
  Vec p;
  if constexpr (sizeof(T) == sizeof(float)) {
    // The product above is rounded: what it lost is added to the fraction.
    f = (x - (shifted - magic) * 0.693359375F) + (shifted - magic) * 2.12194440e-4F;
    p = splat(1.9875691500e-4F);
    p = p * f + 1.3981999507e-3F;
    p = p * f + 8.3334519073e-3F;
    p = p * f + 4.1665795894e-2F;
    p = p * f + 1.6666665459e-1F;
    p = p * f + 5.0000001201e-1F;
    p = p * (f * f) + f + 1.0F;
  } else {
    p = splat(9.61812911e-3F);
    p = p * f + 5.55041087e-2F;
    p = p * f + 2.40226507e-1F;
    p = p * f + 6.93147181e-1F;
    p = p * f + 1.0F;
  }
  return bits_as<Vec>(bits_as<BitVec>(p) + (bits_as<BitVec>(shifted) << 23));
}

template <class T>
inline Vec reciprocal(Vec x) {
#if defined(__AVX512F__)
  const Vec guess = _mm512_maskz_rcp14_ps(first(kLanes), x);  // the unmasked one makes GCC 12 warn of its own header
  if constexpr (sizeof(T) != sizeof(float)) return guess;
  return guess * (2.0F - x * guess);
#else
  return 1.0F / x;
#endif
}

template <class T>
inline Vec sigmoid(Vec x) {
  return reciprocal<T>(1.0F + exponential<T>(-x));
}

}  // namespace
}  // namespace acinus::cpu::ACINUS_ISA
