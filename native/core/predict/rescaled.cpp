#include "core/predict/rescaled.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/error.h"
#include "core/ops/parts.h"

namespace acinus {

namespace {

// Of each of `to` pixels the nearest of `from`, by their centres.
std::vector<int64_t> nearest(int64_t from, int64_t to) {
  std::vector<int64_t> out(static_cast<size_t>(to));
  for (int64_t i = 0; i < to; ++i) out[static_cast<size_t>(i)] = std::min((2 * i + 1) * from / (2 * to), from - 1);
  return out;
}

// float of grey levels
Tensor bytes_of(const Tensor& levels) { return levels.round().clamp_(0, 255).to(at::kByte); }

}  // namespace

int64_t rescaled_length(int64_t length, double scale) {
  return std::max<int64_t>(1, std::llround(static_cast<double>(length) * scale));
}

Tensor rescaled_image(const Tensor& rgb, double scale) {
  const int64_t height = rescaled_length(rgb.size(2), scale), width = rescaled_length(rgb.size(3), scale);
  if (height == rgb.size(2) && width == rgb.size(3)) return rgb;
  const Tensor planes = rgb.to(at::kCPU, at::kFloat).flatten(0, 1);
  return bytes_of(scaled_rows(planes, height, width)).view({rgb.size(0), rgb.size(1), height, width}).to(rgb.device());
}

int32_t separate_rescaled(const Tensor& found, int64_t height, int64_t width, double threshold,
                          const SeparationOptions& options, float* probability, uint8_t* mask, int32_t* labels) {
  const Tensor seen = found.contiguous();
  const int64_t rows = seen.size(0), columns = seen.size(1), pixels = height * width;
  std::vector<uint8_t> small_mask(static_cast<size_t>(rows * columns));
  std::vector<int32_t> small(small_mask.size());
  const int32_t count =
      separate(seen.const_data_ptr<float>(), rows, columns, threshold, options, small_mask.data(), small.data());

  const Tensor own = scaled_rows(seen.unsqueeze(0), height, width).clamp_(0, 1);
  std::copy_n(own.const_data_ptr<float>(), pixels, probability);
  const auto from_row = nearest(rows, height), from_column = nearest(columns, width);
  ops::Parts(height).each([&](int64_t, ops::Range range) {
    for (int64_t y = range.begin; y < range.end; ++y) {
      const int32_t* from = small.data() + from_row[static_cast<size_t>(y)] * columns;
      for (int64_t x = 0; x < width; ++x) labels[y * width + x] = from[from_column[static_cast<size_t>(x)]];
    }
  });
  std::vector<int32_t> number(static_cast<size_t>(count) + 1);
  int32_t kept = 0;
  for (int64_t i = 0; i < pixels; ++i) {
    int32_t& label = labels[i];
    mask[i] = label != 0 ? 1 : 0;
    if (label == 0) continue;
    int32_t& of = number[static_cast<size_t>(label)];
    if (of == 0) of = ++kept;
    label = of;
  }
  return kept;
}

RescaledStripPredictor::RescaledStripPredictor(const Members& members, int64_t height, int64_t width, double scale,
                                               const PredictOptions& options)
    : rescales_(rescaled_length(height, scale) != height || rescaled_length(width, scale) != width),
      to_seen_(3, height, width, rescaled_length(height, scale), rescaled_length(width, scale)),
      to_own_(1, rescaled_length(height, scale), rescaled_length(width, scale), height, width),
      pixels_(at::empty({3, 0, rescaled_length(width, scale)}, at::kByte)) {
  for (size_t i = 0; i < members.size(); ++i) {
    predictors_.emplace_back(rescaled_length(height, scale), rescaled_length(width, scale), options);
  }
}

std::vector<int64_t> RescaledStripPredictor::strips() const {
  std::vector<int64_t> out = predictors_.front().strips();
  if (!rescales_) return out;
  int64_t seen = 0, own = 0;
  for (int64_t& rows : out) {
    seen += rows;
    const int64_t needed = to_seen_.needed(seen);
    rows = needed - own;
    own = needed;
  }
  return out;
}

RescaledStripPredictor::Found RescaledStripPredictor::next(const Members& members, const Tensor& rgb, std::stop_token stop,
                                                           const std::function<void(int64_t, int64_t)>& progress) {
  Tensor strip = rgb;
  if (rescales_) {
    pixels_ = at::cat({pixels_, bytes_of(to_seen_.add(rgb.to(at::kFloat)))}, 1);
    const int64_t wanted = predictors_.front().rows_wanted();
    strip = pixels_.slice(1, 0, wanted);
    pixels_ = pixels_.slice(1, wanted).contiguous();
  }
  Tensor found;
  for (size_t i = 0; i < members.size(); ++i) {
    // The first counts for all: they work on the same tiles, one after the other.
    const auto told = [&](int64_t done, int64_t total) {
      if (i == 0) progress(done, total);
    };
    const Tensor one = predictors_[i].next(*members[i], strip, stop, told).contiguous();
    found = found.defined() ? found.add_(one) : one.clone();
  }
  if (members.size() > 1) found.div_(static_cast<double>(members.size()));
  if (!rescales_) return {found, {}};
  return {to_own_.add(found.unsqueeze(0)).clamp_(0, 1)[0], found};
}

RescaledStripCells::RescaledStripCells(int64_t height, int64_t width, int64_t seen_height, int64_t seen_width, double threshold,
                                       const SeparationOptions& separation)
    : height_(height),
      width_(width),
      seen_height_(seen_height),
      seen_width_(seen_width),
      seen_(seen_height, seen_width, threshold, separation),
      probabilities_(width) {}

void RescaledStripCells::add(const float* own, int64_t own_rows, const float* seen, int64_t seen_rows) {
  if (rows_ + own_rows > height_) throw Error("ACINUS_INVALID_ARGUMENT", "More rows were given than the image has.");
  probabilities_.append(own, own_rows);
  rows_ += own_rows;
  seen_.add(seen, seen_rows);
}

std::unique_ptr<StripCells> RescaledStripCells::finish() {
  if (rows_ != height_) throw Error("ACINUS_INVALID_ARGUMENT", "Not all rows of the image were given.");
  seen_.finish();
  auto own = std::make_unique<StripCells>(height_, width_);
  const auto from_row = nearest(seen_height_, height_), from_column = nearest(seen_width_, width_);
  std::vector<int32_t> found(static_cast<size_t>(seen_width_)), labels(static_cast<size_t>(width_));
  std::vector<float> probability(static_cast<size_t>(width_));
  int64_t row = -1;
  for (int64_t y = 0; y < height_; ++y) {
    if (from_row[static_cast<size_t>(y)] != row) {
      row = from_row[static_cast<size_t>(y)];
      seen_.labels(row, 1, found.data());
      for (size_t x = 0; x < labels.size(); ++x) labels[x] = found[static_cast<size_t>(from_column[x])];
    }
    probabilities_.read(y, 0, width_, probability.data());
    own->add_labels(labels.data(), probability.data());
  }
  own->finish();
  return own;
}

}  // namespace acinus
