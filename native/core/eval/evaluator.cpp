#include "core/eval/evaluator.h"

#include <algorithm>
#include <map>
#include <numeric>

#include "core/error.h"
#include "core/eval/summary.h"
#include "core/predict/predictor.h"

namespace acinus {

namespace {

// Positions in `indices`, in batches whose images have one size. Sizes come in ascending order, positions in their own.
std::vector<std::vector<int64_t>> equal_size_batches(const SampleStore& store, const std::vector<int64_t>& indices,
                                                     int64_t batch_size) {
  std::map<std::pair<int64_t, int64_t>, std::vector<int64_t>> by_size;
  for (size_t position = 0; position < indices.size(); ++position) {
    const Sample& sample = store.at(indices[position]);
    if (!sample.mask.defined()) {
      throw Error("ACINUS_MISSING_MASK", "Image " + std::to_string(indices[position]) + " has no mask to compare with.",
                  {.value = static_cast<double>(indices[position])});
    }
    by_size[{sample.image.size(1), sample.image.size(2)}].push_back(static_cast<int64_t>(position));
  }
  std::vector<std::vector<int64_t>> out;
  for (const auto& [size, positions] : by_size) {
    const auto count = static_cast<int64_t>(positions.size());
    for (int64_t begin = 0; begin < count; begin += batch_size) {
      out.emplace_back(positions.begin() + begin, positions.begin() + std::min(begin + batch_size, count));
    }
  }
  return out;
}

struct Stacked {
  Tensor pixels;  // uint8 [B, 3, H, W]
  Tensor masks;   // uint8 [B, 1, H, W]
};

Stacked stack(const SampleStore& store, const std::vector<int64_t>& indices, const std::vector<int64_t>& positions) {
  std::vector<Tensor> pixels, masks;
  for (const int64_t position : positions) {
    const Sample& sample = store.at(indices[position]);
    pixels.push_back(sample.image);
    masks.push_back(sample.mask);
  }
  return {at::stack(pixels), at::stack(masks)};
}

// Added up on the host, in their order; 0 of none.
double sum_of(const std::vector<Tensor>& scalars) {
  if (scalars.empty()) return 0;
  const Tensor values = at::stack(scalars).to(at::kCPU);
  return std::accumulate(values.const_data_ptr<double>(), values.const_data_ptr<double>() + values.numel(), 0.0);
}

}  // namespace

Evaluation evaluate(Segmenter& segmenter, const SampleStore& store, const std::vector<int64_t>& indices,
                    const EvaluateOptions& options, std::stop_token stop,
                    const std::function<void(int64_t, int64_t)>& progress) {
  if (indices.empty()) throw Error("ACINUS_EMPTY_SET", "There are no images to evaluate.");
  const InferenceScope scope(segmenter, options.precision);
  std::vector<Measurement> measurements(indices.size());
  std::vector<Tensor> losses;  // of each batch, times its images; read at the end
  int64_t done = 0;
  for (const auto& positions : equal_size_batches(store, indices, options.batch_size)) {
    if (stop.stop_requested()) throw Error("ACINUS_ABORTED", "The evaluation was stopped.");
    const Stacked batch = stack(store, indices, positions);
    Tensor probabilities;
    if (options.loss) {
      const Tensor logits = batch_logits(segmenter, batch.pixels);
      const Tensor value = options.loss(logits, batch.masks.to(segmenter.device()).to(at::kFloat));
      losses.push_back(value.to(at::kDouble) * static_cast<double>(positions.size()));
      if (options.tta.empty()) probabilities = logits.sigmoid();
    }
    if (!probabilities.defined()) probabilities = batch_probabilities(segmenter, batch.pixels, options.tta);
    const Tensor predicted = probabilities.ge(options.threshold).to(at::kByte).to(at::kCPU).contiguous();

    for (size_t i = 0; i < positions.size(); ++i) {
      const Sample& sample = store.at(indices[positions[i]]);
      Measurement& measurement = measurements[positions[i]];
      measurement = measure(predicted[i].const_data_ptr<uint8_t>(), sample.mask.const_data_ptr<uint8_t>(),
                            sample.image.const_data_ptr<uint8_t>(), sample.image.size(1), sample.image.size(2),
                            {options.pixel_only, options.empty_score},
                            sample.instances.defined() ? sample.instances.const_data_ptr<int32_t>() : nullptr);
      measurement.scores.index = indices[positions[i]];
    }
    done += static_cast<int64_t>(positions.size());
    progress(done, static_cast<int64_t>(indices.size()));
  }
  Evaluation out = summarize(measurements, {.threshold = options.threshold,
                                            .measure = {options.pixel_only, options.empty_score},
                                            .bootstrap_rounds = options.bootstrap_rounds,
                                            .seed = options.seed});
  out.loss = sum_of(losses) / static_cast<double>(indices.size());
  return out;
}

}  // namespace acinus
