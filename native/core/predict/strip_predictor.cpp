#include "core/predict/strip_predictor.h"

#include <algorithm>
#include <numbers>

#include "core/error.h"
#include "core/ops/border.h"
#include "core/predict/empty_tile.h"
#include "core/predict/predictor.h"

namespace acinus {

namespace {

Tensor window(int64_t length) {
  const Tensor position = at::arange(length, at::kDouble) + 0.5;
  return (position * (std::numbers::pi / static_cast<double>(length))).sin().square().to(at::kFloat);
}

// The part of a span that lies in the image: first place and one beyond the last.
std::pair<int64_t, int64_t> inside(const Span& span, int64_t size) {
  return {std::max<int64_t>(span.start, 0), std::min(span.start + span.length, size)};
}

void check(int64_t height, int64_t width, const PredictOptions& options) {
  if (height < 1 || width < 1) {
    throw Error("ACINUS_INVALID_ARGUMENT", "An image to predict must be [3, H, W] with at least one pixel.");
  }
  if (options.tile < 0 || options.overlap < 0 || (options.tile > 0 && options.overlap >= options.tile) ||
      options.batch_size < 1) {
    throw Error("ACINUS_CONFIG", "A tile must be larger than its overlap, and a batch hold at least one tile.");
  }
}

}  // namespace

std::vector<Span> tile_spans(int64_t size, int64_t tile, int64_t overlap) {
  if (tile == 0 || size <= tile) return {{0, size}};
  const int64_t margin = overlap / 2;
  const int64_t covered = size + 2 * margin - tile;  // what is left for the starts to move over
  const int64_t steps = std::max<int64_t>(1, (covered + tile - overlap - 1) / (tile - overlap));
  std::vector<Span> out;
  for (int64_t k = 0; k <= steps; ++k) out.push_back({k * covered / steps - margin, tile});
  return out;
}

StripPredictor::StripPredictor(int64_t height, int64_t width, const PredictOptions& options)
    : options_(options), height_(height), width_(width) {
  check(height, width, options);
  rows_ = tile_spans(height, options.tile, options.overlap);
  columns_ = tile_spans(width, options.tile, options.overlap);
  pixels_ = at::empty({3, 0, width}, at::kByte);
}

int64_t StripPredictor::rows_wanted() const {
  return band_ == rows_.size() ? 0 : rows_seen(band_) - (pixels_top_ + pixels_.size(1));
}

std::vector<int64_t> StripPredictor::strips() const {
  std::vector<int64_t> out;
  for (size_t band = 0; band < rows_.size(); ++band) out.push_back(rows_seen(band) - (band > 0 ? rows_seen(band - 1) : 0));
  return out;
}

int64_t StripPredictor::rows_seen(size_t band) const { return std::min(rows_[band].start + rows_[band].length, height_); }

Tensor StripPredictor::next(Segmenter& segmenter, const Tensor& rgb, std::stop_token stop,
                            const std::function<void(int64_t, int64_t)>& progress) {
  if (band_ == rows_.size() || rgb.dim() != 3 || rgb.size(0) != 3 || rgb.size(1) != rows_wanted() || rgb.size(2) != width_) {
    throw Error("ACINUS_INVALID_ARGUMENT", "A strip of the shape " + c10::str(rgb.sizes()) +
                                               " was given; the next one is [3, " + std::to_string(rows_wanted()) + ", " +
                                               std::to_string(width_) + "].");
  }
  pixels_ = pixels_.size(1) == 0 ? rgb.contiguous() : at::cat({pixels_, rgb}, 1);
  const bool whole = tiles() == 1;
  if (!whole && !sum_.defined()) sum_ = at::zeros({row().length, width_}), weight_ = at::zeros({row().length, width_});

  const auto count = static_cast<int64_t>(columns_.size());
  const int64_t before = static_cast<int64_t>(band_) * count;
  Tensor single;
  for (int64_t begin = 0; begin < count; begin += options_.batch_size) {
    if (stop.stop_requested()) throw Error("ACINUS_ABORTED", "The prediction was stopped.");
    const int64_t end = std::min(begin + options_.batch_size, count);
    std::vector<Tensor> tiles;
    std::vector<int64_t> places;
    for (int64_t k = begin; k < end; ++k) {
      Tensor pixels = tile(columns_[k]);
      if (options_.empty_contrast > 0 && tile_contrast(pixels) < options_.empty_contrast) {
        ++skipped_;
        const Tensor nothing = at::zeros({row().length, columns_[k].length});
        whole ? void(single = nothing) : add(nothing, columns_[k]);
        continue;
      }
      tiles.push_back(std::move(pixels));
      places.push_back(k);
    }
    if (!tiles.empty()) {
      const Tensor found = batch_probabilities(segmenter, at::stack(tiles), options_.tta).to(at::kCPU);
      for (size_t i = 0; i < places.size(); ++i) {
        const Tensor probability = found[static_cast<int64_t>(i)][0];
        whole ? void(single = probability) : add(probability, columns_[places[i]]);
      }
    }
    progress(before + end, this->tiles());
  }
  ++band_;
  if (!whole) return finished();
  pixels_ = Tensor();
  return single.contiguous();
}

Tensor StripPredictor::tile(const Span& column) const {
  // Rows that a tile sees beyond the image are mirrored ones within the tile.
  const Tensor rows = reflected_indices(row().start, row().length, height_, pixels_.device()) - pixels_top_;
  return pixels_.index_select(1, rows).index_select(2,
                                                    reflected_indices(column.start, column.length, width_, pixels_.device()));
}

// Adds what a tile, float [rows, columns], says about each pixel.
void StripPredictor::add(const Tensor& tile, const Span& column) {
  const Tensor weights = window(row().length).unsqueeze(1) * window(column.length);
  const auto rows = inside(row(), height_), columns = inside(column, width_);  // first, and past the last
  const auto of_tile = [&](const Tensor& t) {
    return t.slice(0, rows.first - row().start, rows.second - row().start)
        .slice(1, columns.first - column.start, columns.second - column.start);
  };
  const auto of_image = [&](const Tensor& t) {
    return t.slice(0, rows.first - blend_top_, rows.second - blend_top_).slice(1, columns.first, columns.second);
  };
  of_image(sum_).add_(of_tile(tile * weights));
  of_image(weight_).add_(of_tile(weights));
}

// The mean of the rows above the next row of tiles; those below stay.
Tensor StripPredictor::finished() {
  const bool last = band_ == rows_.size();
  const int64_t until = last ? height_ : std::max<int64_t>(row().start, 0);
  const int64_t count = until - blend_top_;
  Tensor out = (sum_.slice(0, 0, count) / weight_.slice(0, 0, count)).clamp(0, 1);
  if (last) {
    sum_ = weight_ = pixels_ = Tensor();
    return out;
  }
  for (Tensor* held : {&sum_, &weight_}) {
    const Tensor rest = held->slice(0, count).clone();
    held->zero_();
    held->slice(0, 0, rest.size(0)).copy_(rest);
  }
  blend_top_ = until;
  const int64_t seen = std::min(until, pixels_top_ + pixels_.size(1)) - pixels_top_;
  pixels_ = pixels_.slice(1, seen).clone();
  pixels_top_ += seen;
  return out;
}

}  // namespace acinus
