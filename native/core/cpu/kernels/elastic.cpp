#include "core/cpu/image_kernels.h"
#include "core/cpu/kernels/simd.h"
#include "core/cpu/kernels/table.h"

namespace acinus::cpu::ACINUS_ISA {
namespace {

typedef int32_t IntVec __attribute__((vector_size(kLanes * 4)));

// body.operator()<N>(first column, Whole or Remainder): blocks of N vectors of columns while there are so many, then single
// ones.
template <class Body>
void for_columns(int64_t width, Body body) {
  constexpr int kBlock = 4;
  int64_t c = 0;
  for (; c + kBlock * kLanes <= width; c += kBlock * kLanes) body.template operator()<kBlock>(c, Whole{});
  for_channels(width - c, [&](int64_t rest, auto at) { body.template operator()<1>(c + rest, at); });
}

// N vectors of columns of a filtered row; before(k) and after(k) are its neighbours at distance k.
template <int N, class At, class Before, class After>
inline void filter(const SymmetricFilter& filter, At at, const float* centre, Before before, After after, float* out) {
  Vec sums[N];
  for (int i = 0; i < N; ++i) sums[i] = filter.weights[0] * at.get(centre + i * kLanes);
  for (int k = 1; k <= filter.reach; ++k) {
    const float *first = before(k), *second = after(k);
    for (int i = 0; i < N; ++i) sums[i] += filter.weights[k] * (at.get(first + i * kLanes) + at.get(second + i * kLanes));
  }
  for (int i = 0; i < N; ++i) at.put(out + i * kLanes, sums[i]);
}

void filter_rows(const float* x, int64_t width, const SymmetricFilter& along, int64_t begin, int64_t end, float* out,
                 float* scratch) {
  const int64_t padded = width + 2 * along.reach;
  for (int64_t y = begin; y < end; ++y) {
    for (int64_t i = 0; i < padded; ++i) scratch[i] = x[y * width + along.mirrored[i]];
    for_columns(width, [&]<int N>(int64_t c, auto at) {
      const float* centre = scratch + along.reach + c;
      filter<N>(along, at, centre, [&](int k) { return centre - k; }, [&](int k) { return centre + k; }, out + y * width + c);
    });
  }
}

void filter_columns(const float* x, int64_t width, const SymmetricFilter& along, int64_t begin, int64_t end, float* out) {
  for (int64_t y = begin; y < end; ++y) {
    const int64_t* rows = along.mirrored + y + along.reach;
    for_columns(width, [&]<int N>(int64_t c, auto at) {
      const auto row = [&](int distance) { return x + rows[distance] * width + c; };
      filter<N>(along, at, row(0), [&](int k) { return row(-k); }, [&](int k) { return row(k); }, out + y * width + c);
    });
  }
}

inline Vec as_floats(IntVec x) { return __builtin_convertvector(x, Vec); }
inline IntVec truncated(Vec x) { return __builtin_convertvector(x, IntVec); }

// A coordinate on an axis of `size` pixels, mirrored about the first and the last as often as needed.
inline Vec mirrored(Vec coordinate, int64_t size) {
  const float last = static_cast<float>(size - 1);
  if (size == 1) return Vec{};
  const Vec distance = larger(coordinate, -coordinate);
  const Vec turns = as_floats(truncated(distance * (0.5F / last)));
  const Vec phase = distance - turns * (2 * last);
  return larger(smaller(smaller(phase, 2 * last - phase), splat(last)), Vec{});
}

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

// Half of a step is rounded to the even neighbour.
inline Vec rounded(Vec x) {
  const Vec magic = splat(12582912.0F);  // 1.5 · 2²³
  return (x + magic) - magic;
}

inline Vec nearest(const float* plane, Vec column, Vec row, int64_t height, int64_t width) {
  const IntVec index =
      truncated(rounded(mirrored(row, height))) * static_cast<int32_t>(width) + truncated(rounded(mirrored(column, width)));
  float values[kLanes];
  for (int i = 0; i < kLanes; ++i) values[i] = plane[index[i]];
  return load(values);
}

void remap(const float* planes, int64_t count, const Displacement& displacement, bool of_nearest, int64_t begin, int64_t end,
           float* out) {
  const auto& [dx, dy, height, width] = displacement;
  Vec lane;
  for (int i = 0; i < kLanes; ++i) lane[i] = static_cast<float>(i);
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

void brighten(const float* x, int64_t count, float factor, float offset, float* y) {
  for_channels(count, [&](int64_t i, auto at) {
    at.put(y + i, larger(smaller(factor * at.get(x + i) + offset, splat(255.0F)), Vec{}));
  });
}

}  // namespace

void add_elastic(ImageKernels& table) {
  table.filter_rows = filter_rows;
  table.filter_columns = filter_columns;
  table.remap = remap;
  table.brighten = brighten;
}

}  // namespace acinus::cpu::ACINUS_ISA
