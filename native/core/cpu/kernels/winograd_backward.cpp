// The weights' gradient of a 3×3 convolution by Winograd: at each of the 36 places a product of the transformed inputs with the
// spread gradients, summed over the tiles.
#include "core/cpu/kernels/table.h"
#include "core/cpu/kernels/winograd.h"

namespace acinus::cpu::ACINUS_ISA {
namespace {

constexpr int kOutputs = kOutput * kOutput;

// A g Aᵀ of one vector of outputs of one tile, to [36][kVectors][kLanes].
template <class T, class At>
inline void spread_gradient(const T* const* pixels, int64_t o, At at, float* out) {
  Vec g[kOutputs], half[kInput * kOutput];
#pragma GCC unroll 16
  for (int k = 0; k < kOutputs; ++k) g[k] = at.get(pixels[k] + o);
#pragma GCC unroll 4
  for (int j = 0; j < kOutput; ++j) spread_to_places(g + j, kOutput, half + j, kOutput);
#pragma GCC unroll 6
  for (int i = 0; i < kInput; ++i) {
    Vec row[kInput];
    spread_to_places(half + i * kOutput, 1, row, 1);
#pragma GCC unroll 6
    for (int j = 0; j < kInput; ++j) store(out + (i * kInput + j) * kVectors * kLanes, row[j]);
  }
}

// The same for `count` tiles, kOutputTile apart, and V vectors of outputs from o on, of which `left` are wanted.
template <int V, class T>
[[gnu::noinline]] void spread_tiles(const T* const (*pixels)[kOutputs], int count, int64_t o, int64_t left, float* out) {
  for (int slot = 0; slot < count; ++slot, out += kOutputTile) {
    const T* const* ahead = pixels[slot + 1 < count ? slot + 1 : slot];
    for (int k = 0; k < kOutputs; ++k) __builtin_prefetch(ahead[k] + o);
    for (int v = 0; v < V; ++v) {
      for_vector(left, v * kLanes, [&](auto at) { spread_gradient(pixels[slot], o + v * kLanes, at, out + v * kLanes); });
    }
  }
}

template <class T>
void winograd_backward_weight(const ConvolutionShape& shape, const T* x, const T* dy, const ChannelBlock& block, float* sums,
                              int64_t begin, int64_t end, float* scratch) {
  const Tiles tiles(shape);
  const int64_t channels = block.c_end - block.c_begin, outputs = block.o_end - block.o_begin;
  const int64_t row_size = winograd_row(outputs), input_tile = winograd_tile(channels);
  const int64_t sums_place = winograd_place(channels * row_size);
  float* inputs = scratch;
  float* gradients = inputs + kBlockRows * input_tile;
  float* nothing = gradients + kBlockRows * kOutputTile;
  const int64_t most = shape.channels > shape.out_channels ? shape.channels : shape.out_channels;
  for (int64_t i = 0; i < most; ++i) nothing[i] = 0.0F;
  const T* zeros = reinterpret_cast<const T*>(nothing);

  for (int64_t first = begin; first < end; first += kBlockRows) {
    const int count = static_cast<int>(end - first < kBlockRows ? end - first : kBlockRows);
    transform_tiles(shape, x, zeros, first, count, block.c_begin, channels, inputs);
    const T* pixels[kBlockRows][kOutputs];
    for (int slot = 0; slot < count; ++slot) {
      tiles.gather<kOutput>(first + slot, 0, dy, /*half=*/false, shape.out_channels, zeros, pixels[slot]);
    }
    for_outputs(0, outputs, [&]<int V>(int64_t o) {
      spread_tiles<V>(pixels, count, block.o_begin + o, outputs - o, gradients);
      for (int place = 0; place < kPlaces; ++place) {
        for_channel_groups(channels, [&]<int C>(int64_t c, int held) {
          const float* from = inputs + (c / kRun * kPlaces + place) * kRun + c % kRun;
          float* to = sums + place * sums_place + c * row_size + o;
          const Products products{from, input_tile, gradients + place * kVectors * kLanes, kOutputTile, count};
          add_products<V, C>(products, to, row_size, held, first == begin);
        });
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
