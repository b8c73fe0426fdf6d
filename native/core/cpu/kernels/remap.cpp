#include "core/cpu/image_kernels.h"
#include "core/cpu/kernels/places.h"
#include "core/cpu/kernels/table.h"

namespace acinus::cpu::ACINUS_ISA {
namespace {

// One vector of output pixels: the index of the pixel above and left of where each comes from, and how far it is from there.
struct Places {
  int32_t corner[kLanes], right[kLanes], below[kLanes];  // right, below: what leads to the neighbours' indices, 0 at the border
  Vec x, y;

  Places(Vec column, Vec row, int64_t height, int64_t width) {
    const Vec cx = mirrored(column, width), cy = mirrored(row, height);
    const IntVec left = truncated(cx), top = truncated(cy);
    x = cx - as_floats(left);
    y = cy - as_floats(top);
    const auto w = static_cast<int32_t>(width), h = static_cast<int32_t>(height);
    const IntVec index = top * w + left, one = IntVec{} + 1;
    const IntVec next = left < w - 1 ? one : IntVec{}, under = top < h - 1 ? one * w : IntVec{};
    std::memcpy(corner, &index, sizeof(index));
    std::memcpy(right, &next, sizeof(next));
    std::memcpy(below, &under, sizeof(under));
  }

  Vec bilinear(const float* plane) const {
    float values[4][kLanes];
    for (int i = 0; i < kLanes; ++i) {
      const float* at = plane + corner[i];
      values[0][i] = at[0];
      values[1][i] = at[right[i]];
      values[2][i] = at[below[i]];
      values[3][i] = at[below[i] + right[i]];
    }
    const Vec above = load(values[0]) + x * (load(values[1]) - load(values[0]));
    const Vec under = load(values[2]) + x * (load(values[3]) - load(values[2]));
    return above + y * (under - above);
  }
};

inline Vec nearest(const float* plane, Vec column, Vec row, int64_t height, int64_t width) {
  const IntVec index =
      truncated(rounded(mirrored(row, height))) * static_cast<int32_t>(width) + truncated(rounded(mirrored(column, width)));
  float values[kLanes];
  for (int i = 0; i < kLanes; ++i) values[i] = plane[index[i]];
  return load(values);
}

void remap(const float* planes, int64_t count, const Displacement& displacement, bool of_nearest, int64_t begin, int64_t end,
           float* out) {
  const float *dx = displacement.x, *dy = displacement.y;
  const int64_t height = displacement.height, width = displacement.width;
  const Vec lane = lane_numbers();
  for (int64_t y = begin; y < end; ++y) {
    for_channels(width, [&](int64_t x, auto at) {
      const int64_t pixel = y * width + x;
      const Vec column = at.get(dx + pixel) + (lane + static_cast<float>(x));
      const Vec row = at.get(dy + pixel) + static_cast<float>(y);
      if (of_nearest) {
        for (int64_t plane = 0; plane < count; ++plane) {
          at.put(out + plane * height * width + pixel, nearest(planes + plane * height * width, column, row, height, width));
        }
        return;
      }
      const Places places(column, row, height, width);
      for (int64_t plane = 0; plane < count; ++plane) {
        at.put(out + plane * height * width + pixel, places.bilinear(planes + plane * height * width));
      }
    });
  }
}

}  // namespace

void add_remap(ImageKernels& table) { table.remap = remap; }

}  // namespace acinus::cpu::ACINUS_ISA
