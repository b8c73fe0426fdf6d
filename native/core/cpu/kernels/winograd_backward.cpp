// The weights' gradient of a 3×3 convolution by Winograd: at each of the 36 places a product of the transformed inputs with the
// spread gradients, summed over the tiles.
#include "core/cpu/kernels/products.h"
#include "core/cpu/kernels/table.h"
#include "core/cpu/kernels/winograd.h"

namespace acinus::cpu::ACINUS_ISA {
namespace {

// Input channels whose sums, for two vectors of outputs each, are taken together: half a run, so that they stay in registers.
constexpr int kChannelsTogether = kLanes > 4 ? kLanes / 2 : kLanes;

// A g Aᵀ of one vector of outputs of one tile, to [36, place_size apart].
template <class T, class At>
inline void spread_gradient(const T* const* pixels, int64_t o, At at, float* out, int64_t place_size) {
  Vec g[kOutput * kOutput], half[kInput * kOutput];
#pragma GCC unroll 16
  for (int k = 0; k < kOutput * kOutput; ++k) g[k] = at.get(pixels[k] + o);
#pragma GCC unroll 4
  for (int j = 0; j < kOutput; ++j) spread_to_places(g + j, kOutput, half + j, kOutput);
#pragma GCC unroll 6
  for (int i = 0; i < kInput; ++i) {
    Vec row[kInput];
    spread_to_places(half + i * kOutput, 1, row, 1);
    for (int j = 0; j < kInput; ++j) store(out + (i * kInput + j) * place_size, row[j]);
  }
}

// sums[c][v] += Σ_tile inputs[tile][c] · gradients[tile][v], for kChannelsTogether channels; the first time, they are set.
template <int V>
inline void add_products(const float* inputs, const float* gradients, int tiles, float* sums, int64_t row_size, int channels,
                         bool first) {
  Vec total[kChannelsTogether][V] = {};
  for (int tile = 0; tile < tiles; ++tile) {
    Vec g[V];
    for (int v = 0; v < V; ++v) g[v] = load(gradients + (tile * kVectors + v) * kLanes);
#pragma GCC unroll 8
    for (int c = 0; c < kChannelsTogether; ++c) {
#pragma GCC unroll 2
      for (int v = 0; v < V; ++v) total[c][v] += inputs[tile * kLanes + c] * g[v];
    }
  }
  for (int c = 0; c < channels; ++c) {
    for (int v = 0; v < V; ++v) {
      float* to = sums + c * row_size + v * kLanes;
      store(to, first ? total[c][v] : load(to) + total[c][v]);
    }
  }
}

template <class T>
void winograd_backward_weight(const ConvolutionShape& shape, const T* x, const T* dy, const ChannelBlock& block, float* sums,
                              int64_t begin, int64_t end, float* scratch) {
  const Tiles tiles(shape);
  const int64_t channels = block.c_end - block.c_begin, outputs = block.o_end - block.o_begin;
  const int64_t row_size = winograd_row(outputs), input_place = winograd_place(runs_of(channels) * kBlockRows * kLanes);
  const int64_t gradient_place = winograd_place(kBlockRows * kVectors * kLanes),
                sums_place = winograd_place(channels * row_size);
  float* inputs = scratch;
  float* gradients = inputs + kPlaces * input_place;
  float* nothing = gradients + kPlaces * gradient_place;
  const int64_t most = shape.channels > shape.out_channels ? shape.channels : shape.out_channels;
  for (int64_t i = 0; i < most; ++i) nothing[i] = 0.0F;
  const T* zeros = reinterpret_cast<const T*>(nothing);

  for (int64_t first = begin; first < end; first += kBlockRows) {
    const int count = static_cast<int>(end - first < kBlockRows ? end - first : kBlockRows);
    const T* pixels[kBlockRows][kOutput * kOutput];
    for (int slot = 0; slot < count; ++slot) {
      const T* of_input[kPlaces];
      tiles.gather<kInput>(first + slot, 1, x, shape.channels, zeros, of_input);
      transform_input(of_input, block.c_begin, channels, inputs + slot * kLanes, input_place, kBlockRows * kLanes);
      tiles.gather<kOutput>(first + slot, 0, dy, shape.out_channels, zeros, pixels[slot]);
    }
    for_outputs(0, outputs, [&]<int V>(int64_t o) {
      for (int v = 0; v < V; ++v) {
        const int64_t output = o + v * kLanes;
        for_vector(outputs, output, [&](auto at) {
          for (int slot = 0; slot < count; ++slot) {
            float* to = gradients + (slot * kVectors + v) * kLanes;
            spread_gradient(pixels[slot], block.o_begin + output, at, to, gradient_place);
          }
        });
      }
      for (int place = 0; place < kPlaces; ++place) {
        for (int64_t c = 0; c < channels; c += kChannelsTogether) {
          const int held = static_cast<int>(channels - c < kChannelsTogether ? channels - c : kChannelsTogether);
          const float* from = inputs + place * input_place + c / kLanes * kBlockRows * kLanes + c % kLanes;
          float* to = sums + place * sums_place + c * row_size + o;
          add_products<V>(from, gradients + place * gradient_place, count, to, row_size, held, first == begin);
        }
      }
    });
  }
}

}  // namespace

template <class T>
void add_winograd_backward(Kernels<T>& table) {
  table.winograd_backward_weight = winograd_backward_weight<T>;
}
template void add_winograd_backward(Kernels<float>&);
template void add_winograd_backward(Kernels<BFloat16>&);

}  // namespace acinus::cpu::ACINUS_ISA
