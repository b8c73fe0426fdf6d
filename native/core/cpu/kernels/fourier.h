// Discrete Fourier transforms of whole vectors, in place: each lane is a signal of its own, so nothing is shuffled.
//
// Element i is two vectors, real and imaginary part, at data + 2·i·kLanes. The frequencies stand where decimation leaves them
// (FourierPlan), in the order in which the way back takes them.
#pragma once

#include "core/cpu/image_kernels.h"
#include "core/cpu/kernels/simd.h"

namespace acinus::cpu::ACINUS_ISA {
namespace {

struct Complex {
  Vec re, im;

  static Complex at(const float* data, int64_t i) { return {load(data + 2 * i * kLanes), load(data + (2 * i + 1) * kLanes)}; }
  void put(float* data, int64_t i) const {
    store(data + 2 * i * kLanes, re);
    store(data + (2 * i + 1) * kLanes, im);
  }

  Complex operator+(Complex o) const { return {re + o.re, im + o.im}; }
  Complex operator-(Complex o) const { return {re - o.re, im - o.im}; }
  Complex operator*(float factor) const { return {re * factor, im * factor}; }
};

enum Direction { kForward, kBackward };

// A quarter turn: times −i, or i on the way back.
template <Direction direction>
Complex quarter_turn(Complex z) {
  if constexpr (direction == kForward) return {z.im, -z.re};
  return {-z.im, z.re};
}

template <Direction direction>
Complex turned(Complex z, const float* twiddle) {
  const float re = twiddle[0], im = direction == kForward ? twiddle[1] : -twiddle[1];
  return {z.re * re - z.im * im, z.re * im + z.im * re};
}

template <Direction direction>
void butterfly(Complex (&x)[2]) {
  const Complex a = x[0], b = x[1];
  x[0] = a + b;
  x[1] = a - b;
}

template <Direction direction>
void butterfly(Complex (&x)[3]) {
  const Complex sum = x[1] + x[2], across = quarter_turn<direction>((x[1] - x[2]) * 0.866025403784438647F);
  const Complex middle = x[0] - sum * 0.5F;
  x[0] = x[0] + sum;
  x[1] = middle + across;
  x[2] = middle - across;
}

template <Direction direction>
void butterfly(Complex (&x)[4]) {
  const Complex a = x[0] + x[2], b = x[0] - x[2], c = x[1] + x[3], d = quarter_turn<direction>(x[1] - x[3]);
  x[0] = a + c;
  x[1] = b + d;
  x[2] = a - c;
  x[3] = b - d;
}

template <Direction direction>
void butterfly(Complex (&x)[5]) {
  constexpr float kCos1 = 0.309016994374947424F, kCos2 = -0.809016994374947424F;  // of 72° and 144°
  constexpr float kSin1 = 0.951056516295153572F, kSin2 = 0.587785252292473129F;
  const Complex a = x[1] + x[4], b = x[1] - x[4], c = x[2] + x[3], d = x[2] - x[3];
  const Complex near = x[0] + a * kCos1 + c * kCos2, far = x[0] + a * kCos2 + c * kCos1;
  const Complex across_near = quarter_turn<direction>(b * kSin1 + d * kSin2);
  const Complex across_far = quarter_turn<direction>(b * kSin2 - d * kSin1);
  x[0] = x[0] + a + c;
  x[1] = near + across_near;
  x[2] = far + across_far;
  x[3] = far - across_far;
  x[4] = near - across_near;
}

// One stage: butterflies over elements `span` / radix apart, within each block of `span`. `twiddles`: radix − 1 for each place.
template <int radix, Direction direction>
void stage(float* data, int64_t length, int64_t span, const float* twiddles) {
  const int64_t apart = span / radix;
  for (int64_t place = 0; place < apart; ++place, twiddles += 2 * (radix - 1)) {
    for (int64_t block = 0; block < length; block += span) {
      float* const at = data + 2 * (block + place) * kLanes;
      Complex x[radix];
#pragma GCC unroll 5
      for (int j = 0; j < radix; ++j) {
        x[j] = Complex::at(at, j * apart);
        if (direction == kBackward && j > 0 && place > 0) x[j] = turned<direction>(x[j], twiddles + 2 * (j - 1));
      }
      butterfly<direction>(x);
#pragma GCC unroll 5
      for (int j = 0; j < radix; ++j) {
        if (direction == kForward && j > 0 && place > 0) x[j] = turned<direction>(x[j], twiddles + 2 * (j - 1));
        x[j].put(at, j * apart);
      }
    }
  }
}

template <Direction direction>
void stage_of(int radix, float* data, int64_t length, int64_t span, const float* twiddles) {
  switch (radix) {
    case 2:
      return stage<2, direction>(data, length, span, twiddles);
    case 3:
      return stage<3, direction>(data, length, span, twiddles);
    case 4:
      return stage<4, direction>(data, length, span, twiddles);
    default:
      return stage<5, direction>(data, length, span, twiddles);
  }
}

inline void fourier(const FourierPlan& plan, float* data) {
  int64_t span = plan.length;
  for (int s = 0; s < plan.stages; span /= plan.radix[s], ++s) {
    stage_of<kForward>(plan.radix[s], data, plan.length, span, plan.twiddles[s]);
  }
}

// Not divided by the length.
inline void inverse_fourier(const FourierPlan& plan, float* data) {
  int64_t span = 1;
  for (int s = plan.stages - 1; s >= 0; --s) {
    span *= plan.radix[s];
    stage_of<kBackward>(plan.radix[s], data, plan.length, span, plan.twiddles[s]);
  }
}

}  // namespace
}  // namespace acinus::cpu::ACINUS_ISA
