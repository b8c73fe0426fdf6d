#include "core/predict/predictor.h"

#include <algorithm>

#include "core/error.h"
#include "core/image/tta.h"

namespace acinus {

namespace {

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

namespace {

// rgb: uint8 [3, H, W]. Returns float32 [H, W] on the CPU.
Tensor in_strips(Segmenter& segmenter, const Tensor& rgb, const PredictOptions& options, std::stop_token stop,
                 const std::function<void(int64_t, int64_t)>& progress) {
  StripPredictor strips(rgb.size(1), rgb.size(2), options);
  Tensor out;
  int64_t given = 0, finished = 0;
  while (const int64_t rows = strips.rows_wanted()) {
    const Tensor strip = strips.next(segmenter, rgb.slice(1, given, given + rows), stop, progress);
    given += rows;
    if (strip.size(0) == rgb.size(1)) return strip;
    if (!out.defined()) out = at::empty({rgb.size(1), rgb.size(2)});
    out.slice(0, finished, finished + strip.size(0)).copy_(strip);
    finished += strip.size(0);
  }
  return out;
}

}  // namespace

namespace {

Tensor network_probabilities(Segmenter& segmenter, const Tensor& rgb, const PredictOptions& options, std::stop_token stop) {
  if (options.tile == 0 || std::max(rgb.size(2), rgb.size(3)) <= options.tile) {
    return batch_probabilities(segmenter, rgb, options.tta);
  }
  std::vector<Tensor> out;
  for (const Tensor& image : rgb.unbind()) {
    out.push_back(in_strips(segmenter, image, options, stop, [](int64_t, int64_t) {}));
  }
  return at::stack(out).unsqueeze(1);
}

}  // namespace

Tensor tiled_probabilities(Segmenter& segmenter, const Tensor& rgb, const PredictOptions& options, std::stop_token stop) {
  const Tensor found = network_probabilities(segmenter, rgb, options, stop);
  if (!options.crf) return found;
  const Tensor plain = found.to(at::kCPU).contiguous(), pixels = rgb.to(at::kCPU);
  std::vector<Tensor> refined;
  for (int64_t i = 0; i < plain.size(0); ++i) refined.push_back(dense_crf(plain[i][0], pixels[i], *options.crf, stop));
  return at::stack(refined).unsqueeze(1);
}

Tensor predict(Segmenter& segmenter, const Tensor& rgb, const PredictOptions& options, std::stop_token stop,
               const std::function<void(int64_t, int64_t)>& progress) {
  if (rgb.dim() != 3 || rgb.size(0) != 3) {
    throw Error("ACINUS_INVALID_ARGUMENT", "An image to predict must be [3, H, W] with at least one pixel.");
  }
  const InferenceScope scope(segmenter, options.precision);
  const Tensor found = in_strips(segmenter, rgb, options, stop, progress);
  return options.crf ? dense_crf(found.contiguous(), rgb, *options.crf, stop) : found;
}

}  // namespace acinus
