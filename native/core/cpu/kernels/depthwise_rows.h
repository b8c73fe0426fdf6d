// What the depthwise kernels share: rows of one vector of channels, widened to float and padded, in a ring of scratch.
#pragma once

#include "core/cpu/kernels/norm.h"

namespace acinus::cpu::ACINUS_ISA {
namespace {

constexpr int kTile = 8;  // neighbouring outputs computed together

// The rows of an image [height, width, channels] as one vector of channels a pixel, `left` zeros in front and `right` behind.
// Rows outside the image are zeros. Row r stays until row r + count is asked for.
template <class T>
class RowRing {
 public:
  RowRing(float* scratch, int count, const T* image, int64_t height, int64_t width, int64_t channels, int64_t left,
          int64_t right)
      : rows_(scratch),
        count_(count),
        image_(image),
        height_(height),
        width_(width),
        channels_(channels),
        left_(left),
        length_((left + width + right) * kLanes) {
    for (int64_t i = 0; i < (count + 1) * length_; ++i) rows_[i] = 0.0F;
  }
  static int64_t floats(int count, int64_t width, int64_t left, int64_t right) {
    return (count + 1) * (left + width + right) * kLanes;
  }

  // Starts over with channels c … of the image.
  void begin(int64_t c, int lanes) {
    channel_ = c;
    lanes_ = lanes;
    filled_ = -1;
  }
  // Fetches what is missing of rows [from, to), to − from ≤ count; `change` is applied to each vector inside the image.
  template <class Change>
  void fetch(int64_t from, int64_t to, Change change) {
    for (int64_t row = filled_ < from ? from : filled_; row < to; ++row) {
      if (row < 0 || row >= height_) continue;
      float* out = slot(row) + left_ * kLanes;
      const T* in = image_ + row * width_ * channels_ + channel_;
      if (lanes_ == kLanes) {
        for (int64_t i = 0; i < width_; ++i) {
          __builtin_prefetch(in + (i + kAhead) * channels_);
          store(out + i * kLanes, change(load(in + i * channels_)));
        }
      } else {
        for (int64_t i = 0; i < width_; ++i) store(out + i * kLanes, change(load(in + i * channels_, lanes_)));
      }
    }
    if (to > filled_) filled_ = to;
  }
  // Column 0 of a row; columns −left … width + right − 1 can be read.
  const float* operator[](int64_t row) const {
    return (row < 0 || row >= height_ ? rows_ + count_ * length_ : slot(row)) + left_ * kLanes;
  }

 private:
  float* slot(int64_t row) const { return rows_ + (row % count_) * length_; }

  float* rows_;
  int count_;
  const T* image_;
  int64_t height_, width_, channels_, left_, length_;
  int64_t channel_ = 0, filled_ = -1;
  int lanes_ = kLanes;
};

struct Unchanged {
  Vec operator()(Vec x) const { return x; }
};
template <class T>
struct Silu {
  Vec scale, shift;
  Vec operator()(Vec x) const { return activated<T, kSilu>(scale * x + shift); }
};

inline int lanes_at(int64_t c, int64_t end) { return end - c < kLanes ? static_cast<int>(end - c) : kLanes; }
inline Vec load_lanes(const float* from, int lanes) { return lanes == kLanes ? load(from) : load(from, lanes); }
template <class T>
inline Vec load_lanes(const T* from, int lanes) {
  return lanes == kLanes ? load(from) : load(from, lanes);
}
template <class T>
inline void store_lanes(T* to, Vec x, int lanes) {
  if (lanes == kLanes) {
    store(to, x);
  } else {
    store(to, x, lanes);
  }
}

// body(ring's change) with silu(z) where there is a norm.
template <class T, class Body>
inline void with_change(const Norm* norm, int64_t c, int lanes, Body body) {
  if (norm) {
    body(Silu<T>{load_lanes(norm->scale + c, lanes), load_lanes(norm->shift + c, lanes)});
  } else {
    body(Unchanged{});
  }
}

}  // namespace
}  // namespace acinus::cpu::ACINUS_ISA
