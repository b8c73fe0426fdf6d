#include "core/eval/evaluator.h"

#include <algorithm>
#include <numeric>

#include "core/error.h"
#include "core/eval/batches.h"
#include "core/eval/summary.h"
#include "core/predict/predictor.h"

namespace acinus {

namespace {

// The logits of images that may be larger than a tile, on the network's device. Tiles are blended by their probabilities.
Tensor image_logits(Segmenter& segmenter, const Tensor& rgb, const EvaluateOptions& options, std::stop_token stop) {
  if (options.tile == 0 || std::max(rgb.size(2), rgb.size(3)) <= options.tile) return batch_logits(segmenter, rgb);
  PredictOptions plain = tiling_of(options);
  plain.tta.clear();
  return tiled_probabilities(segmenter, rgb, plain, stop).logit(1e-7).to(segmenter.device());
}

// Added up on the host, in their order; 0 of none.
double sum_of(const std::vector<Tensor>& scalars) {
  if (scalars.empty()) return 0;
  const Tensor values = at::stack(scalars).to(at::kCPU);
  return std::accumulate(values.const_data_ptr<double>(), values.const_data_ptr<double>() + values.numel(), 0.0);
}

// [H, W] on the CPU → one image's scores: of probabilities (float32), or with pixel_only of a mask (uint8).
Measurement measured(const Tensor& found, const Sample& sample, const EvaluateOptions& options) {
  const int64_t height = sample.image.size(1), width = sample.image.size(2);
  Tensor mask = found, cells;
  if (!options.pixel_only) {
    mask = at::empty({height, width}, at::kByte), cells = at::empty({height, width}, at::kInt);
    separate(found.const_data_ptr<float>(), height, width, options.threshold, options.separation,
             mask.mutable_data_ptr<uint8_t>(), cells.mutable_data_ptr<int32_t>());
  }
  const auto* truth = sample.mask.const_data_ptr<uint8_t>();
  Measurement out = measure(mask.const_data_ptr<uint8_t>(), truth, sample.image.const_data_ptr<uint8_t>(), height, width,
                            {options.pixel_only, options.empty_score},
                            sample.instances.defined() ? sample.instances.const_data_ptr<int32_t>() : nullptr,
                            options.pixel_only ? nullptr : cells.const_data_ptr<int32_t>());
  if (!options.pixel_only) out.certainty = count_certainty(found.const_data_ptr<float>(), truth, height * width);
  return out;
}

}  // namespace

PredictOptions tiling_of(const EvaluateOptions& options) {
  return {.tta = options.tta,
          .tile = options.tile,
          .overlap = options.overlap,
          .precision = options.precision,
          .batch_size = options.batch_size,
          .crf = options.crf};
}

Evaluation evaluate(Segmenter& segmenter, const SampleStore& store, const std::vector<int64_t>& indices,
                    const EvaluateOptions& options, std::stop_token stop,
                    const std::function<void(int64_t, int64_t)>& progress) {
  const auto batches = equal_size_batches(store, indices, options.batch_size);
  const InferenceScope scope(segmenter, options.precision);
  std::vector<Measurement> measurements(indices.size());
  std::vector<Tensor> losses;  // of each batch, times its images; read at the end
  int64_t done = 0;
  for (const auto& positions : batches) {
    if (stop.stop_requested()) throw Error("ACINUS_ABORTED", "The evaluation was stopped.");
    const StackedSamples batch = stack_samples(store, indices, positions);
    Tensor probabilities;
    if (options.loss) {
      const Tensor logits = image_logits(segmenter, batch.pixels, options, stop);
      const Tensor value = options.loss(logits, batch.masks.to(segmenter.device()).to(at::kFloat), batch.ignoring);
      losses.push_back(value.to(at::kDouble) * static_cast<double>(positions.size()));
      if (options.tta.empty()) probabilities = logits.sigmoid();
    }
    if (!probabilities.defined()) {
      probabilities = tiled_probabilities(segmenter, batch.pixels, tiling_of(options), stop);
    }
    if (options.pixel_only) probabilities = probabilities.ge(options.threshold).to(at::kByte);  // a quarter to transfer
    const Tensor found = probabilities.to(at::kCPU).contiguous();

    for (size_t i = 0; i < positions.size(); ++i) {
      Measurement& measurement = measurements[positions[i]];
      measurement = measured(found[i][0], store.at(indices[positions[i]]), options);
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
