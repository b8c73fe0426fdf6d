#include "core/predict/predictor.h"

#include <algorithm>
#include <numbers>

#include "core/error.h"
#include "core/image/tta.h"
#include "core/ops/border.h"

namespace acinus {

namespace {

// One stretch of an axis that a row or column of tiles covers.
struct Span {
  int64_t start;  // may lie outside the image
  int64_t length;
};

std::vector<Span> spans(int64_t size, int64_t tile, int64_t overlap) {
  if (tile == 0 || size <= tile) return {{0, size}};
  const int64_t margin = overlap / 2;
  const int64_t covered = size + 2 * margin - tile;  // what is left for the starts to move over
  const int64_t steps = std::max<int64_t>(1, (covered + tile - overlap - 1) / (tile - overlap));
  std::vector<Span> out;
  for (int64_t k = 0; k <= steps; ++k) out.push_back({k * covered / steps - margin, tile});
  return out;
}

Tensor window(int64_t length) {
  const Tensor position = at::arange(length, at::kDouble) + 0.5;
  return (position * (std::numbers::pi / static_cast<double>(length))).sin().square().to(at::kFloat);
}

// The weighted mean of what tiles say about each pixel.
class Blend {
 public:
  Blend(int64_t height, int64_t width) : sum_(at::zeros({height, width})), weight_(at::zeros({height, width})) {}

  void add(const Tensor& tile, const Span& rows, const Span& columns) {  // tile: float [rows, columns] on the CPU
    const Tensor weights = window(rows.length).unsqueeze(1) * window(columns.length);
    const Span y = inside(rows, sum_.size(0)), x = inside(columns, sum_.size(1));
    const auto of_tile = [&](const Tensor& t) {
      return t.narrow(0, y.start - rows.start, y.length).narrow(1, x.start - columns.start, x.length);
    };
    const auto of_image = [&](const Tensor& t) { return t.narrow(0, y.start, y.length).narrow(1, x.start, x.length); };
    of_image(sum_).add_(of_tile(tile * weights));
    of_image(weight_).add_(of_tile(weights));
  }
  Tensor mean() const { return (sum_ / weight_).clamp(0, 1); }

 private:
  static Span inside(const Span& span, int64_t size) {
    const int64_t start = std::max<int64_t>(span.start, 0), end = std::min(span.start + span.length, size);
    return {start, end - start};
  }

  Tensor sum_, weight_;
};

// Calls body(images) for parts of the batch. On a CPU, larger parts than keep its threads busy would only take more memory.
template <class Body>
Tensor in_parts(const Tensor& images, Body body) {
  constexpr int64_t kPixelsOfThread = int64_t{1} << 17;
  const int64_t pixels = images.size(2) * images.size(3);
  const int64_t each = std::max<int64_t>(1, kPixelsOfThread * at::get_num_threads() / pixels);
  if (!images.is_cpu() || images.size(0) <= each) return body(images);
  std::vector<Tensor> parts;
  for (const Tensor& part : images.split(each)) parts.push_back(body(part));
  return at::cat(parts);
}

void check(const Tensor& rgb, const PredictOptions& options) {
  if (rgb.dim() != 3 || rgb.size(0) != 3 || rgb.numel() == 0) {
    throw Error("ACINUS_INVALID_ARGUMENT", "An image to predict must be [3, H, W] with at least one pixel.");
  }
  if (options.tile < 0 || options.overlap < 0 || (options.tile > 0 && options.overlap >= options.tile) ||
      options.batch_size < 1) {
    throw Error("ACINUS_CONFIG", "A tile must be larger than its overlap, and a batch hold at least one tile.");
  }
}

}  // namespace

InferenceScope::InferenceScope(Segmenter& segmenter, Precision precision)
    : lock_(segmenter.mutex()),
      autocast_(segmenter.device(), precision),
      network_(segmenter.network()),
      was_training_(network_.is_training()) {
  network_.eval();
}

InferenceScope::~InferenceScope() { network_.train(was_training_); }

Tensor batch_logits(Segmenter& segmenter, const Tensor& rgb) {
  return in_parts(rgb.to(segmenter.device()), [&](const Tensor& pixels) { return segmenter.logits(pixels).to(at::kFloat); });
}

Tensor batch_probabilities(Segmenter& segmenter, const Tensor& rgb, const std::vector<int>& tta) {
  if (tta.empty()) return batch_logits(segmenter, rgb).sigmoid();
  const bool once = turns_with_image(segmenter.config().edges);
  return in_parts(rgb.to(segmenter.device()), [&](const Tensor& pixels) {
    const Tensor input = once ? segmenter.input(pixels) : Tensor();
    Tensor sum;
    for (const int transform : tta) {
      const Tensor logits = once ? segmenter.forward(test_time_transform(input, transform))
                                 : segmenter.logits(test_time_transform(pixels, transform).contiguous());
      const Tensor probability = inverse_test_time_transform(logits.to(at::kFloat).sigmoid(), transform);
      sum = sum.defined() ? sum + probability : probability;
    }
    return sum / static_cast<int64_t>(tta.size());
  });
}

Tensor predict(Segmenter& segmenter, const Tensor& rgb, const PredictOptions& options, std::stop_token stop,
               const std::function<void(int64_t, int64_t)>& progress) {
  check(rgb, options);
  const InferenceScope scope(segmenter, options.precision);
  const int64_t height = rgb.size(1), width = rgb.size(2);
  const std::vector<Span> rows = spans(height, options.tile, options.overlap);
  const std::vector<Span> columns = spans(width, options.tile, options.overlap);
  if (rows.size() * columns.size() == 1) {
    if (stop.stop_requested()) throw Error("ACINUS_ABORTED", "The prediction was stopped.");
    const Tensor whole = batch_probabilities(segmenter, rgb.unsqueeze(0), options.tta);
    progress(1, 1);
    return whole[0][0].to(at::kCPU).contiguous();
  }

  Blend blend(height, width);
  const auto total = static_cast<int64_t>(rows.size() * columns.size());
  for (int64_t begin = 0; begin < total; begin += options.batch_size) {
    if (stop.stop_requested()) throw Error("ACINUS_ABORTED", "The prediction was stopped.");
    const int64_t end = std::min(begin + options.batch_size, total);
    const auto place = [&](int64_t k) { return std::pair(rows[k / columns.size()], columns[k % columns.size()]); };
    std::vector<Tensor> tiles;
    for (int64_t k = begin; k < end; ++k) {
      const auto [row, column] = place(k);
      tiles.push_back(rgb.index_select(1, reflected_indices(row.start, row.length, height, rgb.device()))
                          .index_select(2, reflected_indices(column.start, column.length, width, rgb.device())));
    }
    const Tensor probabilities = batch_probabilities(segmenter, at::stack(tiles), options.tta).to(at::kCPU);
    for (int64_t k = begin; k < end; ++k) {
      const auto [row, column] = place(k);
      blend.add(probabilities[k - begin][0], row, column);
    }
    progress(end, total);
  }
  return blend.mean();
}

}  // namespace acinus
