#include "core/cpu/kernels/norm.h"

#include "core/cpu/kernels/table.h"

namespace acinus::cpu::ACINUS_ISA {
namespace {

template <class T>
void statistics(const T* x, int64_t pixels, int64_t channels, const float* reference, float* sum, float* square) {
  for_pixels(pixels, [&]<int N>(int64_t p) {
    for_channels(channels, [&](int64_t c, auto at) {
      const Vec middle = at.get(reference + c);
      Vec first = at.get(sum + c), second = at.get(square + c);
      for (int i = 0; i < N; ++i) {
        const Vec d = at.get(x + (p + i) * channels + c) - middle;
        first += d;
        second += d * d;
      }
      at.put(sum + c, first);
      at.put(square + c, second);
    });
  });
}

template <class T, Activation kAct>
void norm_forward(const T* x, int64_t pixels, int64_t channels, const Norm& norm, T* y) {
  for_pixels(pixels, [&]<int N>(int64_t p) {
    for_channels(channels, [&](int64_t c, auto at) {
      const Vec scale = at.get(norm.scale + c), shift = at.get(norm.shift + c);
      for (int i = 0; i < N; ++i) {
        const int64_t k = (p + i) * channels + c;
        at.put(y + k, activated<T, kAct>(scale * at.get(x + k) + shift));
      }
    });
  });
}

template <class T>
void norm_add(const T* x, const T* residual, int64_t pixels, int64_t channels, const Norm& norm, float factor, T* y) {
  for_pixels(pixels, [&]<int N>(int64_t p) {
    for_channels(channels, [&](int64_t c, auto at) {
      const Vec scale = factor * at.get(norm.scale + c), shift = factor * at.get(norm.shift + c);
      for (int i = 0; i < N; ++i) {
        const int64_t k = (p + i) * channels + c;
        at.put(y + k, scale * at.get(x + k) + shift + at.get(residual + k));
      }
    });
  });
}

template <class T, Activation kAct>
void norm_backward_sums(const T* x, const T* dy, int64_t pixels, int64_t channels, const Norm& norm, float factor,
                        float* sums) {
  for_pixels(pixels, [&]<int N>(int64_t p) {
    for_channels(channels, [&](int64_t c, auto at) {
      const Vec scale = at.get(norm.scale + c), shift = at.get(norm.shift + c), mean = at.get(norm.mean + c);
      Vec first{}, second{};
      for (int i = 0; i < N; ++i) {
        const int64_t k = (p + i) * channels + c;
        const Vec value = at.get(x + k);
        const Vec dz = at.get(dy + k) * slope<T, kAct>(scale * value + shift);
        first += dz;
        second += dz * (value - mean);
      }
      at.put(sums + c, at.get(sums + c) + factor * first);
      at.put(sums + channels + c, at.get(sums + channels + c) + factor * second);
    });
  });
}

template <class T, Activation kAct>
void norm_backward(const T* x, const T* dy, int64_t pixels, int64_t channels, const Norm& norm, float factor,
                   const NormGradient& gradient, T* dx) {
  for_pixels(pixels, [&]<int N>(int64_t p) {
    for_channels(channels, [&](int64_t c, auto at) {
      const Vec scale = at.get(norm.scale + c), shift = at.get(norm.shift + c);
      const Vec a = factor * at.get(gradient.a + c), b = at.get(gradient.b + c), offset = at.get(gradient.c + c);
      for (int i = 0; i < N; ++i) {
        const int64_t k = (p + i) * channels + c;
        const Vec value = at.get(x + k);
        at.put(dx + k, a * (at.get(dy + k) * slope<T, kAct>(scale * value + shift)) + (b * value + offset));
      }
    });
  });
}

template <class T>
void squeeze(const T* x, int64_t pixels, int64_t channels, const Norm& norm, float* sum) {
  for_pixels(pixels, [&]<int N>(int64_t p) {
    for_channels(channels, [&](int64_t c, auto at) {
      const Vec scale = at.get(norm.scale + c), shift = at.get(norm.shift + c);
      Vec total{};
      for (int i = 0; i < N; ++i) total += activated<T, kSilu>(scale * at.get(x + (p + i) * channels + c) + shift);
      at.put(sum + c, at.get(sum + c) + total);
    });
  });
}

template <class T>
void excite(const T* x, int64_t pixels, int64_t channels, const Norm& norm, const float* gate, T* y) {
  for_pixels(pixels, [&]<int N>(int64_t p) {
    for_channels(channels, [&](int64_t c, auto at) {
      const Vec scale = at.get(norm.scale + c), shift = at.get(norm.shift + c), opened = at.get(gate + c);
      for (int i = 0; i < N; ++i) {
        const int64_t k = (p + i) * channels + c;
        at.put(y + k, opened * activated<T, kSilu>(scale * at.get(x + k) + shift));
      }
    });
  });
}

template <class T>
void excite_backward_sums(const T* x, const T* dy, int64_t pixels, int64_t channels, const Norm& norm, const float* gate,
                          float* sums, T* y) {
  for_pixels(pixels, [&]<int N>(int64_t p) {
    for_channels(channels, [&](int64_t c, auto at) {
      const Vec scale = at.get(norm.scale + c), shift = at.get(norm.shift + c), mean = at.get(norm.mean + c);
      const Vec opened = at.get(gate + c);
      Vec total[5] = {};
      for (int i = 0; i < N; ++i) {
        const int64_t k = (p + i) * channels + c;
        const Vec value = at.get(x + k), d = at.get(dy + k), centred = value - mean;
        const Vec z = scale * value + shift, s = sigmoid<T>(z), rising = s * (1.0F + z * (1.0F - s));
        total[0] += d * (z * s);
        total[1] += d * rising;
        total[2] += rising;
        total[3] += d * rising * centred;
        total[4] += rising * centred;
        at.put(y + k, opened * (z * s));
      }
      for (int j = 0; j < 5; ++j) at.put(sums + j * channels + c, at.get(sums + j * channels + c) + total[j]);
    });
  });
}

template <class T>
void excite_backward(const T* x, const T* dy, int64_t pixels, int64_t channels, const Norm& norm, const float* gate,
                     const float* mean_gradient, const NormGradient& gradient, T* dx) {
  for_pixels(pixels, [&]<int N>(int64_t p) {
    for_channels(channels, [&](int64_t c, auto at) {
      const Vec scale = at.get(norm.scale + c), shift = at.get(norm.shift + c);
      const Vec opened = at.get(gate + c), mean = at.get(mean_gradient + c);
      const Vec a = at.get(gradient.a + c), b = at.get(gradient.b + c), offset = at.get(gradient.c + c);
      for (int i = 0; i < N; ++i) {
        const int64_t k = (p + i) * channels + c;
        const Vec value = at.get(x + k);
        const Vec dz = (opened * at.get(dy + k) + mean) * slope<T, kSilu>(scale * value + shift);
        at.put(dx + k, a * dz + (b * value + offset));
      }
    });
  });
}

}  // namespace

template <class T>
void add_norm(Kernels<T>& table) {
  table.statistics = statistics<T>;
  table.norm[kIdentity] = norm_forward<T, kIdentity>;
  table.norm[kRelu] = norm_forward<T, kRelu>;
  table.norm[kSilu] = norm_forward<T, kSilu>;
  table.norm_add = norm_add<T>;
  table.norm_backward_sums[kIdentity] = norm_backward_sums<T, kIdentity>;
  table.norm_backward_sums[kRelu] = norm_backward_sums<T, kRelu>;
  table.norm_backward_sums[kSilu] = norm_backward_sums<T, kSilu>;
  table.norm_backward[kIdentity] = norm_backward<T, kIdentity>;
  table.norm_backward[kRelu] = norm_backward<T, kRelu>;
  table.norm_backward[kSilu] = norm_backward<T, kSilu>;
  table.squeeze = squeeze<T>;
  table.excite = excite<T>;
  table.excite_backward_sums = excite_backward_sums<T>;
  table.excite_backward = excite_backward<T>;
}
template void add_norm(Kernels<float>&);
template void add_norm(Kernels<BFloat16>&);

}  // namespace acinus::cpu::ACINUS_ISA
