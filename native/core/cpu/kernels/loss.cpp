// The stabilized loss (core/loss/stabilized.h) and its gradient.
#include <algorithm>

#include "core/cpu/kernels/simd.h"
#include "core/cpu/kernels/table.h"

namespace acinus::cpu::ACINUS_ISA {
namespace {

constexpr int64_t kStretch = 512;  // pixels that are added up in float

inline Vec clamped(Vec x, float least, float most) { return larger(smaller(x, splat(most)), splat(least)); }

inline Vec probability(Vec z, const LossLimits& limits) {
  return clamped(sigmoid<float>(clamped(z, -limits.logit, limits.logit)), limits.epsilon, 1 - limits.epsilon);
}

// log(1 + e⁻|ᶻ|) = 2 artanh(u / (2 + u)) with u = e⁻|ᶻ|, by its series: the argument is a third at most.
inline Vec log_of_one_more(Vec u) {
  const Vec s = u / (2.0F + u), square = s * s;
  Vec sum = splat(1.0F / 15);
  for (const int odd : {13, 11, 9, 7, 5, 3, 1}) sum = sum * square + splat(1.0F / static_cast<float>(odd));
  return 2.0F * s * sum;
}

// Of a pixel that does not count, the target is above 1.
template <bool kIgnoring>
void sums_of(const float* logits, const float* target, int64_t count, const LossLimits& limits, double* sums) {
  constexpr int kTerms = kIgnoring ? kLossSums : kLossSums - 1;
  for (int64_t begin = 0; begin < count; begin += kStretch) {
    Vec total[kTerms] = {};
    for_channels(std::min(kStretch, count - begin), [&](int64_t i, auto at) {
      const Vec z = at.get(logits + begin + i), t = at.get(target + begin + i);
      const Vec p = probability(z, limits), rest = log_of_one_more(exponential<float>(-larger(z, -z)));
      Vec terms[kLossSums] = {p, t, p * t, (1.0F - t) * (larger(z, Vec{}) + rest), t * (larger(-z, Vec{}) + rest), splat(1)};
      for (int k = 0; k < kTerms; ++k) {
        if (k != 1 && k != kLossSums - 1) terms[k] = z == z ? terms[k] : z;  // NaN stays NaN
        if constexpr (kIgnoring) terms[k] = t <= 1.0F ? terms[k] : Vec{};
        if (at.count < kLanes) {
          for (int lane = at.count; lane < kLanes; ++lane) terms[k][lane] = 0;
        }
        total[k] += terms[k];
      }
    });
    for (int k = 0; k < kTerms; ++k) sums[k] += static_cast<double>(sum_of(total[k]));
  }
  if constexpr (!kIgnoring) sums[kLossSums - 1] += static_cast<double>(count);
}

void loss_sums(const float* logits, const float* target, int64_t count, const LossLimits& limits, double* sums) {
  (limits.ignoring ? sums_of<true> : sums_of<false>)(logits, target, count, limits, sums);
}

template <bool kIgnoring>
void gradient_of(const float* logits, const float* target, int64_t count, const LossLimits& limits, const LossSlopes& slopes,
                 float* gradient) {
  for_channels(count, [&](int64_t i, auto at) {
    const Vec z = at.get(logits + i), t = at.get(target + i);
    const Vec p = probability(z, limits), q = sigmoid<float>(z);
    const Vec through = (slopes.probability + slopes.overlap * t) * (p * (1.0F - p));
    const auto inside = (z >= -limits.logit) & (z <= limits.logit) & (p > limits.epsilon) & (p < 1 - limits.epsilon);
    const Vec of_bce = slopes.background * (1.0F - t) * q - slopes.cell * t * (1.0F - q);
    const Vec sum = (inside ? through : Vec{}) + of_bce;
    const Vec slope = z == z ? sum : z;
    if constexpr (kIgnoring) {
      at.put(gradient + i, t <= 1.0F ? slope : Vec{});
    } else {
      at.put(gradient + i, slope);
    }
  });
}

void loss_gradient(const float* logits, const float* target, int64_t count, const LossLimits& limits, const LossSlopes& slopes,
                   float* gradient) {
  (limits.ignoring ? gradient_of<true> : gradient_of<false>)(logits, target, count, limits, slopes, gradient);
}

}  // namespace

template <class T>
void add_loss(Kernels<T>& table) {
  table.loss_sums = loss_sums;
  table.loss_gradient = loss_gradient;
}
template void add_loss(Kernels<float>&);
template void add_loss(Kernels<BFloat16>&);

}  // namespace acinus::cpu::ACINUS_ISA
