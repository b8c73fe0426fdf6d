#include "core/train/memory_estimate.h"

#include "core/cpu/caching_allocator.h"
#include "core/ops/autocast.h"
#include "core/train/running_statistics.h"

namespace acinus {

namespace {

constexpr int64_t kSmall = 64;  // px; sides of the two measured images
constexpr int64_t kLarge = 128;

// Replaces the network's gradients in its scope.
class BorrowedGradients {
 public:
  explicit BorrowedGradients(nn::Module& network) {
    for (auto& parameter : network.parameters()) {
      kept_.emplace_back(parameter, parameter.grad());
      parameter.mutable_grad() = torch::zeros_like(parameter);
    }
  }
  ~BorrowedGradients() {
    for (auto& [parameter, gradient] : kept_) parameter.mutable_grad() = gradient;
  }

 private:
  std::vector<std::pair<Tensor, Tensor>> kept_;
};

int64_t peak_of_pass(Segmenter& segmenter, Precision precision, const LossOptions& options, int64_t side) {
  const PeakMemory peak;
  const Tensor image = torch::zeros({1, 3, side, side}, torch::kUInt8);
  const Tensor target = torch::zeros({1, 1, side, side});
  Tensor logits;
  {
    const AutocastScope autocast(segmenter.device(), precision);
    logits = segmenter.logits(image);
  }
  loss(logits, target, options).total.backward();
  return peak.bytes();
}

int64_t padded(int64_t side, int64_t stride) { return (side + stride - 1) / stride * stride; }

}  // namespace

int64_t estimate_step_memory(Segmenter& segmenter, Precision precision, const LossOptions& loss_options,
                             const BatchShape& shape) {
  auto& network = segmenter.network();
  const bool training = network.is_training();
  RunningStatistics statistics(network);
  const BorrowedGradients gradients(network);
  network.train();
  peak_of_pass(segmenter, precision, loss_options, kSmall);  // excludes what is allocated once and kept
  const auto small = static_cast<double>(peak_of_pass(segmenter, precision, loss_options, kSmall));
  const auto large = static_cast<double>(peak_of_pass(segmenter, precision, loss_options, kLarge));
  network.train(training);
  statistics.restore();

  int64_t weights = 0;
  for (const auto& parameter : network.parameters()) weights += static_cast<int64_t>(parameter.nbytes());
  constexpr int64_t kCopies = 4;  // weights, gradients and AdamW's two moments
  const double per_pixel = std::max(large - small, 0.0) / (kLarge * kLarge - kSmall * kSmall);
  const double fixed = std::max(small - per_pixel * kSmall * kSmall, 0.0);
  const int64_t stride = network.stride();
  const auto pixels = static_cast<double>(shape.batch * padded(shape.height, stride) * padded(shape.width, stride));
  return kCopies * weights + static_cast<int64_t>(fixed + per_pixel * pixels);
}

}  // namespace acinus
