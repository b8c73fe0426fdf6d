// 3×3 convolution by Winograd's F(4×4, 3×3): 36 products of matrices give what 144 would, for tiles of 4×4 outputs. A block of
// tiles is transformed, multiplied and transformed back while it lies in the cache.
#include "core/cpu/kernels/winograd.h"
#include "core/cpu/kernels/table.h"

namespace acinus::cpu::ACINUS_ISA {
namespace {

// A value for each channel, as it is outside of the image.
template <class T>
const T* no_pixel(const ConvolutionShape& shape, float* scratch) {
  for (int64_t c = 0; c < shape.channels; ++c) scratch[c] = 0.0F;
  return reinterpret_cast<const T*>(scratch);
}

// A block of tiles: its transformed inputs, and the products of two vectors of outputs [tiles, kOutputTile
// apart][36][kVectors][kLanes].
template <class T>
struct Block {
  const ConvolutionShape& shape;
  const float* inputs;
  float* products;

  // Of kRows tiles from `slot` at one place.
  template <int V>
  void multiply_place(int place, int slot, const float* weight, int64_t weight_step) const {
    const RowSteps steps{winograd_tile(shape.channels), kPlaces * kRun};
    multiply<V>(inputs + slot * steps.row + place * kRun, steps, shape.channels, weight, weight_step,
                products + slot * kOutputTile + place * kVectors * kLanes, kOutputTile);
  }

  // Of y, which is smaller than the image where it holds sums of 2×2 pixels.
  int64_t rows() const { return shape.halved == Halved::kOutput ? shape.height / 2 : shape.height; }
  int64_t columns() const { return shape.halved == Halved::kOutput ? shape.width / 2 : shape.width; }

  // Where output o of a tile's first pixel lies.
  T* output_of(const Tiles::Place& tile, int64_t o, T* y) const {
    const int64_t shift = shape.halved == Halved::kOutput ? 1 : 0;
    return y + ((tile.image * rows() + (tile.top >> shift)) * columns() + (tile.left >> shift)) * shape.out_channels + o;
  }

  void prefetch_output(int64_t tile, int64_t o, T* y) const {
    const Tiles::Place place = Tiles(shape)[tile];
    const int64_t side = shape.halved == Halved::kOutput ? kOutput / 2 : kOutput, top = place.top * side / kOutput,
                  left = place.left * side / kOutput;
    T* to = output_of(place, o, y);
    for (int64_t i = 0; i < side && top + i < rows(); ++i, to += columns() * shape.out_channels) {
      for (int64_t j = 0; j < side && left + j < columns(); ++j) prefetch_for_write(to + j * shape.out_channels);
    }
  }

  // Aᵀ m of one vector of outputs of one tile.
  void columns_of_outputs(int slot, int vector, Vec* half) const {
    Vec m[kPlaces];
    const float* in = products + slot * kOutputTile + vector * kLanes;
#pragma GCC unroll 36
    for (int k = 0; k < kPlaces; ++k) m[k] = load(in + k * kVectors * kLanes);
#pragma GCC unroll 6
    for (int j = 0; j < kInput; ++j) out_of_places(m + j, kInput, half + j, kInput);
  }

  // The same as transform_output without bias and activation, 2×2 pixels added up.
  template <class At>
  void transform_sums(int64_t tile, int slot, int vector, int64_t o, At at, T* y) const {
    Vec half[kOutput * kInput];
    columns_of_outputs(slot, vector, half);
    const Tiles::Place place = Tiles(shape)[tile];
    T* to = output_of(place, o, y);
#pragma GCC unroll 2
    for (int i = 0; i < kOutput; i += 2, to += columns() * shape.out_channels) {
      if (place.top + i >= shape.height) break;
      Vec both[kInput], row[kOutput];
      for (int j = 0; j < kInput; ++j) both[j] = half[i * kInput + j] + half[(i + 1) * kInput + j];
      out_of_places(both, 1, row, 1);
      for (int j = 0; j < kOutput && place.left + j < shape.width; j += 2) {
        at.put(to + j / 2 * shape.out_channels, row[j] + row[j + 1]);
      }
    }
  }

  // One vector of outputs [o, o + lanes) of one tile.
  template <Activation kAct, class At>
  void transform_output(int64_t tile, int slot, int vector, int64_t o, Vec bias, At at, T* y) const {
    Vec half[kOutput * kInput];
    columns_of_outputs(slot, vector, half);
    const Tiles::Place place = Tiles(shape)[tile];
    T* to = output_of(place, o, y);
#pragma GCC unroll 4
    for (int i = 0; i < kOutput; ++i, to += shape.width * shape.out_channels) {
      if (place.top + i >= shape.height) break;
      Vec row[kOutput];
      out_of_places(half + i * kInput, 1, row, 1);
      for (int j = 0; j < kOutput && place.left + j < shape.width; ++j) {
        at.put(to + j * shape.out_channels, activated<T, kAct>(row[j] + bias));
      }
    }
  }
};

template <class T, Activation kAct>
void winograd(const ConvolutionShape& shape, const T* x, const float* inputs, const float* weight, const float* bias, T* y,
              int64_t begin, int64_t end, int64_t first_panel, int64_t last_panel, float* scratch) {
  const int64_t begin_output = first_panel * kPanel, end_output = last_panel * kPanel;
  const int64_t outputs = end_output < shape.out_channels ? end_output : shape.out_channels;
  const int64_t weight_place = winograd_place(shape.channels * kPanel), block_size = winograd_block(shape);
  const int64_t weight_rows = kPlaces * weight_place / kPanel;  // of a panel
  float* products = scratch + block_size;
  const T* zeros = no_pixel<T>(shape, products + kBlockRows * kOutputTile);
  for (int64_t first = begin; first < end; first += kBlockRows) {
    const int count = static_cast<int>(end - first < kBlockRows ? end - first : kBlockRows);
    if (!inputs) transform_tiles(shape, x, zeros, first, count, 0, shape.channels, scratch);
    const Block<T> block{shape, inputs ? inputs + first / kBlockRows * block_size : scratch, products};
    for_outputs(begin_output, outputs, [&]<int V>(int64_t o) {
      const float* from = outputs_at(weight, weight_rows, o - begin_output);
      const int64_t weight_step = V > 1 ? outputs_at(weight, weight_rows, o - begin_output + kLanes) - from : 0;
      for (int place = 0; place < kPlaces; ++place) {
        const float* of_place = from + place * weight_place;
        for (int slot = 0; slot < count; slot += kRows) block.template multiply_place<V>(place, slot, of_place, weight_step);
      }
      Vec offset[V] = {};
      for (int v = 0; v < V; ++v) {
        for_vector(outputs, o + v * kLanes, [&](auto at) { offset[v] = at.get(bias + o + v * kLanes); });
      }
      constexpr int kTilesAhead = 2;
      for (int slot = -kTilesAhead; slot < count; ++slot) {
        if (slot + kTilesAhead < count) block.prefetch_output(first + slot + kTilesAhead, o, y);
        if (slot < 0) continue;
        for (int v = 0; v < V; ++v) {
          for_vector(outputs, o + v * kLanes, [&](auto at) {
            if (shape.halved == Halved::kOutput) {
              block.transform_sums(first + slot, slot, v, o + v * kLanes, at, y);
            } else {
              block.template transform_output<kAct>(first + slot, slot, v, o + v * kLanes, offset[v], at, y);
            }
          });
        }
      }
    });
  }
}

template <class T>
void winograd_inputs(const ConvolutionShape& shape, const T* x, float* inputs, int64_t begin, int64_t end, float* scratch) {
  const T* zeros = no_pixel<T>(shape, scratch);
  for (int64_t first = begin; first < end; first += kBlockRows) {
    const int count = static_cast<int>(end - first < kBlockRows ? end - first : kBlockRows);
    transform_tiles(shape, x, zeros, first, count, 0, shape.channels, inputs + first / kBlockRows * winograd_block(shape));
  }
}

}  // namespace

template <class T>
void add_winograd(Kernels<T>& table) {
  table.winograd[kIdentity] = winograd<T, kIdentity>;
  table.winograd[kRelu] = winograd<T, kRelu>;
  table.winograd[kSilu] = winograd<T, kSilu>;
  table.winograd_inputs = winograd_inputs<T>;
}
template void add_winograd(Kernels<float>&);
template void add_winograd(Kernels<BFloat16>&);

}  // namespace acinus::cpu::ACINUS_ISA
