// Both gates of SCSE over a concatenation that is never made: each source is read where it lies.
#include "core/cpu/kernels/norm.h"
#include "core/cpu/kernels/table.h"

namespace acinus::cpu::ACINUS_ISA {
namespace {

// v of one source: its values themselves, or relu(z).
template <bool kNorm>
struct Value {
  Vec scale{}, shift{}, mean{};

  template <class At>
  Value(const Norm* norm, int64_t c, At at) {
    if constexpr (kNorm) {
      scale = at.get(norm->scale + c);
      shift = at.get(norm->shift + c);
      mean = norm->mean ? at.get(norm->mean + c) : Vec{};
    }
  }
  Vec operator()(Vec x) const {
    if constexpr (!kNorm) return x;
    return activated<float, kRelu>(scale * x + shift);
  }
};

template <class T>
inline int64_t place(const Source<T>& source, int64_t row, int64_t column, int64_t width) {
  const int64_t pixel = source.upsampled ? (row / 2) * (width / 2) + column / 2 : row * width + column;
  return pixel * source.channels;
}

// body.template operator()<N>(row, first column)
template <class Body>
inline void for_rows(const Rows& rows, Body body) {
  for (int64_t row = rows.begin; row < rows.end; ++row) {
    for_pixels(rows.width, [&]<int N>(int64_t column) { body.template operator()<N>(row, column); });
  }
}

// body(source, its places, its first channel in the concatenation)
template <class T, int N, class Body>
inline void for_sources(const Source<T>* sources, int count, int64_t row, int64_t column, int64_t width, Body body) {
  int64_t offset = 0;
  for (int k = 0; k < count; ++k) {
    int64_t places[N];
    for (int i = 0; i < N; ++i) places[i] = place(sources[k], row, column + i, width);
    body(sources[k], places, offset);
    offset += sources[k].channels;
  }
}

template <class T>
int64_t all_channels(const Source<T>* sources, int count) {
  int64_t channels = 0;
  for (int k = 0; k < count; ++k) channels += sources[k].channels;
  return channels;
}

template <class T, bool kNorm>
void gates_of(const Source<T>* sources, int count, const Rows& rows, const Norm* norm, const float* weight, float bias,
              float* mean, float* gate) {
  for_rows(rows, [&]<int N>(int64_t row, int64_t column) {
    Vec dot[N] = {};
    for_sources<T, N>(sources, count, row, column, rows.width, [&](const Source<T>& source, const int64_t* places, int64_t o) {
      for_channels(source.channels, [&](int64_t c, auto at) {
        const Value<kNorm> value(norm, c, at);
        const Vec w = at.get(weight + o + c);
        Vec total = at.get(mean + o + c);
        for (int i = 0; i < N; ++i) {
          const Vec v = value(at.get(source.data + places[i] + c));
          total += v;
          dot[i] += v * w;
        }
        at.put(mean + o + c, total);
      });
    });
    for (int i = 0; i < N; ++i) gate[row * rows.width + column + i] = 1.0F / (1.0F + __builtin_expf(-(sum_of(dot[i]) + bias)));
  });
}

template <class T, bool kNorm>
void gated(const Source<T>* sources, int count, const Rows& rows, const Norm* norm, const ScseGates& gates, T* y) {
  const int64_t channels = all_channels(sources, count);
  for_rows(rows, [&]<int N>(int64_t row, int64_t column) {
    const int64_t pixel = row * rows.width + column;
    for_sources<T, N>(sources, count, row, column, rows.width, [&](const Source<T>& source, const int64_t* places, int64_t o) {
      for_channels(source.channels, [&](int64_t c, auto at) {
        const Value<kNorm> value(norm, c, at);
        const Vec channel = at.get(gates.channel + o + c);
        for (int i = 0; i < N; ++i) {
          const Vec v = value(at.get(source.data + places[i] + c));
          at.put(y + (pixel + i) * channels + o + c, v * (channel + gates.pixel[pixel + i]));
        }
      });
    });
  });
}

template <class T, bool kNorm>
void backward_sums(const Source<T>* sources, int count, const T* dy, const Rows& rows, const Norm* norm, const ScseGates& gates,
                   float* e, float* sums) {
  const int64_t channels = all_channels(sources, count);
  for_rows(rows, [&]<int N>(int64_t row, int64_t column) {
    const int64_t pixel = row * rows.width + column;
    Vec dot[N] = {};
    for_sources<T, N>(sources, count, row, column, rows.width, [&](const Source<T>& source, const int64_t* places, int64_t o) {
      for_channels(source.channels, [&](int64_t c, auto at) {
        const Value<kNorm> value(norm, c, at);
        Vec total = at.get(sums + o + c);
        for (int i = 0; i < N; ++i) {
          const Vec d = at.get(dy + (pixel + i) * channels + o + c) * value(at.get(source.data + places[i] + c));
          total += d;
          dot[i] += d;
        }
        at.put(sums + o + c, total);
      });
    });
    float slope[N];
    for (int i = 0; i < N; ++i) {
      const float open = gates.pixel[pixel + i];
      slope[i] = sum_of(dot[i]) * open * (1.0F - open);
      e[pixel + i] = slope[i];
    }
    for_sources<T, N>(sources, count, row, column, rows.width, [&](const Source<T>& source, const int64_t* places, int64_t o) {
      for_channels(source.channels, [&](int64_t c, auto at) {
        const Value<kNorm> value(norm, c, at);
        Vec weights = at.get(sums + channels + o + c);
        if constexpr (!kNorm) {
          for (int i = 0; i < N; ++i) weights += slope[i] * at.get(source.data + places[i] + c);
        } else {
          const Vec channel = at.get(gates.channel + c), w = at.get(gates.weight + c);
          Vec total[4] = {};
          for (int i = 0; i < N; ++i) {
            const Vec x = at.get(source.data + places[i] + c), v = value(x), centred = x - value.mean;
            const Vec d = at.get(dy + (pixel + i) * channels + c);
            weights += slope[i] * v;
            const Vec passes = v > 0 ? splat(1.0F) : Vec{};
            const Vec u = passes * (d * (channel + gates.pixel[pixel + i]) + slope[i] * w);
            total[0] += u;
            total[1] += passes;
            total[2] += u * centred;
            total[3] += passes * centred;
          }
          for (int j = 0; j < 4; ++j) at.put(sums + (2 + j) * channels + c, at.get(sums + (2 + j) * channels + c) + total[j]);
        }
        at.put(sums + channels + o + c, weights);
      });
    });
  });
}

template <class T>
void backward_norm(const Source<T>& source, const T* dy, const Rows& rows, const Norm& norm, const ScseGates& gates,
                   const ScseGradient& gradient, const NormGradient& to_input) {
  const int64_t channels = source.channels;
  for_rows(rows, [&]<int N>(int64_t row, int64_t column) {
    const int64_t pixel = row * rows.width + column;
    for_channels(channels, [&](int64_t c, auto at) {
      const Vec scale = at.get(norm.scale + c), shift = at.get(norm.shift + c);
      const Vec channel = at.get(gates.channel + c), w = at.get(gates.weight + c), mean = at.get(gradient.mean + c);
      const Vec a = at.get(to_input.a + c), b = at.get(to_input.b + c), offset = at.get(to_input.c + c);
      for (int i = 0; i < N; ++i) {
        const int64_t k = (pixel + i) * channels + c;
        const Vec x = at.get(source.data + k);
        const Vec dv = at.get(dy + k) * (channel + gates.pixel[pixel + i]) + (gradient.pixel[pixel + i] * w + mean);
        const Vec dz = scale * x + shift > 0 ? dv : Vec{};
        at.put(source.gradient + k, a * dz + (b * x + offset));
      }
    });
  });
}

template <class T>
void backward_source(const Source<T>& source, int64_t offset, int64_t channels, const T* dy, const Rows& rows,
                     const ScseGates& gates, const ScseGradient& gradient) {
  // Of a source that was repeated, all four places of each pixel.
  const int64_t repeat = source.upsampled ? 2 : 1, width = rows.width / repeat;
  const auto many = static_cast<float>(repeat * repeat);
  for (int64_t row = rows.begin / repeat; row < rows.end / repeat; ++row) {
    for (int64_t column = 0; column < width; ++column) {
      T* to = source.gradient + (row * width + column) * source.channels;
      for_channels(source.channels, [&](int64_t c, auto at) {
        const Vec channel = at.get(gates.channel + offset + c), w = at.get(gates.weight + offset + c);
        Vec total = many * at.get(gradient.mean + offset + c);
        for (int64_t i = 0; i < repeat; ++i) {
          for (int64_t j = 0; j < repeat; ++j) {
            const int64_t pixel = (row * repeat + i) * rows.width + column * repeat + j;
            __builtin_prefetch(dy + (pixel + kAhead) * channels + offset + c);
            total += at.get(dy + pixel * channels + offset + c) * (channel + gates.pixel[pixel]) + gradient.pixel[pixel] * w;
          }
        }
        at.put(to + c, total);
      });
    }
  }
}

template <class T>
void scse_gates(const Source<T>* sources, int count, const Rows& rows, const Norm* norm, const float* weight, float bias,
                float* mean, float* gate) {
  (norm ? gates_of<T, true> : gates_of<T, false>)(sources, count, rows, norm, weight, bias, mean, gate);
}

template <class T>
void scse(const Source<T>* sources, int count, const Rows& rows, const Norm* norm, const ScseGates& gates, T* y) {
  (norm ? gated<T, true> : gated<T, false>)(sources, count, rows, norm, gates, y);
}

template <class T>
void scse_backward_sums(const Source<T>* sources, int count, const T* dy, const Rows& rows, const Norm* norm,
                        const ScseGates& gates, float* e, float* sums) {
  (norm ? backward_sums<T, true> : backward_sums<T, false>)(sources, count, dy, rows, norm, gates, e, sums);
}

template <class T>
void scse_backward(const Source<T>* sources, int count, const T* dy, const Rows& rows, const Norm* norm, const ScseGates& gates,
                   const ScseGradient& gradient, const NormGradient* norm_gradient) {
  if (norm) return backward_norm(sources[0], dy, rows, *norm, gates, gradient, *norm_gradient);
  const int64_t channels = all_channels(sources, count);
  int64_t offset = 0;
  for (int k = 0; k < count; ++k) {
    if (sources[k].gradient) backward_source(sources[k], offset, channels, dy, rows, gates, gradient);
    offset += sources[k].channels;
  }
}

}  // namespace

template <class T>
void add_scse(Kernels<T>& table) {
  table.scse_gates = scse_gates<T>;
  table.scse = scse<T>;
  table.scse_backward_sums = scse_backward_sums<T>;
  table.scse_backward = scse_backward<T>;
}
template void add_scse(Kernels<float>&);
template void add_scse(Kernels<BFloat16>&);

}  // namespace acinus::cpu::ACINUS_ISA
