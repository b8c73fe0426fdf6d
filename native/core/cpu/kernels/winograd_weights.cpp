// The weights of a 3×3 convolution to and from Winograd's 36 places.
#include "core/cpu/kernels/table.h"
#include "core/cpu/kernels/winograd.h"

namespace acinus::cpu::ACINUS_ISA {
namespace {

void winograd_weights(const WeightLayout& layout, const float* weight, float* out, int64_t begin, int64_t end) {
  const int64_t place = winograd_place(layout.channels * kPanel);
  for (int64_t panel = begin; panel < end; ++panel) {
    for (int64_t c = 0; c < layout.channels; ++c) {
      for (int64_t o = panel * kPanel; o < (panel + 1) * kPanel; o += kLanes) {
        const int64_t left = layout.out_channels - o, count = left < kLanes ? left : kLanes;
        float lanes[kTaps * kTaps][kLanes] = {};
        for (int64_t lane = 0; lane < count; ++lane) {
          const float* from = weight + (o + lane) * layout.out_stride + c * layout.channel_stride;
          for (int tap = 0; tap < kTaps * kTaps; ++tap) lanes[tap][lane] = from[tap * layout.tap_stride];
        }
        Vec w[kTaps * kTaps], half[kInput * kTaps];
        for (int tap = 0; tap < kTaps * kTaps; ++tap) w[tap] = load(lanes[tap]);
        for (int j = 0; j < kTaps; ++j) weights_to_places(w + j, kTaps, half + j, kTaps);
        for (int i = 0; i < kInput; ++i) {
          Vec row[kInput];
          weights_to_places(half + i * kTaps, 1, row, 1);
          for (int j = 0; j < kInput; ++j) {
            store(out + ((panel - begin) * kPlaces + i * kInput + j) * place + c * kPanel + o % kPanel, row[j]);
          }
        }
      }
    }
  }
}

void winograd_weight_gradient(const WeightLayout& layout, const float* sums, float* gradient) {
  const int64_t row_size = winograd_row(layout.out_channels), place = winograd_place(layout.channels * row_size);
  for (int64_t c = 0; c < layout.channels; ++c) {
    for (int64_t o = 0; o < layout.out_channels; o += kLanes) {
      Vec s[kPlaces], half[kTaps * kInput];
      for (int k = 0; k < kPlaces; ++k) s[k] = load(sums + k * place + c * row_size + o);
      for (int j = 0; j < kInput; ++j) weights_of_places(s + j, kInput, half + j, kInput);
      float lanes[kTaps * kTaps][kLanes];
      for (int i = 0; i < kTaps; ++i) {
        Vec row[kTaps];
        weights_of_places(half + i * kInput, 1, row, 1);
        for (int j = 0; j < kTaps; ++j) store(lanes[i * kTaps + j], row[j]);
      }
      const int64_t left = layout.out_channels - o, count = left < kLanes ? left : kLanes;
      for (int64_t lane = 0; lane < count; ++lane) {
        float* to = gradient + (o + lane) * layout.out_stride + c * layout.channel_stride;
        for (int tap = 0; tap < kTaps * kTaps; ++tap) to[tap * layout.tap_stride] = lanes[tap][lane];
      }
    }
  }
}

}  // namespace

template <class T>
void add_winograd_weights(Kernels<T>& table) {
  table.winograd_weights = winograd_weights;
  table.winograd_weight_gradient = winograd_weight_gradient;
}
template void add_winograd_weights(Kernels<float>&);
template void add_winograd_weights(Kernels<BFloat16>&);

}  // namespace acinus::cpu::ACINUS_ISA
