#include "core/predict/uncertainty.h"

#include "core/error.h"

namespace acinus {

namespace {

// Dropout works in its scope.
class StochasticScope {
 public:
  explicit StochasticScope(SegmentationModel& network) : network_(network) { network_.set_stochastic(true); }
  ~StochasticScope() { network_.set_stochastic(false); }
  StochasticScope(const StochasticScope&) = delete;
  StochasticScope& operator=(const StochasticScope&) = delete;

 private:
  SegmentationModel& network_;
};

// Of probabilities in double; 0 ln 0 = 0.
Tensor binary_entropy(const Tensor& p) {
  const Tensor q = 1 - p;
  return at::xlogy(p, p).add_(at::xlogy(q, q)).neg_();
}

}  // namespace

Uncertainty stochastic_passes(Segmenter& segmenter, const Tensor& rgb, const PredictOptions& options,
                              const StochasticOptions& stochastic, std::stop_token stop,
                              const std::function<void(int64_t, int64_t)>& progress) {
  if (segmenter.config().model.dropout <= 0) {
    throw Error(
        "ACINUS_CONFIG",
        "This network has no dropout, so that all passes would be the same: train one with a dropout, 0.2 for example.");
  }
  const InferenceScope scope(segmenter, options.precision);
  const StochasticScope dropping(segmenter.network());
  Tensor probability, entropy;  // sums over the passes
  std::vector<Tensor> kept;
  for (int64_t pass = 0; pass < stochastic.passes; ++pass) {
    if (stop.stop_requested()) throw Error("ACINUS_ABORTED", "The passes were stopped.");
    segmenter.network().set_step_seed({stochastic.seed, static_cast<uint64_t>(pass)});
    const Tensor p = tiled_probabilities(segmenter, rgb.unsqueeze(0), options, stop)[0][0];
    const Tensor exact = p.to(at::kDouble);
    const Tensor h = binary_entropy(exact);
    probability = pass == 0 ? exact : probability.add_(exact);
    entropy = pass == 0 ? h : entropy.add_(h);
    if (stochastic.keep) kept.push_back(p.cpu());
    progress(pass + 1, stochastic.passes);
  }
  const auto count = static_cast<double>(stochastic.passes);
  const Tensor mean = probability.div_(count), predictive = binary_entropy(mean);
  // Jensen's inequality makes it at least 0; rounding does not know that.
  const Tensor bald = (predictive - entropy.div_(count)).clamp_min_(0);
  const auto on_cpu = [](const Tensor& map) { return map.to(at::kCPU, at::kFloat).contiguous(); };
  return {.probability = on_cpu(mean),
          .entropy = on_cpu(predictive),
          .bald = on_cpu(bald),
          .mean_entropy = predictive.mean().item<double>(),
          .mean_bald = bald.mean().item<double>(),
          .passes = stochastic.keep ? at::stack(kept) : Tensor()};
}

}  // namespace acinus
