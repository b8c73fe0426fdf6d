// The gate per channel of squeeze-and-excitation and of SCSE, for the means of a batch.
#include "core/cpu/kernels/norm.h"
#include "core/cpu/kernels/table.h"

namespace acinus::cpu::ACINUS_ISA {
namespace {

inline float product(const float* a, const float* b, int64_t count) {
  Vec sum{};
  for_channels(count, [&](int64_t i, auto at) { sum += at.get(a + i) * at.get(b + i); });
  return sum_of(sum);
}

// to += factor·from
inline void add_multiple(float factor, const float* from, int64_t count, float* to) {
  for_channels(count, [&](int64_t i, auto at) { at.put(to + i, at.get(to + i) + factor * at.get(from + i)); });
}

inline void add(const float* from, int64_t count, float* to) { add_multiple(1.0F, from, count, to); }

inline void clear(float* to, int64_t count) {
  for (int64_t i = 0; i < count; ++i) to[i] = 0.0F;
}

template <Activation kAct>
void channel_gate(const GateShape& shape, const GateWeights& weights, const float* mean, float* before, float* hidden,
                  float* gate) {
  const auto [images, channels, squeezed] = shape;
  for (int64_t image = 0; image < images; ++image) {
    for (int64_t r = 0; r < squeezed; ++r)
      before[r] = product(mean, weights.reduce + r * channels, channels) + weights.reduce_bias[r];
    for_channels(squeezed, [&](int64_t r, auto at) { at.put(hidden + r, activated<float, kAct>(at.get(before + r))); });
    for (int64_t c = 0; c < channels; ++c)
      gate[c] = product(hidden, weights.expand + c * squeezed, squeezed) + weights.expand_bias[c];
    for_channels(channels, [&](int64_t c, auto at) {
      const Vec z = at.get(gate + c);
      at.put(gate + c, z == z ? sigmoid<float>(z) : z);  // NaN stays NaN
    });
    mean += channels;
    before += squeezed;
    hidden += squeezed;
    gate += channels;
  }
}

template <Activation kAct>
void channel_gate_backward(const GateShape& shape, const GateWeights& weights, const GateValues& values, const float* of_gate,
                           const GateGradient& gradient, float* scratch) {
  const auto [images, channels, squeezed] = shape;
  float* after = scratch;  // of what the sigmoid is taken of
  float* before = scratch + channels;
  clear(gradient.mean, images * channels);
  clear(gradient.reduce, squeezed * channels);
  clear(gradient.reduce_bias, squeezed);
  clear(gradient.expand, channels * squeezed);
  clear(gradient.expand_bias, channels);
  for (int64_t image = 0; image < images; ++image) {
    const float *mean = values.mean + image * channels, *hidden = values.hidden + image * squeezed;
    const float *gate = values.gate + image * channels, *z = values.before + image * squeezed;
    const float* slope_of = of_gate + image * channels;
    for_channels(channels, [&](int64_t c, auto at) {
      const Vec g = at.get(gate + c);
      at.put(after + c, at.get(slope_of + c) * g * (1.0F - g));
    });
    add(after, channels, gradient.expand_bias);
    clear(before, squeezed);
    for (int64_t c = 0; c < channels; ++c) {
      add_multiple(after[c], weights.expand + c * squeezed, squeezed, before);
      add_multiple(after[c], hidden, squeezed, gradient.expand + c * squeezed);
    }
    for_channels(squeezed,
                 [&](int64_t r, auto at) { at.put(before + r, at.get(before + r) * slope<float, kAct>(at.get(z + r))); });
    add(before, squeezed, gradient.reduce_bias);
    for (int64_t r = 0; r < squeezed; ++r) {
      add_multiple(before[r], weights.reduce + r * channels, channels, gradient.mean + image * channels);
      add_multiple(before[r], mean, channels, gradient.reduce + r * channels);
    }
  }
}

}  // namespace

template <class T>
void add_channel_gate(Kernels<T>& table) {
  table.channel_gate[kRelu] = channel_gate<kRelu>;
  table.channel_gate[kSilu] = channel_gate<kSilu>;
  table.channel_gate_backward[kRelu] = channel_gate_backward<kRelu>;
  table.channel_gate_backward[kSilu] = channel_gate_backward<kSilu>;
}
template void add_channel_gate(Kernels<float>&);
template void add_channel_gate(Kernels<BFloat16>&);

}  // namespace acinus::cpu::ACINUS_ISA
