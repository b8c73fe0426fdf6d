#include "core/predict/predictor.h"

#include <algorithm>
#include <set>

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

// Locks are taken in one order, so that two ensembles with common members do not wait for each other, and given back in the
// reverse of it, as scopes that are nested.
InferenceScopes::InferenceScopes(const Members& members, Precision precision) {
  for (Segmenter* member : std::set<Segmenter*>(members.begin(), members.end())) {
    scopes_.push_back(std::make_unique<InferenceScope>(*member, precision));
  }
}

InferenceScopes::~InferenceScopes() {
  while (!scopes_.empty()) scopes_.pop_back();
}

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

Tensor tiled_probabilities(Segmenter& segmenter, const Tensor& rgb, const PredictOptions& options, std::stop_token stop) {
  if (options.tile == 0 || std::max(rgb.size(2), rgb.size(3)) <= options.tile) {
    return batch_probabilities(segmenter, rgb, options.tta);
  }
  std::vector<Tensor> out;
  for (const Tensor& image : rgb.unbind()) {
    out.push_back(in_strips(segmenter, image, options, stop, [](int64_t, int64_t) {}));
  }
  return at::stack(out).unsqueeze(1);
}

namespace {

// probabilities: float32 [B, 1, H, W]; rgb: uint8 [B, 3, H, W]. On the CPU.
Tensor refined(const Tensor& probabilities, const Tensor& rgb, const CrfOptions& options, std::stop_token stop) {
  const Tensor plain = probabilities.contiguous(), pixels = rgb.to(at::kCPU);
  std::vector<Tensor> out;
  for (int64_t i = 0; i < plain.size(0); ++i) out.push_back(dense_crf(plain[i][0], pixels[i], options, stop));
  return at::stack(out).unsqueeze(1);
}

// body(member) for each; the mean of what it gives, on the CPU.
template <class Body>
Tensor mean_over(const Members& members, Body body) {
  Tensor sum;
  for (Segmenter* member : members) {
    const Tensor one = body(*member).to(at::kCPU);
    if (members.size() == 1) return one;
    sum = sum.defined() ? sum.add_(one) : one.clone();
  }
  return sum.div_(static_cast<double>(members.size()));
}

}  // namespace

Tensor mean_probabilities(const Members& members, const Tensor& rgb, const PredictOptions& options, std::stop_token stop) {
  const Tensor found = mean_over(members, [&](Segmenter& member) { return tiled_probabilities(member, rgb, options, stop); });
  return options.crf ? refined(found, rgb, *options.crf, stop) : found;
}

Tensor predict(const Members& members, const Tensor& rgb, const PredictOptions& options, std::stop_token stop,
               const std::function<void(int64_t, int64_t)>& progress) {
  if (rgb.dim() != 3 || rgb.size(0) != 3) {
    throw Error("ACINUS_INVALID_ARGUMENT", "An image to predict must be [3, H, W] with at least one pixel.");
  }
  const InferenceScopes scopes(members, options.precision);
  const auto count = static_cast<int64_t>(members.size());
  int64_t before = 0;
  const Tensor mean = mean_over(members, [&](Segmenter& member) {
    const auto of_all = [&](int64_t done, int64_t total) { progress(before * total + done, count * total); };
    const Tensor found = in_strips(member, rgb, options, stop, of_all);
    ++before;
    return found;
  });
  return options.crf ? dense_crf(mean.contiguous(), rgb, *options.crf, stop) : mean;
}

}  // namespace acinus
