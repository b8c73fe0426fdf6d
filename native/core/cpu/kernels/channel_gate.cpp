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

inline void clear(float* to, int64_t count) {
  for (int64_t i = 0; i < count; ++i) to[i] = 0.0F;
}

template <Activation kAct>
void channel_gate(const GateShape& shape, const GateWeights& weights, const float* mean, float* before, float* hidden,
                  float* gate) {
  const int64_t images = shape.images, channels = shape.channels, squeezed = shape.squeezed;
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
                           const GateGradient& gradient) {
  const int64_t images = shape.images, channels = shape.channels, squeezed = shape.squeezed;
  for (int64_t image = 0; image < images; ++image) {
    const float *gate = values.gate + image * channels, *z = values.before + image * squeezed;
    float *after = gradient.after + image * channels, *before = gradient.before + image * squeezed;
    float* mean = gradient.mean + image * channels;
    for_channels(channels, [&](int64_t c, auto at) {
      const Vec g = at.get(gate + c);
      at.put(after + c, at.get(of_gate + image * channels + c) * g * (1.0F - g));
    });
    clear(before, squeezed);
    for (int64_t c = 0; c < channels; ++c) add_multiple(after[c], weights.expand + c * squeezed, squeezed, before);
    for_channels(squeezed,
                 [&](int64_t r, auto at) { at.put(before + r, at.get(before + r) * slope<float, kAct>(at.get(z + r))); });
    clear(mean, channels);
    for (int64_t r = 0; r < squeezed; ++r) add_multiple(before[r], weights.reduce + r * channels, channels, mean);
  }
}

void outer_products(int64_t images, const float* outputs, int64_t output_count, const float* inputs, int64_t input_count,
                    int64_t begin, int64_t end, float* weight, float* bias) {
  for (int64_t o = begin; o < end; ++o) {
    bias[o] = 0.0F;
    for (int64_t image = 0; image < images; ++image) bias[o] += outputs[image * output_count + o];
    for_channels(input_count, [&](int64_t i, auto at) {
      Vec sum{};
      for (int64_t image = 0; image < images; ++image)
        sum += outputs[image * output_count + o] * at.get(inputs + image * input_count + i);
      at.put(weight + o * input_count + i, sum);
    });
  }
}

}  // namespace

template <class T>
void add_channel_gate(Kernels<T>& table) {
  table.channel_gate[kRelu] = channel_gate<kRelu>;
  table.channel_gate[kSilu] = channel_gate<kSilu>;
  table.channel_gate_backward[kRelu] = channel_gate_backward<kRelu>;
  table.channel_gate_backward[kSilu] = channel_gate_backward<kSilu>;
  table.outer_products = outer_products;
}
template void add_channel_gate(Kernels<float>&);
template void add_channel_gate(Kernels<BFloat16>&);

}  // namespace acinus::cpu::ACINUS_ISA
