#include "core/predict/active_learning.h"

#include <algorithm>
#include <numbers>

#include "core/ignored.h"

namespace acinus {

Tensor pseudo_labels(const Tensor& probability, double confidence) {
  Tensor labels = at::full(probability.sizes(), kIgnored, probability.options().dtype(at::kByte));
  labels.masked_fill_(probability >= confidence, 1).masked_fill_(probability <= 1 - confidence, 0);
  return labels.unsqueeze(0);
}

int64_t bin_of(float uncertainty, int64_t bins) {
  const double place = static_cast<double>(uncertainty) / std::numbers::ln2 * static_cast<double>(bins);
  return std::clamp<int64_t>(static_cast<int64_t>(place), 0, bins - 1);
}

Look look_at(Segmenter& segmenter, const Sample& sample, const PredictOptions& options, const LookOptions& look,
             std::stop_token stop, const std::function<void(int64_t, int64_t)>& progress) {
  const Uncertainty found = stochastic_passes(segmenter, sample.image, options, look.passes, stop, progress);
  const std::vector<double> none(static_cast<size_t>(look.bins), 0.0);
  Look out{.mean_entropy = found.mean_entropy,
           .mean_bald = found.mean_bald,
           .background = none,
           .cells = none,
           .pseudo = {},
           .labelled = 0};
  if (sample.mask.defined()) {
    const float* map = (look.measure == Measure::kBald ? found.bald : found.entropy).const_data_ptr<float>();
    const uint8_t* truth = sample.mask.const_data_ptr<uint8_t>();
    for (int64_t i = 0; i < sample.mask.numel(); ++i) {
      if (truth[i] == kIgnored) continue;
      auto& counts = truth[i] == 0 ? out.background : out.cells;
      ++counts[static_cast<size_t>(bin_of(map[i], look.bins))];
    }
  }
  if (look.confidence > 0) {
    out.pseudo = pseudo_labels(found.probability, look.confidence);
    out.labelled = out.pseudo.ne(kIgnored).sum().item<int64_t>();
  }
  return out;
}

}  // namespace acinus
