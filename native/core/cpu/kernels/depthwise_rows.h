// Shared by the depthwise kernels: a ring buffer of rows of one vector of channels, widened to float and padded.
#pragma once

#include "core/cpu/kernels/norm.h"

namespace acinus::cpu::ACINUS_ISA {
namespace {

constexpr int kTile = 8;  // neighbouring outputs computed together

// Rows of one vector of channels a pixel with zeros at their ends, `count` of them in a ring: row r stays until row r + count
// is asked for. Rows outside the image are zeros.
class RowSlots {
 public:
  RowSlots(float* scratch, int count, int64_t height, int64_t left, int64_t width, int64_t right)
      : rows_(scratch), count_(count), height_(height), left_(left), length_((left + width + right) * kLanes) {}
  int64_t floats() const { return (count_ + 1) * length_; }
  // The like, so many times their floats further on.
  RowSlots behind(int64_t times) const {
    RowSlots other = *this;
    other.rows_ += times * floats();
    return other;
  }
  void clear() {
    for (int64_t i = 0; i < floats(); ++i) rows_[i] = 0.0F;
  }
  bool inside(int64_t row) const { return row >= 0 && row < height_; }
  // Column 0 of a row inside the image, to be filled.
  float* slot(int64_t row) const { return rows_ + (row % count_) * length_ + left_ * kLanes; }
  // Column 0 of a row; columns −left … width + right − 1 can be read.
  const float* operator[](int64_t row) const { return inside(row) ? slot(row) : rows_ + count_ * length_ + left_ * kLanes; }

 private:
  float* rows_;
  int count_;
  int64_t height_, left_, length_;
};

// The rows of an image [height, width, channels].
template <class T>
class RowRing : public RowSlots {
 public:
  RowRing(float* scratch, int count, const T* image, int64_t height, int64_t width, int64_t channels, int64_t left,
          int64_t right)
      : RowSlots(scratch, count, height, left, width, right), image_(image), width_(width), channels_(channels) {
    clear();
  }

  // Starts over with channels c … of the image.
  void begin(int64_t c, int lanes) {
    channel_ = c;
    lanes_ = lanes;
    filled_ = -1;
  }
  // Reads the missing rows of [from, to), to − from ≤ count, and applies `change` to each vector inside the image.
  template <class Change>
  void fetch(int64_t from, int64_t to, Change change) {
    for (int64_t row = filled_ < from ? from : filled_; row < to; ++row) {
      if (!inside(row)) continue;
      float* out = slot(row);
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

 private:
  const T* image_;
  int64_t width_, channels_;
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

// N neighbouring outputs of one row: Σ over taps of weight · row value. rows[i] is the first input of tap row i.
template <int K, int S, int N>
inline void taps(const float* const* rows, const Vec (*weight)[K], Vec* out) {
  for (int u = 0; u < N; ++u) out[u] = Vec{};
#pragma GCC unroll 5
  for (int i = 0; i < K; ++i) {
    const float* row = rows[i];
#pragma GCC unroll 5
    for (int j = 0; j < K; ++j) {
      const Vec w = weight[i][j];
#pragma GCC unroll 8
      for (int u = 0; u < N; ++u) out[u] += w * load(row + (u * S + j) * kLanes);
    }
  }
}

// A row of outputs, taken through `output` and stored; rows[i] is the first input of tap row i.
template <int K, int S, class T, class Output>
inline void convolve_row(const float* (&rows)[K], const Vec (*weight)[K], T* out, int64_t columns, int64_t channels, int lanes,
                         Output& output) {
  int64_t column = 0;
  for (; column + kTile <= columns; column += kTile) {
    for (int u = 0; u < kTile; ++u) prefetch_for_write(out + (column + u + kAhead) * channels);
    Vec values[kTile];
    taps<K, S, kTile>(rows, weight, values);
    for (int u = 0; u < kTile; ++u) store_lanes(out + (column + u) * channels, output(values[u]), lanes);
    for (int i = 0; i < K; ++i) rows[i] += kTile * S * kLanes;
  }
  for (; column < columns; ++column) {
    Vec value[1];
    taps<K, S, 1>(rows, weight, value);
    store_lanes(out + column * channels, output(value[0]), lanes);
    for (int i = 0; i < K; ++i) rows[i] += S * kLanes;
  }
}

// Zeros that the taps reach behind a row.
template <int K, int S>
inline int64_t reach_behind(const WindowShape& shape) {
  const int64_t right = (shape.out_width - 1) * S + K - shape.pad_left - shape.width;
  return right > 0 ? right : 0;
}

// For convolve_row: outputs taken through the norm that follows and SiLU, and summed.
template <class T>
class Squeezed {
 public:
  Squeezed(const Norm& norm, double* sums) : norm_(norm), sums_(sums) {}
  void begin(int64_t c, int lanes) {
    scale_ = load_lanes(norm_.scale + c, lanes);
    shift_ = load_lanes(norm_.shift + c, lanes);
  }
  void begin_row() { total_ = Vec{}; }
  Vec operator()(Vec exact) {
    const Vec value = activated<T, kSilu>(scale_ * exact + shift_);
    total_ += value;
    return value;
  }
  void end_row(int64_t c, int lanes) {
    for (int i = 0; i < lanes; ++i) sums_[c + i] += static_cast<double>(total_[i]);
  }
  void end(int64_t, int) {}

 private:
  const Norm& norm_;
  double* sums_;
  Vec scale_{}, shift_{}, total_{};
};

// Channels [c_begin, c_end), rows [begin, end) of the output.
struct Part {
  int64_t c_begin, c_end, begin, end;
};

}  // namespace
}  // namespace acinus::cpu::ACINUS_ISA
